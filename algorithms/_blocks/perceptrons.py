"""Perceptrons with a linear last layer on one flat vector, and what learning from replay does with them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import inf, sqrt

import numpy as np

from algorithms._blocks.mlp import Adam, Array, Towers


class Perceptrons:
    """``E`` perceptrons of one shape side by side, each with parameters of its own:

    f(x) = W_{L+1} [h_L; 1],  h_l = φ(W_l [h_{l-1}; 1]),  h_0 = x.

    ``theta``, ``gradient``: flat vectors; ``layers``, ``d_layers``: their views, ``(E, n_l, n_{l-1} + 1)`` each.

    One step of gradient descent on any loss of the outputs is

        y = nets.at(B).forward(x);  nets.at(B).backward(x, dL/dy);  nets.descend()
    """

    def __init__(
        self,
        sizes: Sequence[int],
        rng: np.random.Generator,
        members: int = 1,
        activation: str = "relu",
        learning_rate: float = 1e-3,
    ):
        self.sizes, self.members, self.activation = tuple(sizes), members, activation
        size = members * sum(after * (before + 1) for before, after in pairwise(sizes))
        self.theta, self.gradient = np.zeros((2, size), np.float32)
        self.layers, self.d_layers = self._carve(self.theta), self._carve(self.gradient)
        for layer in self.layers:  # as torch's Linear
            layer[...] = rng.uniform(-1.0, 1.0, layer.shape) / sqrt(layer.shape[2] - 1)
        self.adam = Adam(size)
        self.adam.configure(learning_rate)
        self._scratch = np.empty_like(self.theta)
        self._passes: dict[int, Pass] = {}

    def _carve(self, flat: Array) -> list[Array]:
        views, end = [], 0
        for before, after in pairwise(self.sizes):
            start, end = end, end + self.members * after * (before + 1)
            views.append(flat[start:end].reshape(self.members, after, before + 1))
        return views

    def at(self, batch: int) -> Pass:
        """The (one) workspace for batches of this size."""
        if batch not in self._passes:
            self._passes[batch] = Pass(self, batch)
        return self._passes[batch]

    def descend(self, max_norm: float = inf) -> None:
        """One step of Adam along ``gradient``, which is consumed, behind a clipped norm."""
        self.adam.step(self.theta, self.gradient, max_norm)

    def copy(self) -> Perceptrons:
        """Others with the same parameters, without the optimizer's state."""
        other = Perceptrons(
            self.sizes, np.random.default_rng(0), self.members, self.activation, self.adam.learning_rate
        )
        other.theta[...] = self.theta
        return other

    def follow(self, other: Perceptrons, tau: float) -> None:
        """Polyak averaging: θ <- (1 - τ) θ + τ θ_other; τ = 1 copies."""
        np.multiply(other.theta, tau, out=self._scratch)
        np.multiply(self.theta, 1.0 - tau, out=self.theta)
        np.add(self.theta, self._scratch, out=self.theta)

    def frozen(self, member: int = 0, outputs: slice = slice(None)) -> tuple[tuple[Array, ...], tuple[Array, ...]]:
        """Weights ``(n_{l-1}, n_l)`` and biases ``(n_l,)`` of one perceptron, copied, for a `Snapshot`."""
        layers = [layer[member] for layer in self.layers]
        layers[-1] = layers[-1][outputs]
        return tuple(np.array(w[:, :-1].T, order="C") for w in layers), tuple(w[:, -1].copy() for w in layers)


class Pass:
    """Forward and backward pass of `Perceptrons` for ``B`` samples, in arrays of its own."""

    def __init__(self, nets: Perceptrons, batch: int):
        self._head, self._d_head = nets.layers[-1], nets.d_layers[-1]
        self._head_t = self._head[:, :, :-1].swapaxes(1, 2)
        self._towers = Towers(nets.layers[:-1], nets.d_layers[:-1], nets.activation, batch)
        self.outputs = np.empty((nets.members, nets.sizes[-1], batch), np.float32)

    def forward(self, x: Array) -> Array:
        """f of columns ``(n_0 + 1, B)`` whose last row is ones: ``(E, n_{L+1}, B)``, which the next call overwrites."""
        self._towers.forward(x)
        return np.matmul(self._head, self._towers.output, out=self.outputs)

    def backward(self, x: Array, d_outputs: Array) -> None:
        """Fill the gradient of the parameters from dL/df, ``(E, n_{L+1}, B)``; `forward` of ``x`` comes before."""
        np.matmul(d_outputs, self._towers.output.swapaxes(1, 2), out=self._d_head)
        np.matmul(self._head_t, d_outputs, out=self._towers.d_output)
        self._towers.backward(x)

    def d_input(self, x: Array, d_outputs: Array) -> Array:
        """dL/dx, summed over the perceptrons, ``(n_0, B)``; the gradient of the parameters stays as it was."""
        np.matmul(self._head_t, d_outputs, out=self._towers.d_output)
        self._towers.backward(x, parameters=False)
        return self._towers.d_input().sum(axis=0)
