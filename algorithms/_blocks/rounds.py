"""Rounds of questions about segments, logged or lived, and a policy after each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from algorithms._blocks.asking import due, growing
from algorithms._blocks.exploring import live
from benchmarks.api import Compare

if TYPE_CHECKING:
    from benchmarks.api import Answers, Policy, Query, Segments, Session

Array = np.ndarray[Any, np.dtype[Any]]


@dataclass
class Asked:
    """What was asked and answered: segments of each side of the questions, and the answers [n]."""

    sides: list[list[Segments]]
    values: list[Array] = field(default_factory=list)

    def __len__(self) -> int:
        return sum(map(len, self.values))

    def add(self, sides: list[Segments], answers: Answers) -> None:
        """Keep the questions that were not skipped."""
        for kept, segments in zip(self.sides, sides, strict=True):
            kept.append(segments[answers.given])
        self.values.append(answers.values[answers.given])

    def lived(self) -> list[Segments]:
        """The kept segments that were lived, not logged: behaviour beyond the log."""
        return [part for parts in self.sides for part in parts if part.source == "lived"]

    def columns(self, of: Any) -> Array:
        """`of` (one batch -> [n, L, ...]) of all segments, [n, sides, L, ...]."""
        return np.stack([np.concatenate([of(part) for part in parts]) for parts in self.sides], axis=1)


@dataclass(frozen=True)
class Rounds:
    """Each round asks until its share of the person's time is used and trains on all answers so far.

    Offline, all segments are the log's. Online, the policy of the round before lives in the environment, and all
    questions but the first round's are about what it did there lately.
    """

    online: bool = False  # ask about what the current policy does, not about the log
    # Steps of a segment, over all of which an answer is spread. With 25, dpo ended at .43 and .83 on cartpole-hard,
    # with 10 at .95 and 1.01 (2 seeds of first trials).
    length: int = 10

    sides: ClassVar[int] = 2  # segments in a question

    def question(self, sides: list[Segments]) -> Query[Answers]:
        """What the person is asked of n segments a side."""
        return Compare(*sides)

    def begin(self, session: Session) -> Any:
        """What is made once, before the first question, and handed to each `train`."""
        raise NotImplementedError

    def train(self, session: Session, asked: Asked, begun: Any) -> tuple[Policy, float]:
        """The policy of all answers so far, and the loss reached."""
        raise NotImplementedError

    def improve(self, session: Session) -> Iterator[Policy]:
        """Policies, one after each round, until the person's time is spent."""
        length = min(self.length, session.spec.horizon)
        one = self.question([session.logged(1, length)] * self.sides)
        asked = Asked([[] for _ in range(self.sides)])
        begun, policy = self.begin(session), None
        rounds = growing()
        for share in rounds:
            n = due(session, share, one)
            if n == 0:
                continue
            if self.online and policy is not None:
                steps = max(length, session.budget.steps // session.spec.envs // len(rounds))
                live(session, policy, steps)
                sides = [session.segments(n, length, last=steps) for _ in range(self.sides)]
            else:
                sides = [session.logged(n, length) for _ in range(self.sides)]
            asked.add(sides, session.ask(self.question(sides)))
            if len(asked):
                policy, loss = self.train(session, asked, begun)
                session.log(loss=loss, answers=len(asked))
                yield policy
