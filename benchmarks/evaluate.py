"""What a policy is worth: its true return on the original task, on a stream of chance of its own.

Never metered, never told to the learner, and without a trace in any global generator.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.api import Policy
from benchmarks.chance import aside, stream
from benchmarks.original import play
from benchmarks.task import Task
from benchmarks.twin import legal

Array = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True)
class Worth:
    """returns [episodes], objectives [episodes, k], lengths [episodes] of the original task.

    visited: the observations and actions of all steps until the episodes' ends, [sum of lengths, ...] each.
    """

    returns: Array
    objectives: Array
    lengths: Array
    visited: tuple[Array, Array] | None = None


def evaluate(policy: Policy, task: Task, seed: int, episodes: int) -> Worth:
    """Play `episodes` of the original at once, actions deterministic; every policy meets the same starts."""
    state: Any = None
    seen, done = [], []
    first = np.ones(episodes, dtype=bool)

    def act(observations: Array, states: Array) -> Array:
        nonlocal state, first
        actions, state = policy.predict(observations, state=state, episode_start=first, deterministic=True)
        first = np.zeros(episodes, dtype=bool)
        seen.append(observations)
        done.append(legal(actions, task.action_space, episodes))
        return done[-1]

    coordinates = ("evaluation", task.name, task.version, seed)
    with aside(*coordinates):
        returns, objectives, lengths = play(task, act, episodes, stream(*coordinates))
    alive = np.arange(len(done))[:, None] < lengths
    return Worth(returns, objectives, lengths, (np.stack(seen)[alive], np.stack(done)[alive]))
