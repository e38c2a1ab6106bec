"""Values that are vectors, one network for all weights of the objectives, and policies that are greedy in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from algorithms._blocks.mlp import Array
from algorithms._blocks.perceptrons import Perceptrons
from algorithms._blocks.random_features import RandomFeatures


@dataclass(frozen=True, eq=False)
class Moves:
    """B transitions: features now [d, B], one-hot actions [A, B], objectives phi [B, k], features then, alive [B]."""

    now: Array
    action: Array
    phi: Array
    then: Array
    alive: Array  # 0 where an event ended the original's episode, else 1


class VectorQ:
    """Q(s, a, w) in R^k: what each objective comes to after (s, a) if one acts for the weights w (Yang et al. 2019).

    For weights w_1 .. w_m, on the same transitions, with phi the vector of objectives of the step:

        y_i = phi + gamma Q'(s', a*, w*),    (a*, w*) = argmax_{a, j} w_i . Q'(s', a, w_j),
        L   = mean (1 - lambda) |Q(s, a, w_i) - y_i|^2 + lambda (w_i . (Q(s, a, w_i) - y_i))^2.

    The maximum over w_j is the envelope: what is learned for one weighting serves all others. It is also a maximum
    over m times as many errors as Q-learning has, so Q' is, for each w_i, the lower of two networks (Fujimoto et al.
    2018; so do Alegre et al. 2023). Without `envelope` the maximum is over a alone, and w* is w_i. `values` are
    [A, k, n].
    """

    def __init__(
        self,
        observations: int,
        actions: int,
        objectives: int,
        rng: np.random.Generator,
        hidden: tuple[int, ...] = (64, 64),
        learning_rate: float = 1e-3,
        discount: float = 0.99,
        tau: float = 0.01,
        members: int = 2,
        max_norm: float = 10.0,
        envelope: bool = True,
    ):
        self.shape = (actions, objectives)
        self.envelope = envelope
        self.discount, self.tau, self.max_norm = discount, tau, max_norm
        sizes = (observations + objectives, *hidden, actions * objectives)
        self.online = Perceptrons(sizes, rng, members, learning_rate=learning_rate)
        self.target = self.online.copy()

    def values(self, x: Array) -> Array:
        """The first network's Q(s, ., w), [A, k, n], of columns [s; w; 1]; overwritten by the next call."""
        return self.online.at(x.shape[1]).forward(x)[0].reshape(*self.shape, -1)

    def update(self, moves: Moves, weights: Array, homotopy: float = 0.0) -> float:
        """One step of Adam for the weights [m, k]; the loss, summed over the networks."""
        x = columns(moves.now, weights)
        delta = self.errors(moves, weights, x)
        along = np.einsum("mk,ekmb->emb", weights, delta)
        slope = (1.0 - homotopy) * delta + homotopy * weights.T[:, :, None] * along[:, None]
        d_values = moves.action[:, None, None] * (slope * np.float32(2.0 / x.shape[1]))[:, None]
        self.online.at(x.shape[1]).backward(x, d_values.reshape(len(delta), -1, x.shape[1]))
        self.online.descend(self.max_norm)
        self.target.follow(self.online, self.tau)
        return float((1.0 - homotopy) * (delta**2).sum() + homotopy * (along**2).sum()) / x.shape[1]

    def errors(self, moves: Moves, weights: Array, x: Array) -> Array:
        """Q(s, a, w_i) - y_i of every network, [E, k, m, B]; leaves them ready for the way back."""
        (actions, k), m, size = self.shape, len(weights), moves.now.shape[1]
        after = columns(moves.then, weights)
        following = self.target.at(m * size).forward(after).reshape(-1, actions, k, m, size)
        following = following.transpose(0, 4, 1, 3, 2).reshape(-1, size, actions * m, k)  # [E, B, (a, j), k]
        worth = following @ weights.T  # [E, B, (a, j), i]
        if not self.envelope:
            worth[:, :, np.tile(~np.eye(m, dtype=bool), (actions, 1))] = -np.inf
        best = worth.min(axis=0).argmax(axis=1)  # [B, i]
        rows = np.arange(size)[:, None]
        lower = worth[:, rows, best, np.arange(m)].argmin(axis=0)
        targets = moves.phi[:, None] + self.discount * moves.alive[:, None, None] * following[lower, rows, best]
        values = self.online.at(m * size).forward(x).reshape(-1, actions, k, m, size)
        return np.einsum("eakmb,ab->ekmb", values, moves.action) - targets.transpose(2, 1, 0)

    def greedy(
        self, w: Array, support: Array, features: RandomFeatures, shape: tuple[int, ...], rng: np.random.Generator
    ) -> VectorGreedy:
        """The first network's present policy for w as a frozen value."""
        return VectorGreedy(*self.online.frozen(), w.copy(), np.atleast_2d(support).copy(), features, shape, rng)


def columns(features: Array, weights: Array) -> Array:
    """[s; w; 1] for each of m weights and all B columns of features [d, B], weight by weight: [d + k + 1, m B]."""
    (d, size), (m, k) = features.shape, weights.shape
    x = np.ones((d + k + 1, m, size), np.float32)
    x[:d], x[d:-1] = features[:, None], weights.T[:, :, None]
    return x.reshape(d + k + 1, -1)


@dataclass(frozen=True, eq=False)
class VectorGreedy:
    """argmax_a max_{w' in support} w . Q(s, a, w'): generalised policy improvement (Barreto et al. 2017).

    With w alone in the support it is the greedy policy for w. Stochastically, any action with probability epsilon.
    """

    weights: tuple[Array, ...]  # layer l: (n_{l-1}, n_l)
    biases: tuple[Array, ...]  # (n_l,)
    w: Array  # [k]
    support: Array  # [m, k]
    features: RandomFeatures
    shape: tuple[int, ...]  # of one observation
    rng: np.random.Generator = field(repr=False)
    epsilon: float = 0.05

    def worth(self, observations: Array) -> Array:
        """max_{w'} w . Q(s, a, w') of a batch, [n, A]."""
        rows = self.features(observations)
        first = self.weights[0]
        h = (rows @ first[: rows.shape[1]])[None] + (self.support @ first[rows.shape[1] :] + self.biases[0])[:, None]
        for weight, bias in zip(self.weights[1:], self.biases[1:], strict=True):
            h = np.maximum(h, 0.0) @ weight + bias
        return (h.reshape(*h.shape[:2], -1, len(self.w)) @ self.w).max(axis=0)

    def predict(
        self, observation: Any, state: Any = None, episode_start: Any = None, deterministic: bool = False
    ) -> tuple[Any, Any]:
        observation = np.asarray(observation)
        single = observation.shape == self.shape
        worth = self.worth(observation[None] if single else observation)
        actions = worth.argmax(axis=1)
        if not deterministic:
            lost = self.rng.random(len(actions)) < self.epsilon
            actions = np.where(lost, self.rng.integers(worth.shape[1], size=len(actions)), actions)
        return (actions[0] if single else actions), state
