"""Fronts found by tabular learners, held to the proven ones; the choice from a front, to hand-worked numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from algorithms._blocks.choosing import Choice
from algorithms._blocks.fronts import best_of, lattice, spread, undominated
from benchmarks.hyperparameters import defaults
from benchmarks.record import Evaluations, Record, Trial
from benchmarks.registry import load
from benchmarks.trial import play

QUICK = Evaluations(final_episodes=5, curve_episodes=2, points=1, minutes=())
POINTS = np.array([(1.0, 3.0), (2.0, 2.0), (3.0, 1.0), (1.0, 1.0)])


def played(algorithm: str, task: str, oracle: str = "perfect", **settings: Any) -> Record:
    registry = load()
    values = {**defaults(algorithm, registry.algorithm(algorithm)), **settings}
    person = registry.oracle(oracle).declared()
    record = play(Trial(task, oracle, algorithm, 1000, 20_000, 600.0, values, person), QUICK).record
    assert record.status == "ok", record.error
    return record


@pytest.mark.parametrize("task", ["deep-sea-treasure", "deep-sea-treasure-concave"])
@pytest.mark.parametrize("algorithm", ["pareto-q", "chebyshev-scalarisation"])
def test_the_whole_front_is_found_on_both_maps(algorithm: str, task: str) -> None:
    record = played(algorithm, task)
    assert record.outcomes["hypervolume_share"] >= 0.98
    assert record.outcomes["points"] == 10
    assert record.outcomes["regret"] == pytest.approx(0.0)


@pytest.mark.parametrize(("task", "points", "share"), [("", 9, 399.7 / 401.8), ("-concave", 2, 762 / 1155)])
def test_with_linear_weights_it_reaches_the_convex_hull_only(task: str, points: int, share: float) -> None:
    record = played("chebyshev-scalarisation", f"deep-sea-treasure{task}", scalarisation="linear")
    assert record.outcomes["points"] == points
    assert record.outcomes["hypervolume_share"] == pytest.approx(share)


@pytest.mark.parametrize("oracle", ["chebyshev", "threshold"])
def test_a_person_of_another_utility_chooses_what_no_weights_reach(oracle: str) -> None:
    best = played("pareto-q", "deep-sea-treasure-concave", oracle, questions=60)
    hull = played("chebyshev-scalarisation", "deep-sea-treasure-concave", oracle, scalarisation="linear")
    assert best.outcomes["utility"] > hull.outcomes["utility"]


def test_each_start_of_the_maze_has_its_own_plan() -> None:
    record = played("pareto-q", "maze")
    assert [1.0, 0.0] in [outcome[:2] for outcome in record.front]  # to the goal without a hazard, from every start
    assert all(goal == 1.0 for goal, _, _ in record.front)


def test_undominated_and_the_least_crowded() -> None:
    assert undominated(POINTS).tolist() == [0, 1, 2]
    line = np.array([(0.0, 10.0), (1.0, 9.0), (1.5, 8.5), (10.0, 0.0)])
    assert spread(line, 3).tolist() == [0, 2, 3]  # (1, 9) has 1.5 of room on either axis, (1.5, 8.5) has 9
    assert lattice(2, 5).tolist() == [[0.0, 1.0], [0.25, 0.75], [0.5, 0.5], [0.75, 0.25], [1.0, 0.0]]


def test_chebyshev_prefers_what_linear_weights_cannot() -> None:
    concave = np.array([(0.0, 1.0), (0.4, 0.4), (1.0, 0.0)])
    half = np.array([0.5, 0.5])
    assert best_of(concave, half, "chebyshev") == 1  # max(.3, .3) against max(.5, 0)
    assert best_of(concave, half, "linear") in (0, 2)  # .4 against .5


def test_a_choice_asks_until_it_knows() -> None:
    choice = Choice(POINTS, np.random.default_rng(0))
    for _ in range(12):
        left, right = choice.pair()
        choice.update(left, right, float(POINTS[left, 1] > POINTS[right, 1]))  # wants the second objective only
    assert choice.best() == 0
    assert choice.sure() > 0.9
    assert choice.direction()[1] > choice.direction()[0]
