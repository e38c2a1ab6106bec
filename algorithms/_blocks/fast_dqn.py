"""DQN on a numpy network with a hand-written gradient."""

from __future__ import annotations

import numpy as np

from algorithms._blocks.mlp import Array
from algorithms._blocks.perceptrons import Perceptrons
from algorithms._blocks.replay import Batch


class FastDQN:
    """Q-learning with a slow copy of the network (Mnih et al., "Human-level control through deep RL", 2015).

    y = r + γ max_a Q'(s', a),    L = mean huber_κ(Q(s, a) - y),    θ' <- (1 - τ) θ' + τ θ after each update;

    with ``double``, y = r + γ Q'(s', argmax_a Q(s', a)) (van Hasselt, Guez, Silver 2016). huber_κ(δ) is δ^2 / 2
    up to |δ| = κ and linear beyond: κ = 1 is stable-baselines3's loss, κ = inf the squared one.

    Learners with another loss write it as dL/dQ(s, .) and call `descend`.
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
        max_norm: float = 10.0,
        kappa: float = 1.0,
        double: bool = False,
    ):
        self._rng = rng
        self.discount, self.tau, self.max_norm, self.kappa, self.double = discount, tau, max_norm, kappa, double
        self.online = Perceptrons((observations, *hidden, actions), rng, learning_rate=learning_rate)
        self.target = self.online.copy()

    def values(self, x: Array) -> Array:
        """Q(s, .), ``(A, B)``, of the columns of ``x``, ``(d + 1, B)``; overwritten by the next call."""
        return self.online.at(x.shape[1]).forward(x)[0]

    def act(self, x: Array, rng: np.random.Generator) -> Array:
        """The best action, ``(B,)``, in each column of ``x``; for learners that draw theirs from ``rng``."""
        return self.values(x).argmax(axis=0)

    def update(self, batch: Batch) -> float:
        """One step on a batch; the loss."""
        delta = self.errors(batch)
        clipped = np.minimum(np.maximum(delta, -self.kappa), self.kappa)
        self.descend(batch.state, batch.action * (clipped / batch.size))
        return float(np.dot(clipped, delta - 0.5 * clipped)) / batch.size

    def targets(self, batch: Batch) -> Array:
        """y, ``(B,)``."""
        following = self.target.at(batch.size).forward(batch.next_state)[0]
        if self.double:
            best = self.values(batch.next_state).argmax(axis=0)
            following = following[best, np.arange(batch.size)]
        else:
            following = np.maximum.reduce(following, axis=0)
        return batch.rewards + self.discount * batch.alive * following

    def errors(self, batch: Batch) -> Array:
        """δ = Q(s, a) - y, ``(B,)``; leaves the network ready for `descend`."""
        targets = self.targets(batch)
        return np.add.reduce(self.values(batch.state) * batch.action, axis=0) - targets

    def descend(self, x: Array, d_values: Array) -> None:
        """One step of Adam along dL/dQ(s, .), ``(A, B)``, and of the slow copy; `values` of ``x`` comes before."""
        self.online.at(x.shape[1]).backward(x, d_values[None])
        self.online.descend(self.max_norm)
        self.target.follow(self.online, self.tau)

    def set_learning_rate(self, rate: float) -> None:
        self.online.adam.learning_rate = rate

    def renew_critics(self) -> None:
        """Forget all values, and with them the policy."""
        self.online.renew(self._rng)
        self.target.follow(self.online, 1.0)
