"""Two tasks small enough to work out by hand, and clips with nothing but rewards."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from gymnasium import spaces

from benchmarks.task import Task, Trajectories


@dataclass(frozen=True)
class Corridor(Task):
    """Cells 0 to 6, the goal at 6; actions 0, 1, 2 go left, stay, go right."""

    @property
    def observation_space(self):
        return spaces.Box(0.0, 1.0, (1,), np.float32)

    @property
    def action_space(self):
        return spaces.Discrete(3)

    def starts(self, n, rng):
        return rng.integers(0, 3, size=(n, 1)).astype(float)

    def transition(self, states, actions):
        return np.clip(states + np.asarray(actions)[:, None] - 1.0, 0.0, 6.0)

    def phi(self, states, actions, following):
        return np.stack([self.event(following).astype(float), -np.ones(len(states))], axis=1)

    def event(self, states):
        return states[:, 0] == 6.0

    def observe(self, states):
        return (states / 6.0).astype(np.float32)

    def recover(self, observations):
        return observations.astype(float) * 6.0

    def expert(self):
        return CorridorExpert(self)


class CorridorExpert:
    """V* by value iteration over the cells."""

    actions = np.arange(3)

    def __init__(self, task):
        self.task, self.v0, self.table = task, 0.0, np.zeros(7)
        cells = np.arange(7.0)[:, None]
        for _ in range(2000):
            self.table = self.q(cells).max(axis=1)
            self.v0 = float(self.table[:3].mean()) if task.after_event == "respawn" else 0.0

    def value(self, states):
        return self.table[states[:, 0].astype(int)]

    def q(self, states):
        every = [self.q_of(states, np.full(len(states), action)) for action in self.actions]
        return np.stack(every, axis=1)

    def q_of(self, states, actions):
        following = self.task.transition(states, actions)
        event = self.task.event(following)
        after = np.where(event, self.v0, self.table[following[:, 0].astype(int)])
        q = self.task.reward(states, actions, following) + self.task.discount * after
        return np.where(self.task.event(states) & (self.task.after_event == "absorb"), 0.0, q)

    def act(self, states):
        return self.actions[self.q(states).argmax(axis=1)]


@dataclass(frozen=True)
class Slider(Task):
    """x' = x + 0.2 a in [-1, 1], reward -x'^2 - 0.1 x^2: the best is to go to 0 at full speed."""

    @property
    def observation_space(self):
        return spaces.Box(-1.0, 1.0, (1,), np.float32)

    @property
    def action_space(self):
        return spaces.Box(-1.0, 1.0, (1,), np.float32)

    def starts(self, n, rng):
        return rng.uniform(-1.0, 1.0, size=(n, 1))

    def transition(self, states, actions):
        return np.clip(states + 0.2 * np.clip(actions, -1.0, 1.0), -1.0, 1.0)

    def phi(self, states, actions, following):
        return -np.concatenate([following**2, states**2], axis=1)

    def event(self, states):
        return np.zeros(len(states), dtype=bool)

    def observe(self, states):
        return states.astype(np.float32)

    def recover(self, observations):
        return observations.astype(float)

    def expert(self):
        return SliderExpert(self)


class SliderExpert:
    actions = np.linspace(-1.0, 1.0, 8)[:, None]  # 0 is not among them

    def __init__(self, task):
        self.task = task
        self.v0 = float(self.value(np.linspace(-1.0, 1.0, 1001)[:, None]).mean())

    def value(self, states):
        left = np.abs(states[:, :1]) - 0.2 * np.arange(8)
        x2 = np.maximum(left, 0.0) ** 2
        return -(self.task.discount ** np.arange(7) * (x2[:, 1:] + 0.1 * x2[:, :-1])).sum(axis=1)

    def q(self, states):
        return np.stack([self.q_of(states, np.tile(a, (len(states), 1))) for a in self.actions], axis=1)

    def q_of(self, states, actions):
        following = self.task.transition(states, actions)
        return self.task.reward(states, actions, following) + self.task.discount * self.value(following)

    def act(self, states):
        return np.clip(-states / 0.2, -1.0, 1.0)


def corridor(**changes):
    return Corridor(
        **{
            "name": "corridor",
            "version": 1,
            "original_id": None,
            "objectives": ("goal", "time"),
            "weights": (1.0, 0.1),
            "original_weights": (1.0, 0.1),
            "horizon": 40,
            "time_limit": 40,
            "discount": 0.9,
            "step_seconds": 0.1,
            **changes,
        }
    )


def slider():
    return Slider("slider", 1, None, ("after", "before"), (1.0, 0.1), (1.0, 0.1), 40, 40, 0.9, 0.1)


def walk(task, cells, actions, arrived=None):
    """The clip of a corridor task that visits these cells; `arrived` says where it goes on from instead."""
    states = np.array([cells[:-1]], dtype=float)[..., None]
    actions = np.array([actions])
    following = np.array([cells[1:]], dtype=float)[..., None]
    length = len(cells) - 1
    flat = (states[0], actions[0], following[0])
    assert np.array_equal(task.transition(*flat[:2]), flat[2]), "these actions lead elsewhere"
    after = np.array([arrived or cells[1:]], dtype=float)[..., None]
    return Trajectories(
        states=np.concatenate([states[:, :1], after], axis=1),
        actions=actions,
        following=following,
        rewards=task.reward(*flat).reshape(1, length),
        event=task.event(flat[2]).reshape(1, length),
    )


def rewarded(rewards):
    """Clips [n, L] of the corridor with these rewards, whatever happens in them; no two are the same."""
    rewards = np.asarray(rewards, dtype=float)
    n, length = rewards.shape
    states = np.tile(np.arange(n, dtype=float)[:, None, None] / n, (1, length + 1, 1))
    return Trajectories(states, np.ones((n, length), dtype=int), states[:, 1:], rewards, rewards != rewards)
