"""What is known of a person's weights over objectives, after some comparisons of outcomes."""

from __future__ import annotations

from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]


class WeightBelief:
    """A posterior over directions w >= 0 of R^k and the sharpness beta of the person's choices, by particles.

    P(left better | w, beta) = sigmoid(beta w . (left - right) / scale), an answer of 0.5 counting as half of each
    (linear user of Biyik et al., "Asking easy questions", 2019, over vectors of objectives). `scale` [k] brings
    the objectives to like size. No weight is negative, since more of each objective is better. Particles are
    spread evenly over that part of the unit sphere and over log beta; when few of them carry the weight, they
    are drawn anew around the old ones (Liu and West 2001).
    """

    def __init__(self, scale: Array, particles: int, rng: np.random.Generator) -> None:
        directions = np.abs(rng.normal(size=(particles, len(scale))))
        self.directions = directions / np.linalg.norm(directions, axis=1, keepdims=True)
        self.log_beta = rng.uniform(np.log(0.5), np.log(50.0), size=particles)
        self.log_weight = np.zeros(particles)
        self.scale, self.rng = scale, rng

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
        p = np.clip(self.probability(left, right), 1e-6, 1 - 1e-6)
        self.log_weight += (answers[:, None] * np.log(p) + (1 - answers[:, None]) * np.log(1 - p)).sum(axis=0)
        if 1 / (self.weight**2).sum() < len(self.log_weight) / 4:
            self._renew()

    def information(self, left: Array, right: Array) -> Array:
        """Expected information gain [n] of asking each pair: H(mean P) - mean H(P), in nats."""
        p, weight = self.probability(left, right), self.weight
        return _entropy(p @ weight) - _entropy(p) @ weight

    def mean(self) -> Array:
        """The expected direction in the objectives' own units, [k], of length 1."""
        estimate = (self.weight @ self.directions) / self.scale
        return estimate / max(np.linalg.norm(estimate), 1e-12)

    def _renew(self) -> None:
        weight, n = self.weight, len(self.log_weight)
        picked = self.rng.choice(n, size=n, p=weight)
        mean = weight @ self.directions
        spread = np.sqrt(weight @ (self.directions - mean) ** 2)
        directions = np.abs(self.directions[picked] + 0.3 * spread * self.rng.normal(size=self.directions.shape))
        self.directions = directions / np.linalg.norm(directions, axis=1, keepdims=True)
        deviation = np.sqrt(weight @ (self.log_beta - weight @ self.log_beta) ** 2)
        self.log_beta = self.log_beta[picked] + 0.3 * deviation * self.rng.normal(size=n)
        self.log_weight = np.zeros(n)


def _entropy(p: Array) -> Array:
    p = np.clip(p, 1e-12, 1 - 1e-12)
    return -p * np.log(p) - (1 - p) * np.log(1 - p)
