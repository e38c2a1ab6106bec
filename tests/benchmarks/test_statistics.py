"""The estimates against hand-worked numbers, against scipy's where it agrees by right, and against their laws."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import trim_mean, ttest_rel

from benchmarks import statistics
from benchmarks.statistics import (
    difference,
    estimate,
    improvement,
    iqm,
    median,
    paired_mean,
    pooled,
    profile,
)

numbers = st.floats(-10, 10, allow_nan=False).map(lambda x: round(x, 3))
runs = st.lists(numbers, min_size=4, max_size=12).map(np.array)
strata = st.lists(st.lists(numbers, min_size=1, max_size=5).map(np.array), min_size=1, max_size=4)


def chance(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


# ---- location


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([8, 1, 7, 2, 6, 3, 5, 4], 4.5),  # 3, 4, 5, 6
        ([0, 1, 2, 3, 10], (0.75 * 1 + 2 + 0.75 * 3) / 2.5),  # a quartile falls on the second and the fourth
        ([0, 0, 9], 9 * (1 / 12) / 0.5),  # each has a third; of the last, 3/4 - 2/3 is inside
        ([5], 5.0),
    ],
)
def test_iqm_by_hand(values: list[float], expected: float) -> None:
    assert iqm(np.array(values)) == pytest.approx(expected)


@given(st.lists(numbers, min_size=1, max_size=5))
def test_iqm_is_scipys_where_nothing_is_cut_in_two(quarter: list[float]) -> None:
    values = np.array(quarter * 4) + np.arange(4 * len(quarter))
    assert iqm(values) == pytest.approx(trim_mean(values, 0.25))


@given(runs, st.floats(-5, 5), st.floats(0.1, 5), st.randoms())
def test_iqm_follows_shift_and_scale_and_forgets_order(
    values: np.ndarray, shift: float, scale: float, rng: Any
) -> None:
    shuffled = values.tolist()
    rng.shuffle(shuffled)
    assert iqm(np.array(shuffled)) == pytest.approx(iqm(values))
    assert iqm(values * scale + shift) == pytest.approx(iqm(values) * scale + shift, abs=1e-6)
    assert values.min() - 1e-9 <= iqm(values) <= values.max() + 1e-9


@given(runs, st.integers(0, 11), st.floats(0, 5))
def test_iqm_never_falls_when_a_run_gets_better(values: np.ndarray, which: int, more: float) -> None:
    better = values.copy()
    better[which % len(values)] += more
    assert iqm(better) >= iqm(values) - 1e-9


@given(st.lists(st.tuples(numbers, st.integers(1, 4)), min_size=1, max_size=6))
def test_a_weight_is_so_many_runs(pairs: list[tuple[float, int]]) -> None:
    values, weights = np.array([v for v, _ in pairs]), np.array([w for _, w in pairs])
    repeated = np.repeat(values, weights)
    assert iqm(values, weights) == pytest.approx(iqm(repeated))
    assert median(values, weights) == pytest.approx(np.median(repeated))


@given(runs)
def test_the_median_is_numpys(values: np.ndarray) -> None:
    assert median(values) == pytest.approx(np.median(values))


def test_tasks_weigh_the_same_whatever_their_runs() -> None:
    values, weights = pooled([np.array([1.0]), np.array([3.0, 5.0]), np.array([])])
    assert weights.tolist() == [0.5, 0.25, 0.25]
    assert statistics.mean(values, weights) == pytest.approx(2.5)


# ---- intervals


def test_under_four_runs_it_is_a_mean_and_called_so() -> None:
    three = estimate([np.array([0.0, 0.0, 9.0])], chance())
    assert (three.name, three.value, three.runs) == ("mean", 3.0, 3)
    four = estimate([np.array([0.0, 0.0, 4.0, 9.0])], chance())
    assert (four.name, four.value) == ("IQM", 2.0)


def test_the_same_generator_gives_the_same_interval() -> None:
    data = [chance(1).normal(size=5), chance(2).normal(size=3)]
    assert estimate(data, chance(7)) == estimate(data, chance(7))
    assert estimate(data, chance(7)) != estimate(data, chance(8))


def test_no_interval_without_a_second_seed_and_none_without_runs() -> None:
    alone = estimate([np.array([0.3]), np.array([0.5])], chance())
    assert alone.value == pytest.approx(0.4)
    assert np.isnan([alone.low, alone.high]).all()
    nothing = estimate([np.array([])], chance())
    assert nothing.runs == 0 and np.isnan(nothing.value)


def test_the_arms_are_stretched_by_students_t() -> None:
    """Three seeds 0, 1, 2: the 2.5 % quantile of resampled means is 0, an arm of 1, and t_2 = 4.303."""
    found = estimate([np.array([0.0, 1.0, 2.0])], chance(), draws=20_000)
    assert found.value - found.low == pytest.approx(np.sqrt(3 / 2) * 4.3027 / 1.9600, rel=1e-3)
    assert found.above == pytest.approx(found.below)


@given(strata, st.floats(-5, 5), st.floats(0.1, 5))
@settings(max_examples=40)
def test_intervals_follow_shift_and_scale(data: list[np.ndarray], shift: float, scale: float) -> None:
    found = estimate(data, chance(), draws=200)
    moved = estimate([part * scale + shift for part in data], chance(), draws=200)
    assert moved.value == pytest.approx(found.value * scale + shift, abs=1e-6)
    if not np.isnan(found.low):
        assert found.low <= found.value <= found.high
        assert moved.low == pytest.approx(found.low * scale + shift, abs=1e-6)


@pytest.mark.parametrize(("tasks", "seeds"), [(1, 3), (1, 10), (8, 3)])
def test_intervals_cover_what_they_say(tasks: int, seeds: int) -> None:
    """Normal scores, 400 experiments: 95 % within what chance allows; unstretched, three seeds cover 75 %."""
    rng, hits, times = chance(3), 0, 400
    for _ in range(times):
        found = estimate([task + rng.normal(size=seeds) for task in range(tasks)], rng, centre="mean", draws=400)
        hits += found.low <= (tasks - 1) / 2 <= found.high
    assert 0.91 <= hits / times <= 0.985


# ---- comparisons


def test_the_better_one_improves_on_the_worse_and_not_the_reverse() -> None:
    worse = [np.array([0.1, 0.2, 0.3]), np.array([0.5, 0.6, 0.7])]
    better = [part + 0.01 for part in worse]
    assert improvement(better, worse).value == 1.0
    assert improvement(worse, better).value == 0.0
    assert improvement(better, worse).low > 0.5 > improvement(worse, better).high


def test_improvement_by_hand() -> None:
    ours, theirs = [np.array([1.0, 2.0, 3.0, 4.0]), np.array([1.0])], [np.array([0.0, 2.0, 5.0, 1.0]), np.array([0.0])]
    found = improvement(ours, theirs)
    assert found.value == pytest.approx((2.5 / 4 + 1) / 2)  # a win, a tie, a loss and a win; then one win
    assert (found.runs, found.tasks) == (5, 2)


def test_three_wins_in_three_leave_doubt() -> None:
    """Wilson's interval: n / (n + z^2) = 3 / 6.8415."""
    found = improvement([np.ones(3)], [np.zeros(3)])
    assert (found.low, found.high) == (pytest.approx(3 / 6.84146, rel=1e-4), 1.0)


