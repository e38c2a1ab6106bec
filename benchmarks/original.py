"""Episodes of the original of a task: what scores are taken on, and what no learner is told."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from benchmarks.task import Array, Task


def play(
    task: Task, act: Callable[[Array, Array], Array], episodes: int, rng: np.random.Generator
) -> tuple[Array, Array, Array]:
    """Play so many episodes side by side, each until its event or the time limit.

    `act(observations [n, ...], states [n, d])` gives the actions [n, ...] of all n = `episodes`, finished
    ones included: those stay where they ended and what is done there counts for nothing. So a policy with a
    memory keeps its rows. All start states are drawn first, in one call, so that every policy meets the
    same ones.

    Returns the published returns [n], the sums of each objective [n, k], and the lengths [n].
    """
    states = task.starts(episodes, rng)
    objectives = np.zeros((episodes, len(task.objectives)))
    lengths = np.zeros(episodes, dtype=np.int64)
    alive = np.ones(episodes, dtype=bool)
    for _ in range(task.time_limit):
        if not alive.any():
            break
        actions = np.asarray(act(task.observe(states), states))
        following = task.fated(task.transition(states, actions), rng)
        objectives[alive] += task.phi(states, actions, following)[alive]
        lengths += alive
        states = np.where(alive[:, None], following, states)
        alive &= ~task.event(states)
    return objectives @ np.asarray(task.original_weights), objectives, lengths
