"""Learn what a person wants from ratings of stretches of behaviour, then do that."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from algorithms._blocks.features import flattened
from algorithms._blocks.weight_learning import WeightLearner
from benchmarks.api import Rate, Segments, Session, algorithm

Array = np.ndarray[Any, np.dtype[Any]]


@dataclass
class Ratings:
    """What was rated: sums of objectives [n, k], changes of the features [n, d], and the ratings [n] as scores."""

    scale: Array
    projection: tuple[Array, Array]
    sums: list[Array] = field(default_factory=list)
    changes: list[Array] = field(default_factory=list)
    scores: list[Array] = field(default_factory=list)

    def features(self, observations: Array) -> Array:
        """cos(A o + b) of observations [n, ...]: [n, d]."""
        matrix, shift = self.projection
        return np.cos(flattened(observations) @ matrix + shift)


@algorithm("weights-from-ratings", family="multi-objective", asks={Rate}, uses={"objectives"}, version="2")
@dataclass(frozen=True)
class WeightsFromRatings(WeightLearner):
    """PPO on w . phi, where w >= 0 and theta explain the ratings q of segments of L steps by ridge regression:

        logit(q) = a + w . sum_t phi_t + theta . (f(s_L) - f(s_0)).

    The second part is a potential: whoever rates progress also values where the segment leads, which is no part of
    the reward (Ng, Harada and Russell 1999, "Policy invariance under reward transformations"). f are random Fourier
    features (Rahimi and Recht 2007). The longer a segment, the less it matters. More of each objective is better, so
    that no weight is negative.

    Ratings are relative, among segments of one length: what all of those cost alike, as time, they do not tell. The
    ridge holds each weight, in units of `scale`, to the mean of them all, so that such an objective counts as much as
    the others do on the average.
    """

    length: int = 50  # steps of a rated segment
    features: int = 30
    ridge: float = 1.0
    most: int = 400  # ratings in all

    def begin(self, session: Session, scale: Array) -> Ratings:
        width = int(np.prod(session.spec.observation_space.shape or (1,)))
        matrix = session.rng.normal(size=(width, self.features))
        return Ratings(scale, (matrix, session.rng.uniform(0, 2 * np.pi, self.features)))

    def price(self, session: Session) -> Rate:
        return Rate(self.seen(session, 1))

    def seen(self, session: Session, n: int) -> Segments:
        return session.segments(n, min(self.length, session.spec.horizon))

    def ask(self, session: Session, known: Ratings, n: int) -> None:
        segments = self.seen(session, n)
        answers = session.ask(Rate(segments))
        kept = segments[answers.given]
        q = np.clip(answers.values[answers.given], 0.02, 0.98)
        assert kept.objectives is not None
        known.sums.append(kept.objectives.sum(axis=1))
        known.changes.append(known.features(kept.observations[:, -1]) - known.features(kept.observations[:, 0]))
        known.scores.append(np.log(q / (1 - q)))

    def weights(self, session: Session, known: Ratings) -> Array:
        from scipy.optimize import lsq_linear

        k, d = len(known.scale), self.features
        if not known.scores:
            return np.zeros(k)
        sums = np.concatenate(known.sums) / known.scale
        inputs = np.hstack([sums, np.concatenate(known.changes), np.ones((len(sums), 1))])
        scores = np.concatenate(known.scores)
        penalty = np.sqrt(self.ridge) * np.eye(k + d, k + d + 1)
        penalty[:k, :k] -= np.sqrt(self.ridge) / k  # of each weight's difference from their mean
        low = np.append(np.zeros(k), np.full(d + 1, -np.inf))
        found = lsq_linear(np.vstack([inputs, penalty]), np.append(scores, np.zeros(k + d)), (low, np.inf)).x
        w = found[:k] / known.scale
        return w / max(np.linalg.norm(w), 1e-12)
