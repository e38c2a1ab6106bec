"""What a person says of single actions or of whole segments, regressed by an ensemble of small networks, in numpy."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from algorithms._blocks.features import inputs, width_of
from algorithms._blocks.mlp import Adam, Towers, relu

if TYPE_CHECKING:
    from benchmarks.api import Spec

Array = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True)
class Ratings:
    """features [n, L, width] of segments, answers [n], and what each answer counts, [n]."""

    features: Array
    answers: Array
    weights: Array

    def __len__(self) -> int:
        return len(self.answers)

    def and_(self, other: Ratings) -> Ratings:
        pairs = zip(self.parts(), other.parts(), strict=True)
        return Ratings(*(np.concatenate(pair) for pair in pairs))

    def parts(self) -> tuple[Array, Array, Array]:
        return self.features, self.answers, self.weights


def ratings(features: Array, answers: Array) -> Ratings:
    """Answers that count alike; those that were skipped (NaN) are left out."""
    given = ~np.isnan(answers)
    return Ratings(features[given], answers[given], np.ones(int(given.sum())))


class RatingModel:
    """`members` networks r: width -> hidden -> 1 with ReLU, trained side by side; of a segment they say

        R(sigma) = mean_t r(o_t, a_t),

    and lower sum_i w_i (R(sigma_i) - answer_i)^2 / sum_i w_i, which `loss` may replace. The members differ by
    where they began. `reward` gives their mean, standardised as of the last `standardise`.
    """

    def __init__(
        self, spec: Spec, members: int, hidden: tuple[int, ...], learning_rate: float, rng: np.random.Generator
    ) -> None:
        self.spec, self.members, self.rng = spec, members, rng
        widths = [width_of(spec), *hidden, 1]
        shapes = [(members, narrow, wide + 1) for wide, narrow in pairwise(widths)]
        size = sum(map(prod, shapes))
        self.theta, self.gradient = np.zeros((2, size), np.float32)
        self.layers, self._slopes = _carved(self.theta, shapes), _carved(self.gradient, shapes)
        for layer in self.layers:
            bound = (layer.shape[2] - 1) ** -0.5
            layer[...] = rng.uniform(-bound, bound, layer.shape)
        self.adam = Adam(size)
        self.adam.configure(learning_rate)
        self._towers: dict[int, Towers] = {}
        self.centre, self.scale = 0.0, 1.0

    def fit(self, data: Ratings, batches: int, size: int) -> float:
        """`batches` gradient steps on minibatches of `size` answers; the mean loss of the last tenth."""
        losses = []
        for _ in range(batches):
            picked = self.rng.integers(len(data), size=size)
            losses.append(self.step(*(part[picked] for part in data.parts())))
        return float(np.mean(losses[-max(1, batches // 10) :]))

    def step(self, features: Array, answers: Array, weights: Array) -> float:
        """One gradient step on the segments [b, L, width]; the loss before it."""
        b, length, width = features.shape
        rows = b * length
        if rows not in self._towers:
            self._towers[rows] = Towers(self.layers[:-1], self._slopes[:-1], "relu", rows)
        towers = self._towers[rows]
        x = np.ones((width + 1, rows), np.float32)
        x[:-1] = features.reshape(rows, width).T
        towers.forward(x)
        top, head = towers.latent(x, slice(None)), self.layers[-1]
        said = (head @ top).reshape(self.members, b, length).mean(axis=2)
        loss, slope = self.loss(said, answers, weights)
        d = np.repeat(slope / length, length, axis=1).astype(np.float32)[:, None]
        np.matmul(d, top.swapaxes(1, 2), out=self._slopes[-1])
        np.matmul(head[:, :, :-1].swapaxes(1, 2), d, out=towers.d_output)
        towers.backward(x)
        self.adam.step(self.theta, self.gradient, max_norm=10.0 * self.members)
        return loss

    def loss(self, said: Array, answers: Array, weights: Array) -> tuple[float, Array]:
        """Mean over members of the loss, and the slope of the members' sum; said [members, b], answers [b]."""
        share = weights / weights.sum()
        off = said - answers
        return float((share * off**2).sum(axis=1).mean()), 2 * share * off

    def each(self, features: Array) -> Array:
        """r of each member, [members, n]; features [n, width]."""
        x = np.asarray(features, dtype=np.float32).T
        for i, layer in enumerate(self.layers):
            x = layer[:, :, :-1] @ x + layer[:, :, -1:]
            if i < len(self.layers) - 1:
                relu(x, out=x)
        return x[:, 0]

    def standardise(self, features: Array) -> None:
        """From now on `reward` has mean 0 and deviation 1 on these rows [n, width]."""
        rewards = self.each(features).mean(axis=0)
        self.centre, self.scale = float(rewards.mean()), float(max(rewards.std(), 1e-6))

    def reward(self, observations: Array, actions: Array) -> Array:
        """The learned reward, [n]."""
        return (self.each(inputs(self.spec, observations, actions)).mean(axis=0) - self.centre) / self.scale


def _carved(flat: Array, shapes: list[tuple[int, int, int]]) -> list[Array]:
    """Views of a flat vector."""
    ends = np.cumsum([prod(shape) for shape in shapes])
    return [part.reshape(shape) for part, shape in zip(np.split(flat, ends[:-1]), shapes, strict=True)]
