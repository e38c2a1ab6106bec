"""Fruit Tree Navigation: six turns down a binary tree, and at its end one of 64 fruits, none better than another.

Yang, Sun & Narasimhan (2019), NeurIPS, whose table of fruits `fruits.json` is; as mo-gymnasium has it, at depth 6.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from benchmarks.task import Array, Expert, Task, task
from envs.experts import expert_of
from envs.grid import Axis, Grid

if TYPE_CHECKING:
    from gymnasium.spaces import Box, Discrete

DEPTH = 6  # turns
NUTRIENTS = ("protein", "carbohydrates", "fats", "vitamins", "minerals", "water")


@cache
def fruits() -> tuple[tuple[float, ...], ...]:
    """[64, 6]: the nutrients of each fruit, from the left. All are vectors of length 10: none dominates another."""
    table = json.loads(Path(__file__).with_name("fruits.json").read_text())
    return tuple(tuple(row) for row in table)


@dataclass(frozen=True)
class FruitTree(Task):
    """State (turns taken, place in this row of the tree, from the left). To reach a fruit is the event.

    The observation is the turns, first to last: -1 to the left, 1 to the right, 0 if not yet taken. The original's is
    the state, where neighbours in a row may have nothing in common.
    """

    tabular: ClassVar[bool] = True

    @property
    def observation_space(self) -> Box:
        from gymnasium.spaces import Box

        return Box(-1.0, 1.0, (DEPTH,), np.float32)

    @property
    def action_space(self) -> Discrete:
        """0 to the left, 1 to the right."""
        from gymnasium.spaces import Discrete

        return Discrete(2)

    def starts(self, n: int, rng: np.random.Generator) -> Array:
        return np.zeros((n, 2))

    def transition(self, states: Array, actions: Array) -> Array:
        row, place = states.T
        below = np.stack([row + 1, np.minimum(2 * place + np.asarray(actions), 2**DEPTH - 1)], axis=1)
        return np.where(self.event(states)[:, None], states, below)

    def phi(self, states: Array, actions: Array, following: Array) -> Array:
        """The nutrients of the fruit that was reached, 0 on the way."""
        return np.where(self.event(following)[:, None], np.array(fruits())[following[:, 1].astype(int)], 0.0)

    def event(self, states: Array) -> Array:
        return states[:, 0] >= DEPTH

    def observe(self, states: Array) -> Array:
        row, place = states.astype(int).T[:, :, None]
        ago = row - 1 - np.arange(DEPTH)  # how many turns were taken since: [n, DEPTH]
        turns = 2 * ((place >> np.maximum(ago, 0)) & 1) - 1
        return np.where(ago >= 0, turns, 0).astype(np.float32)

    def recover(self, observations: Array) -> Array:
        turns = np.rint(observations)
        row = np.abs(turns).sum(axis=1)
        place = ((turns > 0) * 2.0 ** (row[:, None] - 1 - np.arange(DEPTH))).sum(axis=1)
        return np.stack([row, place], axis=1)

    def expert(self) -> Expert:
        """Exact: every step leads from node to node. Rows have nodes beyond their last place, which nothing reaches."""
        grid = Grid((Axis(0, DEPTH, DEPTH + 1), Axis(0, 2**DEPTH - 1, 2**DEPTH)))
        return expert_of(self, grid, (0, 1), ((0.0, 0.0),))

    def render(self, state: Array) -> Array:
        """A row of tiles for each row of the tree; the fruits' colours are their first, third and fifth nutrient."""
        from envs.pictures import tiles

        width = 2**DEPTH
        rows = np.arange(DEPTH)[:, None]
        shades = 210 + 30 * ((np.arange(width) >> (DEPTH - rows)) & 1)  # neighbours in turn
        colours = np.repeat(shades[:, :, None], 3, axis=2)
        ripe = 80 + 17 * np.array(fruits())[None, :, ::2]
        row, place = state.astype(int)
        middle = int((place + 0.5) * 2 ** (DEPTH - row))
        return tiles(np.concatenate([colours, ripe]).astype(np.uint8), np.array([row, middle]))


@task("fruit-tree")
def fruit_tree() -> FruitTree:
    """Nobody published a person's taste; here a nutrient counts the less the later it is named, 6 to 1.

    At that, the 28th fruit from the left is the best, 4.356, and 3.384 is what chance gathers. All ways are equally
    long, so that the twin wants the same.
    """
    weights = tuple(share / 21 for share in (6, 5, 4, 3, 2, 1))
    return FruitTree(
        name="fruit-tree",
        version=1,
        original_id="fruit-tree-v0",
        objectives=NUTRIENTS,
        weights=weights,
        original_weights=weights,
        horizon=10 * DEPTH,
        time_limit=DEPTH,  # mo-gymnasium's has none: all episodes are of six steps
        discount=0.99,
        step_seconds=1 / 4,  # render_fps of mo-gymnasium's class
        reference_point=(-1.0,) * len(NUTRIENTS),
        front=fruits(),
    )
