"""Gradient steps of behaviour cloning on one flat vector, with the loss of the `imitation` library's BC."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import inf
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from stable_baselines3.common.policies import ActorCriticPolicy

    from algorithms._blocks.actor_critic import Batch

Array = np.ndarray[Any, np.dtype[Any]]


class CloneUpdate:
    """Adam (Kingma and Ba 2015) on a policy pi_theta and its pairs (s, a): for a minibatch of B pairs,

        L = -mean log pi(a | s) - c H + l2 |theta|^2 / 2,    H = mean entropy of pi(. | s),

    so that dL / d log pi = -1 / B and dL / dH = -c for each of them. Adam's moments stay with this object, the
    parameters are written back into the policy at the end of `follow`.
    """

    def __init__(
        self, policy: ActorCriticPolicy, learning_rate: float, entropy_weight: float = 0.0, l2_weight: float = 0.0
    ) -> None:
        from algorithms._blocks.actor_critic import ActorCritic

        self.policy, self.entropy_weight, self.l2_weight = policy, entropy_weight, l2_weight
        self._network = ActorCritic(policy)
        self._network.adam.configure(learning_rate)

    def follow(self, observations: Array, actions: Array, minibatches: Iterable[Array]) -> None:
        """A gradient step on each minibatch, indices into the pairs (observations [n, ...], actions [n, ...])."""
        from algorithms._blocks.actor_critic import encode

        network = self._network
        network.pull()
        features = np.empty((network.n_features, len(actions)), np.float32)
        encode(observations, self.policy.observation_space, out=features)
        x = np.concatenate([features, np.ones_like(features[:1])])
        taken = network.batch(1).distribution.taken(np.asarray(actions)).astype(np.float32)
        for picked in minibatches:
            self._step(network.batch(len(picked)), x[:, picked], taken[:, picked])
        network.push()

    def _step(self, batch: Batch, x: Array, taken: Array) -> None:
        network, size = self._network, x.shape[1]
        row, nothing = np.empty(size, np.float32), np.zeros(size, np.float32)
        batch.forward(x, row)
        batch.distribution.log_prob(taken, out=row)
        batch.distribution.entropy(out=row)
        row.fill(-1 / size)
        batch.distribution.backward(taken, row, -self.entropy_weight / size)
        batch.backward(x, nothing)
        if self.l2_weight:
            network.gradient += self.l2_weight * network.theta
        network.adam.step(network.theta, network.gradient, inf)


def epochs(n: int, size: int, batches: int, rng: np.random.Generator) -> Iterator[Array]:
    """`batches` minibatches of `size` of the numbers below n, in a new order each time all were drawn.

    What is left over at the end of an order is not drawn, as by imitation's data loader.
    """
    size, given = min(size, n), 0
    while given < batches:
        order = rng.permutation(n)
        for start in range(0, n - size + 1, size)[: batches - given]:
            yield order[start : start + size]
            given += 1
