"""Scores -> estimates with intervals. Pure functions of arrays; chance comes from an explicit Generator.

*Strata* are a sequence of one-dimensional arrays, the scores of one method, one array a task and one number a
seed. Every task weighs the same, whatever number of its trials ended well: a score of a task with n_t of them,
among T tasks that have any, weighs 1 / (T n_t). A task without a score cannot be in an aggregate: whoever shows
the number shows beside it how many runs and tasks stand behind it.

Agarwal et al. 2021, "Deep reinforcement learning at the edge of the statistical precipice", is the source of
the interquartile mean, the stratified bootstrap and performance profiles for comparing learners.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import ndtri, stdtrit

Array = np.ndarray[Any, np.dtype[Any]]
Strata = Sequence[Array]

LEVEL = 0.95
EQUIVALENCE = 0.90  # the interval of two one-sided tests at 5 %
DRAWS = 2000
FEWEST = 4  # runs that have a middle half


@dataclass(frozen=True)
class Estimate:
    """A number, its interval (NaN where the data cannot give one), and what stands behind it."""

    value: float
    low: float
    high: float
    runs: int
    tasks: int
    name: str  # "IQM", "mean", ...

    @property
    def above(self) -> float:
        """The part of the interval over the value; with `below` what an error bar wants."""
        return self.high - self.value

    @property
    def below(self) -> float:
        return self.value - self.low


# ---- location -------------------------------------------------------------------------------------------


def pooled(strata: Strata) -> tuple[Array, Array]:
    """All scores and their weights 1 / (T n_t), both [n]; tasks without a score are left out."""
    known = _known(strata)
    weights = [np.full(len(part), 1.0 / (len(known) * len(part))) for part in known]
    return np.concatenate([np.empty(0), *known]), np.concatenate([np.empty(0), *weights])


def iqm(values: Array, weights: Array | None = None) -> Array:
    """The interquartile mean of values [..., n] along the last axis: the mean of the middle half of the mass.

        IQM = 2 * integral from 1/4 to 3/4 of the quantile function

    Exact: a value over whose mass a quartile falls counts with the part that is inside (of five equal ones, the
    second and the fourth with 3/4). `scipy.stats.trim_mean(x, 0.25)` cuts int(n / 4) values instead, so that
    of three it cuts none.
    """
    values = np.asarray(values, dtype=float)
    shares = _shares(values, weights)
    order = np.argsort(values, axis=-1)
    inside = _inside(shares[order])
    return np.asarray((inside * np.take_along_axis(values, order, axis=-1)).sum(axis=-1) / inside.sum(axis=-1))


def _inside(mass: Array) -> Array:
    """The part of each mass that lies between the quartiles, the masses [..., n] in the order of their values."""
    until = np.cumsum(mass, axis=-1)
    return np.asarray(np.clip(np.minimum(until, 0.75) - np.maximum(until - mass, 0.25), 0.0, None))


def _iqm_draws(strata: Strata, rng: np.random.Generator, draws: int) -> Array:
    """`iqm` of each row of `resample`, [draws].

    Bootstraps are large, and what is sorted are the places that scores have among all: whole numbers of 16 bits, for
    which numpy has a radix sort. Where all weigh the same, the quartiles are at the same place in every row.
    """
    values, weights = pooled(strata)
    order = np.argsort(values, kind="stable")
    values, shares = values[order], _shares(values, weights)[order]
    places = np.empty(len(order), np.uint16 if len(order) <= 2**16 else np.int64)
    places[order] = np.arange(len(order))
    drawn = resample(np.split(places, np.cumsum([len(part) for part in _known(strata)])[:-1]), rng, draws)
    drawn.sort(axis=-1, kind="stable")
    if (shares == shares[0]).all():
        inside = _inside(shares)
        first, last = np.flatnonzero(inside)[[0, -1]]
        middle = slice(first, last + 1)
        return np.asarray(values[drawn[:, middle]] @ inside[middle] / inside.sum())
    inside = _inside(shares[drawn])
    return np.asarray((inside * values[drawn]).sum(axis=-1) / inside.sum(axis=-1))


def mean(values: Array, weights: Array | None = None) -> Array:
    """The weighted mean of values [..., n] along the last axis."""
    values = np.asarray(values, dtype=float)
    return np.asarray((values * _shares(values, weights)).sum(axis=-1))


def median(values: Array, weights: Array | None = None) -> float:
    """The weighted median of values [n]; between two where the mass divides there, as numpy's."""
    values = np.asarray(values, dtype=float)
    if not len(values):
        return float("nan")
    order = np.argsort(values, kind="stable")
    until = np.cumsum(_shares(values, weights)[order])
    first, last = np.searchsorted(until, [0.5 - 1e-9, 0.5 + 1e-9])
    return float((values[order][first] + values[order][min(last, len(values) - 1)]) / 2)


