"""FastPPO against stable-baselines3's PPO: the same worlds, networks, rollouts, minibatches and epochs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

HERE = "tests.performance.test_ppo_speed"
ROLLOUT = 2048  # steps of all environments between two updates
CELLS = [(1, 64), (8, 64), (64, 64), (64, 256)]  # environments, minibatch
TASKS = ["cartpole", "pendulum", "mountain-car-continuous"]


def world(task: str, envs: int) -> Any:
    """The twin of a task with its true reward: the same fast dynamics for both sides."""
    from benchmarks.registry import load
    from benchmarks.twin import TwinEnv

    known = load().task(task)
    weights = np.asarray(known.weights)
    rng = np.random.default_rng(0)
    return TwinEnv(known, envs, 1_000_000, rng, reward=lambda states, actions, step: step.objectives @ weights)


def original(task: str, envs: int) -> Any:
    """gymnasium's own, as users of stable-baselines3 have it: one Python object an environment."""
    from stable_baselines3.common.env_util import make_vec_env

    return make_vec_env({"cartpole": "CartPole-v1", "pendulum": "Pendulum-v1"}[task], envs)


def learning(kind: type, env: Any, minibatch: int, steps: int, rollout: int) -> Callable[[], dict[str, int]]:
    model = kind(
        "MlpPolicy", env, n_steps=rollout // env.num_envs, batch_size=minibatch, n_epochs=10, seed=0, device="cpu"
    )
    model.learn(rollout)

    def work() -> dict[str, int]:
        before = model.num_timesteps
        model.learn(steps, reset_num_timesteps=False)
        return {"steps": model.num_timesteps - before}

    return work


def ours(task: str, envs: int, minibatch: int, steps: int, rollout: int = ROLLOUT) -> Callable[[], dict[str, int]]:
    from algorithms._blocks.fast_ppo import FastPPO

    return learning(FastPPO, world(task, envs), minibatch, steps, rollout)


def theirs(task: str, envs: int, minibatch: int, steps: int, rollout: int = ROLLOUT) -> Callable[[], dict[str, int]]:
    from stable_baselines3 import PPO

    return learning(PPO, world(task, envs), minibatch, steps, rollout)


def as_published(task: str, envs: int, minibatch: int, steps: int, rollout: int = ROLLOUT) -> Any:
    from stable_baselines3 import PPO

    return learning(PPO, original(task, envs), minibatch, steps, rollout)


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize(("envs", "minibatch"), CELLS)
def test_environment_steps(task: str, envs: int, minibatch: int, compare: Any) -> None:
    cell = {"task": task, "envs": envs, "minibatch": minibatch}
    compare(
        f"PPO, {task}, {envs} environments, minibatch {minibatch}",
        f"{HERE}:ours",
        f"{HERE}:theirs",
        {**cell, "steps": 4 * ROLLOUT},
        {**cell, "steps": 128, "rollout": 128},
        "stable-baselines3, same world",
    )


@pytest.mark.parametrize("task", ["cartpole", "pendulum"])
def test_environment_steps_with_the_worlds_of_gymnasium(task: str, compare: Any) -> None:
    cell = {"task": task, "envs": 8, "minibatch": 64}
    compare(
        f"PPO and world, {task}, 8 environments, minibatch 64",
        f"{HERE}:ours",
        f"{HERE}:as_published",
        {**cell, "steps": 4 * ROLLOUT},
        {**cell, "steps": 128, "rollout": 128},
        "stable-baselines3, gymnasium",
    )
