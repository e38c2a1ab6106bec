"""Every task, and states and actions to try it with."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from benchmarks.task import Array, Task
from envs.catalogue import catalogue


@pytest.fixture(params=list(catalogue()))
def task(request: pytest.FixtureRequest) -> Task:
    return catalogue()[request.param]()


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(20240229)


@pytest.fixture(scope="session")
def draw() -> Callable[..., Array]:
    """Uniform actions of a task; continuous ones out of range too, by `beyond` times the bounds."""

    def actions(task: Task, n: int, rng: np.random.Generator, beyond: float = 1.0) -> Array:
        space = task.action_space
        if hasattr(space, "n"):
            return rng.integers(space.n, size=n)
        return rng.uniform(beyond * space.low, beyond * space.high, (n, *space.shape))

    return actions


@pytest.fixture(scope="session")
def visited(draw: Callable[..., Array]) -> Callable[..., Array]:
    """States [n, d] on the ways of an expert that does every other step something at random, in the twin."""

    def states(task: Task, n: int, rng: np.random.Generator) -> Array:
        expert, now, seen = task.expert(), task.starts(100, rng), []
        for _ in range(task.horizon):
            seen.append(now)
            actions, mistakes = expert.act(now), draw(task, len(now), rng)
            chance = (rng.random(len(now)) < 0.5).reshape(-1, *(1,) * (actions.ndim - 1))
            now = task.step(now, np.where(chance, mistakes, actions), rng).arrived
        return rng.permutation(np.concatenate(seen))[:n]

    return states
