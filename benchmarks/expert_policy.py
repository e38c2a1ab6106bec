"""The task's expert as a policy over observations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.task import Expert, Task


@dataclass(frozen=True)
class ExpertPolicy:
    """Every task here is fully observed, so the state is read back from the observation."""

    task: Task
    expert: Expert

    def predict(
        self, observation: Any, state: Any = None, episode_start: Any = None, deterministic: bool = False
    ) -> tuple[Any, Any]:
        batch = np.asarray(observation)
        single = batch.shape == self.task.observation_space.shape
        actions = self.expert.act(self.task.recover(batch[None] if single else batch))
        return (actions[0] if single else actions), state
