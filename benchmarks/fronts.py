"""Measures of a front of outcomes, and of weights that were learned. Pure functions; more of each objective is better.

Outcomes are vectors of objectives [n, k], one a policy, undiscounted, of the original's episodes.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]

GRID = 100  # weights, at least, over which a person's weights are averaged
CLOSE = 1e-6  # as a share of an objective's range: what a rounding may make


class FrontError(ValueError):
    """A front was found that beats the one that is said to be known: one of the two is wrong."""


def undominated(points: Array) -> Array:
    """[n] bool: no other point is as good in all objectives and better in one; of equal points the first stays."""
    points = np.asarray(points, dtype=float)
    better = (points[:, None] >= points[None]).all(axis=2) & (points[:, None] > points[None]).any(axis=2)
    same = (points[:, None] == points[None]).all(axis=2)
    return ~(better | np.triu(same, 1)).any(axis=0)


def hypervolume(points: Array, reference: Sequence[float]) -> float:
    """The volume that the points dominate and that dominates the reference point (Zitzler and Thiele 1998)."""
    import moocore

    points = np.atleast_2d(np.asarray(points, dtype=float))
    return float(moocore.hypervolume(points, ref=np.asarray(reference, dtype=float), maximise=True))


def igd_plus(points: Array, known: Array) -> float:
    """IGD+ = mean over z of the known front of min_v |max(z - v, 0)| (Ishibuchi et al. 2015): 0 is best."""
    short = np.maximum(np.asarray(known)[:, None] - np.asarray(points)[None], 0.0)
    return float(np.linalg.norm(short, axis=2).min(axis=1).mean())


def grid(k: int) -> Array:
    """The lattice of weights [m, k] >= 0 that sum to 1, as coarse as holds `GRID` of them; for k = 2 exactly."""
    if k == 1:
        return np.ones((1, 1))
    divisions = 1
    while len(lattice := _lattice(k, divisions)) < GRID:
        divisions += 1
    return lattice


def expected_utility(points: Array, weights: Array) -> float:
    """EUM = mean over w of max over v of w . v (Zintgraf et al. 2015)."""
    return float((np.asarray(weights) @ np.asarray(points).T).max(axis=1).mean())


def sparsity(points: Array) -> float:
    """sum_j sum_i (v~_j(i) - v~_j(i + 1))^2 / (n - 1), v~_j objective j in order (Xu et al. 2020); 0 for one point."""
    points = np.sort(np.asarray(points, dtype=float), axis=0)
    return float((np.diff(points, axis=0) ** 2).sum() / (len(points) - 1)) if len(points) > 1 else 0.0


def angle(one: Array, other: Array, scale: Array | None = None) -> float:
    """Degrees between two vectors of weights; 90 where one is nothing.

    With `scale`, how much each objective varies, it is the angle between w * scale: between what one unit of
    variation of each objective is worth, which no choice of units changes.
    """
    scale = np.ones(len(one)) if scale is None else np.asarray(scale)
    one, other = np.asarray(one) * scale, np.asarray(other) * scale
    lengths = np.linalg.norm(one) * np.linalg.norm(other)
    return float(np.degrees(np.arccos(np.clip(one @ other / lengths, -1.0, 1.0)))) if lengths > 0 else 90.0


def not_better(found: Array, known: Array, names: str = "the task") -> None:
    """Raise FrontError, naming both, where a found point is not dominated or matched by the known front."""
    found, known = np.asarray(found, dtype=float), np.asarray(known, dtype=float)
    slack = CLOSE * np.maximum(np.ptp(known, axis=0), 1.0)
    matched = (known[None] + slack >= found[:, None]).all(axis=2).any(axis=1)
    if not matched.all():
        point = tuple(found[~matched][0].round(6).tolist())
        raise FrontError(
            f"the front found on {names} has the point {point}, which the front that is said to be known does not "
            f"reach: {[tuple(v) for v in known.round(6).tolist()]}. One of the two is wrong."
        )


def quality(found: Array, reference: Sequence[float], known: Array | None = None) -> dict[str, float]:
    """All measures of a front [n, k] that can be taken: `known` is the proven front, if there is one."""
    weights = grid(np.asarray(found).shape[1])
    kept = np.asarray(found)[undominated(found)]
    measures = {
        "points": float(len(kept)),
        "hypervolume": hypervolume(kept, reference),
        "expected_utility": expected_utility(kept, weights),
        "sparsity": sparsity(kept),
    }
    if known is not None:
        best = hypervolume(known, reference)
        measures |= {
            "known_hypervolume": best,
            "hypervolume_share": measures["hypervolume"] / best,
            "known_expected_utility": expected_utility(known, weights),
            "igd_plus": igd_plus(kept, known),
        }
    return measures


def _lattice(k: int, divisions: int) -> Array:
    """All vectors of k multiples of 1 / divisions that sum to 1 (Das and Dennis 1998), by stars and bars."""
    bars = np.array(list(combinations(range(divisions + k - 1), k - 1))).reshape(-1, k - 1)
    ends = np.hstack([np.full((len(bars), 1), -1), bars, np.full((len(bars), 1), divisions + k - 1)])
    return (np.diff(ends, axis=1) - 1) / divisions
