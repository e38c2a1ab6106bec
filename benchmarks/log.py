"""The fixed log of a task: whole episodes of mixed quality, which offline learners and oracles refer to."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from benchmarks.chance import stream
from benchmarks.task import Expert, Step, Task, Trajectories

Array = np.ndarray[Any, np.dtype[Any]]

STICK = 4  # steps that a decision lasts, on the average


@lru_cache(maxsize=32)
def mixed_log(task: Task, expert: Expert, episodes: int = 100, seed: int = 0) -> Trajectories:
    """Episodes [episodes, horizon] of the twin, played by experts who act at random with probability eps.

    eps runs through `Task.log_epsilons`, one an episode. A decision, to act as the expert or at random, and
    the random action with it, holds for `STICK` steps on the average. Independent whims would cancel out:
    cloning their average gives the expert back, however large eps is. The log depends on the task's name and
    version and on `seed`, on nothing else.
    """
    rng = stream("log", task.name, task.version, seed)
    eps = np.resize(task.log_epsilons, episodes)
    states = [task.starts(episodes, rng)]
    steps, actions = [], []
    whim, lost = random_actions(task, episodes, rng), rng.random(episodes) < eps
    for _ in range(task.horizon):
        anew = rng.random(episodes) < 1 / STICK
        lost = np.where(anew, rng.random(episodes) < eps, lost)
        whim = np.where(rows(anew, whim), random_actions(task, episodes, rng), whim)
        actions.append(np.where(rows(lost, whim), whim, expert.act(states[-1])))
        steps.append(task.step(states[-1], actions[-1], rng))
        states.append(steps[-1].arrived)
    return assembled(task, states, actions, steps)


def assembled(task: Task, states: Sequence[Array], actions: Sequence[Array], steps: Sequence[Step]) -> Trajectories:
    """The trajectories of n systems, from L + 1 states, L actions and L steps."""
    return Trajectories(
        states=np.stack(states, axis=1),
        actions=np.stack(actions, axis=1),
        following=np.stack([step.following for step in steps], axis=1),
        rewards=np.stack([step.objectives for step in steps], axis=1) @ np.asarray(task.weights),
        event=np.stack([step.event for step in steps], axis=1),
    )


def random_actions(task: Task, n: int, rng: np.random.Generator) -> Array:
    """Uniformly random actions, [n] integers or [n, m] floats."""
    space: Any = task.action_space
    if hasattr(space, "n"):
        return rng.integers(int(space.n), size=n)
    return rng.uniform(space.low, space.high, size=(n, *space.shape)).astype(space.dtype)


def rows(mask: Array, like: Array) -> Array:
    """The mask [n], shaped so that it broadcasts over `like` [n, ...]."""
    return mask.reshape(-1, *[1] * (like.ndim - 1))
