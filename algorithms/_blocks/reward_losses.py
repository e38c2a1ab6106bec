"""What a learned reward is held to: comparisons, rankings, ratings, judgements. Pure functions with their gradients.

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


def plackett_luce(rewards: Array, answers: Array) -> tuple[Array, Array]:
    """Rankings of k segments, rewards ``[..., b, k, L]`` of the best first, as the person orders them; answers all 1.

    P(order) = prod_{i < k} exp R_i / sum_{j >= i} exp R_j,   loss = -log P, averaged over its k - 1 choices
    (Plackett, "The analysis of permutations", 1975; Luce 1959; as a loss, Xia et al., "Listwise approach to learning
    to rank", 2008). For k = 2 it is Bradley and Terry's.
    """
    returns = rewards.sum(axis=-1)
    k = returns.shape[-1]
    later = np.triu(np.ones((k, k), bool))[: k - 1]  # [k - 1, k]: who is left to choose from at choice i
    left = np.where(later, returns[..., None, :], -np.inf)
    top = left.max(axis=-1, keepdims=True)
    raised = np.exp(left - top)
    total = raised.sum(axis=-1, keepdims=True)
    losses = ((top + np.log(total))[..., 0] - returns[..., : k - 1]).sum(axis=-1) / (k - 1)
    slopes = (raised / total - np.eye(k - 1, k)).sum(axis=-2) / (k - 1)
    return losses * answers, np.broadcast_to((slopes * answers[..., None])[..., None], rewards.shape)


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
