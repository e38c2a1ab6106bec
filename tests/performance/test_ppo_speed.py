"""FastPPO against stable-baselines3's PPO, side by side: equal settings, one thread, CPU seconds, A B A B.

`make bench` measures; as an ordinary test this runs once, briefly. Nothing is asserted about time.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch as th
from gymnasium import spaces
from stable_baselines3 import PPO
from stable_baselines3.common.vec_env import VecEnv

from algorithms._blocks.fast_ppo import FastPPO

ROUNDS = 7


class CartPole(VecEnv):
    """gymnasium's CartPole-v1 for n systems at once: the same fast world for both sides."""

    def __init__(self, n_envs: int):
        super().__init__(n_envs, spaces.Box(-np.inf, np.inf, (4,), np.float32), spaces.Discrete(2))
        self._no_infos: list[dict[str, Any]] = [{} for _ in range(n_envs)]
        self.seed(0)

    def reset(self) -> np.ndarray:
        self._state = self._rng.uniform(-0.05, 0.05, (4, self.num_envs))
        self._age = np.zeros(self.num_envs, int)
        return self._state.T.astype(np.float32)

    def step_async(self, actions: np.ndarray) -> None:
        self._actions = actions

    def step_wait(self) -> Any:
        _, speed, angle, spin = self._state
        sine, cosine = np.sin(angle), np.cos(angle)
        push = (20.0 * self._actions - 10.0 + 0.05 * spin**2 * sine) / 1.1
        turn = (9.8 * sine - cosine * push) / (0.5 * (4 / 3 - 0.1 * cosine**2 / 1.1))
        self._state += 0.02 * np.stack([speed, push - 0.05 * turn * cosine / 1.1, spin, turn])
        self._age += 1
        fallen = (np.abs(self._state[0]) > 2.4) | (np.abs(self._state[2]) > 0.20943951)
        ends, infos = fallen | (self._age == 500), self._no_infos
        if ends.any():
            infos = [{} for _ in ends]
            for i in np.flatnonzero(ends):
                last = self._state[:, i].astype(np.float32)
                infos[i] = {"terminal_observation": last, "TimeLimit.truncated": not fallen[i]}
            self._state[:, ends] = self._rng.uniform(-0.05, 0.05, (4, ends.sum()))
            self._age[ends] = 0
        return self._state.T.astype(np.float32), np.ones(self.num_envs, np.float32), ends, infos

    def seed(self, seed: int | None = None) -> list[None]:
        self._rng = np.random.default_rng(seed)
        return [None] * self.num_envs

    def close(self) -> None: ...

    def get_attr(self, attr_name: str, indices: Any = None) -> list[Any]:
        return [None] * self.num_envs

    def set_attr(self, attr_name: str, value: Any, indices: Any = None) -> None: ...

    def env_method(self, method_name: str, *args: Any, indices: Any = None, **kwargs: Any) -> list[Any]:
        return []

    def env_is_wrapped(self, wrapper_class: Any, indices: Any = None) -> list[bool]:
        return [False] * self.num_envs


def median_with_interval(ratios: list[float]) -> tuple[float, float, float]:
    """The median and its 95 % bootstrap interval."""
    draws = np.random.default_rng(0).choice(ratios, (2000, len(ratios)))
    return (float(np.median(ratios)), *map(float, np.quantile(np.median(draws, axis=1), (0.025, 0.975))))


@pytest.fixture
def one_thread() -> Iterator[None]:
    threads = th.get_num_threads()
    th.set_num_threads(1)
    yield
    th.set_num_threads(threads)


@pytest.mark.usefixtures("one_thread")
@pytest.mark.parametrize("n_envs, batch_size", [(1, 64), (8, 64), (64, 256)])
def test_environment_steps_per_cpu_second(n_envs: int, batch_size: int, benchmark: Any) -> None:
    rollout, steps = (2048, 8192) if benchmark.enabled else (256, 256)
    settings = {
        "n_steps": rollout // n_envs,
        "batch_size": batch_size,
        "n_epochs": 10,
        "seed": 0,
        "device": "cpu",
    }
    models = {kind: kind("MlpPolicy", CartPole(n_envs), **settings) for kind in (PPO, FastPPO)}
    speeds: dict[type[PPO], list[float]] = {PPO: [], FastPPO: []}

    def play(kind: type[PPO]) -> None:
        start = time.process_time()
        models[kind].learn(steps, reset_num_timesteps=False)
        speeds[kind].append(steps / (time.process_time() - start))

    for model in models.values():  # the first rollout pays for imports and allocations
        model.learn(rollout)
    benchmark.pedantic(play, args=(FastPPO,), setup=lambda: play(PPO), rounds=ROUNDS)

    ratio, low, high = median_with_interval([ours / theirs for theirs, ours in zip(*speeds.values())])
    theirs, ours = (float(np.median(each)) for each in speeds.values())
    benchmark.extra_info |= {
        "ratio": ratio,
        "low": low,
        "high": high,
        "sb3_per_s": theirs,
        "fast_per_s": ours,
    }
    print(f"\n{n_envs} envs, minibatch {batch_size}: ratio {ratio:.1f} [{low:.1f}, {high:.1f}]")
    print(f"steps per CPU second: SB3 {theirs:,.0f}, FastPPO {ours:,.0f}")
