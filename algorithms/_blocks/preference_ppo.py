"""A reward from comparisons, or from what can be made into them, and PPO on it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from algorithms._blocks.comparing import Comparing
from algorithms._blocks.on_policy import rewarded
from algorithms._blocks.reward_model import Comparisons, RewardModel
from algorithms._blocks.reward_then_ppo import RewardThenPpo
from benchmarks.api import Policy, Session

if TYPE_CHECKING:
    from stable_baselines3.common.vec_env import VecEnv


@dataclass(frozen=True)
class PreferencePpo(RewardThenPpo, Comparing):
    """In each session: ask which of two segments is better, train the ensemble on all answers so far, and
    standardise its mean reward. Learners that ask otherwise have an `ask` of their own.

    `backend="reference"` is stable-baselines3's PPO on imitation's reward networks and trainer, unchanged.
    """

    discount: float = 1.0

    def learn(self, session: Session) -> Iterator[Policy]:
        ensemble = self.reward_model(session, self.backend)
        heard: list[Comparisons] = []

        def consult(share: float) -> None:
            answered = self.ask(session, ensemble, share, first=not heard)
            if answered is not None:
                heard[:] = [heard[0].and_(answered) if heard else answered]
            if heard:
                loss = ensemble.fit(heard[0], self.batches, self.pairs)
                self.standardise(session, ensemble)
                session.log(reward_loss=loss, comparisons=len(heard[0]))

        world = self.rewarded(session, ensemble)
        yield from self.alternate(session, world, consult, discount=min(self.discount, session.spec.discount))

    def rewarded(self, session: Session, ensemble: RewardModel) -> VecEnv:
        """The environments that PPO lives in: their reward is the learned one."""
        return rewarded(session.env, ensemble.reward)
