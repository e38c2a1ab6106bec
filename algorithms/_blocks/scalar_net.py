"""A perceptron with one output on a flat vector: what a discriminator or a potential is made of."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np

from algorithms._blocks.mlp import ACTIVATIONS, Towers

Array = np.ndarray[Any, np.dtype[Any]]


class ScalarNet:
    """f(x) = w h_L + b, h_l = phi(W_l h_{l-1} + b_l), h_0 = x, with ReLU for phi as in imitation's reward nets.

    `theta` and `gradient` are its places in the flat vectors of whoever trains it, `size(widths)` long. Columns
    are samples: x is [d + 1, B], its last row ones.
    """

    def __init__(self, widths: tuple[int, ...], theta: Array, gradient: Array, activation: str = "relu") -> None:
        self._widths, self._theta = widths, theta
        self._phi = ACTIVATIONS[activation][0]
        self._activation = activation
        *self._weights, self._head = _carved(theta, _shapes(widths))
        *self._gradients, self._d_head = _carved(gradient, _shapes(widths))
        self._towers: dict[int, Towers] = {}

    @staticmethod
    def size(widths: tuple[int, ...]) -> int:
        """Parameters of a net of widths (d, n_1, ..., n_L)."""
        return sum(rows * columns for rows, columns in _shapes(widths))

    def draw(self, rng: np.random.Generator) -> None:
        """New parameters as torch draws those of a Linear: uniform in +-1 / sqrt(inputs)."""
        for matrix in (*self._weights, self._head):
            matrix[...] = rng.uniform(-1, 1, matrix.shape) / np.sqrt(matrix.shape[-1] - 1)

    def copy(self) -> ScalarNet:
        """The net as it is now, to evaluate."""
        return ScalarNet(self._widths, self._theta.copy(), np.empty_like(self._theta), self._activation)

    def values(self, rows: Array) -> Array:
        """f of any number of rows [n, d], [n]."""
        h = rows.T
        for (matrix,) in self._weights:
            h = matrix[:, :-1] @ h
            h += matrix[:, -1:]
            self._phi(h, out=h)
        return np.asarray(self._head[0, :-1] @ h + self._head[0, -1])

    def forward(self, x: Array) -> Array:
        """f of a batch, [B]; remembered for `backward`."""
        towers = self._towers_for(x.shape[1])
        towers.forward(x)
        return np.asarray(self._head[0] @ towers.latent(x, 0))

    def backward(self, x: Array, slope: Array) -> None:
        """Fill `gradient` from dL / df of each sample, `slope` [B]; `forward` of the same batch comes before."""
        towers = self._towers_for(x.shape[1])
        np.matmul(towers.latent(x, 0), slope, out=self._d_head[0])
        if towers.d_output is not None:
            np.multiply(self._head[0, :-1, None], slope, out=towers.d_output[0])
        towers.backward(x)

    def _towers_for(self, batch: int) -> Towers:
        if batch not in self._towers:
            self._towers[batch] = Towers(self._weights, self._gradients, self._activation, batch)
        return self._towers[batch]


def _shapes(widths: tuple[int, ...]) -> list[tuple[int, int]]:
    return [(after, before + 1) for before, after in pairwise((*widths, 1))]


def _carved(flat: Array, shapes: list[tuple[int, int]]) -> Iterator[Array]:
    """Views: [1, out, in + 1] of each hidden layer, as `Towers` has them, and [1, in + 1] of the last."""
    end = 0
    for place, (rows, columns) in enumerate(shapes):
        start, end = end, end + rows * columns
        matrix = flat[start:end].reshape(rows, columns)
        yield matrix if place == len(shapes) - 1 else matrix[None]
