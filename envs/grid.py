"""A regular grid over a box of states, multilinear interpolation on it, and the V* of a task solved on it.

Semi-Lagrangian value iteration: V is known at the nodes only, and a step that leads between nodes is worth
the multilinear interpolation of the 2^d nodes around its end,

    V(s) = max_a [ r(s, a, s') + gamma * sum_j P_a(s, j) V(j) ],

where row s of the sparse P_a holds the interpolation weights of s', in expectation over the task's `fates`. Where
every step leads from node to node, as in a grid world with one node a cell, nothing is interpolated and the solution
is exact. An event leads to one more, virtual node, whose value is what follows an event in the task's twin.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from benchmarks.task import Array, Task

TOLERANCE = 1e-8  # Bellman residual at which to stop, as a share of the largest reward
SWEEPS = 60  # evaluations of one policy before the next improvement


@dataclass(frozen=True)
class Axis:
    """`count` nodes, evenly spaced from `low` to `high`; beyond them the last node's value goes on.

    If `periodic`, `high` is the same place as `low` and has no node of its own.
    """

    low: float
    high: float
    count: int
    periodic: bool = False

    @property
    def nodes(self) -> Array:
        return np.linspace(self.low, self.high, self.count, endpoint=not self.periodic)

    def locate(self, x: Array) -> tuple[Array, Array, Array]:
        """For each x [n]: the node below, the node above, and the share of the way from one to the other."""
        cells = self.count if self.periodic else self.count - 1
        place = (x - self.low) * (cells / (self.high - self.low))
        place = np.mod(place, cells) if self.periodic else np.clip(place, 0, cells)
        below = np.minimum(place.astype(np.int64), cells - 1)
        above = below + 1
        if self.periodic:
            above[above == cells] = 0
        return below, above, place - below


@dataclass(frozen=True)
class Grid:
    """The product of the axes, one for each component of a state; the last one runs fastest.

    `mirrored` says that V(-s) = V(s), and that the axes are symmetric: then half of the nodes are solved for.
    """

    axes: tuple[Axis, ...]
    mirrored: bool = False

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(axis.count for axis in self.axes)

    def nodes(self) -> Array:
        """All nodes as states, [N, d]."""
        return np.stack([x.ravel() for x in np.meshgrid(*(axis.nodes for axis in self.axes), indexing="ij")], axis=1)

    def classes(self) -> tuple[Array, Array]:
        """Nodes [M] that stand for all, and which of them each node has its value from [N]."""
        every = np.arange(math.prod(self.shape))
        if not self.mirrored:
            return every, every
        opposite = np.zeros(1, dtype=np.int64)
        for axis in self.axes:
            along = np.arange(axis.count)
            along = -along % axis.count if axis.periodic else along[::-1]
            opposite = (opposite[:, None] * axis.count + along).ravel()
        return np.unique(np.minimum(every, opposite), return_inverse=True)

    def corners(self, states: Array) -> tuple[Array, Array]:
        """The 2^d nodes around each state and their weights, which sum to 1: two arrays [2^d, n]."""
        index = np.zeros((1, len(states)), dtype=np.int64)
        weight = np.ones((1, len(states)))
        for axis, x in zip(self.axes, states.T, strict=True):
            below, above, share = axis.locate(x)
            index = np.concatenate([index * axis.count + below, index * axis.count + above])
            weight = np.concatenate([weight * (1 - share), weight * share])
        return index, weight

    def interpolate(self, values: Array, states: Array) -> Array:
        """`values` [N] of the nodes, interpolated at `states` [n, d]: [n]."""
        index, weight = self.corners(states)
        return np.einsum("cn,cn->n", values[index], weight)

    def solve(self, task: Task, actions: Array, starts: Array) -> tuple[Array, float]:
        return solve(task, self, actions, starts)


def solve(task: Task, grid: Grid, actions: Array, starts: Array) -> tuple[Array, float]:
    """V* of the task's twin at the grid's nodes [N], and v0, its mean over `starts`.

    What follows an event is worth gamma * v0 in a respawning twin, nothing otherwise. A node in which the
    event has already happened is treated as the last moment before it, since that is what its neighbours
    see. Modified policy iteration: Puterman & Shin (1978), Management Science 24(11). Where nothing ever
    ends, a change that is the same in all nodes dies out at rate gamma only; after each evaluation it is
    taken at once to its limit, the middle of MacQueen's bounds: Porteus (1971), Management Science 18(1).
    """
    from scipy.sparse import csr_array

    chosen, class_of = grid.classes()
    nodes = grid.nodes()[chosen]
    count, corners = len(nodes), 2 ** len(grid.axes)
    slots = corners * len(task.fates(nodes[:1]))
    rewards = np.zeros((len(actions), count))
    index = np.empty((len(actions), count, slots), dtype=np.int32)
    weight = np.empty((len(actions), count, slots))
    for i, action in enumerate(actions):
        done = np.repeat(action[None], count, axis=0)
        for case, (chance, following) in enumerate(task.fates(task.transition(nodes, done))):
            rewards[i] += chance * task.reward(nodes, done, following)
            to, share = grid.corners(following)
            first, event = case * corners, task.event(following)
            here = slice(first, first + corners)
            index[i, :, here], weight[i, :, here] = class_of[to].T, task.discount * share.T
            index[i, event, first], weight[i, event, here] = count, 0.0
            weight[i, event, first] = task.discount if task.after_event == "respawn" else 0.0
            weight[i, :, here] *= chance[:, None]

    row_ends = np.arange(count + 1, dtype=np.int32) * slots

    def expectation(index: Array, weight: Array) -> csr_array:
        return csr_array((weight.ravel(), index.ravel(), row_ends), shape=(count, count + 1))

    expectations = [expectation(to, share) for to, share in zip(index, weight, strict=True)]
    start_index, start_weight = grid.corners(starts)
    start_index = class_of[start_index]

    def complete(values: Array) -> Array:
        """With the virtual node's value, v0, at the end."""
        return np.append(values, np.mean(np.sum(values[start_index] * start_weight, axis=0)))

    every = np.arange(count)
    values = np.zeros(count + 1)
    while True:
        q = np.stack([reward + after @ values for reward, after in zip(rewards, expectations, strict=True)])
        best = q.argmax(axis=0)
        improved = q[best, every]
        residual = np.abs(improved - values[:-1]).max()
        values = complete(improved)
        if residual <= TOLERANCE * np.abs(rewards).max():
            return values[class_of], float(values[-1])
        reward, after = rewards[best, every], expectation(index[best, every], weight[best, every])
        for _ in range(SWEEPS):
            before, values = values, complete(reward + after @ values)
        if task.after_event == "respawn":
            change = values - before
            values += task.discount / (1 - task.discount) * (change.max() + change.min()) / 2
