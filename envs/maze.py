"""A maze of 8 x 8 cells: short ways to the goal lead over hazards, the long way round is clean."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.task import Array, task
from envs.gridworld import GridWorld

if TYPE_CHECKING:
    from gymnasium.spaces import Box

MAP = (
    "S.#....G",
    "..#.##..",
    "S.~~.#..",
    "..####..",
    "S.~..#.#",
    "..#.....",
    "S...#.#.",
    "........",
)
COLOURS = {
    "#": (52, 58, 70),
    ".": (236, 232, 222),
    "S": (222, 230, 238),
    "~": (224, 122, 68),
    "G": (96, 166, 112),
}


@dataclass(frozen=True)
class Maze(GridWorld):
    """`#` is a wall, `~` a hazard, which costs but ends nothing, `S` a start, `G` the goal, which is the
    event.

    The observation is one-hot over all cells, row by row.
    """

    map: tuple[str, ...] = MAP

    @cached_property
    def cells(self) -> Array:
        return np.array([list(row) for row in self.map])

    @cached_property
    def free(self) -> Array:
        return self.cells != "#"

    @cached_property
    def first(self) -> Array:
        return np.argwhere(self.cells == "S")

    @property
    def observation_space(self) -> Box:
        from gymnasium.spaces import Box

        return Box(0.0, 1.0, (self.cells.size,), np.float32)

    def phi(self, states: Array, actions: Array, following: Array) -> Array:
        """(1 at the goal, -1 in a hazard, -1 for every step)."""
        hazard = -self.at(self.cells == "~", following).astype(float)
        return np.stack([self.event(following), hazard, np.full(len(states), -1.0)], axis=1)

    def event(self, states: Array) -> Array:
        return self.at(self.cells == "G", states)

    def observe(self, states: Array) -> Array:
        places = np.ravel_multi_index(tuple(states.astype(int).T), self.cells.shape)
        return np.eye(self.cells.size, dtype=np.float32)[places]

    def recover(self, observations: Array) -> Array:
        return np.stack(np.unravel_index(observations.argmax(axis=1), self.cells.shape), axis=1).astype(float)

    def render(self, state: Array) -> Array:
        from envs.pictures import tiles

        colours = np.array([[COLOURS[cell] for cell in row] for row in self.map], dtype=np.uint8)
        return tiles(colours, state)


@task("maze")
def maze() -> Maze:
    """Ours: the original's reward is the twin's. A goal is worth 1 / (1 - discount) steps, a hazard 0.3
    goals.

    From every start the clean way, 13 to 19 steps, is the best both ways: in one episode, where the two
    hazards of the short cut cost 30 steps and save 8, and in the twin, which earns goals per step and where a
    goal less two hazards in half the steps is still less than a whole one.
    """
    weights = (1.0, 0.3, 0.02)
    return Maze(
        name="maze",
        version=1,
        original_id=None,
        objectives=("goal", "hazard", "time"),
        weights=weights,
        original_weights=weights,
        horizon=100,
        time_limit=100,
        discount=0.98,
        step_seconds=1 / 4,  # as deep-sea-treasure's
        reference_point=(0.0, -7.0, -100.0),  # the random policy's hazards, and never there
        changed=("maze-blocked",),
    )


@task("maze-blocked")
def maze_blocked() -> Maze:
    """The same with one more wall, across the clean way: one has to go round it by the bottom row."""
    blocked = (*MAP[:5], "..#.#...", *MAP[6:])
    return replace(maze(), name="maze-blocked", map=blocked, changed=())
