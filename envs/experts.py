"""The expert of a task: V*, Q* and the greedy policy of its twin, from a grid that is solved once and kept.

`python -m envs.experts TASK [--write]` makes one anew; see `envs/anchors.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol

import numpy as np

from benchmarks.task import Array, Task
from envs.cache import kept, path

VERSION = 1  # of the solver: raise it when it would solve the same task differently
START_SAMPLES = 4096  # states that stand for the start distribution in v0


class Solvable(Protocol):
    """What V* is solved and kept on: an `envs.grid.Grid`, or nodes of a task's own."""

    def solve(self, task: Any, actions: Array, starts: Array) -> tuple[Array, float]:
        """V* of the task's twin at the nodes, and v0, its mean over the start states."""

    def interpolate(self, values: Array, states: Array) -> Array:
        """V* at states [n, d], out of its values at the nodes: [n]."""


@dataclass(frozen=True, eq=False)
class GridExpert:
    """V* interpolated on a grid, Q* by one step of the true dynamics, and actions by `depth` steps of them.

    Q*(s, a) = r + gamma * V*(s'), V*(s) = max_a Q*(s, a); after an event, v0 stands for V*(s') if the twin
    respawns, and 0 if it terminates or absorbs.
    """

    task: Task
    grid: Solvable
    actions: Array  # [m] integers or [m, ...] floats
    values: Array  # [N] at the grid's nodes
    v0: float
    depth: int = 1  # steps that `act` looks ahead; the more, the less the grid's coarseness shows

    def value(self, states: Array) -> Array:
        return self.q(states).max(axis=1)

    def q(self, states: Array) -> Array:
        return self._look_ahead(states, 1)

    def q_of(self, states: Array, actions: Array) -> Array:
        return self._q_of(states, actions, 1)

    def act(self, states: Array) -> Array:
        return self.actions[self._look_ahead(states, self.depth).argmax(axis=1)]

    def _look_ahead(self, states: Array, depth: int) -> Array:
        """The value [n, m] of each first action, the best being done in the `depth` - 1 steps after it."""
        count = len(self.actions)
        each = np.repeat(states, count, axis=0)
        actions = np.tile(self.actions, (len(states),) + (1,) * (self.actions.ndim - 1))
        return self._q_of(each, actions, depth).reshape(-1, count)

    def _q_of(self, states: Array, actions: Array, depth: int) -> Array:
        cases = self.task.fates(self.task.transition(states, actions))
        q = sum(share * self._worth(states, actions, following, depth) for share, following in cases)
        return np.where(self._stuck(states), 0.0, q)

    def _worth(self, states: Array, actions: Array, following: Array, depth: int) -> Array:
        """r + gamma V of these transitions, [n]."""
        rewards = self.task.reward(states, actions, following)
        if depth == 1:
            after = self.grid.interpolate(self.values, following)
        else:
            after = self._look_ahead(following, depth - 1).max(axis=1)
        ended = self.v0 if self.task.after_event == "respawn" else 0.0
        return rewards + self.task.discount * np.where(self.task.event(following), ended, after)

    def _stuck(self, states: Array) -> Array:
        """[n] bool: an absorbing state, in which nothing is to be had any more."""
        if self.task.after_event != "absorb":
            return np.zeros(len(states), dtype=bool)
        return self.task.event(states)


@cache
def expert_of(
    task: Task,
    grid: Solvable,
    actions: tuple[Any, ...],
    starts: tuple[tuple[float, ...], ...] | None = None,
    depth: int = 1,
) -> GridExpert:
    """The expert on this grid: this process's own, the one in the cache, or one that is solved now.

    `starts` are the start states, equally likely, where they are few; else they are sampled.
    """
    choices = np.asarray(actions)

    def solved() -> dict[str, Array]:
        begin = task.starts(START_SAMPLES, np.random.default_rng(0)) if starts is None else np.asarray(starts)
        values, v0 = grid.solve(task, choices, begin)
        return {"values": values.astype(np.float32), "v0": np.array(v0)}

    file = path(f"{task.name}-v{task.version}", repr((VERSION, task, grid, actions, starts)))
    arrays = kept(file, ("values", "v0"), solved)
    return GridExpert(task, grid, choices, arrays["values"], float(arrays["v0"]), depth)


if __name__ == "__main__":
    from envs.anchors import main

    raise SystemExit(main())
