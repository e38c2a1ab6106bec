"""Ranks and what can be told apart, against hand-worked numbers, scipy, and their laws."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from benchmarks.ranking import apart, cliques, detectable, friedman, holm, mean_rank, ranks
from benchmarks.statistics import paired_mean


def test_ranks_by_hand() -> None:
    table = np.array([[0.9, 0.5, np.nan], [0.1, 0.5, 0.2], [0.4, 0.8, np.nan], [np.nan] * 3])
    placed = ranks(table)
    assert placed[:3].tolist()[0][:2] == [1.0, 2.5]
    assert placed[1].tolist() == [3.0, 2.5, 1.0]
    assert mean_rank(table)[:3].tolist() == pytest.approx([1.75, 6.5 / 3, 1.5])
    assert np.isnan(mean_rank(table)[3])


@given(st.integers(2, 5), st.integers(1, 4), st.integers(0, 100))
def test_ranks_share_out_the_places(methods: int, tasks: int, seed: int) -> None:
    table = np.round(np.random.default_rng(seed).normal(size=(methods, tasks)), 1)
    assert ranks(table).sum(axis=0) == pytest.approx(methods * (methods + 1) / 2)
    assert ranks(np.exp(table)).tolist() == ranks(table).tolist()


def test_holm_by_hand() -> None:
    """.01 x 4, .02 x 3, .03 x 2 = .06, and .04 x 1 is held up to .06."""
    assert holm(np.array([0.04, 0.01, 0.03, 0.02])) == pytest.approx([0.06, 0.04, 0.06, 0.06])
    assert holm(np.array([0.5, 0.9])).tolist() == [1.0, 1.0]


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_holm_keeps_the_order_and_only_raises(values: list[float]) -> None:
    p = np.array(values)
    corrected = holm(p)
    assert (corrected >= p).all() and (corrected <= 1).all()
    assert (np.diff(corrected[np.argsort(p, kind="stable")]) >= 0).all()


def test_false_alarms_are_held_over_all_pairs() -> None:
    """Five methods that are the same: any pair is told apart in 5 % of the tables at most (300: below 8.5 %)."""
    rng = np.random.default_rng(3)
    alarms = sum((apart(rng.normal(size=(5, 15))) < 0.05).any() for _ in range(300))
    assert alarms / 300 < 0.085


def test_the_better_one_is_told_apart_and_the_missing_left_out() -> None:
    rng = np.random.default_rng(4)
    table = rng.normal(size=(3, 20)) + np.array([[0.0], [0.0], [3.0]])
    table[0, 0] = np.nan
    p = apart(table)
    assert p[2, 0] < 0.01 and p[2, 1] < 0.01 and p[0, 1] > 0.05
    assert (p == p.T).all() and (np.diag(p) == 1).all()


def test_friedman_is_scipys_and_knows_what_it_cannot_say() -> None:
    table = np.random.default_rng(0).normal(size=(4, 9))
    assert friedman(table) == pytest.approx(stats.friedmanchisquare(*table).pvalue)
    assert np.isnan(friedman(table[:2])) and np.isnan(friedman(table[:, :1]))
    assert friedman(np.ones((3, 5))) == 1.0


def test_cliques_by_hand() -> None:
    """In the order 2, 0, 1, 3: the first two are alike, the middle two, and the last stands alone."""
    p = np.ones((4, 4))
    for one, other in ((2, 1), (2, 3), (0, 3), (1, 3)):
        p[one, other] = p[other, one] = 0.01
    assert cliques([2, 0, 1, 3], p) == [(0, 1), (1, 2)]
    assert cliques([2, 0, 1, 3], np.ones((4, 4))) == [(0, 3)]


def test_what_is_detectable_is_detected_as_often_as_said() -> None:
    """At the true difference that `detectable` names, four tests in five find it (800 repetitions: 75 to 85 %)."""
    rng, n = np.random.default_rng(8), 12
    truth = (stats.t.ppf(0.975, n - 1) + stats.t.ppf(0.8, n - 1)) / np.sqrt(n)  # of differences with deviation 1
    samples = [rng.normal(truth, 1, n) for _ in range(800)]
    found = [paired_mean([sample], [np.zeros(n)]).low > 0 for sample in samples]
    assert 0.75 < np.mean(found) < 0.85
    named = [detectable([sample], [np.zeros(n)]) for sample in samples]
    assert np.mean(named) == pytest.approx(truth, rel=0.05)
    assert np.isnan(detectable([np.array([1.0])], [np.array([2.0])])) and np.isnan(detectable([], []))
