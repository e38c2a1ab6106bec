"""Policy gradient on "was that right?": the plainest learner from 0/1 feedback."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from algorithms._blocks.reinforce import Reinforce
from benchmarks.api import Judge, Policy, Session, algorithm


@algorithm("reinforce-judge", family="evaluative", asks={Judge})
@dataclass(frozen=True)
class ReinforceJudge(Reinforce):
    """REINFORCE whose reward is 1 where the person called the action right, else 0."""

    def learn(self, session: Session) -> Iterator[Policy]:
        yield from self.improve(session, Judge)
