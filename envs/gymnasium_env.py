"""A task as a gymnasium environment, to look at it or to train on its true reward."""

from __future__ import annotations

import importlib
from typing import Any

import gymnasium
import numpy as np

from benchmarks.task import Array, Task


class TaskEnv(gymnasium.Env[Array, Any]):
    """The original of a task, or its twin; `info["objectives"]` is phi [k].

    The original ends at its event and pays the published reward. The twin does after an event what the task
    says, and pays the hidden reward. Time limits are the registration's.
    """

    metadata: dict[str, Any] = {"render_modes": ["rgb_array"]}  # noqa: RUF012 - as gymnasium declares it

    def __init__(self, task: str, twin: bool = False, render_mode: str | None = None) -> None:
        """`task` is where the function that makes it is found, as "envs.maze:maze"."""
        module, function = task.split(":")
        self.task: Task = getattr(importlib.import_module(module), function)()
        self.twin = twin
        self.metadata = {**self.metadata, "render_fps": round(1 / self.task.step_seconds)}
        if render_mode not in (None, *self.metadata["render_modes"]):
            raise ValueError(f'render_mode is None or "rgb_array", not {render_mode!r}')
        self.render_mode = render_mode
        self.observation_space = self.task.observation_space
        self.action_space = self.task.action_space
        self._states: Array = np.empty((1, 0))

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Array, dict[str, Any]]:
        super().reset(seed=seed)
        self._states = self.task.starts(1, self.np_random)
        return self.task.observe(self._states)[0], {}

    def step(self, action: Any) -> tuple[Array, float, bool, bool, dict[str, Any]]:
        task, actions = self.task, np.asarray(action)[None]
        if self.twin:
            step = task.step(self._states, actions, self.np_random)
            objectives, weights = step.objectives[0], task.weights
            terminated = bool(step.event[0]) and task.after_event == "terminate"
            self._states = step.following if terminated else step.arrived
        else:
            following = task.fated(task.transition(self._states, actions), self.np_random)
            objectives, weights = task.phi(self._states, actions, following)[0], task.original_weights
            terminated = bool(task.event(following)[0])
            self._states = following
        observation, reward = task.observe(self._states)[0], float(objectives @ weights)
        return observation, reward, terminated, False, {"objectives": objectives}

    def render(self) -> Array | None:
        return None if self.render_mode is None else self.task.render(self._states[0])
