"""Several policies that act as one, and know how far they disagree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True)
class Committee:
    """Discrete actions: the largest mean probability. Continuous ones: the mean of the members' actions."""

    members: tuple[Any, ...]  # snapshots of policies
    discrete: bool

    def consult(self, observations: Array) -> tuple[Array, Array]:
        """(actions [n, ...], doubt [n]) for a batch of observations.

        doubt is 1 - the largest mean probability, or the deviation of the members' actions.
        """
        if self.discrete:
            mean = np.mean([member.probabilities(observations) for member in self.members], axis=0)
            return mean.argmax(axis=1), 1 - mean.max(axis=1)
        actions = np.stack([member.predict(observations, deterministic=True)[0] for member in self.members])
        return actions.mean(axis=0), actions.std(axis=0).reshape(len(observations), -1).mean(axis=1)

    def predict(
        self, observation: Any, state: Any = None, episode_start: Any = None, deterministic: bool = False
    ) -> tuple[Any, Any]:
        observation = np.asarray(observation)
        single = observation.shape == self.members[0].observation_shape
        actions = self.consult(observation[None] if single else observation)[0]
        return (actions[0] if single else actions), state
