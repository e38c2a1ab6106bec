"""A small deterministic task, learned by trying every action in every state; and plans made from it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from benchmarks.api import Session

Array = np.ndarray[Any, np.dtype[Any]]

RESOLUTION = 0.1  # observations closer than this are one state: cells of the grid worlds, a coarse grid elsewhere


def keys_of(observations: Array) -> list[bytes]:
    """A name for the state behind each observation [n, ...]."""
    cells = np.rint(np.asarray(observations, dtype=float) / RESOLUTION).astype(np.int16)
    return [row.tobytes() for row in cells.reshape(len(cells), -1)]


class TabularModel:
    """What each action does in each state, as far as it was tried.

    reward     (s, a) -> the vector of objectives [k] of the step, averaged over the times it was taken
    following  (s, a) -> the state it led to; None where the original's episode ends, at an event
    starts     states in which episodes began, oldest first

    `explore` acts in turn as it is told by LRTA* (Korf 1990) with "nothing is left to try" for a goal: an action
    never tried here, else the first step of what is believed the shortest way to such a state.
    """

    def __init__(self, session: Session) -> None:
        self.session, self.actions = session, int(session.spec.action_space.n)  # type: ignore[attr-defined]
        self.reward: dict[tuple[bytes, int], Array] = {}
        self.following: dict[tuple[bytes, int], bytes | None] = {}
        self.starts: dict[bytes, None] = {}
        self._times: dict[tuple[bytes, int], int] = {}
        self._arrived: dict[tuple[bytes, int], bytes] = {}
        self._distance: dict[bytes, float] = {}  # steps to something untried, at least
        self._here = keys_of(session.env.reset())
        self.starts.update(dict.fromkeys(self._here))

    @property
    def done(self) -> bool:
        """Everything that can be reached was tried."""
        return bool(self._distance) and all(self._distance.get(s, 0.0) > len(self._distance) for s in self._here)

    def explored(self, steps: int) -> Iterator[list[tuple[bytes, int]]]:
        """Explore until everything was tried, or for so many steps; what was done in each step."""
        session = self.session
        last = max(session.left.steps - steps, session.spec.envs - 1)
        while not self.done and session.left.steps > last:
            yield self.explore()

    def explore(self) -> list[tuple[bytes, int]]:
        """One step of every environment; the (state, action) of each. Raises BudgetSpent."""
        taken = [(s, self._curious(s)) for s in self._here]
        observations, _, ends, infos = self.session.env.step(np.array([a for _, a in taken]))
        arrived = keys_of(observations)
        for step, to, end, info in zip(taken, arrived, ends, infos, strict=True):
            n = self._times[step] = self._times.get(step, 0) + 1
            self.reward[step] = self.reward.get(step, 0.0) + (info["objectives"] - self.reward.get(step, 0.0)) / n
            if info["event"] or end:
                self.starts[to] = None
            if end and not info["event"]:  # the horizon hides where the step led
                self.following.setdefault(step, keys_of(info["terminal_observation"][None])[0])
                continue
            self.following[step] = None if info["event"] else to
            self._arrived[step] = to
        self._here = arrived
        return taken

    def tried(self, s: bytes) -> list[int]:
        return [a for a in range(self.actions) if (s, a) in self.following]

    def _curious(self, s: bytes) -> int:
        fresh = [a for a in range(self.actions) if (s, a) not in self._times]
        if fresh:
            self._distance[s] = 0.0
            return int(self.session.rng.choice(fresh))
        ways = [1.0 + self._distance.get(self._arrived.get((s, a), s), 0.0) for a in range(self.actions)]
        self._distance[s] = max(self._distance.get(s, 0.0), min(ways))
        return int(self.session.rng.choice(np.flatnonzero(np.array(ways) == min(ways))))


Plan = dict[bytes, int]  # state -> action, along one way through the task


@dataclass(frozen=True, eq=False)
class Planned:
    """A policy that follows, from where its episode started, the plan for that start.

    Its memory is which start that was, so that two plans may do different things in the same state.
    """

    plans: dict[bytes, Plan]
    shape: tuple[int, ...]  # of one observation
    places: list[bytes] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "places", list(self.plans))

    def predict(
        self, observation: Any, state: Any = None, episode_start: Any = None, deterministic: bool = False
    ) -> tuple[Any, Any]:
        batch = np.asarray(observation)
        single = batch.shape == self.shape
        keys = keys_of(batch[None] if single else batch)
        first = np.ones(len(keys), bool) if state is None or episode_start is None else np.asarray(episode_start)
        begun = np.zeros(len(keys), int) if state is None else np.array(state)
        for i in np.flatnonzero(first):
            begun[i] = self.places.index(keys[i]) if keys[i] in self.plans else 0
        actions = np.array([self._action(self.places[start], s) for start, s in zip(begun, keys, strict=True)])
        return (actions[0] if single else actions), begun

    def _action(self, start: bytes, s: bytes) -> int:
        """The plan's; off its way, any other's that passes here."""
        if s in self.plans[start]:
            return self.plans[start][s]
        return next((plan[s] for plan in self.plans.values() if s in plan), 0)
