"""What is known of a person's weights over objectives, after some comparisons of outcomes."""

from __future__ import annotations

from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]


class WeightBelief:
    """A posterior over the logarithms of weights w > 0 in R^k and the sharpness beta of the person's choices.

    P(left better | w, beta) = sigmoid(beta w . (left - right) / scale) with |w| = 1, an answer of 0.5 counting as
    half of each (linear user of Biyik et al., "Asking easy questions", 2019, over vectors of objectives). `scale` [k]
    brings the objectives to like size, but what one is worth in terms of another may still be any power of ten, or
    the same: so log w is believed normal at first, of a deviation that is itself unknown, log-uniform in `WIDE`. No
    weight is negative, since more of each objective is better. When few of the particles carry the weight, they are
    drawn anew from a mixture of normals around them of the same mean and variance (Liu and West 2001, "Combined
    parameter and state estimation in simulation-based filtering").
    """

    SLIP = 0.02  # no answer is less likely than this: one slip of the tongue is not to rule out the truth
    WIDE = (0.5, 3.0)  # a factor of 2 between two weights is then usual, or one of 70
    SHARP = (5.0, 500.0)  # beta is log-uniform between these at first
    BLUR = 0.3  # deviation of a normal of the mixture, in deviations of what is believed

    def __init__(self, scale: Array, particles: int, rng: np.random.Generator) -> None:
        wide = np.exp(rng.uniform(*np.log(self.WIDE), size=(particles, 1)))
        self.log_w = self._normed(wide * rng.normal(size=(particles, len(scale))))
        self.log_beta = rng.uniform(*np.log(self.SHARP), size=particles)
        self.log_weight = np.zeros(particles)
        self.scale, self.rng = scale, rng

    @property
    def directions(self) -> Array:
        """[particles, k] weights of length 1 of the scaled objectives."""
        return np.exp(self.log_w)

    def logits(self, left: Array, right: Array, kind: type = float) -> Array:
        """beta w . (left - right) / scale for each particle, [n, particles]; left and right [n, k]."""
        sharp = np.exp(self.log_w + self.log_beta[:, None]).T
        return ((left - right) / self.scale).astype(kind) @ sharp.astype(kind)

    def probability(self, left: Array, right: Array) -> Array:
        """P(left better) for each particle, [n, particles]; left and right [n, k]."""
        return 1 / (1 + np.exp(-np.clip(self.logits(left, right), -50, 50)))

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
        """Expected information gain [n] of asking each pair: H(mean P) - mean H(P), in nats, to six digits.

        With e = exp(-|z|) of the logit z, the smaller of P and 1 - P is e / (1 + e), and H(P) is log(1 + e) plus |z|
        times that.
        """
        logits, weight = self.logits(left, right, np.float32), self.weight.astype(np.float32)
        far = np.abs(logits)
        e = np.exp(-far)
        lesser = e / (1 + e)
        p = np.where(logits > 0, 1 - lesser, lesser) @ weight
        return _entropy(p.astype(float)) - (np.log1p(e) + far * lesser) @ weight

    def mean(self) -> Array:
        """exp(E log w) in the objectives' own units, [k], of length 1: right up to factors, not up to differences."""
        estimate = np.exp(self.weight @ self.log_w) / self.scale
        return estimate / np.linalg.norm(estimate)

    def _renew(self) -> None:
        weight, n = self.weight, len(self.log_weight)
        picked = self.rng.choice(n, size=n, p=weight)

        def blurred(values: Array) -> Array:
            mean = weight @ values
            deviation = np.sqrt(weight @ (values - mean) ** 2)
            near = mean + np.sqrt(1 - self.BLUR**2) * (values[picked] - mean)
            return near + self.BLUR * deviation * self.rng.normal(size=values.shape)

        self.log_w, self.log_beta = self._normed(blurred(self.log_w)), blurred(self.log_beta)
        self.log_weight = np.zeros(n)

    @staticmethod
    def _normed(log_w: Array) -> Array:
        return log_w - 0.5 * np.log(np.exp(2 * log_w).sum(axis=1, keepdims=True))


def _entropy(p: Array) -> Array:
    p = np.clip(p, 1e-12, 1 - 1e-12)
    return -p * np.log(p) - (1 - p) * np.log(1 - p)
