"""What is known of a person's weights over objectives, after some comparisons of outcomes."""

from __future__ import annotations

from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]


class WeightBelief:
    """A posterior over the logarithms of weights w > 0 in R^k and the sharpness beta of the person's choices.

    P(left better | w, beta) = sigmoid(beta w . (left - right) / scale) with |w| = 1, an answer of 0.5 counting as
    half of each (linear user of Biyik et al., "Asking easy questions", 2019, over vectors of objectives). `scale` [k]
    brings the objectives to like size, but what one is worth in terms of another may still be any power of ten: so
    log w is believed normal, of deviation `WIDE`, at first. No weight is negative, since more of each objective is
    better. When few of the particles carry the weight, they are drawn anew around the old ones (Liu and West 2001).
    """

    SLIP = 0.02  # no answer is less likely than this: one slip of the tongue is not to rule out the truth
    WIDE = 2.0  # one weight is then within a factor of 50 of another with 84 %

    def __init__(self, scale: Array, particles: int, rng: np.random.Generator) -> None:
        self.log_w = self._normed(self.WIDE * rng.normal(size=(particles, len(scale))))
        self.log_beta = rng.uniform(np.log(0.5), np.log(500.0), size=particles)
        self.log_weight = np.zeros(particles)
        self.scale, self.rng = scale, rng

    @property
    def directions(self) -> Array:
        """[particles, k] weights of length 1 of the scaled objectives."""
        return np.exp(self.log_w)

    def probability(self, left: Array, right: Array) -> Array:
        """P(left better) for each particle, [n, particles]; left and right [n, k]."""
        logits = ((left - right) / self.scale) @ self.directions.T * np.exp(self.log_beta)
        return 1 / (1 + np.exp(-np.clip(logits, -50, 50)))

    @property
    def weight(self) -> Array:
        raised = np.exp(self.log_weight - self.log_weight.max())
        return raised / raised.sum()

    def update(self, left: Array, right: Array, answers: Array) -> None:
        """Take in answers [n] in [0, 1]."""
        p = np.clip(self.probability(left, right), self.SLIP, 1 - self.SLIP)
        self.log_weight += (answers[:, None] * np.log(p) + (1 - answers[:, None]) * np.log(1 - p)).sum(axis=0)
        if 1 / (self.weight**2).sum() < len(self.log_weight) / 4:
            self._renew()

    def information(self, left: Array, right: Array) -> Array:
        """Expected information gain [n] of asking each pair: H(mean P) - mean H(P), in nats."""
        p, weight = self.probability(left, right), self.weight
        return _entropy(p @ weight) - _entropy(p) @ weight

    def mean(self) -> Array:
        """exp(E log w) in the objectives' own units, [k], of length 1: right up to factors, not up to differences."""
        estimate = np.exp(self.weight @ self.log_w) / self.scale
        return estimate / np.linalg.norm(estimate)

    def _renew(self) -> None:
        weight, n = self.weight, len(self.log_weight)
        picked = self.rng.choice(n, size=n, p=weight)
        spread = np.sqrt(weight @ (self.log_w - weight @ self.log_w) ** 2)
        moved = self.log_w[picked] + 0.3 * spread * self.rng.normal(size=self.log_w.shape)
        deviation = np.sqrt(weight @ (self.log_beta - weight @ self.log_beta) ** 2)
        self.log_beta = self.log_beta[picked] + 0.3 * deviation * self.rng.normal(size=n)
        self.log_w, self.log_weight = self._normed(moved), np.zeros(n)

    @staticmethod
    def _normed(log_w: Array) -> Array:
        return log_w - 0.5 * np.log(np.exp(2 * log_w).sum(axis=1, keepdims=True))


def _entropy(p: Array) -> Array:
    p = np.clip(p, 1e-12, 1 - 1e-12)
    return -p * np.log(p) - (1 - p) * np.log(1 - p)
