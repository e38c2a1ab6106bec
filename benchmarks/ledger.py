"""What happened, by place: the hidden states behind every segment that a learner can name."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.task import Step, Task, Trajectories

Array = np.ndarray[Any, np.dtype[Any]]


class Tracks:
    """Parallel tracks of hidden states, growing by one step of all of them at a time.

    Place (track, t) is the t-th step of a track. Column t of `states` is the state before step t, so that
    the newest column is the present one.
    """

    def __init__(self, task: Task, tracks: int, capacity: int) -> None:
        width = task.starts(1, np.random.default_rng(0)).shape[1]
        space = task.action_space
        self.task = task
        self.states = np.empty((tracks, capacity + 1, width))
        self.following = np.empty((tracks, capacity, width))
        self.arrived = np.empty((tracks, capacity, width))
        self.actions = np.empty((tracks, capacity, *(space.shape or ())), dtype=space.dtype)
        self.objectives = np.empty((tracks, capacity, len(task.objectives)))
        self.event = np.zeros((tracks, capacity), dtype=bool)
        self.episode = np.zeros((tracks, capacity + 1), dtype=np.int32)
        self.lived = 0

    def begin(self, states: Array) -> None:
        """The tracks' present states are these; steps before belong to another episode."""
        self.states[:, self.lived] = states
        if self.lived:
            self.episode[:, self.lived] = self.episode[:, self.lived - 1] + 1

    def add(self, actions: Array, step: Step, ended: Array, present: Array) -> None:
        """One step of all tracks; `present` are the states they go on from, new starts where `ended`."""
        t = self.lived
        self.actions[:, t] = actions
        self.following[:, t], self.arrived[:, t] = step.following, step.arrived
        self.objectives[:, t], self.event[:, t] = step.objectives, step.event
        self.states[:, t + 1] = present
        self.episode[:, t + 1] = self.episode[:, t] + ended
        self.lived = t + 1

    def draw(self, n: int, length: int, last: int | None, rng: np.random.Generator) -> Array:
        """Places [n, 2] of random stretches of `length` steps, each within one episode."""
        first = 0 if last is None else max(0, self.lived - last)
        final = self.lived - length + 1
        if final > first:
            inside = self.episode[:, first:final] == self.episode[:, first + length - 1 : self.lived]
            tracks, starts = np.nonzero(inside)
            if len(tracks):
                picked = rng.integers(len(tracks), size=n)
                return np.stack([tracks[picked], first + starts[picked]], axis=1)
        raise ValueError(f"no {length} steps of one episode were lived yet, so there is no segment of that length")

    def cut(self, places: Array, length: int) -> Trajectories:
        """The hidden truth of the stretches of `length` steps that begin at `places`. Raises ValueError."""
        places = np.asarray(places)
        if places.ndim != 2 or places.shape[1] != 2 or not np.issubdtype(places.dtype, np.integer):
            raise ValueError("places must be integers [n, 2]: (track, first step)")
        track, first = places.T
        inside = (track >= 0) & (track < len(self.states)) & (first >= 0) & (first + length <= self.lived)
        if not inside.all():
            raise ValueError(f"there is no segment at {places[~inside][0].tolist()}: nothing was lived there")
        if length == 0:
            return self._present(track, first)
        rows, columns = track[:, None], first[:, None] + np.arange(length)
        if (self.episode[rows, columns] != self.episode[track, first][:, None]).any():
            raise ValueError("a segment reaches over the end of an episode")
        states = np.concatenate([self.states[rows, columns], self.arrived[track, columns[:, -1]][:, None]], axis=1)
        return Trajectories(
            states=states,
            actions=self.actions[rows, columns],
            following=self.following[rows, columns],
            rewards=self.objectives[rows, columns] @ np.asarray(self.task.weights),
            event=self.event[rows, columns],
        )

    def vectors(self, places: Array, length: int) -> Array:
        """Objectives [n, L, k] of the stretches."""
        return self.objectives[places[:, 0][:, None], places[:, 1][:, None] + np.arange(length)]

    def _present(self, track: Array, first: Array) -> Trajectories:
        states = self.states[track, first][:, None]
        none = np.empty((len(track), 0))
        return Trajectories(
            states=states,
            actions=np.empty((len(track), 0, *self.actions.shape[2:]), dtype=self.actions.dtype),
            following=np.empty((len(track), 0, states.shape[2])),
            rewards=none,
            event=none.astype(bool),
        )


class Shelf:
    """Finished trajectories of any lengths, one a track, as a person played them or as a log holds them."""

    def __init__(self) -> None:
        self.items: list[Trajectories] = []

    def put(self, trajectories: Trajectories) -> Array:
        """Places [n, 2] of a batch that is now kept."""
        first = len(self.items)
        self.items.extend(trajectories[i : i + 1] for i in range(len(trajectories)))
        return np.stack([np.arange(first, len(self.items)), np.zeros(len(trajectories), dtype=int)], axis=1)

    def cut(self, places: Array, length: int) -> Trajectories:
        parts = []
        for track, first in np.asarray(places).tolist():
            if not (0 <= track < len(self.items) and first >= 0 and first + length <= self.items[track].length):
                raise ValueError(f"there is no segment of {length} steps at {[track, first]}")
            item = self.items[track]
            window, ends = slice(first, first + length), slice(first, first + length + 1)
            parts.append(
                (
                    item.states[:, ends],
                    item.actions[:, window],
                    item.following[:, window],
                    item.rewards[:, window],
                    item.event[:, window],
                )
            )
        return Trajectories(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def random_places(tracks: int, horizon: int, n: int, length: int, rng: np.random.Generator) -> Array:
    """Places [n, 2] of random stretches in a log of `tracks` episodes."""
    if length > horizon:
        raise ValueError(f"the log's episodes have {horizon} steps, so there is no segment of {length}")
    return np.stack([rng.integers(tracks, size=n), rng.integers(horizon - length + 1, size=n)], axis=1)
