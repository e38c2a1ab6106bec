"""Soft actor-critic on numpy networks with hand-written gradients."""

from __future__ import annotations

from math import exp, log

import numpy as np

from algorithms._blocks.critics import Critics
from algorithms._blocks.mlp import Adam, Array
from algorithms._blocks.perceptrons import Perceptrons
from algorithms._blocks.replay import Batch
from algorithms._blocks.tanh_gaussian import TanhGaussian


class FastSAC:
    """SAC with automatic temperature (Haarnoja et al., "Soft actor-critic algorithms and applications", 2018).

        y = r + γ [min_i Q'_i(s', a') - α log π(a'|s')],    L_Q = sum_i mean (Q_i(s, a) - y)^2 / 2,
        L_π = mean [α log π(ã|s) - min_i Q_i(s, ã)],        L_α = -log α * mean [log π(ã|s) + H],

    ã and a' drawn anew, H the target entropy, by default minus the dimension of the actions. The order of the
    steps is stable-baselines3's: temperature, critics, actor, slow copies.
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
        temperature: float = 1.0,
        target_entropy: float | None = None,
    ):
        self.discount, self.actions, self._rng = discount, actions, rng
        self.target_entropy = -float(actions) if target_entropy is None else target_entropy
        self.actor = Perceptrons((observations, *hidden, 2 * actions), rng, learning_rate=learning_rate)
        self.critics = Critics(observations, actions, rng, 2, hidden, learning_rate, tau)
        self.log_alpha = np.full(1, log(temperature), np.float32)
        self._adam = Adam(1)
        self._adam.configure(learning_rate)

    def act(self, x: Array, deterministic: bool = False) -> Array:
        """Actions in [-1, 1], ``(B, m)``, for the columns of ``x``, ``(d + 1, B)``."""
        outputs = self.actor.at(x.shape[1]).forward(x)[0]
        if deterministic:
            return np.tanh(outputs[: self.actions]).T
        return TanhGaussian(outputs, self._draw(x.shape[1])).action.T

    def update(self, batch: Batch, noise: tuple[Array, Array] | None = None) -> tuple[float, float]:
        """One step on a batch, whose actions are overwritten; losses of critics and actor.

        ``noise``: ε of ã and of a', ``(m, B)`` each.
        """
        fresh, following = noise or (self._draw(batch.size), self._draw(batch.size))
        alpha = exp(self.log_alpha[0])
        actor = self.actor.at(batch.size)

        critic_loss = self.evaluate(batch, self.soft_values(batch, following, alpha), alpha)

        policy = TanhGaussian(actor.forward(batch.state)[0], fresh)
        log_prob = policy.log_prob()
        batch.action[...] = policy.action
        values, slope = self.critics.uphill(batch.pair)
        actor.backward(batch.state, policy.backward(slope / -batch.size, alpha / batch.size)[None])
        self.actor.descend()
        self.critics.follow()

        entropy = -float(log_prob.mean())
        self._adam.step(self.log_alpha, np.float32([entropy - self.target_entropy]), np.inf)
        return critic_loss, -alpha * entropy - float(values.mean())

    def soft_values(self, batch: Batch, noise: Array, alpha: float) -> Array:
        """min_i Q'_i(s', a') - α log π(a'|s'), ``(B,)``."""
        policy = TanhGaussian(self.actor.at(batch.size).forward(batch.next_state)[0], noise)
        batch.next_action[...] = policy.action
        return self.critics.bootstrap(batch.next_pair) - alpha * policy.log_prob()

    def evaluate(self, batch: Batch, following: Array, alpha: float) -> float:
        """One step of the critics, with ``following`` of `soft_values`; its loss. For learners that have another."""
        return self.critics.regress(batch.pair, batch.rewards + self.discount * batch.alive * following, 0.5)

    def set_learning_rate(self, rate: float) -> None:
        for adam in (self.actor.adam, self.critics.online.adam, self._adam):
            adam.learning_rate = rate

    def renew_critics(self) -> None:
        """Forget all values; the policy stays."""
        self.critics.renew(self._rng)

    def _draw(self, batch: int) -> Array:
        return self._rng.standard_normal((self.actions, batch), np.float32)
