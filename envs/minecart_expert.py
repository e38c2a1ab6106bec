"""V* of Minecart: a grid of motions, for each load that a cart can have apart.

What moves is the same whatever it carries, so that one sparse matrix an action serves all loads,

    V(m, l) = max_a [ r_a(m) + gamma * sum_j P_a(m, j) V(j, l') ],       l' = l, but where a digs,

and a sweep costs its product with the table of V. To come home with load l pays w . l + gamma * v0.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.task import Array
from envs.grid import Axis, Grid
from envs.minecart import AT_HOME, AWAY, DIG, FATE, FIRST, MINES, Minecart

if TYPE_CHECKING:
    from scipy.sparse import csr_array

TOLERANCE = 1e-5  # the residual at which to stop, as a share of the fullest cart's worth; float32 tells a tenth of it


@dataclass(frozen=True)
class Haulage:
    """Nodes of motion (x, y, speed, heading), by the loads that digging can lead to; the last column is for who is
    at home yet. No heading is between nodes; higher speeds than `top` count as that, which crosses it in two actions.
    """

    task: Minecart = field(repr=False)
    sides: int = 17
    speeds: int = 6
    top: float = 0.15

    @cached_property
    def motion(self) -> Grid:
        side = Axis(0.0, 1.0, self.sides)
        return Grid((side, side, Axis(0.0, self.top, self.speeds), Axis(5.0, 365.0, 36, periodic=True)))

    @cached_property
    def loads(self) -> Array:
        """[L, 2]: the empty cart, and whatever digging at any mines makes of it."""
        found = np.zeros((1, 2))
        while True:
            more = np.unique(np.round(np.concatenate([found, self._dug(found).reshape(-1, 2)]), 9), axis=0)
            if len(more) == len(found):
                return found
            found = more

    def interpolate(self, values: Array, states: Array) -> Array:
        """`values` [nodes, L + 1] at `states` [n, 7]: [n]."""
        index, weight = self.motion.corners(states[:, :FIRST])
        column = np.where(states[:, FATE] == AT_HOME, len(self.loads), self._column(states[:, FIRST:FATE]))
        return np.einsum("cn,cn->n", values[index, column], weight)

    def solve(self, task: Minecart, actions: Array, starts: Array) -> tuple[Array, float]:
        """V* at the nodes [nodes, L + 1], float32, and v0: by value iteration for a supposed v0, until that is what
        comes out.
        """
        discount = task.discount
        motions = self.motion.nodes()
        away = self._states(motions, AWAY)
        moves = [self._moves(away, action) for action in actions]
        leaving = [self._moves(self._states(motions, AT_HOME), action) for action in actions]
        mine, after = task.mine(away), self._column(self._dug(self.loads).reshape(-1, 2)).reshape(len(MINES), -1)
        worth = self.loads @ np.asarray(task.weights[:2])
        begin, share = self.motion.corners(starts[:, :FIRST])
        values = np.zeros((len(motions), len(self.loads) + 1), dtype=np.float32)
        v0, largest = 0.0, max(np.abs(worth).max(), *(np.abs(reward).max() for reward, *_ in moves))

        def backed_up(values: Array, v0: float) -> Array:
            best = np.full_like(values, -np.inf)
            for action, (reward, to, home, _), (_, out, _, left) in zip(actions, moves, leaving, strict=True):
                ahead = to @ values[:, :-1]
                if action == DIG:
                    for which, column in enumerate(after):
                        rows = np.flatnonzero(mine == which)
                        ahead[rows] = to[rows] @ values[:, column]
                ahead[home] += worth + discount * v0
                np.maximum(best[:, :-1], reward + ahead, out=best[:, :-1])
                start = np.where(left, out @ values[:, 0], out @ values[:, -1])
                np.maximum(best[:, -1], reward[:, 0] + start, out=best[:, -1])
            return best

        tried: list[tuple[float, float]] = []  # v0 as supposed, and as it then came out
        while True:
            residual = np.inf
            while residual > TOLERANCE * largest:
                before, values = values, backed_up(values, v0)
                residual = np.abs(values - before).max()
            tried.append((v0, float((values[begin, -1] * share).sum(axis=0).mean())))
            v0 = _meeting(tried)
            if abs(v0 - tried[-1][0]) <= 10 * TOLERANCE * largest:
                return values, v0

    def _moves(self, states: Array, action: int) -> tuple[Array, csr_array, Array, Array]:
        """Of one action in all nodes: reward, expected successors times the discount, who comes home, who has left."""
        from scipy.sparse import csr_array

        following = self.task.transition(states, np.full(len(states), action))
        index, weight = self.motion.corners(following[:, :FIRST])
        home = self.task.event(following)
        weight = np.where(home, 0.0, self.task.discount * weight).astype(np.float32)
        ends = np.arange(0, index.size + 1, len(index))
        to = csr_array((weight.T.ravel(), index.T.ravel(), ends), shape=(len(states), len(states)))
        to.eliminate_zeros()
        reward = self.task.reward(states, np.full(len(states), action), following)
        return reward.astype(np.float32)[:, None], to, home, following[:, FATE] == AWAY

    def _states(self, motions: Array, fate: int) -> Array:
        return np.column_stack([motions, np.zeros((len(motions), 2)), np.full(len(motions), fate)])

    def _dug(self, loads: Array) -> Array:
        """[mines, n, 2]: the loads after an action of digging at each mine."""
        there = [np.column_stack([np.tile([*mine, 0.0, 45.0], (len(loads), 1)), loads, np.full(len(loads), AWAY)])
                 for mine in MINES]  # fmt: skip
        return np.stack([self.task.transition(states, np.full(len(states), DIG))[:, FIRST:FATE] for states in there])

    def _column(self, loads: Array) -> Array:
        return np.abs(loads[:, None] - self.loads).sum(axis=2).argmin(axis=1)


def _meeting(tried: list[tuple[float, float]]) -> float:
    """Where the line through the last two points meets the diagonal; the last value itself if that is nowhere ahead."""
    (x, y), (u, v) = tried[-2:] if len(tried) > 1 else [(0.0, 0.0), *tried]
    slope = (v - y) / (u - x) if u != x else 0.0
    return v + slope * (v - u) / (1 - slope) if 0.0 < slope < 1.0 else v
