"""The vectorised environment that a learner lives in: metered, and blind to the reward."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from stable_baselines3.common.vec_env import VecEnv

from benchmarks.api import BudgetSpent
from benchmarks.ledger import Tracks
from benchmarks.task import Step, Task

Array = np.ndarray[Any, np.dtype[Any]]
Reward = Callable[[Array, Array, Step], Array]  # (states, actions, step) -> [n]


class TwinEnv(VecEnv):
    """`envs` copies of a task's twin as a stable-baselines3 VecEnv; every step is written into the ledger.

    All copies step together, so an episode ends for all at the horizon, with `TimeLimit.truncated`; only a
    task that terminates ends one by itself. The reward is NaN unless a privileged learner was given one.
    Who is shown the objectives is also told of events: that is where the original, whose outcomes count, ends.
    """

    def __init__(
        self,
        task: Task,
        envs: int,
        steps: int,
        rng: np.random.Generator,
        reward: Reward | None = None,
        show_objectives: bool = False,
    ) -> None:
        super().__init__(envs, task.observation_space, task.action_space)
        self.task = task
        self.tracks = Tracks(task, envs, steps // envs)
        self.steps = steps
        self.taken = 0
        self._rng = rng
        self._reward = reward
        self._show_objectives = show_objectives
        self._age = np.zeros(envs, dtype=int)
        self._actions: Array = np.empty(0)
        self._states = task.starts(envs, rng)
        self.tracks.begin(self._states)

    def reset(self) -> Array:
        if self._age.any():
            self._states = self.task.starts(self.num_envs, self._rng)
            self._age[:] = 0
            self.tracks.begin(self._states)
        return self.task.observe(self._states)

    def step_async(self, actions: Array) -> None:
        self._actions = legal(actions, self.action_space, self.num_envs)

    def step_wait(self) -> tuple[Array, Array, Array, list[dict[str, Any]]]:
        if self.taken + self.num_envs > self.steps:
            raise BudgetSpent(f"all {self.steps} environment steps are taken")
        task, before, actions = self.task, self._states, self._actions
        step = task.step(before, actions, self._rng)
        self.taken += self.num_envs
        self._age += 1
        terminated = step.event if task.after_event == "terminate" else np.zeros(self.num_envs, dtype=bool)
        truncated = (self._age >= task.horizon) & ~terminated
        ended = terminated | truncated
        self._states = step.arrived
        infos: list[dict[str, Any]] = [{} for _ in range(self.num_envs)]
        if self._show_objectives:
            for info, objectives, event in zip(infos, step.objectives, step.event, strict=True):
                info["objectives"] = objectives
                info["event"] = bool(event)
        if ended.any():
            self._begin_again(ended, terminated, truncated, step, infos)
        self.tracks.add(actions, step, ended, self._states)
        rewards = np.full(self.num_envs, np.nan) if self._reward is None else self._reward(before, actions, step)
        return task.observe(self._states), rewards.astype(np.float32), ended, infos

    def _begin_again(
        self, ended: Array, terminated: Array, truncated: Array, step: Step, infos: list[dict[str, Any]]
    ) -> None:
        last_states = np.where(terminated[:, None], step.following, step.arrived)
        last = self.task.observe(last_states)
        for i in np.flatnonzero(ended):
            infos[i]["terminal_observation"] = last[i]
            infos[i]["TimeLimit.truncated"] = bool(truncated[i])
        self._states = step.arrived.copy()
        self._states[truncated] = self.task.starts(int(truncated.sum()), self._rng)
        self._age[ended] = 0

    def close(self) -> None:
        pass

    def get_attr(self, attr_name: str, indices: Any = None) -> list[Any]:
        if attr_name == "render_mode":
            return [None] * self.num_envs
        raise AttributeError(f"the environment has no attribute {attr_name!r} that a learner may read")

    def set_attr(self, attr_name: str, value: Any, indices: Any = None) -> None:
        raise AttributeError("a learner cannot change the environment")

    def env_method(self, method_name: str, *args: Any, indices: Any = None, **kwargs: Any) -> list[Any]:
        raise AttributeError(f"the environment has no method {method_name!r} that a learner may call")

    def env_is_wrapped(self, wrapper_class: type, indices: Any = None) -> list[bool]:
        return [False] * self.num_envs

    def seed(self, seed: int | None = None) -> list[int | None]:
        """The world's chance belongs to the trial: a learner's seed does not touch it."""
        return [None] * self.num_envs


def legal(actions: Any, space: Any, n: int) -> Array:
    """The actions as an array of the space's type, [n, ...]. Raises ValueError where they are no actions."""
    actions = np.asarray(actions)
    shape = (n, *(space.shape or ()))
    if actions.shape != shape:
        raise ValueError(f"actions must have shape {shape}, not {actions.shape}")
    if not np.isfinite(actions).all():
        raise ValueError("an action is NaN or infinite")
    if hasattr(space, "n"):
        if not np.issubdtype(actions.dtype, np.integer):
            raise ValueError(f"actions must be integers below {space.n}, not {actions.dtype}")
        if ((actions < 0) | (actions >= space.n)).any():
            raise ValueError(f"an action is outside 0 ... {space.n - 1}")
        return actions.astype(space.dtype)
    return np.clip(actions, space.low, space.high).astype(space.dtype)
