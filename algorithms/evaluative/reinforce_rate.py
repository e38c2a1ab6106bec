"""Policy gradient on a number between 0 and 1 that the person gives each action."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from algorithms._blocks.reinforce import Reinforce
from benchmarks.api import Policy, Rate, Session, algorithm


@algorithm("reinforce-rate", family="evaluative", asks={Rate})
@dataclass(frozen=True)
class ReinforceRate(Reinforce):
    """REINFORCE whose reward is the person's rating of the step."""

    def learn(self, session: Session) -> Iterator[Policy]:
        yield from self.improve(session, Rate)