# ---- intervals ------------------------------------------------------------------------------------------


def resample(strata: Strata, rng: np.random.Generator, draws: int = DRAWS) -> Array:
    """The stratified bootstrap: [draws, n], in each row every task's scores drawn anew with replacement."""
    known = [np.asarray(part) for part in strata if len(part)]
    parts = [part[rng.integers(len(part), size=(draws, len(part)))] for part in known]
    return np.concatenate(parts, axis=1) if parts else np.empty((draws, 0))


def interval(value: Array, replicates: Array, runs: int, tasks: int, level: float = LEVEL) -> tuple[Array, Array]:
    """The percentile interval of replicates [draws, ...] about `value`, widened for small samples.

    The bootstrap draws from n_t seeds as if they were all there are: its variance is short by (n_t - 1) / n_t,
    and percentiles of it take that variance for known. Both matter at three seeds, where the plain interval of
    a task can never reach beyond its worst and best seed and covers 75 % at most. So its two arms are stretched
    by what Student's t with n - T degrees of freedom asks for (Hesterberg 2015, "What teachers should know
    about the bootstrap", section 5.3; n runs on T tasks):

        k = sqrt(n / (n - T)) * t_{n - T} / z        3 seeds: 2.7 on one task, 1.3 on eight; 10 seeds: 1.2

    With one seed a task there is nothing to tell chance from: NaN.
    """
    freedom = runs - tasks
    if freedom < 1:
        return np.full_like(value, np.nan, dtype=float), np.full_like(value, np.nan, dtype=float)
    tail = (1.0 - level) / 2.0
    stretch = np.sqrt(runs / freedom) * stdtrit(freedom, 1.0 - tail) / ndtri(1.0 - tail)
    low, high = np.quantile(replicates, [tail, 1.0 - tail], axis=0)
    return value - stretch * np.maximum(value - low, 0.0), value + stretch * np.maximum(high - value, 0.0)


def estimate(strata: Strata, rng: np.random.Generator, centre: str = "IQM", draws: int = DRAWS) -> Estimate:
    """The IQM of all runs with its stratified bootstrap interval; under four runs it is the mean, and called so."""
    values, weights = pooled(strata)
    runs, tasks = len(values), len(_known(strata))
    name = "mean" if centre == "mean" or runs < FEWEST else "IQM"
    if not runs:
        return Estimate(np.nan, np.nan, np.nan, 0, 0, name)
    if name == "mean":
        value, replicates = mean(values, weights), mean(resample(strata, rng, draws), weights)
    else:
        value, replicates = iqm(values, weights), _iqm_draws(strata, rng, draws)
    low, high = interval(value, replicates, runs, tasks)
    return Estimate(float(value), float(low), float(high), runs, tasks, name)


# ---- comparisons ----------------------------------------------------------------------------------------


