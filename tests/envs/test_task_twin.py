"""The twin: what an event does to a system that goes on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import gymnasium
import numpy as np
import pytest

import envs.gymnasium_ids  # noqa: F401 - makes the ids known
from benchmarks.task import Array, Task
from envs.catalogue import catalogue

# states from which one step of this action is an event, and what it pays beyond an ordinary step
BRINK = {
    "cartpole": ((2.39, 3.0, 0.0, 0.0), 1, -1.0),
    "cartpole-hard": ((0.0, 0.0, 0.249, 3.0), 0, -1.0),
    "mountain-car": ((0.49, 0.06), 2, 1.0),
    "mountain-car-continuous": ((0.44, 0.06), (1.0,), 1.0),
    "acrobot": ((np.pi, 0.0, 0.0, 0.0), 1, 1.0),
    "maze": ((0.0, 6.0), 3, 1.0),
    "deep-sea-treasure": ((0.0, 1.0), 2, 0.0),
    "deep-sea-treasure-concave": ((9.0, 9.0), 1, 62.0),
}


@pytest.mark.parametrize("name", BRINK)
def test_after_an_event_one_is_at_a_start_and_was_paid_for_it(name: str, rng: np.random.Generator) -> None:
    task = catalogue()[name]()
    state, action, pay = BRINK[name]
    states, actions = np.tile(state, (500, 1)).astype(float), np.array([action] * 500)
    if name == "deep-sea-treasure":  # beside the start, not on the treasure: no event
        assert not task.step(states, actions, rng).event.any()
        return
    step = task.step(states, actions, rng)
    assert step.event.all()
    drawn = task.starts(20_000, rng)
    assert (step.arrived >= drawn.min(axis=0) - 1e-2).all() and (step.arrived <= drawn.max(axis=0) + 1e-2).all()
    np.testing.assert_allclose(step.arrived.mean(axis=0), drawn.mean(axis=0), atol=6 * drawn.std(axis=0).max() / 22)
    np.testing.assert_array_equal(step.following, task.transition(states, actions))
    ordinary = {"time": -1.0, "balance": 1.0}
    rest = {n: w for n, w in zip(task.objectives, task.weights, strict=True) if n in ordinary}
    expected = pay + sum(ordinary[n] * w for n, w in rest.items())
    reward = step.objectives @ task.weights
    np.testing.assert_allclose(reward, task.reward(states, actions, step.following))
    np.testing.assert_allclose(reward, expected, atol=0.011)  # but for fuel and centring


def test_a_terminating_twin_starts_anew_and_an_absorbing_one_stands_still(rng: np.random.Generator) -> None:
    task = catalogue()["cartpole-leak"]()
    states = np.tile((2.39, 3.0, 0.0, 0.0), (10, 1))
    step = task.step(states, np.ones(10, dtype=int), rng)
    assert step.event.all() and (np.abs(step.arrived) <= 0.05).all()

    task = catalogue()["cartpole-absorbing"]()
    step = task.step(states, np.ones(10, dtype=int), rng)
    assert step.event.all() and (step.arrived == step.following).all() and (step.objectives[:, 1] == -1).all()
    again = task.step(step.arrived, np.zeros(10, dtype=int), rng)
    assert not again.event.any() and (again.arrived == step.arrived).all() and (again.objectives == 0).all()


def test_the_variants_differ_from_their_task_in_nothing_else() -> None:
    plain = catalogue()["cartpole"]()
    for name, after in (("cartpole-leak", "terminate"), ("cartpole-absorbing", "absorb")):
        variant: Any = catalogue()[name]()
        assert variant.after_event == after
        assert replace(variant, name=plain.name, after_event=plain.after_event) == plain


def test_an_episode_of_the_twin_has_the_horizons_length(task: Task) -> None:
    env = gymnasium.make(f"feedback_bench/{task.name}-twin-v{task.version}")
    for seed in range(3):
        env.reset(seed=seed)
        env.action_space.seed(seed)
        length, over = 0, False
        while not over:
            *_, terminated, truncated, _ = env.step(env.action_space.sample())
            length, over = length + 1, terminated or truncated
        assert terminated == (task.after_event == "terminate")
        assert terminated or length == task.horizon


def test_random_policies_meet_events_without_losing_steps(
    task: Task, rng: np.random.Generator, draw: Callable[..., Array]
) -> None:
    """After so many steps, all systems are still in play, at states that observe within the space."""
    states, events = task.starts(64, rng), 0
    for _ in range(task.horizon):
        step = task.step(states, draw(task, 64, rng), rng)
        events, states = events + int(step.event.sum()), step.arrived
    assert np.isfinite(states).all()
    if task.after_event == "respawn":
        assert not task.event(states).any()
    if task.name.startswith("cartpole"):
        assert events >= 64 * (task.after_event == "absorb") and events > 0
