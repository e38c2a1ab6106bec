"""A reward learned from comparisons: an ensemble of small networks, trained in one batched tensor.

Bradley-Terry with a share of blind answers (Christiano et al. 2017): with R(sigma) = sum_t r(o_t, a_t),
    P(left better) = noise / 2 + (1 - noise) sigmoid(R(left) - R(right)),
    loss = -mu log P - (1 - mu) log(1 - P),
mu the person's answer, 0.5 for "equal".
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from algorithms._blocks.features import inputs, width_of

if TYPE_CHECKING:
    from benchmarks.api import Segments, Spec

Array = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True)
class Comparisons:
    """features [n, 2, L, width] of left and right segments; answers [n], the probability that left is better."""

    features: Array
    answers: Array

    def __len__(self) -> int:
        return len(self.answers)

    def and_(self, other: Comparisons) -> Comparisons:
        return Comparisons(
            np.concatenate([self.features, other.features]), np.concatenate([self.answers, other.answers])
        )


def features_of(spec: Spec, segments: Segments) -> Array:
    """[n, L, width] float32."""
    observations, actions = segments.steps()
    return inputs(spec, observations, actions).reshape(len(segments), segments.length, -1)


class RewardEnsemble:
    """`members` networks width -> hidden -> ... -> 1 with ReLU, each trained on its own minibatches.

    Weights of layer i are [members, in, out] torch tensors. `reward` gives the mean over the members,
    standardised as of the last `standardise`; `returns` what each member thinks of whole segments.
    """

    def __init__(
        self,
        spec: Spec,
        members: int = 3,
        hidden: tuple[int, ...] = (64, 64),
        learning_rate: float = 1e-3,
        noise: float = 0.1,
        seed: int = 0,
    ) -> None:
        import torch

        self.spec, self.members, self.noise = spec, members, noise
        self.chance = torch.Generator().manual_seed(seed)
        sizes = [width_of(spec), *hidden, 1]
        self.layers = []
        for wide, narrow in pairwise(sizes):
            bound = wide**-0.5
            weight = (torch.rand(members, wide, narrow, generator=self.chance) * 2 - 1) * bound
            bias = (torch.rand(members, 1, narrow, generator=self.chance) * 2 - 1) * bound
            self.layers.append((weight.requires_grad_(), bias.requires_grad_()))
        parameters = [parameter for layer in self.layers for parameter in layer]
        self.optimiser = torch.optim.AdamW(parameters, lr=learning_rate, fused=True)
        self.centre, self.scale = 0.0, 1.0

    def fit(self, data: Comparisons, batches: int, size: int) -> float:
        """`batches` gradient steps on minibatches of `size` comparisons; the mean loss of the last tenth."""
        import torch

        features = torch.as_tensor(data.features)
        answers = torch.as_tensor(data.answers, dtype=torch.float32)
        losses = []
        for _ in range(batches):
            picked = torch.randint(len(answers), (self.members, min(size, len(answers))), generator=self.chance)
            total = self.losses(features[picked], answers[picked]).mean(dim=1).sum()
            self.optimiser.zero_grad()
            total.backward()
            self.optimiser.step()
            losses.append(float(total.detach()) / self.members)
        return float(np.mean(losses[-max(1, batches // 10) :]))

    def losses(self, features: Any, answers: Any) -> Any:
        """The loss of each comparison for each member, [members, b]; both arguments begin with [members, b]."""
        import torch

        probability = self.noise / 2 + (1 - self.noise) * torch.sigmoid(self._differences(features))
        return torch.nn.functional.binary_cross_entropy(probability, answers, reduction="none")

    def _differences(self, features: Any) -> Any:
        """features [members, b, 2, L, width] -> R(left) - R(right), [members, b]."""
        members, b, _, length, width = features.shape
        rewards = self._forward(features.reshape(members, -1, width)).reshape(members, b, 2, length)
        returns = rewards.sum(dim=3)
        return returns[:, :, 0] - returns[:, :, 1]

    def _forward(self, x: Any) -> Any:
        """x [members, n, width] -> [members, n]."""
        import torch

        for i, (weight, bias) in enumerate(self.layers):
            x = torch.baddbmm(bias, x, weight)
            if i < len(self.layers) - 1:
                x = torch.relu(x)
        return x.squeeze(2)

    def freeze(self) -> list[tuple[Array, Array]]:
        """The layers as numpy arrays: inference on a handful of rows is faster there."""
        return [(weight.detach().numpy(), bias.detach().numpy()) for weight, bias in self.layers]

    def each(self, features: Array) -> Array:
        """What each member gives each row, [members, n]; features [n, width]."""
        layers = self.freeze()
        x = features[None]
        for i, (weight, bias) in enumerate(layers):
            x = x @ weight + bias
            if i < len(layers) - 1:
                np.maximum(x, 0, out=x)
        return x[:, :, 0]

    def returns(self, features: Array) -> Array:
        """R of each segment for each member, [members, n]; features [n, L, width]."""
        n, length, width = features.shape
        return self.each(features.reshape(-1, width)).reshape(self.members, n, length).sum(axis=2)

    def standardise(self, features: Array) -> None:
        """From now on `reward` has mean 0 and deviation 1 on these rows [n, width]."""
        rewards = self.each(features).mean(axis=0)
        self.centre, self.scale = float(rewards.mean()), float(max(rewards.std(), 1e-6))

    def reward(self, observations: Array, actions: Array) -> Array:
        """The learned reward, [n]."""
        return (self.each(inputs(self.spec, observations, actions)).mean(axis=0) - self.centre) / self.scale
