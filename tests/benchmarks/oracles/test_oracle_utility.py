"""Corridor with V(cell) = cell, v0 = 0.5, gamma = 0.9: every number is worked out by hand."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from toys import corridor, walk

from benchmarks.oracles.rationality import Rationality
from benchmarks.oracles.utility import objectives, see, step_utility, utility

EXPERT = SimpleNamespace(value=lambda states: states[:, 0], v0=0.5)
TASK = corridor()
CLIP = walk(TASK, [3, 4, 4, 3], [2, 1, 0])  # right, stay, left: each costs 0.1
GOAL = walk(TASK, [4, 5, 6], [2, 2], arrived=[5, 2])  # the goal pays 1 - 0.1, then a new start at 2


@pytest.mark.parametrize(
    "kind, steps",
    [
        ("return", [-0.1, -0.1, -0.1]),
        ("progress", [-0.1 + 4 - 3, -0.1 + 4 - 4, -0.1 + 3 - 4]),
        ("regret", [-0.1 + 0.9 * 4 - 3, -0.1 + 0.9 * 4 - 4, -0.1 + 0.9 * 3 - 4]),
        ("end-value", [-0.1, -0.1, -0.1 + 3]),
    ],
)
def test_utility_of_a_step_and_of_a_clip(kind, steps):
    asks = Rationality(utility=kind)
    assert step_utility(TASK, EXPERT, CLIP, asks) == pytest.approx(np.array([steps]))
    assert utility(TASK, EXPERT, CLIP, asks) == pytest.approx([sum(steps)])


def test_myopia_weighs_the_last_step_most():
    """B-Pref's direction: gamma^(L-1-t) = 0.25, 0.5, 1."""
    expected = 0.25 * 0.9 + 0.5 * -0.1 + 1 * -1.1
    assert utility(TASK, EXPERT, CLIP, Rationality(gamma=0.5)) == pytest.approx([expected])


@pytest.mark.parametrize("after, worth", [("respawn", 0.5), ("terminate", 0.0), ("absorb", 0.0)])
def test_an_event_is_worth_what_follows_it(after, worth):
    task = replace(TASK, after_event=after)
    assert step_utility(task, EXPERT, GOAL) == pytest.approx(np.array([[-0.1 + 5 - 4, 0.9 + worth - 5]]))


def test_an_absorbing_state_is_worth_nothing():
    task = replace(TASK, after_event="absorb")
    stuck = replace(walk(task, [6, 6], [2]), rewards=np.zeros((1, 1)), event=np.zeros((1, 1), dtype=bool))
    seen = see(task, EXPERT, stuck)
    assert not np.any([seen.rewards, seen.before, seen.after, *objectives(task, stuck).T])


def test_what_is_seen():
    seen = see(TASK, EXPERT, GOAL)
    assert seen.rewards == pytest.approx(np.array([[-0.1, 0.9]]))
    assert seen.before.tolist() == [[4, 5]] and seen.after.tolist() == [[5, 0.5]]
