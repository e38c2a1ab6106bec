"""B-Pref's simulated teacher as its code is, not as its paper says (Lee et al. 2021).

`get_label` and `set_teacher_thres_*` in `reward_model.py` of the published repository. It compares plain sums
of rewards, and has four properties that the calibrated teachers of this package are free of:

  * exact ties are answered "the first", though they are most pairs where the reward is constant;
  * the thresholds of skip and equal are eps * m at the first session and eps^2 * m at every later one, since
    PEBBLE's script multiplies by eps once more (`train_PEBBLE.py`), m = mean episode return * L / H;
  * where returns are negative, m is too, and the teachers "skip" and "equal" answer like the perfect one;
  * beta = 1 means something else on every task.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.oracles.calibrate import sigmoid
from benchmarks.oracles.rationality import Rationality
from benchmarks.oracles.reply import Reply

Array = np.ndarray[Any, np.dtype[Any]]


def published(
    left: Array, right: Array, draws: Array, *, teacher: Rationality, margin: float, first_session: bool
) -> Reply:
    """Answers to pairs of clips with rewards [n, L], in the published order of operations.

    `margin` is m; the published one is that of the learner's last ten episodes.
    """
    eps_skip = teacher.skip if first_session else teacher.skip**2
    eps_equal = teacher.equal if first_session else teacher.equal**2
    # 1. skip and 2. equal look at undiscounted sums
    sums = left.sum(axis=1), right.sum(axis=1)
    threshold = eps_skip * margin
    skipped = ~(np.maximum(*sums) > threshold) & (threshold > 0)
    equal = (np.abs(sums[0] - sums[1]) < eps_equal * margin) & ~skipped
    # 3. myopia: the last step weighs 1, the first gamma^(L-1)
    weights = teacher.gamma ** np.arange(left.shape[1] - 1, -1, -1.0)
    ours, theirs = left @ weights, right @ weights
    # 4. the label, 1 for "the second": rational (ties go to the first), or Bernoulli of a softmax
    second = ours < theirs if teacher.beta is None else draws[:, 0] < sigmoid(teacher.beta * (theirs - ours))
    # 5. mistakes turn it round; 6. equal overrides it
    second = second ^ (draws[:, 1] <= teacher.mistake)
    values = np.where(skipped, np.nan, np.where(equal, 0.5, ~second))
    tied = ours == theirs
    truth = np.where(tied, 0.5, ours > theirs)
    return Reply.of(values, truth, np.abs(values - truth) == 1.0, tied=tied, equal=equal, skipped=skipped)
