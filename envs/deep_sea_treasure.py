"""Deep Sea Treasure: the deeper the treasure, the longer the way. mo-gymnasium's convex and concave maps.

Vamplew et al. (2011), Machine Learning 84; the convex map is that of Yang, Sun & Narasimhan (2019), NeurIPS.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.task import Array, task
from envs.gridworld import GridWorld

if TYPE_CHECKING:
    from gymnasium.spaces import Box

CONVEX = (0.7, 8.2, 11.5, 14.0, 15.1, 16.1, 19.6, 20.3, 22.4, 23.7)
CONCAVE = (1.0, 2.0, 3.0, 5.0, 8.0, 16.0, 24.0, 50.0, 74.0, 124.0)
STEPS = (1, 3, 5, 7, 8, 9, 13, 14, 17, 19)  # to each treasure, on both maps; tests/envs searches them exhaustively
WATER, DEEP, ROCK, GOLD = (120, 190, 214), (22, 66, 112), (74, 62, 56), (238, 190, 66)


@dataclass(frozen=True)
class DeepSeaTreasure(GridWorld):
    """On the floor of every column but the last lies a treasure, and finding it is the event.

    The start is the cell at the top left.
    """

    treasures: tuple[float, ...] = CONVEX  # of the columns from the left
    floor: tuple[int, ...] = (1, 2, 3, 4, 4, 4, 7, 7, 9, 10)  # rows of the treasures
    size: int = 11  # rows and columns
    rocks: tuple[tuple[int, int], ...] = ()  # cells in open water that one cannot be in

    @cached_property
    def treasure(self) -> Array:
        """[rows, columns]: what lies in each cell, 0 for nothing."""
        values = np.zeros((self.size, self.size))
        values[self.floor, np.arange(len(self.floor))] = self.treasures
        return values

    @cached_property
    def free(self) -> Array:
        lowest = np.array([*self.floor, self.size - 1])
        free = np.arange(self.size)[:, None] <= lowest[None, :]
        for cell in self.rocks:
            free[cell] = False
        return free

    @cached_property
    def first(self) -> Array:
        return np.array([[0, 0]])

    @property
    def observation_space(self) -> Box:
        from gymnasium.spaces import Box

        return Box(0.0, 1.0, (2,), np.float32)

    def phi(self, states: Array, actions: Array, following: Array) -> Array:
        """(the treasure found, -1 for every step)."""
        return np.stack([self.at(self.treasure, following), np.full(len(states), -1.0)], axis=1)

    def event(self, states: Array) -> Array:
        return self.at(self.treasure, states) > 0

    def observe(self, states: Array) -> Array:
        return (states / (self.size - 1)).astype(np.float32)

    def recover(self, observations: Array) -> Array:
        return np.rint(observations.astype(float) * (self.size - 1))

    def render(self, state: Array) -> Array:
        from envs.pictures import tiles

        depth = np.linspace(0.0, 1.0, self.size)[:, None, None]
        colours = np.broadcast_to((1 - depth) * WATER + depth * DEEP, (self.size, self.size, 3)).astype(np.uint8)
        colours[~self.free] = ROCK
        worth = np.sqrt(np.divide(self.treasures, max(self.treasures)))[:, None]
        colours[self.floor, np.arange(len(self.floor))] = worth * GOLD + (1 - worth) * ROCK
        return tiles(colours, state)


@task("deep-sea-treasure")
def deep_sea_treasure() -> DeepSeaTreasure:
    """Nobody published a price of time; here it is 2.5 units of treasure a step.

    At that, (8.2, -3) is the best of the front, 8.2 - 3 * 2.5, and in the respawning twin too, where time is
    the same for all and 8.2 / 3 is the most treasure per step.
    """
    weights = (1 / 3.5, 2.5 / 3.5)
    return DeepSeaTreasure(
        name="deep-sea-treasure",
        version=1,
        original_id="deep-sea-treasure-v0",
        objectives=("treasure", "time"),
        weights=weights,
        original_weights=weights,
        horizon=100,
        time_limit=100,  # of mo-gymnasium's registration
        discount=0.99,
        step_seconds=1 / 4,  # render_fps of mo-gymnasium's class
        reference_point=(0.0, -25.0),  # morl-baselines' examples and tests
        front=tuple((value, -float(steps)) for value, steps in zip(CONVEX, STEPS, strict=True)),
        changed=("deep-sea-treasure-rock",),
    )


@task("deep-sea-treasure-rock")
def deep_sea_treasure_rock() -> DeepSeaTreasure:
    """The same with a rock on the way to the best treasure: (11.5, -5) is the best now, in one episode and per step."""
    name = "deep-sea-treasure-rock"
    return replace(deep_sea_treasure(), name=name, original_id=None, rocks=((1, 1),), front=(), changed=())


@task("deep-sea-treasure-concave")
def deep_sea_treasure_concave() -> DeepSeaTreasure:
    """Equal weights: (124, -19) is the best of the front in one episode, and 124 / 19 the most per step."""
    weights = (0.5, 0.5)
    return DeepSeaTreasure(
        name="deep-sea-treasure-concave",
        version=1,
        original_id="deep-sea-treasure-concave-v0",
        objectives=("treasure", "time"),
        weights=weights,
        original_weights=weights,
        horizon=100,
        time_limit=100,  # of mo-gymnasium's registration
        discount=0.99,
        step_seconds=1 / 4,  # render_fps of mo-gymnasium's class
        reference_point=(0.0, -25.0),  # morl-baselines' examples and tests
        front=tuple((value, -float(steps)) for value, steps in zip(CONCAVE, STEPS, strict=True)),
        treasures=CONCAVE,
    )
