"""Measures of fronts, held to numbers worked by hand and to proven ones."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks import fronts
from benchmarks.registry import load

CORNERS = np.array([(1.0, 3.0), (2.0, 2.0), (3.0, 1.0)])


def test_of_dominated_and_equal_points_one_stays() -> None:
    points = np.array([(1.0, 3.0), (1.0, 2.0), (2.0, 2.0), (2.0, 2.0), (0.0, 0.0)])
    assert fronts.undominated(points).tolist() == [True, False, True, False, False]


def test_hypervolume_is_the_area_that_is_dominated() -> None:
    assert fronts.hypervolume(CORNERS, (0.0, 0.0)) == pytest.approx(3 + 2 + 1)
    assert fronts.hypervolume(CORNERS, (1.0, 1.0)) == pytest.approx(1.0)  # only (2, 2) is beyond it
    assert fronts.hypervolume(np.array([(0.0, 9.0)]), (1.0, 1.0)) == 0.0


def test_igd_plus_counts_what_is_short_only() -> None:
    assert fronts.igd_plus(CORNERS, CORNERS) == 0.0
    # (1, 3) is 1 short in the second objective, (2, 2) is reached, (3, 1) is 1 short in the first
    assert fronts.igd_plus(np.array([(2.0, 2.0)]), CORNERS) == pytest.approx(2 / 3)
    assert fronts.igd_plus(np.array([(5.0, 5.0)]), CORNERS) == 0.0


def test_expected_utility_is_the_mean_of_the_best() -> None:
    weights = np.array([(1.0, 0.0), (0.5, 0.5), (0.0, 1.0)])
    assert fronts.expected_utility(CORNERS, weights) == pytest.approx((3 + 2 + 3) / 3)


def test_sparsity_is_the_mean_squared_gap() -> None:
    assert fronts.sparsity(CORNERS) == pytest.approx((1 + 1 + 1 + 1) / 2)
    assert fronts.sparsity(CORNERS[:1]) == 0.0


def test_the_grid_of_weights_is_fixed() -> None:
    np.testing.assert_allclose(fronts.grid(2)[:, 0], np.linspace(0.0, 1.0, 100))
    assert fronts.grid(3).shape == (105, 3)
    np.testing.assert_allclose(fronts.grid(3).sum(axis=1), 1.0)
    assert len({tuple(w) for w in fronts.grid(3).round(9)}) == 105


def test_angles_are_in_degrees_and_know_no_units() -> None:
    one, other = np.array([1.0, 0.0]), np.array([1.0, 1.0])
    assert fronts.angle(one, other) == pytest.approx(45.0)
    assert fronts.angle(3 * other, other) == pytest.approx(0.0, abs=1e-5)
    assert fronts.angle(np.zeros(2), other) == 90.0
    # the second objective in thousandths: its weight is a thousandth, its variation a thousand times as large
    assert fronts.angle(np.array([1.0, 0.0]), np.array([1.0, 1e-3]), np.array([1.0, 1e3])) == pytest.approx(45.0)


def test_a_front_that_beats_the_known_one_fails_loudly() -> None:
    fronts.not_better(np.array([(2.0, 2.0), (0.0, 1.0)]), CORNERS)
    with pytest.raises(fronts.FrontError, match=r"\(2\.5, 2\.0\).*\(1\.0, 3\.0\).*One of the two is wrong"):
        fronts.not_better(np.array([(2.0, 2.0), (2.5, 2.0)]), CORNERS)


# Hypervolume from (0, -25) and (0, -50): morl-baselines' protocol points, found by exhaustive search elsewhere too.
PROVEN = {
    ("deep-sea-treasure", 1.0): (401.8, 994.3),
    ("deep-sea-treasure", 0.99): (360.4009, 854.8504),
    ("deep-sea-treasure", 0.98): (319.7462, None),
    ("deep-sea-treasure-concave", 1.0): (1155.0, 4255.0),
    ("deep-sea-treasure-concave", 0.99): (1101.3844, 3688.3771),
}


@pytest.mark.parametrize(("name", "discount"), PROVEN)
def test_the_proven_hypervolumes_of_deep_sea_treasure(name: str, discount: float) -> None:
    front = searched(load().task(name), discount)
    assert len(front) == 10
    for reference, proven in zip(((0, -25), (0, -50)), PROVEN[name, discount], strict=True):
        if proven is not None:
            assert fronts.hypervolume(front, reference) == pytest.approx(proven, abs=1e-4)


@pytest.mark.parametrize("name", ["deep-sea-treasure", "deep-sea-treasure-concave"])
def test_the_declared_front_of_deep_sea_treasure_is_the_whole_front(name: str) -> None:
    task = load().task(name)
    found = searched(task)
    np.testing.assert_allclose(found[np.argsort(found[:, 0])], task.front, atol=1e-9)


@pytest.mark.parametrize(("name", "points"), [("deep-sea-treasure", 9), ("deep-sea-treasure-concave", 2)])
def test_weights_reach_only_the_convex_hull(name: str, points: int) -> None:
    front = np.array(load().task(name).front)
    best = (fronts.grid(2) @ (front / np.ptp(front, axis=0)).T).argmax(axis=1)
    assert len(set(best.tolist())) == points  # (20.3, -14) lies on an edge of the convex map's


def test_expected_utility_of_deep_sea_treasure_on_the_fixed_grid() -> None:
    front = np.array(load().task("deep-sea-treasure").front)
    assert fronts.expected_utility(front, fronts.grid(2)) == pytest.approx(6.7662, abs=1e-4)


def searched(task, discount: float = 1.0):
    """The undominated (discounted treasure, discounted -steps) of all ways, breadth first through the dynamics."""
    ends, reached = [], {tuple(state) for state in task.starts(1, np.random.default_rng(0)).tolist()}
    seen = set(reached)
    for t in range(task.time_limit):
        if not reached:
            break
        states = np.repeat(np.array(sorted(reached)), task.action_space.n, axis=0)
        actions = np.tile(np.arange(task.action_space.n), len(reached))
        following = task.transition(states, actions)
        phi, event = task.phi(states, actions, following), task.event(following)
        cost = sum(discount**i for i in range(t + 1))
        ends += [(discount**t * treasure, -cost) for treasure in phi[event, 0]]
        # a state that was reached before is reached later now, with nothing gathered but lost time
        reached = {tuple(state) for state in following[~event].tolist()} - seen
        seen |= reached
    points = np.array(ends)
    return points[fronts.undominated(points)]
