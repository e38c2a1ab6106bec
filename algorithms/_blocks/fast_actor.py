"""A policy network in numpy for learners that follow the gradient of a function of log pi(a | s).

A tanh perceptron with a categorical or a Gaussian head, drawn as stable-baselines3 draws its own: orthogonal
matrices of gain sqrt(2), 0.01 at the head, biases zero. A gradient step on some policy loss L is

    log_p = actor.forward(x, taken)      x = actor.features(observations), taken = actor.taken(actions)
    actor.backward(dL/dlog_p)
    actor.step()
"""

from __future__ import annotations

from itertools import pairwise
from math import inf, prod, sqrt
from typing import TYPE_CHECKING, Any

import numpy as np

from algorithms._blocks.distributions import Bounds, Categorical, ClippedGaussian, Gaussian, TruncatedGaussian
from algorithms._blocks.mlp import Adam, Array, Towers
from algorithms._blocks.policies import Snapshot

if TYPE_CHECKING:
    from benchmarks.api import Spec


class FastActor:
    """pi(a | s) on the flat vectors `theta` and `gradient`, with its Adam.

    `layers`: views [W_l b_l] of `theta`, ``(out, in + 1)``, the head last; `log_std`: ``(A,)``, of size 0 for
    discrete actions. `bounds`: what a Gaussian's box is to it, "open" (nothing: the plain density), "clipped"
    (`ClippedGaussian`) or "truncated" (`TruncatedGaussian`). `weight_decay`: apart from the gradient, by the
    share learning_rate * weight_decay a step (Loshchilov and Hutter, "Decoupled weight decay regularization",
    2019). `averaging`: rho of the running mean of the weights, w <- rho w + (1 - rho) theta, that `settle` takes.
    """

    def __init__(
        self,
        spec: Spec,
        hidden: tuple[int, ...],
        rng: np.random.Generator,
        learning_rate: float = 1e-3,
        log_std: Array | float = 0.0,
        train_std: bool = True,
        bounds: Bounds = "open",
        weight_decay: float = 0.0,
        averaging: float = 0.0,
    ) -> None:
        self.spec, self.rng = spec, rng
        space: Any = spec.action_space
        outputs = int(space.n) if spec.discrete else prod(space.shape)
        widths = (prod(spec.observation_space.shape or ()), *hidden, outputs)
        shapes = [(after, before + 1) for before, after in pairwise(widths)]
        self._shapes, self._outputs = shapes, outputs
        self._train_std, self._bounds = train_std and not spec.discrete, bounds
        size = sum(map(prod, shapes)) + (0 if spec.discrete else outputs)
        self.theta, self.gradient = np.zeros((2, size), np.float32)
        self.layers, self.log_std = self._carve(self.theta)
        gains = [sqrt(2)] * len(hidden) + [0.01]
        for layer, gain in zip(self.layers, gains, strict=True):
            layer[:, :-1] = orthogonal(rng, layer.shape[0], layer.shape[1] - 1, gain)
        self.log_std[...] = log_std
        self._decayed = self.theta[: size - self.log_std.size]
        self._keep, self._rho = 1 - learning_rate * weight_decay, averaging
        self._mean = self.theta.copy()
        self.adam = Adam(size)
        self.adam.configure(learning_rate)
        self._passes: dict[int, Pass] = {}

    def features(self, observations: Array) -> Array:
        """Observations [n, ...] as columns over a row of ones, ``(d + 1, n)``."""
        columns = np.ones((self.layers[0].shape[1], len(observations)), np.float32)
        columns[:-1] = np.reshape(observations, (len(observations), -1)).T
        return columns

    def taken(self, actions: Array) -> Array:
        """Actions [n, ...] as columns, ``(A, n)``: indicators of discrete ones."""
        actions = np.asarray(actions)
        if self.spec.discrete:
            return (np.arange(self._outputs)[:, None] == actions.reshape(-1)).astype(np.float32)
        return np.ascontiguousarray(actions.reshape(len(actions), -1).T, np.float32)

    def forward(self, x: Array, taken: Array) -> Array:
        """log pi(a | s), ``(B,)``, in an array that the next call with as many samples overwrites."""
        self._last = self._pass(x.shape[1])
        return self._last.forward(x, taken)

    def entropy(self) -> Array:
        """H(pi(. | s)) of the last `forward`, ``(B,)``."""
        return self._last.entropy()

    def backward(self, d_log_prob: Array, d_entropy: float = 0.0) -> None:
        """Fill `gradient` from dL/d log pi ``(B,)`` and dL/dH (the same for every sample) of the last `forward`."""
        self._last.backward(d_log_prob, d_entropy)

    def step(self, max_norm: float = inf) -> None:
        """One step of Adam; `gradient` is consumed."""
        if not self._train_std and self.log_std.size:
            self.gradient[-self.log_std.size :] = 0.0
        self._decayed *= self._keep
        self.adam.step(self.theta, self.gradient, max_norm)
        if self._rho:
            self._mean += (1 - self._rho) * (self.theta - self._mean)

    def settle(self) -> None:
        """Replace the weights by their running mean, which is less noisy than the last ones."""
        if self._rho:
            self.theta[...] = self._mean

    def begin_at(self, other: FastActor) -> None:
        """Take another actor's weights."""
        self.theta[...] = self._mean[...] = other.theta

    def snapshot(self) -> Snapshot:
        """The policy of this moment, to offer or to act with."""
        space: Any = self.spec.action_space
        return Snapshot(
            weights=tuple(np.array(layer[:, :-1].T, order="C") for layer in self.layers),
            biases=tuple(layer[:, -1].copy() for layer in self.layers),
            activation="tanh",
            observation_shape=self.spec.observation_space.shape or (),
            n_observations=None,
            action_shape=space.shape,
            std=None if self.spec.discrete else np.exp(self.log_std),
            low=None if self.spec.discrete else space.low.copy(),
            high=None if self.spec.discrete else space.high.copy(),
            rng=np.random.default_rng(int(self.rng.integers(2**63 - 1))),
        )

    def _carve(self, flat: Array) -> tuple[list[Array], Array]:
        """Views of a flat vector: the layers and log std."""
        layers, end = [], 0
        for shape in self._shapes:
            layers.append(flat[end : end + prod(shape)].reshape(shape))
            end += prod(shape)
        return layers, flat[end:]

    def _pass(self, batch: int) -> Pass:
        if batch not in self._passes:
            self._passes[batch] = Pass(self, batch)
        return self._passes[batch]


