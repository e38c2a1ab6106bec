"""PPO on rewards that no learner from feedback has: how far the optimiser itself gets.

`rl-true-reward` optimises the task's true reward. `rl-oracle-utility` optimises what the person thinks of
single steps, without error: where it beats `rl-true-reward`, that is the person's knowledge, not a learner's.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from algorithms._blocks.on_policy import OnPolicy
from benchmarks.api import Policy, Session, algorithm


@algorithm("rl-true-reward", family="references", uses={"true_reward"})
@dataclass(frozen=True)
class RlTrueReward(OnPolicy):
    """PPO on the twin's true reward."""

    def learn(self, session: Session) -> Iterator[Policy]:
        yield from self.optimise(session, session.env)


@algorithm("rl-oracle-utility", family="references", uses={"oracle_utility"})
@dataclass(frozen=True)
class RlOracleUtility(OnPolicy):
    """PPO on the person's own utility of each step."""

    def learn(self, session: Session) -> Iterator[Policy]:
        yield from self.optimise(session, session.env)
