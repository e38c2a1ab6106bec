"""Our GAIL against imitation's own on stable-baselines3's PPO: equal networks, batches and updates a round.

`make bench` measures, A B A B, one thread, CPU seconds; as an ordinary test this runs once, briefly. Nothing is
asserted about time.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch as th

from algorithms.demonstrations.gail import Gail
from benchmarks.api import Budget, Demonstrate, Segments, Spec
from benchmarks.registry import load
from benchmarks.twin import TwinEnv

ROUNDS, ENVS = 7, 16


class Stay:
    """A session on cartpole with a person who shows random states and actions: the work is the same."""

    def __init__(self, steps: int) -> None:
        task = load().task("cartpole")
        self.rng = np.random.default_rng(0)
        self.env = TwinEnv(task, ENVS, steps, self.rng)
        spaces, answers = (task.observation_space, task.action_space), frozenset({"demonstrate"})
        self.spec = Spec(*spaces, task.horizon, task.discount, 0.1, ENVS, answers)
        self.budget, self.seconds = Budget(steps, 1e3), 0.0

    @property
    def left(self) -> Budget:
        return Budget(self.budget.steps - self.env.taken, self.budget.seconds - self.seconds)

    def price(self, query: Demonstrate) -> float:
        return float(query.n)

    def ask(self, query: Demonstrate) -> Segments:
        self.seconds += self.price(query)
        seen = self.rng.normal(size=(query.n, query.length + 1, 4)).astype(np.float32)
        return Segments(seen, self.rng.integers(2, size=(query.n, query.length)), np.zeros((query.n, 2)), "played")

    def reveal(self, reward: Any) -> None: ...

    def log(self, **scalars: float) -> None: ...


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
def test_environment_steps_per_cpu_second(benchmark: Any) -> None:
    """Of a whole round: rollout, PPO's update, the discriminator's gradient steps, and the reward revealed."""
    rollout, rounds = (128, 2) if benchmark.enabled else (16, 1)
    stays: dict[str, Any] = {backend: Stay(10**6) for backend in ("reference", "fast")}
    learners = {
        backend: Gail(backend=backend, rollout=rollout, asking=1e-6, noise_correlation=0.0).learn(stay)
        for backend, stay in stays.items()
    }
    speeds: dict[str, list[float]] = {"reference": [], "fast": []}

    def play(backend: str) -> None:
        start, before = time.process_time(), stays[backend].env.taken
        for _ in range(rounds):
            next(learners[backend])
        speeds[backend].append((stays[backend].env.taken - before) / (time.process_time() - start))

    for learner in learners.values():  # the first rounds pay for imports and allocations
        next(learner)
        next(learner)
    benchmark.pedantic(play, args=("fast",), setup=lambda: play("reference"), rounds=ROUNDS if benchmark.enabled else 1)

    assert [stay.seconds for stay in stays.values()] == [1e3, 1e3]
    ratio, low, high = median_with_interval([ours / theirs for theirs, ours in zip(*speeds.values(), strict=True)])
    theirs, ours = (float(np.median(each)) for each in speeds.values())
    benchmark.extra_info |= {
        "what": f"GAIL, {ENVS} environments: steps a CPU second, beside imitation's",
        "ratio": ratio, "low": low, "high": high, "imitation_per_s": theirs, "fast_per_s": ours,
    }  # fmt: skip
    print(f"\nGAIL, {ENVS} envs: ratio {ratio:.1f} [{low:.1f}, {high:.1f}]")
    print(f"steps per CPU second: imitation {theirs:,.0f}, ours {ours:,.0f}")