@given(st.lists(st.lists(st.tuples(numbers, numbers), min_size=0, max_size=5), min_size=1, max_size=4))
def test_improvement_mirrors_and_sees_order_only(pairs: list[list[tuple[float, float]]]) -> None:
    ours = [np.array([a for a, _ in task]) for task in pairs]
    theirs = [np.array([b for _, b in task]) for task in pairs]
    there, back = improvement(ours, theirs), improvement(theirs, ours)
    if not there.runs:
        assert np.isnan(there.value)
        return
    assert there.value + back.value == pytest.approx(1.0)
    assert there.low + back.high == pytest.approx(1.0)
    cubed = improvement([a**3 for a in ours], [b**3 for b in theirs])
    assert cubed.value == pytest.approx(there.value)
    assert 0.0 <= there.low <= there.value <= there.high <= 1.0


def test_improvement_refuses_what_is_not_paired() -> None:
    with pytest.raises(ValueError, match="paired"):
        improvement([np.ones(2)], [np.ones(3)])


def test_wilsons_interval_covers() -> None:
    """Over chances of all sizes, which differ between four tasks of three seeds each."""
    rng, hits, times = chance(5), 0, 1500
    for _ in range(times):
        chances = np.clip(rng.random() + rng.normal(0, 0.1, size=4), 0.0, 1.0)
        wins = [(rng.random(3) < p).astype(float) for p in chances]
        found = improvement(wins, [np.full(3, 0.5)] * 4)
        hits += found.low <= chances.mean() <= found.high
    assert hits / times >= 0.935


