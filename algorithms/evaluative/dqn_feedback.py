"""DQN whose reward is the person's judgement, alone or on top of a sparse reward.

Mnih et al., "Human-level control through deep reinforcement learning", 2015, for the DQN; Knox and Stone, 2009 and
2012, for the regression of judgements and for adding it to a reward. Unlike TAMER it looks ahead: what counts is the
discounted sum of what the person would say.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from algorithms._blocks.judged_replay import JudgedReplay
from benchmarks.api import Judge, Policy, Session, algorithm


@algorithm("dqn-feedback", family="evaluative", asks={Judge}, spaces={"discrete"})
@dataclass(frozen=True)
class DqnFeedback(JudgedReplay):
    """DQN with r(s, a) = H(s, a), H regressed on the person's judgements.

    What a person says already looks ahead, so that the learner needs to do so little: with a discount near 1 it goes
    round where it is praised (Knox and Stone, "Reinforcement learning from human reward: discounting in episodic
    tasks", 2012).
    """

    discount: float = 0.7  # of what the person would say later

    def learn(self, session: Session) -> Iterator[Policy]:
        yield from self.live(session, own=False, discount=self.discount)


@algorithm("shaped-dqn", family="evaluative", asks={Judge}, uses={"sparse_reward"}, spaces={"discrete"})
@dataclass(frozen=True)
class ShapedDqn(JudgedReplay):
    """DQN with r'(s, a) = r(s, a) + w H(s, a), r the task's reward for goals and failures alone; see `shaped-ppo`."""

    weight: float = 0.1  # w at the beginning; goals and failures are worth about 1
    kept: float = 0.1  # share of w that is left at the end

    def learn(self, session: Session) -> Iterator[Policy]:
        yield from self.live(session, own=True, weight=self.weight, kept=self.kept)
