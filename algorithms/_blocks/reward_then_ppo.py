"""Sessions of feedback between updates of PPO: what on-policy learners of a reward from a person have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from algorithms._blocks.asking import Sessions
from algorithms._blocks.exploring import wander
from algorithms._blocks.on_policy import OnPolicy, snapshot_of

if TYPE_CHECKING:
    from stable_baselines3.common.vec_env import VecEnv

    from benchmarks.api import Policy, Session


@dataclass(frozen=True)
class RewardThenPpo(OnPolicy, Sessions):
    """In each of `sessions` sessions, spread over the first part of the steps: ask, train the reward on all answers
    so far, and let PPO go on with it.
    """

    warm_up: int = 50  # random steps of each environment before the first session

    def alternate(
        self, session: Session, world: VecEnv, consult: Callable[[float], None], discount: float | None = None
    ) -> Iterator[Policy]:
        """Policies, one after each update in `world`, which is the session's with another reward. `consult` is told
        the share of the person's time to be used by then, asks, changes that reward, and reveals it."""
        steps = session.budget.steps
        wander(session, self.warm_up)
        model = self.ppo(session, world, discount)
        for before, share in self.schedule():
            while steps - session.left.steps < before * steps:
                yield self._updated(model)
            consult(share)
        while True:
            yield self._updated(model)

    def _updated(self, model: Any) -> Policy:
        self.update(model)
        return snapshot_of(model)
