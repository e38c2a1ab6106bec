"""What was lived, kept to learn from again and again."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from algorithms._blocks.features import encode
from algorithms._blocks.mlp import Array

if TYPE_CHECKING:
    from benchmarks.api import Spec


class Batch:
    """``B`` transitions as networks take them: features by samples, ones in the last row.

    pair    [a; s; 1]    ``(m + d + 1, B)``, the input of a Q(s, a); `action` are its first m rows
    state   [s; 1]       ``(d + 1, B)``, the input of a policy or of a Q(s, .)
    next_pair, next_action, next_state: of the following state; its action is for the learner to write
    both    [s s'; 1 1]  ``(d + 1, 2 B)``: states, then next states
    rewards, alive  ``(B,)``; alive is 0 where the next state ended the task for good, else 1

    All but the last two are views of one array. Discrete actions are indicators, continuous ones lie in [-1, 1].
    """

    def __init__(self, size: int, observations: int, actions: int):
        rows = np.ones((2, size, actions + observations + 1), np.float32)
        self.size = size
        self.now, self.then = rows
        self.pair, self.next_pair = self.now.T, self.then.T
        self.action, self.next_action = self.pair[:actions], self.next_pair[:actions]
        self.state, self.next_state = self.pair[actions:], self.next_pair[actions:]
        self.both = rows.reshape(2 * size, -1).T[actions:]
        self.rewards, self.alive = np.empty((2, size), np.float32)


class Replay:
    """A ring of the last ``capacity`` transitions, in float32.

    Rewards are kept beside them: `relabel` replaces them all when the reward has changed. A transition's reward is
    then computed once and once more for each change, about ten times in all; computed for every minibatch it would be
    minibatch * updates / envs times, 16 with four updates of 64 a step of 16 environments.
    """

    def __init__(self, spec: Spec, capacity: int):
        space: Any = spec.action_space
        self.spec, self.capacity = spec, capacity
        self.observations = int(np.prod(spec.observation_space.shape or ()))
        self.actions = int(space.n) if spec.discrete else int(np.prod(space.shape))
        self._now, self._then = np.ones((2, capacity, self.actions + self.observations + 1), np.float32)
        self.rewards, self.alive = np.ones((2, capacity), np.float32)
        self.added = 0

    def __len__(self) -> int:
        return min(self.added, self.capacity)

    def add(
        self, observations: Array, actions: Array, following: Array, rewards: Any, terminated: Any = False
    ) -> None:
        """``n`` transitions: observations [n, ...], actions [n, ...], the observations after them, rewards [n]."""
        n, m = len(observations), self.actions
        rows = np.arange(self.added, self.added + n) % self.capacity
        self._now[rows, m:-1] = np.reshape(observations, (n, -1))
        self._now[rows, :m] = encode(self.spec, actions)
        self._then[rows, m:-1] = np.reshape(following, (n, -1))
        self.rewards[rows] = rewards
        self.alive[rows] = 1.0 - np.asarray(terminated, np.float32)
        self.added += n

    def batch(self, size: int) -> Batch:
        """An empty batch for `sample`."""
        return Batch(size, self.observations, self.actions)

    def sample(self, batch: Batch, rng: np.random.Generator, part: slice = slice(None)) -> Batch:
        """Fill the batch, or a ``part`` of it, with random transitions, drawn with replacement."""
        return self.take(rng.integers(len(self), size=len(batch.rewards[part])), batch, part)

    def take(self, rows: Array, batch: Batch, part: slice = slice(None)) -> Batch:
        """Fill the batch, or a ``part`` of it, with these transitions."""
        np.take(self._now, rows, axis=0, out=batch.now[part], mode="clip")
        np.take(self._then, rows, axis=0, out=batch.then[part], mode="clip")
        np.take(self.rewards, rows, out=batch.rewards[part], mode="clip")
        np.take(self.alive, rows, out=batch.alive[part], mode="clip")
        return batch

    def lived(self, rows: Array | slice) -> tuple[Array, Array]:
        """Observations [n, ...] and actions [n, ...] of some rows, as the environment had them."""
        space: Any = self.spec.action_space
        kept = self._now[rows]
        observations = kept[:, self.actions : -1].reshape(-1, *self.spec.observation_space.shape)
        if self.spec.discrete:
            return observations, kept[:, : self.actions].argmax(axis=1)
        middle, half = (space.high + space.low) / 2, (space.high - space.low) / 2
        return observations, kept[:, : self.actions].reshape(-1, *space.shape) * half + middle

    def relabel(self, reward: Callable[[Array, Array], Array], chunk: int = 4096) -> None:
        """Give every transition the reward that a function of (observations, actions) gives now."""
        for start in range(0, len(self), chunk):
            rows = slice(start, min(start + chunk, len(self)))
            self.rewards[rows] = reward(*self.lived(rows))
