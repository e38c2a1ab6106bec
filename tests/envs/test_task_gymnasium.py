"""Every task as a registered gymnasium environment."""

from __future__ import annotations

import subprocess
import sys
import warnings
from collections.abc import Callable
from dataclasses import fields

import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env

from benchmarks.original import play
from benchmarks.task import Array, Task
from envs.catalogue import catalogue
from envs.gymnasium_ids import register


@pytest.mark.parametrize("suffix", ["", "-twin"])
def test_gymnasiums_own_check_passes(task: Task, suffix: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # unbounded speeds and unscaled torques are the originals'
        check_env(gymnasium.make(f"feedback_bench/{task.name}{suffix}-v{task.version}").unwrapped)


def test_ids_are_known_after_import_and_twice_is_once() -> None:
    before = len(gymnasium.registry)
    register()
    assert len(gymnasium.registry) == before
    ours = [name for name in gymnasium.registry if name.startswith("feedback_bench/")]
    assert len(ours) == 2 * len(catalogue())
    env = gymnasium.make("envs.gymnasium_ids:feedback_bench/maze-v1")
    assert env.spec is not None and env.spec.max_episode_steps == 100


def test_an_original_pays_the_published_reward_and_ends_where_it_ends(task: Task, draw: Callable[..., Array]) -> None:
    """The same episode through gymnasium's interface and through `play`."""
    env = gymnasium.make(f"feedback_bench/{task.name}-v{task.version}")
    env.reset(seed=3)
    start = env.unwrapped._states.copy()
    env.unwrapped.np_random = np.random.default_rng(9)
    rng = np.random.default_rng(8)
    actions = [draw(task, 1, rng) for _ in range(task.time_limit)]
    total, objectives, length, over = 0.0, np.zeros(len(task.objectives)), 0, False
    while not over:
        observation, reward, terminated, truncated, info = env.step(actions[length][0])
        assert env.observation_space.contains(observation) and set(info) == {"objectives"}
        total, objectives = total + reward, objectives + info["objectives"]
        length, over = length + 1, terminated or truncated

    class Fixed(type(task)):  # type: ignore[misc]
        def starts(self, n: int, rng: np.random.Generator) -> Array:
            return start

    taken = iter(actions)
    fixed = Fixed(**{name: getattr(task, name) for name in (item.name for item in fields(task))})
    returns, sums, lengths = play(fixed, lambda _, states: next(taken), 1, np.random.default_rng(9))
    assert lengths[0] == length and returns[0] == pytest.approx(total)
    np.testing.assert_allclose(sums[0], objectives)


def test_pictures_are_not_blank_and_follow_the_state(task: Task) -> None:
    env = gymnasium.make(f"feedback_bench/{task.name}-v{task.version}", render_mode="rgb_array")
    env.reset(seed=0)
    first = env.render()
    assert first.dtype == np.uint8 and first.ndim == 3 and first.shape[2] == 3 and min(first.shape[:2]) >= 300
    assert len(np.unique(first.reshape(-1, 3), axis=0)) > 2
    for _ in range(10):
        env.step(env.action_space.sample())
    with pytest.raises(ValueError, match="render_mode"):
        type(env.unwrapped)("envs.maze:maze", render_mode="human")
    far = task.starts(1, np.random.default_rng(0))[0]
    far[0] = 1.0
    assert (task.render(far) != first).any()


def test_importing_the_tasks_is_light() -> None:
    """Beyond numpy and gymnasium, all tasks and their ids import in 0.2 s, and nothing heavy comes along."""
    code = """
import time, sys, numpy, gymnasium
begin = time.process_time()
import envs.gymnasium_ids
took = time.process_time() - begin
heavy = {"scipy", "torch", "stable_baselines3", "pygame", "mo_gymnasium", "matplotlib"} & set(sys.modules)
assert not heavy, heavy
assert took < 0.2, took
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
