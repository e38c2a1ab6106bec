"""SURF: PEBBLE whose reward model also learns from unanswered pairs, and from crops of all.

Park, Seo, Shin, Lee, Abbeel, Lee, "SURF: semi-supervised reward learning with data augmentation for
feedback-efficient preference-based reinforcement learning", 2022.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from algorithms._blocks.comparing import probability
from algorithms._blocks.mlp import Array
from algorithms._blocks.preference_replay import PreferenceReplay
from algorithms._blocks.reward_model import Comparisons, RewardModel, features_of
from benchmarks.api import Compare, Session, algorithm


@algorithm("surf", family="preferences", asks={Compare}, version="2")
@dataclass(frozen=True)
class Surf(PreferenceReplay):
    """Minibatches of answered pairs and `unanswered` times as many others. Of these count, with the label 1[P > 1/2],

        max(P(left better), P(right better)) >= τ,    P = mean_i sigmoid(R_i(left) - R_i(right)),

    and every pair is cropped anew: a length H' in [L - c, L + c], a start for each segment within the L + 2 c steps
    kept. The paper's pairs are labelled by each member itself; here by their mean, as one pair is for all members.
    """

    threshold: float = 0.99  # τ (the paper, for locomotion 0.99 and 0.999)
    unanswered: int = 4  # μ (the paper)
    pairs: int = 16  # answered ones in a minibatch, half of PEBBLE's: the others make it five times as dear
    pool: int = 10  # unanswered pairs kept for each answered one (the paper: 10 and 100)
    crop: int = 3  # c; the paper's is 5 of 50 steps
    batches: int = 40  # gradient steps of a session

    @property
    def around(self) -> int:
        return self.crop

    def trainer(self, session: Session, ensemble: RewardModel) -> Callable[[Comparisons], float]:
        return lambda data: self.fit(session, ensemble, data)

    def fit(self, session: Session, ensemble: RewardModel, data: Comparisons) -> float:
        """One session's training on the answers and on pairs drawn anew."""
        n, length = len(data) * self.pool, data.features.shape[2]
        others = np.stack([features_of(session.spec, session.segments(n, length)) for _ in range(2)], axis=1)
        rng, losses, shown = session.rng, [], slice(self.crop, length - self.crop)
        for _ in range(self.batches):
            few = rng.integers(len(data), size=min(self.pairs, len(data)))
            many = others[rng.integers(n, size=len(few) * self.unanswered)]
            sure, labels = pseudo_labels(probability(ensemble, many[:, :, shown]), self.threshold)
            features = np.concatenate([data.features[few], many[sure]])
            answers = np.concatenate([data.answers[few], labels])
            losses.append(ensemble.fit(Comparisons(cropped(features, self.crop, rng), answers), 1, len(answers)))
        session.log(pseudo_labelled=float(sure.mean()))
        return float(np.mean(losses[-max(1, self.batches // 10) :]))


def pseudo_labels(probability: Array, threshold: float) -> tuple[Array, Array]:
    """Which pairs [n] are sure enough to be learned from, and the labels of those."""
    sure = np.maximum(probability, 1.0 - probability) >= threshold
    return sure, (probability[sure] > 0.5).astype(float)


def cropped(pairs: Array, crop: int, rng: np.random.Generator) -> Array:
    """Each pair [2, L + 2 c, width] with zeros but for H' steps of each segment, the same number of both.

    Zeros are no steps, but as many on either side: what a network makes of them cancels out in R(left) - R(right).
    """
    n, _, steps, _ = pairs.shape
    lengths = rng.integers(steps - 3 * crop, steps - crop + 1, size=(n, 1, 1))
    starts = rng.integers(0, steps - lengths + 1, size=(n, 2, 1))
    kept = (np.arange(steps) >= starts) & (np.arange(steps) < starts + lengths)
    return pairs * kept[..., None].astype(pairs.dtype)
