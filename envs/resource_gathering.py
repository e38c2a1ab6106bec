"""Resource Gathering: fetch gold and a gem and come home; enemies stand on the short ways. mo-gymnasium's map.

Barrett & Narayanan (2008), ICML, "Learning all optimal policies with multiple criteria".
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.task import Array, Expert, task
from envs.experts import expert_of
from envs.grid import Axis, Grid
from envs.gridworld import GridWorld

if TYPE_CHECKING:
    from gymnasium.spaces import Box

MAP = (
    "..GE.",
    "..E.D",
    ".....",
    ".....",
    "..H..",
)
COLOURS = {".": (236, 232, 222), "G": (238, 190, 66), "D": (96, 176, 214), "E": (224, 122, 68), "H": (96, 166, 112)}
ALIVE, HOME, DEAD = range(3)


@dataclass(frozen=True)
class ResourceGathering(GridWorld):
    """State (row, column, has gold, has the gem, fate: 0 on the way, 1 home, 2 dead). Home and death are events.

    `G` is the gold, `D` the gem, `E` an enemy, who kills with a probability of `danger` whoever steps there, and `H`
    home, where one starts; a move into the edge leads nowhere, and at home that is coming home.
    """

    map: tuple[str, ...] = MAP
    danger: float = 0.1

    @cached_property
    def cells(self) -> Array:
        return np.array([list(row) for row in self.map])

    @cached_property
    def free(self) -> Array:
        return np.ones(self.cells.shape, dtype=bool)

    @cached_property
    def first(self) -> Array:
        return np.pad(np.argwhere(self.cells == "H"), ((0, 0), (0, 3)))

    @property
    def observation_space(self) -> Box:
        from gymnasium.spaces import Box

        return Box(0.0, 1.0, (5,), np.float32)

    def at(self, values: Array, states: Array) -> Array:
        return super().at(values, states[:, :2])

    def transition(self, states: Array, actions: Array) -> Array:
        place = super().transition(states[:, :2], actions)
        held = [np.maximum(states[:, i], self.at(self.cells == kind, place)) for i, kind in ((2, "G"), (3, "D"))]
        home = np.where(self.at(self.cells == "H", place), HOME, ALIVE)
        return np.where(self.event(states)[:, None], states, np.column_stack([place, *held, home]))

    def fates(self, following: Array) -> tuple[tuple[Array, Array], ...]:
        """To live or to be killed; the probability of the latter is `danger` on an enemy's cell."""
        met = self.at(self.cells == "E", following) & ~self.event(following)
        killed = np.where(met, self.danger, 0.0)
        dead = np.column_stack([following[:, :4], np.full(len(following), DEAD)])
        return (1.0 - killed, following), (killed, dead)

    def phi(self, states: Array, actions: Array, following: Array) -> Array:
        """(-1 if killed, 1 if home with the gold, 1 if home with the gem, -1 for every step)."""
        _, _, gold, gem, fate = following.T
        home, time = fate == HOME, np.full(len(states), -1.0)
        return np.stack([np.where(fate == DEAD, -1.0, 0.0), home * gold, home * gem, time], axis=1)

    def event(self, states: Array) -> Array:
        return states[:, 4] > ALIVE

    @property
    def _scale(self) -> Array:
        rows, columns = self.cells.shape
        return np.array([rows - 1, columns - 1, 1, 1, DEAD])

    def observe(self, states: Array) -> Array:
        """The original's four numbers, scaled, and the fate, which is 0 as long as one lives."""
        return (states / self._scale).astype(np.float32)

    def recover(self, observations: Array) -> Array:
        return np.rint(observations.astype(float) * self._scale)

    def expert(self) -> Expert:
        rows, columns = self.cells.shape
        grid = Grid(tuple(Axis(0, count - 1, count) for count in (rows, columns, 2, 2, 3)))
        return expert_of(self, grid, (0, 1, 2, 3), tuple(tuple(map(float, state)) for state in self.first))

    def render(self, state: Array) -> Array:
        from envs.pictures import tiles

        taken = {"G": state[2] > 0, "D": state[3] > 0}
        shown = [["." if taken.get(cell, False) else cell for cell in row] for row in self.map]
        picture = tiles(np.array([[COLOURS[cell] for cell in row] for row in shown], dtype=np.uint8), state[:2])
        return picture.repeat(2, axis=0).repeat(2, axis=1)


@task("resource-gathering")
def resource_gathering() -> ResourceGathering:
    """Time is ours: without it the long way round all enemies, with both things, is better than all else in everything.

    A thing is worth 50 steps, and a life five things, at which that way, of 18 steps, is the best in both worlds.
    """
    weights = (5.0, 1.0, 1.0, 0.02)
    return ResourceGathering(
        name="resource-gathering",
        version=1,
        original_id="resource-gathering-v0",
        objectives=("death", "gold", "gem", "time"),
        weights=weights,
        original_weights=weights,
        horizon=100,
        time_limit=100,  # of mo-gymnasium's registration
        discount=0.99,
        step_seconds=1 / 4,  # render_fps of mo-gymnasium's class
        reference_point=(-1.0, -1.0, -1.0, -100.0),
    )
