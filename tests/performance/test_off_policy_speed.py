"""FastDQN, FastSAC and FastTD3 against stable-baselines3's, side by side: equal batches and settings, CPU seconds.

`make bench` measures, A B A B, every turn in a fresh process of one thread; as an ordinary test this runs once,
briefly, in this one. Nothing is asserted about time. A turn is sampling and updating: one update each time, as a
learner does it. Copying parameters between torch and numpy is left out.

Where the time goes with 64 x 64 units: half or more of the numpy side's is in the matrix products (0.5 of SAC's at
minibatches of 64 to 256, 0.6 of DQN's at 128 and 256), which both sides have to do. What is saved is torch's
dispatch, its graph and its optimisers' loops over parameters; so the ratio falls as the minibatch grows.
"""

from __future__ import annotations

import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from types import SimpleNamespace
from typing import Any

import gymnasium
import numpy as np
import pytest
import torch as th
from gymnasium import spaces
from side_by_side import median_with_interval
from stable_baselines3.common.vec_env import DummyVecEnv

from algorithms._blocks.off_policy import OffPolicy
from algorithms._blocks.replay import Replay

ROUNDS = 7
KINDS = {"dqn": spaces.Discrete(3), "sac": spaces.Box(-1, 1, (1,)), "td3": spaces.Box(-1, 1, (1,))}


class Still(gymnasium.Env[Any, Any]):
    """Only its spaces are looked at."""

    observation_space = spaces.Box(-np.inf, np.inf, (4,), np.float32)

    def __init__(self, actions: spaces.Space[Any]):
        self.action_space = actions


def cpu_seconds(kind: str, backend: str, minibatch: int, updates: int) -> float:
    """CPU time of so many updates on a replay of random transitions."""
    th.set_num_threads(1)
    env = DummyVecEnv([lambda: Still(KINDS[kind])])
    spec = SimpleNamespace(
        observation_space=env.observation_space, action_space=env.action_space, discrete=kind == "dqn", discount=0.99
    )
    session: Any = SimpleNamespace(spec=spec, env=env, rng=np.random.default_rng(0))
    rng, rows = np.random.default_rng(1), 5000
    replay = Replay(session.spec, rows)
    taken = rng.integers(3, size=rows) if kind == "dqn" else rng.uniform(-1, 1, (rows, 1))
    replay.add(rng.normal(size=(rows, 4)), taken, rng.normal(size=(rows, 4)), rng.normal(size=rows))
    learner = OffPolicy(policy="td3" if kind == "td3" else "sac", backend=backend).learner(session, replay)
    if backend == "reference":
        learner._exchange = lambda push=False: None
    batch = replay.batch(minibatch)
    for _ in range(updates // 10 + 1):  # the first pay for allocations
        learner.update(replay.sample(batch, rng))
    start = time.process_time()
    for _ in range(updates):
        learner.update(replay.sample(batch, rng))
    return time.process_time() - start


@pytest.mark.parametrize("minibatch", [64, 128, 256])
@pytest.mark.parametrize("kind", list(KINDS))
def test_updates_per_cpu_second(kind: str, minibatch: int, benchmark: Any) -> None:
    updates = 500 if benchmark.enabled else 5
    spent: dict[str, list[float]] = {"reference": [], "fast": []}

    def play(backend: str) -> None:
        if not benchmark.enabled:
            spent[backend].append(cpu_seconds(kind, backend, minibatch, updates))
            return
        with ProcessPoolExecutor(1, get_context("spawn")) as fresh:
            spent[backend].append(fresh.submit(cpu_seconds, kind, backend, minibatch, updates).result())

    benchmark.pedantic(play, args=("fast",), setup=lambda: play("reference"), rounds=ROUNDS)
    ratio, low, high = median_with_interval([theirs / ours for theirs, ours in zip(*spent.values())])
    theirs, ours = (updates / float(np.median(each)) for each in spent.values())
    benchmark.extra_info |= {
        "what": f"{kind.upper()}, minibatch {minibatch}: updates a CPU second, beside stable-baselines3's",
        "ratio": ratio, "low": low, "high": high, "sb3_per_s": theirs, "fast_per_s": ours,
    }  # fmt: skip
    print(f"\n{kind}, minibatch {minibatch}: ratio {ratio:.1f} [{low:.1f}, {high:.1f}]")
    print(f"updates per CPU second: SB3 {theirs:,.0f}, fast {ours:,.0f}")
