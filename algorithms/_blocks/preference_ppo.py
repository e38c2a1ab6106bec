"""Rounds of asking, fitting a reward and PPO on it: the loop of every on-policy learner from preferences."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from algorithms._blocks.asking import shares
from algorithms._blocks.comparing import Comparing
from algorithms._blocks.exploring import wander
from algorithms._blocks.on_policy import OnPolicy, rewarded, snapshot_of
from algorithms._blocks.reward_model import Comparisons, RewardModel
from benchmarks.api import Policy, Session

if TYPE_CHECKING:
    from stable_baselines3.common.vec_env import VecEnv


@dataclass(frozen=True)
class PreferencePpo(OnPolicy, Comparing):
    """In each of `sessions` sessions, spread over the first part of the steps: ask which of two segments is
    better, train the ensemble on all answers so far, standardise its mean reward, and let PPO go on with it.
    Learners that ask otherwise have an `ask` of their own.

    `backend="reference"` is stable-baselines3's PPO on imitation's reward networks and trainer, unchanged.
    """

    warm_up: int = 50  # random steps of each environment before the first session

    def learn(self, session: Session) -> Iterator[Policy]:
        steps = session.budget.steps
        ensemble = self.reward_model(session, self.backend)
        wander(session, self.warm_up)
        model = self.ppo(session, self.rewarded(session, ensemble))
        data: Comparisons | None = None
        for i, share in enumerate(shares(self.sessions)):
            while steps - session.left.steps < i / self.sessions * self.asking * steps:
                self.update(model)
                yield snapshot_of(model)
            answered = self.ask(session, ensemble, share, first=data is None)
            if answered is not None:
                data = answered if data is None else data.and_(answered)
            if data is not None:
                loss = ensemble.fit(data, self.batches, self.pairs)
                self.standardise(session, ensemble)
                session.log(reward_loss=loss, comparisons=len(data))
        while True:
            self.update(model)
            yield snapshot_of(model)

    def rewarded(self, session: Session, ensemble: RewardModel) -> VecEnv:
        """The environments that PPO lives in: their reward is the learned one."""
        return rewarded(session.env, ensemble.reward)
