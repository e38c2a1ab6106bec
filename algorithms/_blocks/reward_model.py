"""A reward learned from a person's answers: an ensemble of small networks, trained side by side in numpy."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import inf, prod
from typing import TYPE_CHECKING, ClassVar, TypeVar

import numpy as np

from algorithms._blocks.features import inputs, width_of
from algorithms._blocks.mlp import Adam, Array, Towers
from algorithms._blocks.reward_losses import BradleyTerry, Loss, cross_entropy, squared_error

if TYPE_CHECKING:
    from benchmarks.api import Segments, Spec

WEIGHT_DECAY = 0.01  # decoupled, as of torch's AdamW, which imitation trains with
CHUNK = 800  # steps that a member sees at once: what they need then stays in the processor's cache
SMALL = 64  # rows for which there is a workspace of each size, as for those of one step of the environments

D = TypeVar("D", bound="Answered")


@dataclass(frozen=True)
class Answered:
    """features [n, ..., width] of what was asked about, and answers [n]."""

    features: Array
    answers: Array
    loss: ClassVar[Loss]

    def __len__(self) -> int:
        return len(self.answers)

    def and_(self: D, other: D) -> D:
        features = np.concatenate([self.features, other.features])
        return replace(self, features=features, answers=np.concatenate([self.answers, other.answers]))


@dataclass(frozen=True)
class Comparisons(Answered):
    """features [n, 2, L, width] of left and right segments; answers [n], the probability that left is better."""


@dataclass(frozen=True)
class Ratings(Answered):
    """features [n, L, width] of segments; answers [n], what the reward should be on average."""

    loss = staticmethod(squared_error)


@dataclass(frozen=True)
class Judgements(Answered):
    """features [n, width] of single steps; answers [n], the probability that the action was right."""

    loss = staticmethod(cross_entropy)


def features_of(spec: Spec, segments: Segments) -> Array:
    """[n, L, width] float32."""
    observations, actions = segments.steps()
    return inputs(spec, observations, actions).reshape(len(segments), segments.length, -1)


class RewardModel(ABC):
    """What any number of networks think of steps, and of segments; `reward` is their mean, standardised."""

    def __init__(self, spec: Spec, members: int) -> None:
        self.spec, self.members = spec, members
        self.centre, self.scale = 0.0, 1.0

    @abstractmethod
    def fit(self, data: Answered, batches: int, size: int) -> float:
        """`batches` gradient steps on minibatches of `size` answers; the mean loss of the last tenth."""

    @abstractmethod
    def each(self, features: Array) -> Array:
        """What each member gives each row, [members, n]; features [n, width]."""

    def returns(self, features: Array) -> Array:
        """The sum of the rewards of each segment for each member, [members, n]; features [n, L, width]."""
        n, length, width = features.shape
        return self.each(features.reshape(-1, width)).reshape(self.members, n, length).sum(axis=2)

    def standardise(self, features: Array) -> None:
        """From now on `reward` has mean 0 and deviation 1 on these rows [n, width]."""
        rewards = self.each(features).mean(axis=0)
        self.centre, self.scale = float(rewards.mean()), float(max(rewards.std(), 1e-6))

    def reward(self, observations: Array, actions: Array) -> Array:
        """The learned reward, [n]."""
        return (self.each(inputs(self.spec, observations, actions)).mean(axis=0) - self.centre) / self.scale


class RewardEnsemble(RewardModel):
    """`members` networks width -> hidden -> ... -> 1 with ReLU, each trained on its own minibatches.

    `layers`, from the first to the last, and their `gradients`: [members, out, in + 1], the bias last.
    Comparisons are held to `preference`, the model of a person who answers blindly with probability `noise` and
    discounts within a segment.
    """

    def __init__(
        self,
        spec: Spec,
        members: int = 3,
        hidden: tuple[int, ...] = (64, 64),
        learning_rate: float = 1e-3,
        noise: float = 0.1,
        seed: int = 0,
        discount: float = 1.0,
    ) -> None:
        super().__init__(spec, members)
        self.preference = BradleyTerry(noise, discount)
        self.chance = np.random.default_rng(seed)
        sizes = [width_of(spec), *hidden, 1]
        shapes = [(members, narrow, wide + 1) for wide, narrow in pairwise(sizes)]
        self._theta = np.empty(sum(map(prod, shapes)), np.float32)
        self._gradient = np.zeros_like(self._theta)
        self.layers, self.gradients = _views(self._theta, shapes), _views(self._gradient, shapes)
        for layer in self.layers:
            bound = (layer.shape[2] - 1) ** -0.5  # as torch's Linear
            layer[...] = self.chance.uniform(-bound, bound, layer.shape)
        self._adam = Adam(self._theta.size)
        self._adam.configure(learning_rate)
        self._workspaces: dict[int, Towers] = {}

    def fit(self, data: Answered, batches: int, size: int) -> float:
        loss = self.preference if isinstance(data, Comparisons) else data.loss
        features = np.concatenate([data.features, np.ones((*data.features.shape[:-1], 1))], axis=-1, dtype=np.float32)
        answers = np.asarray(data.answers, np.float32)
        size = min(size, len(data))
        losses = []
        for _ in range(batches):
            picked = self.chance.integers(len(data), size=(self.members, size))
            losses.append(self.gradient(features[picked], answers[picked], loss))
            self._theta *= 1 - self._adam.learning_rate * WEIGHT_DECAY
            self._adam.step(self._theta, self._gradient, inf)
        return float(np.mean(losses[-max(1, batches // 10) :]))

    def gradient(self, features: Array, answers: Array, loss: Loss) -> float:
        """Leave the gradient of the members' mean losses; return the mean of those.

        features [members, b, ..., width + 1], the last column ones; answers [members, b].
        """
        members, b = answers.shape
        many = max(1, CHUNK // prod(features.shape[2:-1]))
        total, summed = np.zeros_like(self._gradient), 0.0
        for i in range(0, b, many):
            part = features[:, i : i + many]
            x = part.reshape(members, -1, part.shape[-1]).swapaxes(1, 2)
            towers = self._towers(x.shape[2])
            rewards = self._rewards(towers, x)
            losses, slopes = loss(rewards.reshape(part.shape[:-1]), answers[:, i : i + many])
            self._backward(towers, x, (slopes / b).reshape(rewards.shape))
            total += self._gradient
            summed += float(losses.sum())
        self._gradient[...] = total
        return summed / answers.size

    def _towers(self, rows: int) -> Towers:
        """The hidden layers with room for so many rows a member."""
        if rows not in self._workspaces:
            self._workspaces[rows] = Towers(self.layers[:-1], self.gradients[:-1], "relu", rows)
        return self._workspaces[rows]

    def _rewards(self, towers: Towers, x: Array) -> Array:
        """[members, 1, rows] of x [(members,) width + 1, rows]; without hidden layers the head is all there is."""
        towers.forward(x)
        return np.matmul(self.layers[-1], towers.latents(x))

    def _backward(self, towers: Towers, x: Array, slopes: Array) -> None:
        """Leave the gradient of sum(slopes * rewards); `_rewards` of the same x comes before."""
        np.matmul(slopes, towers.latents(x).swapaxes(-1, -2), out=self.gradients[-1])
        if towers.d_output is not None:
            np.multiply(self.layers[-1][:, 0, :-1, None], slopes, out=towers.d_output)
        towers.backward(x)

    def each(self, features: Array) -> Array:
        rows = len(features)
        unit = 1 if rows <= SMALL else SMALL if rows <= CHUNK else CHUNK  # so that workspaces are few
        filled = -(-rows // unit) * unit
        x = np.ones((features.shape[1] + 1, filled), np.float32)
        x[:-1, :rows] = features.T
        parts = np.split(x, range(CHUNK, filled, CHUNK), axis=1)
        rewards = [self._rewards(self._towers(part.shape[1]), part)[:, 0] for part in parts]
        return np.concatenate(rewards, axis=1)[:, :rows]



def _views(flat: Array, shapes: Sequence[tuple[int, ...]]) -> list[Array]:
    ends = np.cumsum([prod(shape) for shape in shapes])
    return [part.reshape(shape) for part, shape in zip(np.split(flat, ends[:-1]), shapes)]