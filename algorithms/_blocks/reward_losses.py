"""What a learned reward is held to: comparisons, ratings, judgements. Pure functions with their gradients.

Each takes rewards ``[..., b, *shape]`` and answers ``[..., b]``, and gives the losses ``[..., b]`` and
dLoss/dreward, shaped as the rewards.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from algorithms._blocks.mlp import Array

Loss = Callable[[Array, Array], tuple[Array, Array]]


@dataclass(frozen=True)
class BradleyTerry:
    """Comparisons of segments, rewards ``[..., b, 2, L]`` of left and right; the answer μ is P(left is better).

    As imitation's `PreferenceModel` and `CrossEntropyRewardLoss` (Christiano et al. 2017, "Deep reinforcement
    learning from human preferences", section 2.2.3):

        R = sum_t γ^t r_t,    Δ = clip(R(left) - R(right), -c, c),
        P = ε / 2 + (1 - ε) sigmoid(Δ),    loss = -μ log P - (1 - μ) log(1 - P).

    With s = sigmoid(Δ), dloss/dΔ = (P - μ) (1 - ε) s (1 - s) / (P (1 - P)), and 0 where Δ was clipped.
    """

    noise: float = 0.0  # ε: share of answers given blindly
    discount: float = 1.0  # γ within a segment
    threshold: float = 50.0  # c

    def __call__(self, rewards: Array, answers: Array) -> tuple[Array, Array]:
        weights = (self.discount ** np.arange(rewards.shape[-1])).astype(rewards.dtype)
        returns = rewards @ weights
        difference = returns[..., 0] - returns[..., 1]
        clipped = np.clip(difference, -self.threshold, self.threshold)
        left, right = sigmoid(clipped), sigmoid(-clipped)
        # P and 1 - P each from its own sigmoid: where one of them is tiny, the subtraction would lose it.
        p, q = (self.noise / 2 + (1 - self.noise) * side for side in (left, right))
        losses = -answers * np.log(p) - (1 - answers) * np.log(q)
        slope = (p - answers) * (1 - self.noise) * left * right / (p * q) * (clipped == difference)
        d_returns = np.stack([slope, -slope], axis=-1)
        return losses, d_returns[..., None] * weights


def squared_error(rewards: Array, answers: Array) -> tuple[Array, Array]:
    """Ratings y of segments, rewards ``[..., b, L]``: loss = (mean_t r_t - y)^2."""
    error = rewards.mean(axis=-1) - answers
    return error**2, np.broadcast_to((2 / rewards.shape[-1] * error)[..., None], rewards.shape)


def cross_entropy(rewards: Array, answers: Array) -> tuple[Array, Array]:
    """Judgements y of single steps, rewards ``[..., b]``: loss = -y log s - (1 - y) log(1 - s), s = sigmoid(r)."""
    return np.logaddexp(0.0, rewards) - answers * rewards, sigmoid(rewards) - answers


def sigmoid(x: Array) -> Array:
    """1 / (1 + exp(-x)), without overflow."""
    return np.exp(-np.logaddexp(0.0, -x))
