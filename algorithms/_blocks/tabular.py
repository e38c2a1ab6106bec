"""A task of few states as a table: counted while it is lived, solved by backups."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from benchmarks.api import Segments, Session

Array = np.ndarray[Any, np.dtype[Any]]


class Counts:
    """How often each action led from each observation to each other; observations are numbered as they are met."""

    def __init__(self, actions: int) -> None:
        self.actions = actions
        self.seen: list[Array] = []
        self._numbers: dict[bytes, int] = {}
        self._counts = np.zeros((8, actions, 8))

    def __len__(self) -> int:
        return len(self.seen)

    def number(self, observations: Array) -> Array:
        """[n] numbers of observations [n, ...]; a new one gets the next."""
        return np.array([self._number(observation) for observation in observations], dtype=int)

    def add(self, before: Array, actions: Array, after: Array) -> None:
        """Steps between numbered states, [n] each."""
        np.add.at(self._counts, (before, actions, after), 1.0)

    def tried(self, states: Array) -> Array:
        """How often each action was taken in each of these states, [n, A]."""
        return self._counts[states].sum(axis=2)

    def transition(self) -> Array:
        """P(s' | s, a), [S, A, S]: the shares that were met; what was never tried is taken to lead nowhere."""
        n = len(self)
        counts = self._counts[:n, :, :n].copy()
        states, actions = np.nonzero(counts.sum(axis=2) == 0)
        counts[states, actions, states] = 1.0
        return counts / counts.sum(axis=2, keepdims=True)

    def _number(self, observation: Array) -> int:
        key = np.ascontiguousarray(observation).tobytes()
        if key not in self._numbers:
            self._numbers[key] = len(self.seen)
            self.seen.append(np.array(observation))
            if len(self.seen) > len(self._counts):
                grown = np.zeros((2 * len(self._counts), self.actions, 2 * len(self._counts)))
                grown[: len(self._counts), :, : len(self._counts)] = self._counts
                self._counts = grown
        return self._numbers[key]


def explore(session: Session, counts: Counts, steps: int) -> None:
    """`steps` of every environment, each with one of the actions that were tried least where it is."""
    observations = session.env.reset()
    before = counts.number(observations)
    for _ in range(steps):
        tried = counts.tried(before)
        actions = (tried + session.rng.random(tried.shape)).argmin(axis=1)
        observations, _, ends, infos = session.env.step(actions)
        after = counts.number(observations)
        for i in np.flatnonzero(ends):
            after[i] = counts.number(infos[i]["terminal_observation"][None])[0]
        counts.add(before, actions, after)
        before = counts.number(observations)


def trajectories(counts: Counts, segments: Segments) -> tuple[Array, Array]:
    """Numbered states [n, L + 1] and actions [n, L] of segments, which are counted too."""
    n, columns = segments.observations.shape[:2]
    states = counts.number(segments.observations.reshape(n * columns, *segments.observations.shape[2:]))
    states = states.reshape(n, columns)
    counts.add(states[:, :-1].ravel(), segments.actions.ravel(), states[:, 1:].ravel())
    return states, segments.actions


def optimal(reward: Array, transition: Array, discount: float, policy: Array | None = None) -> tuple[Array, Array]:
    """Q* [S, A] of r(s, a) [S, A] and the policy [S] that is greedy in it, by policy iteration (Howard 1960).

    It changes an action only for a better one, so that of equal ones the one of `policy`, or the first, stays.
    """
    states = np.arange(len(reward))
    policy = reward.argmax(axis=1) if policy is None else policy
    while True:
        values = np.linalg.solve(np.eye(len(states)) - discount * transition[states, policy], reward[states, policy])
        q = reward + discount * transition @ values
        better = q.max(axis=1) > q[states, policy] + 1e-9
        if not better.any():
            return q, policy
        policy = np.where(better, q.argmax(axis=1), policy)


@dataclass(frozen=True, eq=False)
class TablePolicy:
    """The action of the nearest known observation, which is the very same one where that is known."""

    seen: Array  # [S, d] float32
    actions: Array  # [S]

    def predict(
        self, observation: Any, state: Any = None, episode_start: Any = None, deterministic: bool = False
    ) -> tuple[Any, Any]:
        rows = np.asarray(observation, dtype=np.float32)
        single = rows.ndim == 1
        rows = rows.reshape(-1, self.seen.shape[1])
        distances = ((rows[:, None] - self.seen) ** 2).sum(axis=2)
        actions = self.actions[distances.argmin(axis=1)]
        return (actions[0] if single else actions), state


class TableReward:
    """r(s, a) of a table [S, A], and of the nearest known observation for others."""

    def __init__(self, seen: Array, table: Array) -> None:
        self.seen, self.table = seen, table

    def __call__(self, observations: Array, actions: Array) -> Array:
        rows = np.asarray(observations, dtype=np.float32).reshape(len(observations), -1)
        nearest = np.array([((row - self.seen) ** 2).sum(axis=1).argmin() for row in rows])
        return np.asarray(self.table[nearest, np.asarray(actions, dtype=int)])
