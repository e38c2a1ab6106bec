"""Interpolation and value iteration, held against hand-worked numbers and an independent solution."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from envs.catalogue import catalogue
from envs.grid import Axis, Grid, solve


def test_multilinear_functions_are_interpolated_exactly_and_the_last_node_goes_on(rng: np.random.Generator) -> None:
    grid = Grid((Axis(-1, 1, 3), Axis(0, 10, 6), Axis(2, 5, 4)))

    def f(s: Any) -> Any:
        return 2 - s[:, 0] + 3 * s[:, 1] * s[:, 2] - s[:, 0] * s[:, 1]

    states = rng.uniform((-1, 0, 2), (1, 10, 5), (500, 3))
    np.testing.assert_allclose(grid.interpolate(f(grid.nodes()), states), f(states))
    np.testing.assert_allclose(grid.interpolate(f(grid.nodes()), grid.nodes()), f(grid.nodes()))
    outside = np.array([[-3.0, 12.0, 2.5]])
    np.testing.assert_allclose(grid.interpolate(f(grid.nodes()), outside), f(np.array([[-1.0, 10.0, 2.5]])))


def test_a_periodic_axis_closes() -> None:
    grid = Grid((Axis(-np.pi, np.pi, 4, periodic=True),))
    np.testing.assert_allclose(grid.nodes()[:, 0], [-np.pi, -np.pi / 2, 0, np.pi / 2])
    values = np.array([10.0, 0.0, 0.0, 20.0])
    places = np.array([[3 * np.pi / 4], [np.pi], [-np.pi], [7 * np.pi], [np.nextafter(np.pi, 0)]])
    np.testing.assert_allclose(grid.interpolate(values, places), [15, 10, 10, 10, 10])


def test_weights_sum_to_one(rng: np.random.Generator) -> None:
    grid = Grid((Axis(-np.pi, np.pi, 7, periodic=True), Axis(-1, 1, 5)))
    index, weight = grid.corners(rng.normal(0, 3, (300, 2)))
    assert index.shape == weight.shape == (4, 300)
    np.testing.assert_allclose(weight.sum(axis=0), 1)
    assert (weight >= 0).all() and index.min() >= 0 and index.max() < 35


def test_mirroring_halves_the_work_and_changes_nothing() -> None:
    task = catalogue()["pendulum"]()
    torques, starts = np.array([[-2.0], [0.0], [2.0]]), task.starts(100, np.random.default_rng(0))
    axes = (Axis(-np.pi, np.pi, 20, periodic=True), Axis(-8, 8, 21))
    half, whole = Grid(axes, mirrored=True), Grid(axes)
    assert len(half.classes()[0]) == (20 * 21 + 2) // 2  # (0, 0) and (pi, 0) are their own mirrors
    chosen, class_of = half.classes()
    nodes = half.nodes()
    same = np.abs(np.mod(nodes[chosen][class_of] - nodes + 1e-9, 2 * np.pi)) < 1e-6
    opposite = np.abs(np.mod(nodes[chosen][class_of] + nodes + 1e-9, 2 * np.pi)) < 1e-6
    assert (same.all(axis=1) | opposite.all(axis=1)).all()
    np.testing.assert_allclose(solve(task, half, torques, starts)[0], solve(task, whole, torques, starts)[0], atol=2e-5)


def corridor(task: Any, cells: int) -> Any:
    """A maze with one free row: S at the left, G at the right."""
    return replace(task, map=("S" + "." * (cells - 2) + "G", "#" * cells), weights=(1.0, 0.0, 0.0))


@pytest.mark.parametrize(
    ("after", "worth"),
    [("respawn", 0.9**2 / (1 - 0.9**3)), ("terminate", 0.9**2), ("absorb", 0.9**2)],
)
def test_a_corridor_is_worth_what_one_works_out_by_hand(after: Any, worth: float) -> None:
    """Three steps to the goal, gamma 0.9: V(start) = gamma^2 (1 + gamma V(start)) if one goes round for ever."""
    task = replace(corridor(catalogue()["maze"](), 4), discount=0.9, after_event=after)
    expert = task.expert()
    start, last = np.array([[0.0, 0.0]]), np.array([[0.0, 2.0]])
    assert expert.v0 == pytest.approx(worth, abs=1e-5)
    assert expert.value(start)[0] == pytest.approx(worth, abs=1e-5)
    after_goal = 0.9 * worth if after == "respawn" else 0.0
    np.testing.assert_allclose(expert.q(last)[0, 3], 1 + after_goal, atol=1e-5)
    np.testing.assert_allclose(expert.q_of(last, np.array([2])), 0.9**2 * (1 + after_goal), atol=1e-5)
    assert expert.act(start)[0] == 3
    if after == "absorb":
        assert expert.value(np.array([[0.0, 3.0]]))[0] == 0 and (expert.q(np.array([[0.0, 3.0]])) == 0).all()


@pytest.mark.parametrize("name", ["maze", "deep-sea-treasure", "deep-sea-treasure-concave"])
def test_worlds_of_cells_are_solved_exactly(name: str) -> None:
    """Against plain value iteration over a dictionary of cells, which shares no line with ours."""
    task: Any = catalogue()[name]()
    rows, columns = task.free.shape
    first = [tuple(cell) for cell in task.first.tolist()]
    model = {}
    for cell in itertools.product(range(rows), range(columns)):
        if task.free[cell] and not task.event(np.array([cell]))[0]:
            for action in range(4):
                state, done = np.array([cell], dtype=float), np.array([action])
                to = task.transition(state, done)
                reward = float(task.phi(state, done, to)[0] @ task.weights)
                model[cell, action] = (reward, tuple(to[0].astype(int).tolist()), bool(task.event(to)[0]))
    cells = {cell for cell, _ in model}
    values = dict.fromkeys(cells, 0.0)
    for _ in range(3000):
        begin = sum(values[cell] for cell in first) / len(first)
        values = {
            cell: max(
                reward + task.discount * (begin if ended else values[to])
                for reward, to, ended in (model[cell, action] for action in range(4))
            )
            for cell in cells
        }
    expert = task.expert()
    places = np.array(sorted(cells), dtype=float)
    expected = np.array([values[cell] for cell in sorted(cells)])
    np.testing.assert_allclose(expert.value(places), expected, rtol=2e-6)
    np.testing.assert_allclose(expert.v0, np.mean([values[cell] for cell in first]), rtol=2e-6)
