"""Q(s, a) of continuous actions: some perceptrons side by side, their slow copies, and a policy's way uphill."""

from __future__ import annotations

import numpy as np

from algorithms._blocks.mlp import Array
from algorithms._blocks.perceptrons import Perceptrons


class Critics:
    """``E`` critics on [a; s; 1], of which the most pessimistic counts (Fujimoto, van Hoof, Meger 2018)."""

    def __init__(
        self,
        observations: int,
        actions: int,
        rng: np.random.Generator,
        members: int = 2,
        hidden: tuple[int, ...] = (64, 64),
        learning_rate: float = 1e-3,
        tau: float = 0.005,
    ):
        self.actions, self.tau = actions, tau
        self.online = Perceptrons((actions + observations, *hidden, 1), rng, members, learning_rate=learning_rate)
        self.target = self.online.copy()

    def bootstrap(self, pairs: Array) -> Array:
        """min_i Q'_i(s, a), ``(B,)``, of columns ``(m + d + 1, B)``."""
        return np.minimum.reduce(self.target.at(pairs.shape[1]).forward(pairs)[:, 0], axis=0)

    def regress(self, pairs: Array, targets: Array, weight: float) -> float:
        """One step of Adam on weight * sum_i mean (Q_i(s, a) - y)^2, which is returned."""
        net, size = self.online.at(pairs.shape[1]), pairs.shape[1]
        delta = net.forward(pairs) - targets
        loss = weight * float(np.vdot(delta, delta)) / size
        np.multiply(delta, 2.0 * weight / size, out=delta)
        net.backward(pairs, delta)
        self.online.descend()
        return loss

    def uphill(self, pairs: Array, first: bool = False) -> tuple[Array, Array]:
        """min_i Q_i(s, a), ``(B,)``, and its slope in the actions, ``(m, B)``; of Q_1 alone if ``first``."""
        net = self.online.at(pairs.shape[1])
        values = net.forward(pairs)[:, 0]
        best = values[0] if first else np.minimum.reduce(values, axis=0)
        # Of two equal critics torch, too, follows the first: ties are for identical ones.
        chosen = np.zeros_like(values)
        chosen[0 if first else values.argmin(axis=0), np.arange(values.shape[1])] = 1.0
        return best.copy(), net.d_input(pairs, chosen[:, None])[: self.actions]

    def follow(self) -> None:
        """Move the slow copies."""
        self.target.follow(self.online, self.tau)