class Pass:
    """Forward and backward pass of a `FastActor` for ``B`` samples, in arrays of its own."""

    def __init__(self, actor: FastActor, batch: int) -> None:
        gradients, d_log_std = actor._carve(actor.gradient)
        body = [layer[None] for layer in actor.layers[:-1]], [layer[None] for layer in gradients[:-1]]
        self._towers = Towers(*body, "tanh", batch)
        self._head, self._d_head = actor.layers[-1], gradients[-1]
        self.distribution: Any
        if actor.spec.discrete:
            self.distribution = Categorical(actor._outputs, batch)
        elif actor._bounds == "open":
            self.distribution = Gaussian(actor.log_std, d_log_std, batch)
        else:
            space: Any = actor.spec.action_space
            kind = {"clipped": ClippedGaussian, "truncated": TruncatedGaussian}[actor._bounds]
            self.distribution = kind(actor.log_std, d_log_std, batch, space.low.reshape(-1), space.high.reshape(-1))
        self._log_prob, self._entropy = np.empty((2, batch), np.float32)

    def forward(self, x: Array, taken: Array) -> Array:
        self._x, self._taken = x, taken
        self._towers.forward(x)
        np.matmul(self._head, self._towers.latent(x, 0), out=self.distribution.parameters)
        self.distribution.normalize()
        self.distribution.log_prob(taken, out=self._log_prob)
        return self._log_prob

    def entropy(self) -> Array:
        self.distribution.entropy(out=self._entropy)
        return self._entropy

    def backward(self, d_log_prob: Array, d_entropy: float) -> None:
        if d_entropy != 0.0:
            self.entropy()  # which a categorical gradient is made of
        self.distribution.backward(self._taken, d_log_prob, d_entropy)
        d_outputs = self.distribution.gradient
        np.matmul(d_outputs, self._towers.latent(self._x, 0).T, out=self._d_head)
        if self._towers.d_output is not None:
            np.matmul(self._head[:, :-1].T, d_outputs, out=self._towers.d_output[0])
            self._towers.backward(self._x)


def orthogonal(rng: np.random.Generator, rows: int, columns: int, gain: float) -> Array:
    """`gain` times a random matrix with orthonormal rows or columns, whichever are fewer (Saxe et al. 2014)."""
    flat = rng.standard_normal((max(rows, columns), min(rows, columns)))
    q, r = np.linalg.qr(flat)
    q *= np.sign(np.diagonal(r))
    return (gain * (q if rows >= columns else q.T)).astype(np.float32)
