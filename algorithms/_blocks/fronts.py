"""Sets of outcomes: which of them are worth keeping, and weights to look for more."""

from __future__ import annotations

from itertools import combinations
from typing import Any, Literal

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]
Scalarisation = Literal["linear", "chebyshev"]


def undominated(points: Array) -> Array:
    """Indices of the points [n, k] to which no other is as good in every objective and better in one.

    Of equal points the first stays. More is better.
    """
    reached = (points[:, None] >= points[None]).all(axis=2)  # [i, j]: i is as good as j
    beaten = (reached & ~reached.T).any(axis=0) | np.triu(reached & reached.T, 1).any(axis=0)
    return np.flatnonzero(~beaten)


def spread(points: Array, most: int) -> Array:
    """Indices of `most` of the points, the least crowded (Deb et al. 2002): the ends, and those with most room."""
    if len(points) <= most:
        return np.arange(len(points))
    room = np.zeros(len(points))
    for values in points.T:
        order = np.argsort(values, kind="stable")
        room[order[[0, -1]]] = np.inf
        room[order[1:-1]] += (values[order[2:]] - values[order[:-2]]) / max(np.ptp(values), 1e-12)
    return np.sort(np.argsort(-room, kind="stable")[:most])


def sparsity(points: Array) -> float:
    """The mean squared gap: sum_o sum_i (v~_o(i) - v~_o(i + 1))^2 / (n - 1), v~_o objective o in order.

    Xu et al. 2020.
    """
    return float((np.diff(np.sort(points, axis=0), axis=0) ** 2).sum() / max(len(points) - 1, 1))


def lattice(k: int, least: int) -> Array:
    """Evenly spread weights [m, k] >= 0 that sum to 1: the coarsest such lattice of `least` or more."""
    divisions = 1
    while len(parts := list(combinations(range(divisions + k - 1), k - 1))) < least and k > 1:
        divisions += 1
    bars = np.array(parts).reshape(-1, k - 1)
    ends = np.hstack([np.full((len(bars), 1), -1), bars, np.full((len(bars), 1), divisions + k - 1)])
    return (np.diff(ends, axis=1) - 1) / divisions


def best_of(points: Array, weights: Array, scalarisation: Scalarisation) -> int:
    """The best of the points [n, k] for these weights, the objectives scaled to [0, 1] by the range of the points.

    linear     max_v w . v
    chebyshev  min_v max_o w_o (z_o - v_o),  z the best of each objective (Van Moffaert et al. 2013)
    """
    scaled = (points - points.max(axis=0)) / np.maximum(np.ptp(points, axis=0), 1e-12)
    worth = scaled @ weights
    if scalarisation == "chebyshev":
        worth = (weights * scaled).min(axis=1) + 1e-6 * worth
    return int(worth.argmax())
