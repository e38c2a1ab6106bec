"""Deterministic policy gradients on numpy networks: TD3, of which DDPG is a special case."""

from __future__ import annotations

import numpy as np

from algorithms._blocks.critics import Critics
from algorithms._blocks.mlp import Array
from algorithms._blocks.perceptrons import Perceptrons
from algorithms._blocks.replay import Batch


class FastTD3:
    """Twin delayed DDPG (Fujimoto, van Hoof, Meger, "Addressing function approximation error", 2018).

        a' = clip(π'(s') + clip(σ ε, -c, c), -1, 1),    y = r + γ min_i Q'_i(s', a'),
        L_Q = sum_i mean (Q_i(s, a) - y)^2,             L_π = -mean Q_1(s, π(s)) every `delay` updates.

    DDPG (Lillicrap et al. 2016) is ``members=1, delay=1, smoothing=0``.
    """

    def __init__(
        self,
        observations: int,
        actions: int,
        rng: np.random.Generator,
        hidden: tuple[int, ...] = (64, 64),
        learning_rate: float = 1e-3,
        discount: float = 0.99,
        tau: float = 0.005,
        members: int = 2,
        delay: int = 2,
        smoothing: float = 0.2,
        smoothing_clip: float = 0.5,
    ):
        self.discount, self.actions, self.tau, self.delay, self._rng = discount, actions, tau, delay, rng
        self.smoothing, self.smoothing_clip = smoothing, smoothing_clip
        self.actor = Perceptrons((observations, *hidden, actions), rng, learning_rate=learning_rate)
        self.actor_target = self.actor.copy()
        self.critics = Critics(observations, actions, rng, members, hidden, learning_rate, tau)
        self.updates = 0

    def act(self, x: Array, deterministic: bool = True) -> Array:
        """π(s) in [-1, 1], ``(B, m)``, for the columns of ``x``; exploration is the caller's."""
        return np.tanh(self.actor.at(x.shape[1]).forward(x)[0]).T

    def update(self, batch: Batch, noise: Array | None = None) -> float:
        """One step on a batch, whose actions are overwritten; the critics' loss. ``noise``: ε, ``(m, B)``."""
        following = np.tanh(self.actor_target.at(batch.size).forward(batch.next_state)[0])
        if self.smoothing:
            fresh = self._rng.standard_normal(following.shape, np.float32) if noise is None else noise
            following += np.clip(self.smoothing * fresh, -self.smoothing_clip, self.smoothing_clip)
            np.clip(following, -1.0, 1.0, out=following)
        batch.next_action[...] = following
        targets = batch.rewards + self.discount * batch.alive * self.critics.bootstrap(batch.next_pair)
        loss = self.critics.regress(batch.pair, targets, 1.0)
        self.updates += 1
        if self.updates % self.delay == 0:
            self._improve(batch)
        return loss

    def set_learning_rate(self, rate: float) -> None:
        for adam in (self.actor.adam, self.critics.online.adam):
            adam.learning_rate = rate

    def renew_critics(self) -> None:
        """Forget all values; the policy stays."""
        self.critics.renew(self._rng)

    def _improve(self, batch: Batch) -> None:
        """One step of the actor up Q_1, and of all slow copies."""
        actor = self.actor.at(batch.size)
        action = np.tanh(actor.forward(batch.state)[0])
        batch.action[...] = action
        _, slope = self.critics.uphill(batch.pair, first=True)
        actor.backward(batch.state, (slope * (1.0 - action**2) / -batch.size)[None])
        self.actor.descend()
        self.critics.follow()
        self.actor_target.follow(self.actor, self.tau)
