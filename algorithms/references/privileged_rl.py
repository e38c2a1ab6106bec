"""PPO on rewards that no learner from feedback has: how far the optimiser itself gets.

`rl-true-reward` optimises the task's true reward. `rl-sparse-reward` optimises the part of it that goals and failures
give: the control of learners that are told this part beside a person's feedback. `rl-oracle-utility` optimises what the
person thinks of single steps, without error: where it beats `rl-true-reward`, that is the person's knowledge, not a
learner's.
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


@algorithm("rl-sparse-reward", family="references", uses={"sparse_reward"})
@dataclass(frozen=True)
class RlSparseReward(OnPolicy):
    """PPO on the twin's true reward of the steps that reach a goal or a failure, and 0 for all others.

    A task without goals and failures, as pendulum, gives 0 always.
    """

    def learn(self, session: Session) -> Iterator[Policy]:
        yield from self.optimise(session, session.env)


@algorithm("rl-oracle-utility", family="references", uses={"oracle_utility"})
@dataclass(frozen=True)
class RlOracleUtility(OnPolicy):
    """PPO on the person's own utility of each step."""

    def learn(self, session: Session) -> Iterator[Policy]:
        yield from self.optimise(session, session.env)
