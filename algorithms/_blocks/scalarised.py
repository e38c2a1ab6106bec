"""An environment whose reward is a weighing of its objectives."""

from __future__ import annotations

from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]


def scalarised(env: Any, weights: Array) -> Any:
    """`env` with the reward w . phi; `weights` is read at every step, so it may change in place."""
    from stable_baselines3.common.vec_env import VecEnvWrapper

    class Scalarised(VecEnvWrapper):
        def reset(self) -> Any:
            return self.venv.reset()

        def step_wait(self) -> Any:
            observations, _, ends, infos = self.venv.step_wait()
            rewards = np.array([info["objectives"] for info in infos]) @ weights
            return observations, rewards.astype(np.float32), ends, infos

    return Scalarised(env)
