"""Many methods at once: their mean ranks, which of them can be told apart, and what the seeds at hand could show.

A *table* is [methods, blocks], a block a (task, seed) whose world all methods met; NaN where a trial is missing.
Demšar 2006, "Statistical comparisons of classifiers over multiple data sets", is the source of the procedure, and
Benavoli, Corani, Mangili 2016, "Should we really use post-hoc tests based on mean-ranks?", of taking pairwise
signed-rank tests in place of Nemenyi's, whose verdict on two methods depends on which others are in the table.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Any

import numpy as np
from scipy import stats

from benchmarks.statistics import LEVEL, Strata, paired, standard_error

Array = np.ndarray[Any, np.dtype[Any]]

POWER = 0.80


def ranks(table: Array) -> Array:
    """Ranks [methods, tasks] of scores [methods, tasks] within each task: 1 is best, ties share their mean rank.

    NaN where a method has no score; the others are ranked among themselves.
    """
    above = table[None, :, :] > table[:, None, :]
    equal = table[None, :, :] == table[:, None, :]
    return np.where(np.isnan(table), np.nan, 1.0 + above.sum(axis=1) + (equal.sum(axis=1) - 1) / 2.0)


def mean_rank(table: Array) -> Array:
    """The mean over tasks of `ranks`, [methods]; NaN for a method without a score anywhere."""
    placed = ranks(table)
    known = ~np.isnan(placed)
    return np.where(known.any(axis=1), np.nansum(placed, axis=1) / np.maximum(known.sum(axis=1), 1), np.nan)


def friedman(table: Array) -> float:
    """The p-value of the Friedman test that all methods are the same, over the blocks in which none is missing.

    With ties, as scipy's. NaN with fewer than three methods or two blocks; 1 if all are tied everywhere.
    """
    whole = table[:, ~np.isnan(table).any(axis=0)]
    if whole.shape[0] < 3 or whole.shape[1] < 2:
        return float("nan")
    if (whole == whole[:1]).all():
        return 1.0
    return float(stats.friedmanchisquare(*whole).pvalue)


def holm(p: Array) -> Array:
    """Holm's (1979) step-down: p-values [m] corrected for being m, with the chance of any false alarm held.

    The i-th smallest, from 0, is multiplied by m - i; none is smaller than the one before it, none above 1.
    """
    p = np.asarray(p, dtype=float)
    order = np.argsort(p, kind="stable")
    stepped = np.minimum(1.0, np.maximum.accumulate(p[order] * (len(p) - np.arange(len(p)))))
    corrected = np.empty_like(stepped)
    corrected[order] = stepped
    return corrected


def apart(table: Array) -> Array:
    """[methods, methods] Holm-corrected p-values of Wilcoxon's signed-rank test for each pair of methods.

    Differences of 0 are shared out (Pratt 1959). 1 on the diagonal and for pairs that are equal everywhere.
    """
    pairs = list(combinations(range(len(table)), 2))
    raw = []
    for one, other in pairs:
        found = table[one] - table[other]
        found = found[~np.isnan(found)]
        raw.append(stats.wilcoxon(found, zero_method="zsplit").pvalue if found.any() else 1.0)
    corrected = np.ones((len(table), len(table)))
    for (one, other), value in zip(pairs, holm(np.array(raw)), strict=True):
        corrected[one, other] = corrected[other, one] = value
    return corrected


def cliques(order: Sequence[int], p: Array, alpha: float = 1 - LEVEL) -> list[tuple[int, int]]:
    """The longest runs (first, last) of methods in `order`, by mean rank, in which no two can be told apart.

    What a critical-difference diagram joins by a bar; runs of one are not named.
    """
    runs: list[tuple[int, int]] = []
    for first in range(len(order)):
        last = first
        while last + 1 < len(order) and all(p[order[last + 1], order[i]] >= alpha for i in range(first, last + 1)):
            last += 1
        if last > first and not any(a <= first and last <= b for a, b in runs):
            runs.append((first, last))
    return runs


def detectable(ours: Strata, theirs: Strata, power: float = POWER, level: float = LEVEL) -> float:
    """The smallest true difference of means that these seeds would show, at this power, in a paired t-test.

        delta = (t_{1 - alpha / 2} + t_{power}) * SE,    SE^2 = sum_t s_t^2 / n_t / T^2

    s_t is the deviation of the paired differences on task t, n_t its pairs; degrees of freedom by Welch and
    Satterthwaite. NaN where a task has a single pair.
    """
    found = paired(ours, theirs)
    if not found:
        return float("nan")
    error, freedom = standard_error(found)
    return float(stats.t.ppf((1 + level) / 2, freedom) + stats.t.ppf(power, freedom)) * error
