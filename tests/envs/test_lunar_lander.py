"""The lander flies as Box2D's, comes down as Box2D's nearly always, and its expert lands."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from benchmarks.original import play
from benchmarks.task import Array
from envs.catalogue import catalogue
from envs.lunar_lander import (
    CENTRE,
    CRASHED,
    FATE,
    FEET,
    INERTIA,
    LANDED,
    LEFT,
    MAIN,
    MASS,
    NOTHING,
    RIGHT,
    SIDE_AT,
    LunarLander,
    lunar_lander,
    soft,
)
from envs.lunar_pilot import pilot
from envs.rollouts import RolloutExpert, expert_of


class Straight:
    """Instead of a generator: engines that do not stray."""

    def uniform(self, low: float, high: float) -> float:
        return 0.0


def theirs() -> Any:
    import gymnasium

    return gymnasium.make("LunarLander-v3").unwrapped


def put(env: Any, state: Array) -> None:
    """Set Box2D's lander, and its legs let down as far as they go, to a state of ours."""
    env.reset(seed=1)
    env._np_random, env.prev_shaping = Straight(), None
    x, y, vx, vy, tilt, spin, _ = state
    origin = np.array([10 + x, env.helipad_y + 0.6 + y])
    centre = origin + CENTRE * np.array([-math.sin(tilt), math.cos(tilt)])

    def place(body: Any, aside: float, up: float, turned: float) -> None:
        c, s = math.cos(tilt), math.sin(tilt)
        body.position = (origin[0] + c * aside - s * up, origin[1] + s * aside + c * up)
        body.angle, body.angularVelocity = tilt + turned, spin
        px, py = body.worldCenter
        body.linearVelocity = (vx - spin * (py - centre[1]), vy + spin * (px - centre[0]))

    place(env.lander, 0.0, 0.0, 0.0)
    for leg, side in zip(env.legs, (1, -1), strict=True):
        c, s = math.cos(0.4), math.sin(0.4)
        place(leg, side * (c * 20 / 30 + s * 18 / 30), s * 20 / 30 - c * 18 / 30, side * 0.4)


def test_flight_is_box2ds(rng: np.random.Generator) -> None:
    env, task = theirs(), lunar_lander()
    for _ in range(25):
        start = [*rng.uniform((-3, 4, -2, -2, -0.4, -0.5), (3, 8, 2, 2, 0.4, 0.5)), 0.0]
        state = np.array([start])
        put(env, state[0])
        for step in range(60):
            action = rng.integers(4, size=1)
            observation, reward, *_ = env.step(int(action[0]))
            following = task.transition(state, action)
            if task.event(following)[0] or any(leg.ground_contact for leg in env.legs):
                break
            if step:
                ours = task.phi(state, action, following)[0] @ task.original_weights
                assert ours == pytest.approx(reward, abs=0.7)  # the legs give a little in a push
            state = following
        else:
            np.testing.assert_allclose(task.observe(state)[0, :6], observation[:6], atol=0.005)


def test_starts_are_box2ds(rng: np.random.Generator) -> None:
    env, task = theirs(), lunar_lander()
    seen = np.array([env.reset(seed=seed)[0][:6] for seed in range(300)])
    ours = task.observe(task.starts(5000, rng))[:, :6]
    np.testing.assert_allclose(seen.mean(axis=0), ours.mean(axis=0), atol=4 * ours.std(axis=0).max() / np.sqrt(300))
    np.testing.assert_allclose(seen.std(axis=0), ours.std(axis=0), rtol=0.12)
    np.testing.assert_allclose(np.corrcoef(seen[:, 2], seen[:, 5]), np.corrcoef(ours[:, 2], ours[:, 5]), atol=1e-3)


def test_landings_end_as_box2ds_nearly_always(rng: np.random.Generator) -> None:
    env = theirs()
    agree, rested = [], []
    for _ in range(150):
        vx, vy, tilt, spin = rng.uniform((-1, -2.5, -0.35, -0.6), (1, -0.1, 0.35, 0.6))
        lowest = min(math.sin(tilt) * x + math.cos(tilt) * y for x, y in FEET)
        state = np.array([0.0, -0.6 - lowest + 0.01, vx, vy, tilt, spin, 0.0])
        put(env, state)
        for _ in range(400):
            _, reward, ended, *_ = env.step(0)
            if ended:
                break
        rested.append(reward > 0)
        agree.append(rested[-1] == soft(state[None])[0])
    assert 0.1 < np.mean(rested) < 0.4
    assert np.mean(agree) > 0.94 - 3 * np.sqrt(0.94 * 0.06 / 150)


