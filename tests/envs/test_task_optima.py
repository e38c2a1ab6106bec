"""The fronts of both seas, and that twin and original want the same of one: all by enumeration."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from benchmarks.original import play
from benchmarks.task import Array
from envs.catalogue import catalogue

# Yang, Sun & Narasimhan (2019) and Vamplew et al. (2011), in mo-gymnasium's maps: (treasure, -steps)
CONVEX = [(0.7, -1), (8.2, -3), (11.5, -5), (14, -7), (15.1, -8), (16.1, -9), (19.6, -13), (20.3, -14), (22.4, -17)]
CONCAVE = [(1, -1), (2, -3), (3, -5), (5, -7), (8, -8), (16, -9), (24, -13), (50, -14), (74, -17), (124, -19)]
FRONTS = {
    "deep-sea-treasure": ([*CONVEX, (23.7, -19)], 401.8),
    "deep-sea-treasure-concave": (CONCAVE, 1155.0),
}


def outcomes(task: Any, start: Array) -> Iterator[Array]:
    """The sums of objectives [k] of all ways to an event that nobody betters, by breadth: one step a round.

    In each round a cell keeps those of its ways that no other way to it in as many steps betters.
    """
    ways = {tuple(start): [np.zeros(len(task.objectives))]}
    seen: dict[Any, list[Array]] = {}
    while ways:
        further: dict[Any, list[Array]] = {}
        for cell, sums in ways.items():
            for action in range(4):
                state, done = np.array([cell], dtype=float), np.array([action])
                to = task.transition(state, done)
                gain = task.phi(state, done, to)[0]
                for total in (so_far + gain for so_far in sums):
                    if task.event(to)[0]:
                        yield total
                        continue
                    known = seen.setdefault(tuple(to[0]), [])
                    if not any((other >= total).all() for other in known):
                        known.append(total)
                        further.setdefault(tuple(to[0]), []).append(total)
        ways = further


def front(task: Any, start: Array) -> Array:
    """The outcomes [n, k] that no other dominates, in lexical order."""
    every = np.unique(np.round(list(outcomes(task, start)), 9), axis=0)
    beaten = [any((other >= one).all() and (other > one).any() for other in every) for one in every]
    return every[~np.array(beaten)]


@pytest.mark.parametrize("name", FRONTS)
def test_the_front_of_the_sea_is_the_proven_one(name: str) -> None:
    moocore = pytest.importorskip("moocore")
    expected, volume = FRONTS[name]
    found = front(catalogue()[name](), np.zeros(2))
    np.testing.assert_allclose(found, expected)
    assert moocore.hypervolume(found, ref=[0, -25], maximise=True) == pytest.approx(volume, abs=1e-4)


def test_of_all_ways_to_the_resources_the_expert_takes_the_best_in_both_worlds() -> None:
    """What the ways round or past the enemies come to on average, found by search over the four of them at most."""
    task = catalogue()["resource-gathering"]()
    expert, w = task.expert(), np.array(task.weights)
    ways = list(expected(task, 4))
    clean = np.array([0.0, 1.0, 1.0, -18.0])
    assert any(np.allclose(way, clean) for way in ways)
    assert not any((way[:3] >= clean[:3]).all() and way[3] > clean[3] for way in ways)
    assert any((way[3] > clean[3]) and way[1] > 0 and way[2] > 0 for way in ways), "past an enemy it is shorter"
    assert max(way @ w for way in ways) == pytest.approx(clean @ w)
    assert max(way @ w / -way[3] for way in ways) == pytest.approx(clean @ w / 18)
    objectives = play(task, lambda _, states: expert.act(states), 50, np.random.default_rng(0))[1]
    np.testing.assert_allclose(objectives, np.tile(clean, (50, 1)))


def expected(task: Any, meetings: int) -> Iterator[Array]:
    """The expected outcomes [4] of the ways home of 24 steps at most that meet so many enemies at most.

    Of ways that are alive in the same place with the same things after as many steps and meetings, one is enough.
    """
    states, met, sums = task.first.astype(float), np.zeros(1, int), np.zeros((1, 4))
    for _ in range(24):
        states, met, sums = (np.repeat(each, 4, axis=0) for each in (states, met, sums))
        actions = np.tile(np.arange(4), len(states) // 4)
        (living, to), (dying, dead) = task.fates(task.transition(states, actions))
        gains = [chance[:, None] * task.phi(states, actions, end) for chance, end in ((living, to), (dying, dead))]
        sums = sums + (1 - task.danger) ** met[:, None] * sum(gains)
        met = met + (dying > 0)
        over = task.event(to)
        yield from sums[over]
        on = ~over & (met <= meetings)
        _, one = np.unique(np.column_stack([to, met])[on], axis=0, return_index=True)
        states, met, sums = to[on][one], met[on][one], sums[on][one]


def test_every_fruit_of_the_tree_is_on_its_front_and_the_expert_takes_the_best() -> None:
    moocore = pytest.importorskip("moocore")
    task: Any = catalogue()["fruit-tree"]()
    leaves = np.stack([np.full(64, 6.0), np.arange(64.0)], axis=1)
    fruits = task.phi(leaves, np.zeros(64, int), leaves)
    np.testing.assert_array_equal(task.front, fruits)
    np.testing.assert_allclose(np.linalg.norm(fruits, axis=1), 10.0, atol=1e-6)  # hence none dominates another
    volume = moocore.hypervolume(fruits, ref=list(task.reference_point), maximise=True)
    assert volume == pytest.approx(58271.2584, abs=1e-3)  # morl-baselines' indicator says the same
    expert, worth = task.expert(), fruits @ np.array(task.weights)
    returns, objectives, lengths = play(task, lambda _, states: expert.act(states), 1, np.random.default_rng(0))
    assert returns[0] == pytest.approx(worth.max()) and lengths[0] == 6 and worth.argmax() == 27
    np.testing.assert_allclose(objectives[0], fruits[27])
    assert expert.v0 == pytest.approx(renewal(worth.max(), 6, task.discount), rel=1e-5)


def renewal(total: float, steps: int, discount: float) -> float:
    """Worth of going the same way for ever, paid at its end: total gamma^(T - 1) / (1 - gamma^T)."""
    return total * discount ** (steps - 1) / (1 - discount**steps)


@pytest.mark.parametrize("name", FRONTS)
def test_both_worlds_want_the_same_treasure(name: str) -> None:
    task = catalogue()[name]()
    treasure, time = np.array(FRONTS[name][0]).T
    once = task.original_weights[0] * treasure + task.original_weights[1] * time
    for_ever = [renewal(value, int(-steps), task.discount) for value, steps in zip(treasure, time, strict=True)]
    rate = treasure / -time
    assert np.argmax(once) == np.argmax(for_ever) == np.argmax(rate)
    expert = task.expert()
    objectives = play(task, lambda _, states: expert.act(states), 1, np.random.default_rng(0))[1][0]
    np.testing.assert_allclose(objectives, FRONTS[name][0][int(np.argmax(once))])


def test_in_the_maze_the_short_way_is_hazardous_and_the_long_way_right_in_both_worlds() -> None:
    task: Any = catalogue()["maze"]()
    expert, weights = task.expert(), np.array(task.original_weights)
    fronts = [front(task, start) for start in task.first]
    best = [found[np.argmax(found @ weights)] for found in fronts]
    for start, found, chosen in zip(task.first, fronts, best, strict=True):
        clean, shortest = found[np.argmax(found[:, 1])], found[np.argmax(found[:, 2])]
        trade_off = shortest[1] < 0 and shortest[2] > clean[2]
        assert clean[1] == 0 and trade_off == (tuple(start) != (6, 0)), "from every start but the lowest"
        np.testing.assert_array_equal(chosen, clean)
        lone = played(task, expert, start)
        np.testing.assert_array_equal(lone, clean)
    assert [int(-way[2]) for way in best] == [19, 17, 15, 13]

    # for ever: starts are equally likely, so a policy is one way per start; compare their goals less hazards per step
    def per_step(choice: tuple[Array, ...]) -> float:
        total = np.sum(choice, axis=0)
        return float(total[:2] @ weights[:2] / -total[2])

    choices = [tuple(ways) for ways in np.array(np.meshgrid(*map(range, map(len, fronts)))).reshape(4, -1).T]
    rates = [per_step(tuple(found[i] for found, i in zip(fronts, ways, strict=True))) for ways in choices]
    assert per_step(tuple(best)) == pytest.approx(max(rates)) and sorted(rates)[-2] < max(rates) - 1e-4


def played(task: Any, expert: Any, start: Array) -> Array:
    """The sums of objectives of the expert's way from one start of the original."""
    state, total, over = np.array([start], dtype=float), np.zeros(len(task.objectives)), False
    while not over:
        action = expert.act(state)
        following = task.transition(state, action)
        total += task.phi(state, action, following)[0]
        state, over = following, bool(task.event(following)[0])
    return total


@pytest.mark.parametrize("name", ["mountain-car", "maze"])
def test_the_price_of_time_leaves_the_twins_optimum_alone(name: str) -> None:
    """Time is paid alike in all ways through a twin of fixed length: V* moves by a constant, A* not at all."""
    task = catalogue()[name]()
    free = replace(task, weights=(*task.weights[:-1], 0.0))
    states = task.starts(200, np.random.default_rng(0))
    shift = task.expert().q(states) - free.expert().q(states)
    np.testing.assert_allclose(shift, -task.weights[-1] / (1 - task.discount), atol=1e-4)
