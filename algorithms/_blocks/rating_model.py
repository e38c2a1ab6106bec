"""What a person says of single actions or of whole segments, regressed by small networks side by side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from algorithms._blocks.features import inputs, width_of
from algorithms._blocks.perceptrons import Perceptrons

if TYPE_CHECKING:
    from benchmarks.api import Answers, Segments, Spec

Array = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True)
class Ratings:
    """features [n, L, width] of segments, answers [n], and what each answer counts, [n]."""

    features: Array
    answers: Array
    weights: Array

    def __len__(self) -> int:
        return len(self.answers)

    def parts(self) -> tuple[Array, Array, Array]:
        return self.features, self.answers, self.weights

    def and_(self, other: Ratings) -> Ratings:
        return Ratings(*(np.concatenate(pair) for pair in zip(self.parts(), other.parts(), strict=True)))


def ratings(spec: Spec, asked: Segments, answers: Answers) -> Ratings:
    """Answers that count alike; those that were skipped are left out."""
    heard = asked[answers.given]
    features = inputs(spec, *heard.steps()).reshape(len(heard), heard.length, width_of(spec))
    return Ratings(features, answers.values[answers.given], np.ones(len(heard)))


class RatingModel:
    """`members` networks r: (o, a) -> number with ReLU, that differ by where they began. Of a segment they say

        R(sigma) = mean_t r(o_t, a_t),

    and lower sum_i w_i (R(sigma_i) - answer_i)^2 / sum_i w_i, which `loss` may replace. `reward` is the members'
    mean, standardised as of the last `standardise`.
    """

    def __init__(
        self, spec: Spec, members: int, hidden: tuple[int, ...], learning_rate: float, rng: np.random.Generator
    ) -> None:
        self.spec, self.rng = spec, rng
        self.nets = Perceptrons((width_of(spec), *hidden, 1), rng, members, learning_rate=learning_rate)
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
        x = np.ones((width + 1, b * length), np.float32)
        x[:-1] = features.reshape(-1, width).T
        net = self.nets.at(b * length)
        said = net.forward(x).reshape(-1, b, length).mean(axis=2)
        loss, slope = self.loss(said, answers, weights)
        net.backward(x, np.repeat(slope / length, length, axis=1).astype(np.float32)[:, None])
        self.nets.descend()
        return loss

    def loss(self, said: Array, answers: Array, weights: Array) -> tuple[float, Array]:
        """The members' mean loss, and the slope of their sum [members, b]; said [members, b], answers [b]."""
        share, off = weights / weights.sum(), said - answers
        return float((share * off**2).sum(axis=1).mean()), 2 * share * off

    def each(self, features: Array) -> Array:
        """r of each member, [members, n]; features [n, width]."""
        x = np.ones((features.shape[1] + 1, len(features)), np.float32)
        x[:-1] = features.T
        return self.nets.at(len(features)).forward(x)[:, 0].copy()

    def standardise(self, features: Array) -> None:
        """From now on `reward` has mean 0 and deviation 1 on these rows [n, width]."""
        rewards = self.each(features).mean(axis=0)
        self.centre, self.scale = float(rewards.mean()), float(max(rewards.std(), 1e-6))

    def reward(self, observations: Array, actions: Array) -> Array:
        """The learned reward, [n]."""
        return (self.each(inputs(self.spec, observations, actions)).mean(axis=0) - self.centre) / self.scale
