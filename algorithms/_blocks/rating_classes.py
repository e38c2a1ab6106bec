"""A reward fitted to classes of ratings (White et al., "Rating-based reinforcement learning", 2024)."""

from __future__ import annotations

from typing import Any

import numpy as np

from algorithms._blocks.rating_model import RatingModel, Ratings

Array = np.ndarray[Any, np.dtype[Any]]


class ClassModel(RatingModel):
    """With the segments' returns R scaled to R~ in [0, 1] over the minibatch, and class i between the bounds c_i and
    c_(i+1), c_0 = 0 and c_n = 1,

        Q_i = -k (R~ - c_i) (R~ - c_(i+1)),    P(i) = exp Q_i / sum_j exp Q_j,    loss = -log P(class of the rating).

    The bounds are such that as many of the minibatch's R~ lie in each class as it has ratings of it: c_i is midway
    between the R~ on either side.
    """

    classes: int = 4
    sharpness: float = 30.0  # k
    edges: Array = np.empty(0)  # the least rating of each class but the worst

    def fit(self, data: Ratings, batches: int, size: int) -> float:
        """Each class has as many of the ratings so far: with fixed edges a beginner's are nearly all of one class."""
        self.edges = np.quantile(data.answers, np.arange(1, self.classes) / self.classes)
        return super().fit(data, batches, size)

    def loss(self, said: Array, answers: Array, weights: Array) -> tuple[float, Array]:
        share = weights / weights.sum()
        low, high = said.min(axis=1, keepdims=True), said.max(axis=1, keepdims=True)
        span = np.maximum(high - low, 1e-6)
        scaled = (said - low) / span
        label = class_of(answers, self.edges)
        bounds = np.stack([boundaries(row, label, self.classes) for row in scaled])
        from_below, from_above = scaled[..., None] - bounds[:, None, :-1], scaled[..., None] - bounds[:, None, 1:]
        merit = -self.sharpness * from_below * from_above
        merit -= merit.max(axis=2, keepdims=True)
        p = np.exp(merit)
        p /= p.sum(axis=2, keepdims=True)
        hit = np.eye(self.classes)[label]
        loss = float(-(share * np.log(np.maximum((p * hit).sum(axis=2), 1e-12))).sum(axis=1).mean())
        slope = share * ((p - hit) * -self.sharpness * (from_below + from_above)).sum(axis=2)
        # R~ depends on the smallest and on the largest R too; the bounds are held
        slope /= span
        rows = np.arange(len(said))
        at_low, at_high = ((slope * part).sum(axis=1) for part in (1 - scaled, scaled))
        slope[rows, said.argmin(axis=1)] -= at_low
        slope[rows, said.argmax(axis=1)] -= at_high
        return loss, slope


def class_of(answers: Array, edges: Array) -> Array:
    """0 for ratings under the first edge, and so on."""
    return np.searchsorted(edges, answers, side="right")


def boundaries(scaled: Array, label: Array, classes: int) -> Array:
    """c_0 ... c_n of returns [b] in [0, 1], by how many ratings [b] there are of each class."""
    ordered = np.sort(scaled)
    upto = np.cumsum(np.bincount(label, minlength=classes))[:-1]  # so many lie below each inner bound
    padded = np.concatenate([[0.0], ordered, [1.0]])
    return np.concatenate([[0.0], (padded[upto] + padded[upto + 1]) / 2, [1.0]])
