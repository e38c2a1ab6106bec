from math import inf, log

import numpy as np
import pytest

from benchmarks.oracles.calibrate import Choices, Margins, cut, tolerance


def test_cut_between_single_values():
    assert cut(np.array([4.0, 1.0, 3.0, 2.0]), 0.5) == 2.5
    assert cut(np.arange(4.0), 0.0) == -inf
    assert cut(np.arange(4.0), 1.0) == inf


def test_cut_does_not_split_a_heap():
    """Seven of ten values are equal up to rounding: the nearest gap is below them at 30 %, above at 90 %."""
    values = np.array([0.0, 1, 1, 1, 1, 1, 1 + 1e-12, 1, 2, 3])
    assert cut(values, 0.3) == 0.5
    assert cut(values, 0.7) == pytest.approx(1.5)
    assert cut(np.ones(5), 0.4) == -inf


def test_beta_of_margins():
    """sigma(-log 3) = 1/4, and sigma(-2 log 3) = 1/10."""
    scale = Margins(np.zeros(2), np.array([log(3), -log(3)]))
    assert scale.beta(0.25) == pytest.approx(1.0, rel=1e-3)
    assert scale.beta(0.10) == pytest.approx(2.0, rel=1e-3)
    assert scale.beta(0.0) == inf and scale.beta(0.5) == 0.0
    mixed = Margins(np.zeros(2), np.array([log(3), log(9)]))  # at beta = 1: (1/4 + 1/10) / 2
    assert mixed.beta(0.175) == pytest.approx(1.0, rel=1e-3)


def test_shares_of_skipped_and_equal_questions():
    best, margin = np.arange(10.0), np.array([9, 9, 1, 2, 3, 4, 5, 6, 7, -8.0])
    scale = Margins(best, margin, skip=0.2, equal=0.3)
    assert scale.skip == 1.5  # the two lowest
    assert scale.equal == 3.5  # 3 of 10, among the eight that are left
    assert scale.reach == 0.25  # five of ten are answered, blindly


def test_exact_ties_are_equal_and_not_errors():
    scale = Margins(np.zeros(4), np.array([0.0, 1e-13, log(3), log(3)]))
    assert scale.beta(0.25) == pytest.approx(1.0, rel=1e-3)
    assert 0 < scale.equal < 1e-5


def test_beta_of_choices():
    """Two actions, the worse by log 3: it is chosen with 1 / (1 + 3^beta)."""
    scale = Choices(np.array([[0.0, -log(3)]]), delta=0.1)
    assert scale.beta(0.25) == pytest.approx(1.0, rel=1e-3)
    assert scale.beta(0.10) == pytest.approx(2.0, rel=1e-3)
    assert scale.reach == 0.5
    assert Choices(np.array([[0.0, -log(3)]]), delta=2.0).reach == 0.0


def test_the_best_third_is_right():
    advantages = -np.arange(9.0)
    assert tolerance(advantages) == 2.5


def test_all_best_actions_are_right_and_a_tenth_of_the_others():
    advantages = np.array([0.0] * 10 + [-float(i) for i in range(1, 11)])
    assert tolerance(advantages) == 1.5


def test_a_judge_of_a_task_where_nothing_matters_says_yes():
    assert tolerance(np.zeros(5)) > 0