def test_differences_are_paired() -> None:
    """What both share, the seed's world, drops out: a constant difference has an interval of no width."""
    world = chance().normal(size=5)
    found = difference([world + 0.1], [world], chance())
    assert [found.value, found.low, found.high] == pytest.approx([0.1] * 3)
    assert found.name == "mean"


def test_the_paired_mean_is_scipys_t_test_on_one_task() -> None:
    a, b = np.array([1.0, 2.0, 4.0, 4.5]), np.array([0.5, 2.5, 3.0, 3.0])
    expected = ttest_rel(a, b).confidence_interval(0.9)
    found = paired_mean([a], [b], 0.9)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))
    assert found.value == pytest.approx(0.625)


def test_the_paired_mean_weighs_tasks_the_same() -> None:
    """Differences 1, 3 and 0, 0, 0, 0: d = (2 + 0) / 2, var = (2 / 2 + 0) / 4 = 1/4, one degree of freedom."""
    found = paired_mean([np.array([1.0, 3.0]), np.zeros(4)], [np.zeros(2), np.zeros(4)], 0.9)
    assert found.value == pytest.approx(1.0) and found.high - 1.0 == pytest.approx(6.313752 * 0.5, rel=1e-6)
    assert np.isnan(paired_mean([np.array([1.0])], [np.array([0.0])]).low), "one pair tells nothing of chance"


def test_the_paired_means_interval_covers() -> None:
    rng = chance(5)
    inside = 0
    for _ in range(600):
        parts = [rng.normal(0.3, scale, n) for scale, n in ((1.0, 20), (3.0, 20), (0.2, 8))]
        found = paired_mean(parts, [np.zeros(len(part)) for part in parts], 0.9)
        inside += found.low <= 0.3 <= found.high
    assert 0.87 < inside / 600 < 0.93


@given(strata)
def test_profiles_fall_from_one_to_nothing(data: list[np.ndarray]) -> None:
    heights = profile(data, np.linspace(-11, 11, 45))
    assert (np.diff(heights) <= 1e-12).all()
    assert heights[0] == pytest.approx(1.0) and heights[-1] == pytest.approx(0.0)


def test_a_profile_by_hand() -> None:
    heights = profile([np.array([0.2, 0.8]), np.array([0.9])], np.array([0.0, 0.5, 0.8]))
    assert heights.tolist() == pytest.approx([1.0, 0.75, 0.5])


@pytest.mark.parametrize("sizes", [(5, 5, 5), (4, 7, 1), (1, 4), (300, 300)])
def test_the_bootstrap_of_the_iqm_is_the_iqm_of_the_bootstrap(sizes: tuple[int, ...]) -> None:
    """With ties, and with tasks that have lost trials; the streams of chance are the same."""
    rng = np.random.default_rng(len(sizes))
    strata = [np.round(rng.normal(size=n), 1) for n in sizes]
    _, weights = statistics.pooled(strata)
    drawn = statistics.resample(strata, np.random.default_rng(7), 200)
    fast = statistics._iqm_draws(strata, np.random.default_rng(7), 200)
    np.testing.assert_allclose(fast, statistics.iqm(drawn, weights), rtol=1e-12, atol=1e-15)
