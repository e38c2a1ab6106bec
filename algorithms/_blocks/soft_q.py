"""Soft Q-learning of discrete actions."""

from __future__ import annotations

import numpy as np

from algorithms._blocks.fast_dqn import FastDQN
from algorithms._blocks.mlp import Array
from algorithms._blocks.replay import Batch


class SoftQ(FastDQN):
    """V(s) = T log sum_a exp(Q(s, a) / T),    π(a|s) = exp((Q(s, a) - V(s)) / T),    y = r + γ V'(s'),

    V' of the slow copy (Haarnoja, Tang, Abbeel, Levine, "Reinforcement learning with deep energy-based policies",
    2017).
    """

    def __init__(self, *args: object, temperature: float, **settings: object):
        super().__init__(*args, **settings)  # type: ignore[arg-type]
        self.temperature = temperature

    def soft(self, values: Array) -> tuple[Array, Array]:
        """V(s), ``(B,)``, and π(.|s), ``(A, B)``, of Q(s, .), ``(A, B)``."""
        top = np.maximum.reduce(values, axis=0)
        policy = np.exp((values - top) / self.temperature)
        total = np.add.reduce(policy, axis=0)
        policy /= total
        return top + self.temperature * np.log(total), policy

    def act(self, x: Array, rng: np.random.Generator) -> Array:
        """Actions drawn from π, ``(B,)``: Gumbel's noise makes the greatest of them one."""
        values = self.values(x)
        return (values / self.temperature + rng.gumbel(size=values.shape)).argmax(axis=0)

    def targets(self, batch: Batch) -> Array:
        following, _ = self.soft(self.target.at(batch.size).forward(batch.next_state)[0])
        return batch.rewards + self.discount * batch.alive * following
