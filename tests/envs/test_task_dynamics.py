"""Our vectorised dynamics are gymnasium's and mo-gymnasium's, step by step, start by start, limit by limit."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from itertools import product
from typing import Any

import gymnasium
import numpy as np
import pytest
from scipy.stats import ks_2samp

from benchmarks.task import Array, Task
from envs.catalogue import catalogue

# task: the ranges of random states, the scale of observations, and the precision of gymnasium's own state
CLASSIC: dict[str, tuple[Any, Any, Any, float]] = {
    "cartpole": ((-2.6, -4, -0.25, -4), (2.6, 4, 0.25, 4), (1 / 2.4, 1 / 3, 15 / np.pi, 1 / 3), 1e-12),
    "mountain-car": ((-1.2, -0.07), (0.6, 0.07), (1 / 1.2, 1 / 0.07), 1e-12),
    "mountain-car-continuous": ((-1.2, -0.07), (0.6, 0.07), (1 / 1.2, 1 / 0.07), 1e-7),  # float32
    "pendulum": ((-20, -8), (20, 8), (1, 1, 1 / 8), 1e-12),
    "acrobot": (
        (-np.pi, -np.pi, -4 * np.pi, -9 * np.pi),
        (np.pi, np.pi, 4 * np.pi, 9 * np.pi),
        (1, 1, 1, 1, 1 / 4, 1 / 9),
        1e-9,
    ),
}
SEAS = ("deep-sea-treasure", "deep-sea-treasure-concave")
MO = (*SEAS, "fruit-tree", "resource-gathering")  # mo-gymnasium's
STEPS = 4000


def original(task: Task) -> Any:
    if task.name in MO:
        import mo_gymnasium

        return mo_gymnasium.make(task.original_id)
    return gymnasium.make(str(task.original_id))


def wrapped(difference: Array, task: Task) -> Array:
    """Angles that differ by a turn are the same."""
    turns = {"acrobot": 2, "pendulum": 1}.get(task.name.removesuffix("-heavy"), 0)
    difference[:, :turns] = np.mod(difference[:, :turns] + np.pi, 2 * np.pi) - np.pi
    return difference


@pytest.mark.parametrize("name", CLASSIC)
def test_a_step_is_gymnasiums(name: str, rng: np.random.Generator, draw: Callable[..., Array]) -> None:
    task = catalogue()[name]()
    low, high, scale, precision = CLASSIC[name]
    # a third of the states is where episodes really are, the others are anywhere
    near = task.starts(STEPS // 3, rng)
    states = np.concatenate([near, rng.uniform(low, high, (STEPS - len(near), len(low)))])
    actions = draw(task, STEPS, rng, beyond=2.0)
    following = task.transition(states, actions)
    rewards, ended = task.original_reward(states, actions, following), task.event(following)
    env = original(task).unwrapped
    env.reset(seed=0)
    theirs, seen = np.empty_like(states), []
    for i in range(STEPS):
        env.state, env.steps_beyond_terminated = states[i].copy(), None
        observation, reward, terminated, truncated, _ = env.step(actions[i])
        theirs[i] = env.state
        seen.append(observation)
        assert terminated == ended[i] and not truncated
        assert reward == pytest.approx(rewards[i], rel=1e-9, abs=1e-9)
    np.testing.assert_allclose(wrapped(following - theirs, task), 0, atol=precision * 10)
    np.testing.assert_allclose(task.observe(following), np.array(seen) * scale, atol=2e-6)
    assert ended.any() or name == "pendulum"


@pytest.mark.parametrize("name", SEAS)
def test_every_step_in_the_sea_is_mo_gymnasiums(name: str) -> None:
    task: Any = catalogue()[name]()
    env = original(task).unwrapped
    env.reset()
    cells = np.argwhere(task.free & (task.treasure == 0)).astype(float)
    for action in range(4):
        actions = np.full(len(cells), action)
        following = task.transition(cells, actions)
        objectives, ended = task.phi(cells, actions, following), task.event(following)
        for i, cell in enumerate(cells):
            env.current_state = cell.astype(np.int32)
            observation, reward, terminated, _, _ = env.step(action)
            np.testing.assert_array_equal(observation, following[i])
            np.testing.assert_allclose(reward, objectives[i], rtol=1e-6)
            assert terminated == ended[i]
        np.testing.assert_allclose(task.observe(following), following / 10, atol=1e-7)


def test_every_way_down_the_tree_is_mo_gymnasiums() -> None:
    task = catalogue()["fruit-tree"]()
    env = original(task).unwrapped
    for way in product((0, 1), repeat=6):
        seen, _ = env.reset()
        state = task.starts(1, np.random.default_rng(0))
        np.testing.assert_array_equal(state[0], seen)
        for turn, action in enumerate(way):
            following = task.transition(state, np.array([action]))
            seen, reward, terminated, _, _ = env.step(action)
            np.testing.assert_array_equal(following[0], seen)
            np.testing.assert_allclose(task.phi(state, np.array([action]), following)[0], reward, rtol=1e-6)
            assert task.event(following)[0] == terminated == (turn == 5)
            turns = [2 * each - 1 for each in way[: turn + 1]]
            np.testing.assert_array_equal(task.observe(following)[0], turns + [0] * (5 - turn))
            state = following
    assert env.spec is None or env.spec.max_episode_steps is None, "no limit: six steps are an episode"
    assert task.time_limit == 6 and task.action_space == env.action_space
    assert task.step_seconds == pytest.approx(1 / env.metadata["render_fps"])


class Luck:
    """A generator whose every number is this one."""

    def __init__(self, number: float) -> None:
        self.number = number

    def random(self, n: int | None = None) -> Any:
        return self.number if n is None else np.full(n, self.number)


@pytest.mark.parametrize("number", [0.0, 0.0999, 0.1, 0.9])
def test_every_step_after_the_resources_is_mo_gymnasiums(number: float) -> None:
    """Of the two that draw a number to see who is killed, theirs is the lower numbers' and ours the higher ones'."""
    task = catalogue()["resource-gathering"]()
    env = original(task).unwrapped
    env.reset()
    states = np.array([(*place, 0) for place in product(range(5), range(5), (0, 1), (0, 1))], dtype=float)
    killed = 0
    for action in range(4):
        actions = np.full(len(states), action)
        following = task.fated(task.transition(states, actions), Luck(1.0 - number - 1e-9))  # type: ignore[arg-type]
        objectives, ended = task.phi(states, actions, following), task.event(following)
        for i, (row, column, gold, gem, _) in enumerate(states.astype(int)):
            env.current_pos, env.has_gold, env.has_gem = np.array([row, column], dtype=np.int32), gold, gem
            env._np_random = Luck(number)
            seen, reward, terminated, truncated, _ = env.step(action)
            np.testing.assert_array_equal(seen, following[i, :4])
            np.testing.assert_array_equal(reward, objectives[i, :3])
            assert terminated == ended[i] and not truncated and objectives[i, 3] == -1
            killed += reward[0] < 0
        np.testing.assert_allclose(task.observe(following)[:, :4], following[:, :4] / [4, 4, 1, 1])
    assert (killed > 0) == (number < 0.1)
    env.reset()
    np.testing.assert_array_equal(task.starts(1, np.random.default_rng(0))[0], [*env.get_state(), 0])


@pytest.mark.parametrize("name", [*CLASSIC, *SEAS])
def test_starts_are_distributed_as_the_originals(name: str, rng: np.random.Generator) -> None:
    task = catalogue()[name]()
    env = original(task).unwrapped
    theirs = []
    for seed in range(1500):
        env.reset(seed=seed)
        theirs.append(np.array(env.current_state if name in SEAS else env.state, dtype=float))
    ours = task.starts(1500, rng)
    assert ours.dtype == np.float64
    for mine, other in zip(ours.T, np.array(theirs).T, strict=True):
        if np.ptp(other) == 0:
            np.testing.assert_array_equal(mine, other)
            continue
        # bounds: of 1,500 uniform draws the largest is within 1 % of the end with probability 1 - 3e-7
        assert mine.max() == pytest.approx(other.max(), abs=0.01 * np.ptp(other))
        assert mine.min() == pytest.approx(other.min(), abs=0.01 * np.ptp(other))
        assert mine.mean() == pytest.approx(other.mean(), abs=5 * other.std() / np.sqrt(750))
        assert mine.std() == pytest.approx(other.std(), rel=0.1)
        assert ks_2samp(mine, other).pvalue > 1e-5


@pytest.mark.parametrize("name", [*CLASSIC, *SEAS, "resource-gathering"])
def test_time_limit_frames_and_spaces_are_the_originals(name: str) -> None:
    task = catalogue()[name]()
    env = original(task)
    assert task.time_limit == env.spec.max_episode_steps
    assert task.step_seconds == pytest.approx(1 / env.metadata["render_fps"])
    assert task.action_space == env.action_space


def test_a_task_is_what_its_class_promises(task: Task, rng: np.random.Generator, draw: Callable[..., Array]) -> None:
    assert len(task.objectives) == len(task.weights) == len(task.original_weights)
    assert min(task.weights) >= 0 and min(task.original_weights) >= 0, "every objective is to be had more of"
    states = task.starts(50, rng)
    for _ in range(20):
        before, actions = states.copy(), draw(task, 50, rng)
        following = task.transition(states, actions)
        np.testing.assert_array_equal(states, before)  # pure
        assert task.phi(states, actions, following).shape == (50, len(task.objectives))
        assert task.event(following).shape == (50,) and task.event(following).dtype == bool
        seen = task.observe(following)
        assert seen.dtype == np.float32 and all(task.observation_space.contains(row) for row in seen)
        back = task.recover(seen)
        np.testing.assert_allclose(task.observe(back), seen, atol=1e-5)
        np.testing.assert_allclose(wrapped(back - following, task), 0, atol=1e-4)
        one = task.transition(states[:1], actions[:1])
        np.testing.assert_allclose(one, following[:1], rtol=1e-12)
        states = task.step(states, actions, rng).arrived
    assert hash(task) == hash(catalogue()[task.name]()), "equal tasks share one expert"


def test_every_task_says_why_its_weights(task: Task) -> None:
    assert len(inspect.getdoc(catalogue()[task.name]) or "") > 40
