"""`benchmarks.original.play`: episodes of the original, worked by hand in a maze of one corridor."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from benchmarks.original import play
from benchmarks.task import Array
from envs.catalogue import catalogue


def corridor(time_limit: int) -> Any:
    return replace(
        catalogue()["maze"](),
        map=("S.~G", "####"),
        original_weights=(10.0, 2.0, 1.0),
        weights=(0.0, 0.0, 0.0),
        time_limit=time_limit,
    )


def test_returns_objectives_and_lengths_are_the_originals() -> None:
    actions = iter([np.array([3, 2, 3])] + [np.array([3, 3, 3])] * 4)
    returns, objectives, lengths = play(corridor(4), lambda _, states: next(actions), 3, np.random.default_rng(0))
    np.testing.assert_array_equal(lengths, [3, 4, 3])
    np.testing.assert_array_equal(objectives, [(1, -1, -3), (1, -1, -4), (1, -1, -3)])
    np.testing.assert_array_equal(returns, [10 - 2 - 3, 10 - 2 - 4, 10 - 2 - 3])


def test_the_time_limit_ends_an_episode_without_the_goal() -> None:
    returns, objectives, lengths = play(
        corridor(5), lambda _, states: np.zeros(2, dtype=int), 2, np.random.default_rng(0)
    )
    np.testing.assert_array_equal(lengths, [5, 5])
    np.testing.assert_array_equal(objectives, [(0, 0, -5)] * 2)
    np.testing.assert_array_equal(returns, [-5, -5])


def test_finished_episodes_stay_where_they_are_and_keep_their_rows() -> None:
    seen: list[Array] = []

    def act(observations: Array, states: Array) -> Array:
        assert len(observations) == len(states) == 2
        seen.append(states.copy())
        return np.array([3, 2])

    play(corridor(5), act, 2, np.random.default_rng(0))
    assert len(seen) == 5
    np.testing.assert_array_equal([states[0, 1] for states in seen], [0, 1, 2, 3, 3])


def test_all_policies_meet_the_same_starts() -> None:
    task = catalogue()["cartpole"]()
    first: list[Array] = []
    for action in (0, 1):
        met: list[Array] = []

        def act(_: Array, states: Array, action: int = action, met: list[Array] = met) -> Array:
            met.append(states.copy())
            return np.full(20, action)

        play(task, act, 20, np.random.default_rng(4))
        first.append(met[0])
    np.testing.assert_array_equal(*first)
