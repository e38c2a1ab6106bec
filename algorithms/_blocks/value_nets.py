"""Small networks of one output in numpy: values of states, of states and actions."""

from __future__ import annotations

from itertools import pairwise
from math import inf, prod

import numpy as np

from algorithms._blocks.mlp import Adam, Array, Towers


def columns(rows: Array) -> Array:
    """Inputs [n, width] as columns over a row of ones, ``(width + 1, n)``."""
    made = np.ones((rows.shape[1] + 1, len(rows)), np.float32)
    made[:-1] = rows.T
    return made


class ValueNets:
    """``E`` perceptrons width -> hidden -> 1 with ReLU, side by side on one flat vector, with their Adam.

    Weights and biases are drawn uniformly within 1 / sqrt(inputs), as torch's linear layers are.
    """

    def __init__(
        self, members: int, width: int, hidden: tuple[int, ...], rng: np.random.Generator, learning_rate: float
    ) -> None:
        self._shapes = [(members, after, before + 1) for before, after in pairwise((width, *hidden, 1))]
        size = sum(map(prod, self._shapes))
        self.theta, self.gradient = np.zeros((2, size), np.float32)
        for layer in self._carve(self.theta):
            bound = (layer.shape[2] - 1) ** -0.5
            layer[...] = rng.uniform(-bound, bound, layer.shape)
        self.adam = Adam(size)
        self.adam.configure(learning_rate)
        self._towers: dict[int, Towers] = {}

    def forward(self, x: Array) -> Array:
        """Outputs ``(E, B)`` of inputs ``(width + 1, B)``, see `columns`."""
        batch = x.shape[1]
        if batch not in self._towers:
            body = (self._carve(flat)[:-1] for flat in (self.theta, self.gradient))
            self._towers[batch] = Towers(*body, "relu", batch)
        self._x, self._last = x, self._towers[batch]
        self._last.forward(x)
        return np.matmul(self._carve(self.theta)[-1], self._last.latents(self._x))[:, 0]

    def backward(self, d_outputs: Array) -> None:
        """Fill `gradient` from dL/d outputs ``(E, B)`` of the last `forward`."""
        delta = d_outputs[:, None]
        head, d_head = self._carve(self.theta)[-1], self._carve(self.gradient)[-1]
        np.matmul(delta, self._last.latents(self._x).swapaxes(-1, -2), out=d_head)
        np.matmul(head[:, :, :-1].swapaxes(1, 2), delta, out=self._last.d_output)
        self._last.backward(self._x)

    def step(self) -> None:
        """One step of Adam; `gradient` is consumed."""
        self.adam.step(self.theta, self.gradient, inf)

    def follow(self, other: ValueNets, rate: float) -> None:
        """theta <- (1 - rate) theta + rate theta', of a target network."""
        self.theta += rate * (other.theta - self.theta)

    def _carve(self, flat: Array) -> list[Array]:
        """Views of a flat vector, a layer each, ``(E, out, in + 1)``."""
        parts, end = [], 0
        for shape in self._shapes:
            parts.append(flat[end : end + prod(shape)].reshape(shape))
            end += prod(shape)
        return parts
