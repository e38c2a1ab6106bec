"""The reference questions of a task, on which every declared rate is to hold."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np

from benchmarks.chance import stream
from benchmarks.log import random_actions
from benchmarks.oracles.utility import Seen, absorbed, objectives, see
from benchmarks.task import Expert, Task, Trajectories

Array = np.ndarray[Any, np.dtype[Any]]

CLIP = 25  # steps of the clips from which outcomes are summed


class Reference:
    """Questions about a log of mixed-quality behaviour: pairs of its clips, and random actions in its states.

    They are drawn once, from a stream of the task's name and version: every person of a task, whatever the
    seed, is declared on the same questions. Another `name` gives other questions of the same kind.
    """

    def __init__(
        self, task: Task, expert: Expert, log: Trajectories, size: int = 10_000, name: str = "calibration"
    ) -> None:
        self.task, self.expert, self.log, self.size, self.name = task, expert, log, size, name

    def weighed(self, weights: Array) -> Reference:
        """The same questions to a person who weighs the objectives so, and is an expert at that."""
        task = replace(self.task, weights=tuple(weights.tolist()))
        log = replace(self.log, rewards=self.objectives @ weights)
        return Reference(task, task.expert(), log, self.size, self.name)

    @cached_property
    def seen(self) -> Seen:
        """The whole log: every value is looked up once."""
        return see(self.task, self.expert, self.log)

    @cached_property
    def objectives(self) -> Array:
        """phi [episodes, horizon, k] of the whole log."""
        return objectives(self.task, self.log)

    @property
    def mean_return(self) -> float:
        """Mean true return of the log's episodes, undiscounted."""
        return float(self.log.rewards.sum(axis=1).mean())

    @property
    def largest(self) -> int:
        """The objective whose weighed values vary most over the log: the one the reward is mostly about."""
        return int(np.argmax((self.objectives * np.asarray(self.task.weights)).std(axis=(0, 1))))

    def windows(self, length: int) -> tuple[Array, Array]:
        """(episodes [2 * size, 1], steps [2 * size, length]): the clips of `size` pairs, left ones first."""
        episodes, horizon = self.log.rewards.shape
        if length > horizon:
            raise ValueError(f"a clip of {length} steps is longer than an episode of {self.task.name} ({horizon})")
        allowed = np.ones((episodes, horizon - length + 1), dtype=bool)
        if self.task.after_event == "terminate":  # a clip does not reach over the end of an episode
            before = np.pad(np.cumsum(self.log.event, axis=1), ((0, 0), (1, 0)))
            allowed = before[:, length - 1 : horizon] == before[:, : horizon - length + 1]
            if not allowed.any():
                raise ValueError(f"no episode in the log of {self.task.name} lasts {length} steps")
        chosen = self._stream(length).choice(np.flatnonzero(allowed), size=2 * self.size)
        episode, first = np.divmod(chosen, allowed.shape[1])
        return episode[:, None], first[:, None] + np.arange(length)

    def clips(self, length: int) -> Trajectories:
        """The same clips [2 * size] as trajectories."""
        episode, steps = self.windows(length)
        log = self.log
        return Trajectories(
            states=log.states[episode, np.concatenate([steps, steps[:, -1:] + 1], axis=1)],
            actions=log.actions[episode, steps],
            following=log.following[episode, steps],
            rewards=log.rewards[episode, steps],
            event=log.event[episode, steps],
        )

    def outcomes(self) -> Array:
        """Sums of objectives [2 * size, k] over clips of 25 steps."""
        return self.objectives[self.windows(min(CLIP, self.log.length))].sum(axis=1)

    def episodes(self) -> Array:
        """Sums of objectives [m, k] over what the original calls episodes: from a start to an event.

        What is left when the log ends counts only where no event came before it.
        """
        sums = []
        for phi, event in zip(self.objectives, self.log.event, strict=True):
            ends = np.flatnonzero(event) + 1
            sums += [part.sum(axis=0) for part in np.split(phi, ends)[: max(len(ends), 1)]]
        return np.array(sums)

    def decisions(self) -> tuple[Array, Array]:
        """States [size, d] of the log, none absorbed, and a uniformly random action in each."""
        rng = self._stream("decisions")
        states = self.log.states[:, :-1].reshape(-1, self.log.states.shape[2])
        states = states[~absorbed(self.task, states)]
        return states[rng.integers(len(states), size=self.size)], random_actions(self.task, self.size, rng)

    def _stream(self, what: str | int) -> np.random.Generator:
        return stream("reference", self.name, self.task.name, self.task.version, what)
