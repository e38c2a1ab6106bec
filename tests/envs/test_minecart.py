"""Minecart is mo-gymnasium's, its loads are those that digging can lead to, and its expert knows the way."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from benchmarks.original import play
from benchmarks.task import Array
from envs.minecart import AWAY, DIG, START, minecart
from envs.minecart_expert import Haulage, _meeting

EDGE = 1e-9  # where a cart reaches a wall but for an error of rounding, the original leaves it to that where it goes


def differences(task: Any, cart: Any, before: Array, action: int, reward: Array, ended: bool) -> Array:
    """How far our step is from the original's, from the same place, and from those beside it: [9]."""
    beside = np.array([(i, j) for i in (0, 1, -1) for j in (0, 1, -1)]) * EDGE
    states, actions = np.repeat(before, 9, axis=0), np.full(9, action)
    states[:, :2] = np.clip(states[:, :2] + beside, 0.0, 1.0)
    ours = task.transition(states, actions)
    far = [np.abs(ours[:, :2] - cart.pos).max(axis=1), np.abs(task.phi(states, actions, ours) - reward).max(axis=1)]
    far.append((task.event(ours) != ended).astype(float))
    if not ended:  # the original goes on turning and accelerating in the frame after the end
        turned = np.abs((ours[:, 3] - cart.angle + 180) % 360 - 180)
        ores = np.abs(ours[:, 4:6] - cart.content).max(axis=1)
        far += [turned, np.abs(ours[:, 2] - cart.speed), ores, np.abs(ours[:, 6] - cart.departed)]
    return np.max(far, axis=0)


def test_every_step_is_mo_gymnasiums(rng: np.random.Generator) -> None:
    import mo_gymnasium

    task, env = minecart(), mo_gymnasium.make("minecart-deterministic-v0").unwrapped
    steps = edges = back = loaded = 0
    for _ in range(100):
        env.reset()
        state, shares = np.array([START]), rng.dirichlet(np.full(6, rng.choice([0.3, 1.0, 3.0])))
        for _ in range(150):
            action = int(rng.choice(6, p=shares))
            observation, reward, ended, _, _ = env.step(action)
            far = differences(task, env.cart, state, action, reward, ended)
            assert far.min() < 1e-6
            steps, edges, back = steps + 1, edges + (far[0] >= 1e-6), back + ended
            if ended:
                break
            state = np.array([[*env.cart.pos, env.cart.speed, env.cart.angle % 360, *env.cart.content,
                               float(env.cart.departed)]])  # fmt: skip
            loaded += env.cart.content.sum() > 0
            np.testing.assert_allclose(task.observe(state)[0, :7], observation, atol=1e-6)
            np.testing.assert_allclose(task.recover(task.observe(state)), state, atol=1e-6)
    assert steps > 5000 and back > 20 and loaded > 500 and edges < 0.002 * steps


def test_a_full_cart_leaves_the_same_share_of_both_ores() -> None:
    task = minecart()
    at = np.array([[0.5, 0.84, 0.0, 45.0, 0.6, 0.4, AWAY]])  # of the four frames, two fill it: 0.25 each
    np.testing.assert_allclose(task.transition(at, np.array([DIG]))[0, 4:6], [0.9, 0.6])
    moving = at + np.array([[0, 0, 0.01, 0, 0, 0, 0]])
    np.testing.assert_allclose(task.transition(moving, np.array([DIG]))[0, 4:6], [0.6, 0.4])


def test_the_loads_are_closed_under_digging() -> None:
    grid = Haulage(minecart())
    once = [(0.8, 0.0), (0.6, 0.4), (0.75, 0.75), (0.4, 0.6), (0.0, 0.8)]
    assert all(np.abs(grid.loads - load).sum(axis=1).min() < 1e-9 for load in [(0.0, 0.0), *once])
    more = grid._dug(grid.loads).reshape(-1, 2)
    assert np.abs(more[:, None] - grid.loads).sum(axis=2).min(axis=1).max() < 1e-9
    full = grid.loads.sum(axis=1) > 1.5 - 1e-9
    assert full.sum() == len(grid.loads) - 5  # empty, and one digging where it does not fill the cart


def test_the_expert_fetches_a_full_cart_of_the_ore_that_is_worth_most() -> None:
    task = minecart()
    returns, outcomes, lengths = play(task, lambda _, states: task.expert().act(states), 2, np.random.default_rng(0))
    ores, fuel = outcomes[0, :2], -outcomes[0, 2]
    np.testing.assert_allclose(ores, [1.5, 0.0], atol=1e-9)
    assert returns[0] == pytest.approx(1.5 - 0.04 * fuel)
    assert lengths[0] <= 15 and fuel < 1.5


def test_where_the_supposed_value_meets_what_comes_of_it() -> None:
    line = [(x, 2.0 + 0.75 * x) for x in (0.0, 2.0)]
    assert _meeting(line) == pytest.approx(8.0)
    assert _meeting(line[:1]) == 2.0 and _meeting([(0.0, 1.0), (1.0, 3.0)]) == 3.0