def step(state: list[float], action: int) -> Array:
    return lunar_lander().transition(np.array([[*state, 0.0]]), np.array([action]))[0]


def test_a_step_by_hand() -> None:
    fall = step([1.0, 5.0, 0.5, -1.0, 0.0, 0.0], NOTHING)
    np.testing.assert_allclose(fall, [1.01, 5.0 - 1.2 / 50, 0.5, -1.2, 0.0, 0.0, 0.0])
    main = step([0.0, 5.0, 0.0, 0.0, 0.0, 0.0], MAIN)
    assert main[3] == pytest.approx(13 * (4 / 30) / MASS - 0.2) and main[2] == main[5] == 0.0
    right, left = step([0.0, 5.0, 0.0, 0.0, 0.0, 0.0], RIGHT), step([0.0, 5.0, 0.0, 0.0, 0.0, 0.0], LEFT)
    push, arm = 0.6 * 12 / 30, SIDE_AT[1] - CENTRE
    assert right[2] == pytest.approx(push / MASS) and right[5] == pytest.approx(-arm * push / INERTIA)
    np.testing.assert_allclose(left[[0, 2, 4, 5]], -right[[0, 2, 4, 5]])


def test_who_comes_down_softly_stands() -> None:
    landed = step([2.0, 0.0, 0.1, -0.5, 0.05, 0.0], NOTHING)
    assert landed[FATE] == LANDED and landed[1:FATE].tolist() == [0.0] * 5
    assert landed[0] == pytest.approx(2.002, abs=0.01)
    for hard in ([0.0, 0.0, 0.0, -2.0, 0.0, 0.0], [0.0, 0.0, 0.0, -0.5, 0.4, 0.0], [9.99, 5.0, 3.0, 0.0, 0.0, 0.0]):
        assert step(hard, NOTHING)[FATE] == CRASHED
    task = lunar_lander()
    before = np.array([[0.0, 0.0, 0.0, -0.5, 0.0, 0.0, 0.0]])
    phi = task.phi(before, np.array([MAIN]), np.array([[0.0, 0.0, 0.0, 0.0, 0.0, 0.0, LANDED]]))
    np.testing.assert_allclose(phi, [[100.0, 20.0 + 100 * 0.5 * (20 / 3) / 50, -1.0, 0.0]])


def test_pilot_and_expert_land() -> None:
    task = lunar_lander()
    both = lambda _, states: pilot(task, states), lambda _, states: task.expert().act(states)
    played = [play(task, act, 200, np.random.default_rng(5)) for act in both]
    for returns, outcomes, _ in played:
        assert (outcomes[:, 0] == 100).mean() > 0.95 and returns.mean() > 250
    assert played[1][2].mean() < played[0][2].mean()  # the expert is there sooner


def test_rollouts_by_hand() -> None:
    """Falling from rest: the values are sums that can be added up here."""
    task = lunar_lander()

    def idle(task: LunarLander, states: Array) -> Array:
        return np.zeros(len(states), dtype=int)

    expert = RolloutExpert(task, idle, np.array([NOTHING]), 1000, v0=2.0)
    state, total, gamma = np.array([[0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0]]), 0.0, 1.0
    while not task.event(state)[0]:
        following = task.transition(state, np.array([NOTHING]))
        total += gamma * task.reward(state, np.array([NOTHING]), following)[0]
        gamma, state = gamma * task.discount, following
    assert expert.q_of(np.array([[0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0]]), np.array([NOTHING]))[0] == pytest.approx(
        total + gamma * 2.0
    )
    assert expert_of(task, idle, (NOTHING,)).v0 < 0 < task.expert().v0
    over = np.array([[0.0, 0.0, 0.0, 0.0, 0.0, 0.0, LANDED]])
    assert expert.q_of(over, np.array([NOTHING])).tolist() == [0.0]
    with pytest.raises(ValueError, match="resource-gathering leaves to chance"):
        expert_of(catalogue()["resource-gathering"](), idle, (0,))