def improvement(ours: Strata, theirs: Strata, level: float = LEVEL) -> Estimate:
    """P(ours > theirs) + P(ours = theirs) / 2, paired: `ours[t][i]` and `theirs[t][i]` met the same world.

        p_t = mean_i ([a_i > b_i] + [a_i = b_i] / 2)        P = mean_t p_t over the tasks that have a pair

    Near 1 the first is the better one. The interval is Wilson's (1927) for the effective number of pairs
    1 / sum of squared weights: three wins in three give [0.44, 1], where a bootstrap, which can only repeat the
    wins, would give [1, 1]. Over many P it covers 95 %; at a single one a little more or less, as counts are whole.
    """
    if len(ours) != len(theirs) or any(len(a) != len(b) for a, b in zip(ours, theirs)):
        raise ValueError("paired comparisons need as many scores on one side as on the other, task by task")
    wins = [np.heaviside(np.asarray(a, dtype=float) - np.asarray(b, dtype=float), 0.5) for a, b in zip(ours, theirs)]
    values, weights = pooled(wins)
    if not len(values):
        return Estimate(np.nan, np.nan, np.nan, 0, 0, "P")
    value = float(np.mean([part.mean() for part in _known(wins)]))
    n = 1.0 / float(weights @ weights)
    square = ndtri((1.0 + level) / 2.0) ** 2
    middle = (value + square / (2 * n)) / (1 + square / n)
    arm = np.sqrt(square * (value * (1 - value) / n + square / (4 * n * n))) / (1 + square / n)
    low, high = np.clip([middle - arm, middle + arm], 0.0, 1.0)
    return Estimate(value, min(float(low), value), max(float(high), value), len(values), len(_known(wins)), "P")


def difference(ours: Strata, theirs: Strata, rng: np.random.Generator, draws: int = DRAWS) -> Estimate:
    """The mean of the paired differences ours - theirs, with its stratified bootstrap interval."""
    return estimate([np.asarray(a) - np.asarray(b) for a, b in zip(ours, theirs)], rng, "mean", draws)


def paired_mean(ours: Strata, theirs: Strata, level: float = LEVEL) -> Estimate:
    """The mean of the paired differences, every task the same weight, with Student's t interval.

        d = mean_t d_t,    var(d) = sum_t s_t^2 / n_t / T^2,    degrees of freedom by Welch and Satterthwaite

    For two one-sided tests of equivalence (Schuirmann 1987): at 5 % two methods are equivalent within a margin
    if the 90 % interval lies inside (-margin, margin). Tasks need two pairs or more each, or there is no interval.
    """
    found = paired(ours, theirs)
    pairs, tasks = sum(map(len, found)), len(found)
    if not pairs:
        return Estimate(np.nan, np.nan, np.nan, 0, 0, "difference")
    value = float(np.mean([part.mean() for part in found]))
    error, freedom = standard_error(found)
    arm = float(stdtrit(freedom, (1 + level) / 2)) * error
    return Estimate(value, value - arm, value + arm, pairs, tasks, "difference")


def equivalent(found: Estimate, margin: float) -> bool:
    """Two one-sided tests at 5 %, of an Estimate of a difference with its interval at the level `EQUIVALENCE`."""
    return -margin < found.low and found.high < margin


def paired(ours: Strata, theirs: Strata) -> list[Array]:
    """The differences of each pair, one array a task that has any."""
    return _known([np.asarray(a, dtype=float) - np.asarray(b, dtype=float) for a, b in zip(ours, theirs)])


def standard_error(strata: Strata) -> tuple[float, float]:
    """Of the mean over tasks of the tasks' means, with its degrees of freedom; NaN where a task has one value.

    Without any spread it is 0, with one degree of freedom: the least that one may claim.
    """
    if min(map(len, strata)) < 2:
        return float("nan"), float("nan")
    parts = np.array([np.var(part, ddof=1) / len(part) for part in strata]) / len(strata) ** 2
    if not parts.sum():
        return 0.0, 1.0
    return float(np.sqrt(parts.sum())), float(parts.sum() ** 2 / (parts**2 / [len(part) - 1 for part in strata]).sum())


def profile(strata: Strata, thresholds: Array) -> Array:
    """The performance profile: the share of runs whose score is above each threshold, every task the same weight."""
    values, weights = pooled(strata)
    return weights @ (values[:, None] > np.asarray(thresholds)[None, :])


def _known(strata: Strata) -> list[Array]:
    return [np.asarray(part, dtype=float) for part in strata if len(part)]


def _shares(values: Array, weights: Array | None) -> Array:
    weights = np.ones(values.shape[-1]) if weights is None else np.asarray(weights, dtype=float)
    return np.asarray(weights / weights.sum())
