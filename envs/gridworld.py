"""What `maze` and `deep-sea-treasure` have in common: cells, four moves, and an expert that is exact."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from benchmarks.task import Array, Expert, Task
from envs.experts import expert_of
from envs.grid import Axis, Grid

if TYPE_CHECKING:
    from gymnasium.spaces import Discrete

MOVES = np.array([(-1.0, 0.0), (1.0, 0.0), (0.0, -1.0), (0.0, 1.0)])  # up, down, left, right


@dataclass(frozen=True)
class GridWorld(Task):
    """State (row, column), counted from the top left. A move into a wall or over the edge leads nowhere."""

    tabular: ClassVar[bool] = True

    @cached_property
    @abstractmethod
    def free(self) -> Array:
        """[rows, columns] bool: cells that one can be in."""

    @cached_property
    @abstractmethod
    def first(self) -> Array:
        """Start cells [n, 2], each as likely as the others."""

    @property
    def action_space(self) -> Discrete:
        from gymnasium.spaces import Discrete

        return Discrete(len(MOVES))

    def starts(self, n: int, rng: np.random.Generator) -> Array:
        return self.first[rng.integers(len(self.first), size=n)].astype(float)

    def transition(self, states: Array, actions: Array) -> Array:
        aim = states + MOVES[np.asarray(actions)]
        inside = np.clip(aim, 0, np.array(self.free.shape) - 1)
        possible = (inside == aim).all(axis=1) & self.at(self.free, inside)
        return np.where(possible[:, None], aim, states)

    def at(self, values: Array, states: Array) -> Array:
        """What an array of the map's shape holds at the states' cells: [n]."""
        rows, columns = states.astype(int).T
        return values[rows, columns]

    def expert(self) -> Expert:
        rows, columns = self.free.shape
        grid = Grid((Axis(0, rows - 1, rows), Axis(0, columns - 1, columns)))
        starts = tuple((float(row), float(column)) for row, column in self.first)
        return expert_of(self, grid, tuple(range(len(MOVES))), starts)
