"""Observations as a small network finds them easy to tell apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True, eq=False)
class RandomFeatures:
    """f(o) = [z; sqrt(2) cos(A z + b)], z = (o - mean) / deviation, A ~ N(0, 1), b ~ U(0, 2 pi).

    Random Fourier features (Rahimi and Recht 2007) beside the observation itself: neighbouring cells of a grid, a
    tenth of the range apart, are nearly one point to a perceptron on coordinates (Tancik et al. 2020).
    """

    mean: Array  # [d]
    deviation: Array  # [d]
    matrix: Array  # [d, n]
    shift: Array  # [n]

    LEAST = 0.2  # deviation: a coordinate that hardly ever changed must not become huge when it does

    @classmethod
    def of(cls, observations: Array, n: int, rng: np.random.Generator) -> RandomFeatures:
        """n features beside the d coordinates, centred and scaled by these observations [m, ...]."""
        flat = np.reshape(observations, (len(observations), -1)).astype(float)
        matrix = rng.normal(size=(flat.shape[1], n))
        return cls(flat.mean(axis=0), np.maximum(flat.std(axis=0), cls.LEAST), matrix, rng.uniform(0, 2 * np.pi, n))

    @property
    def width(self) -> int:
        return sum(self.matrix.shape)

    def __call__(self, observations: Array) -> Array:
        """[n, width] float32 of observations [n, ...]."""
        z = (np.reshape(observations, (len(observations), -1)) - self.mean) / self.deviation
        return np.hstack([z, np.sqrt(2) * np.cos(z @ self.matrix + self.shift)]).astype(np.float32)
