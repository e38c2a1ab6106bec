"""The person chooses from a front, by saying which of two outcomes is better, as few times as will do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.api import Weigh

if TYPE_CHECKING:
    from benchmarks.api import Policy, Session

Array = np.ndarray[Any, np.dtype[Any]]

PARTICLES = 3000
STEEP = 30.0  # how much dearer a cost is beyond a limit


class Choice:
    """A belief about what each of m outcomes is worth to a person whose utility is of one of three forms.

    A third of the particles is linear, w . v, a third Chebyshev's, min_o w_o (v_o - z_o), and a third has a limit
    on one objective, beyond which it is dear; w uniform on the simplex, objectives scaled by the points' range.
    Each particle's utilities have deviation 1 over the outcomes, and a sharpness beta:
    P(left better) = sigmoid(beta (u_left - u_right)), an answer of 0.5 counting as half of each.
    """

    def __init__(self, points: Array, rng: np.random.Generator) -> None:
        k, each = points.shape[1], PARTICLES // 3
        self.scale = np.maximum(np.ptp(points, axis=0), 1e-12)
        self.points = points
        below = (points - points.max(axis=0)) / self.scale  # [m, k] in [-1, 0]
        self.weights = rng.dirichlet(np.ones(k), size=3 * each)
        utility = self.weights @ below.T
        utility[each : 2 * each] = (self.weights[each : 2 * each, None] * below).min(axis=2)
        limited, limit = rng.integers(k, size=each), rng.uniform(-1.0, 0.0, size=(each, 1))
        cost = below.T[limited]
        price = self.weights[2 * each :][np.arange(each), limited][:, None]
        utility[2 * each :] -= price * (cost + STEEP * np.maximum(0.0, limit - cost))
        self.utility = utility / np.maximum(utility.std(axis=1, keepdims=True), 1e-12)
        self.beta = np.exp(rng.uniform(np.log(1.0), np.log(30.0), size=(len(utility), 1)))
        self.log_weight = np.zeros(len(utility))
        self.pairs = np.stack(np.triu_indices(len(points), 1), axis=1)

    @property
    def weight(self) -> Array:
        raised = np.exp(self.log_weight - self.log_weight.max())
        return raised / raised.sum()

    def best(self) -> int:
        """The outcome of the highest expected utility."""
        return int((self.weight @ self.utility).argmax())

    def sure(self) -> float:
        """The probability that nothing is better than `best` by more than a tenth of a deviation."""
        near = self.utility[:, self.best()] >= self.utility.max(axis=1) - 0.1
        return float(self.weight @ near)

    def pair(self) -> tuple[int, int]:
        """The question with the largest expected information gain, H(mean P) - mean H(P)."""
        weight = self.weight
        kept = np.argsort(-weight, kind="stable")[:500]  # the others hardly count
        weight = weight[kept] / weight[kept].sum()
        p = self._left(self.pairs, kept)
        gain = _entropy(weight @ p) - weight @ _entropy(p)
        left, right = self.pairs[int(gain.argmax())]
        return int(left), int(right)

    def update(self, left: int, right: int, answer: float) -> None:
        p = np.clip(self._left(np.array([[left, right]]), slice(None))[:, 0], 1e-3, 1 - 1e-3)
        self.log_weight += answer * np.log(p) + (1 - answer) * np.log(1 - p)

    def direction(self) -> Array:
        """The expected weights [k] in the objectives' own units, of length 1."""
        mean = (self.weight @ self.weights) / self.scale
        return mean / np.linalg.norm(mean)

    def _left(self, pairs: Array, which: Any) -> Array:
        utility = self.utility[which]
        margin = self.beta[which] * (utility[:, pairs[:, 0]] - utility[:, pairs[:, 1]])
        return 1 / (1 + np.exp(-np.clip(margin, -50, 50)))


def chosen(
    session: Session, policies: Sequence[Policy], outcomes: Array, most: int, sure: float = 0.98
) -> Iterator[Policy]:
    """The policy that the person would choose, anew after every answer; `most` questions at the most.

    Ends when it is as good as `sure`, or when the person's time is spent.
    """
    choice = Choice(outcomes, session.rng)
    yield policies[choice.best()]
    for asked in range(1, most + 1):
        if len(policies) < 2 or choice.sure() > sure:
            return
        left, right = choice.pair()
        answers = session.ask(Weigh(outcomes[[left]], outcomes[[right]]))
        if answers.given.all():
            choice.update(left, right, float(answers.values[0]))
        weights = zip(session.spec.objectives, choice.direction().tolist(), strict=True)
        told = np.ptp(outcomes, axis=0).all()  # of an objective that is the same everywhere answers tell nothing
        session.log(questions=asked, sure=choice.sure(), **({f"weight_{o}": w for o, w in weights} if told else {}))
        yield policies[choice.best()]


def _entropy(p: Array) -> Array:
    p = np.clip(p, 1e-12, 1 - 1e-12)
    return -p * np.log(p) - (1 - p) * np.log(1 - p)
