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
    from benchmarks.api import Answers, Policy, Query, Segments, Session, Spec

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

    Offline, all segments are the log's. Online, the policy of the round before lives in the environment, and half of
    the questions, but the first round's, are about what it did there lately. Asking about that alone ended lower: cpl
    on pendulum -.19 and .30, with half .69 and .89; dpo .82 and .30, with half .82 and .96 (seeds 1000 and 1001). Not
    that more answers were wrong (50 of 490 for cpl, seed 1001, with half 42): a poor policy shows little of the task.
    """

    online: bool = False  # ask about what the current policy does, too, not about the log alone
    # Steps of a segment, over all of which an answer is spread. With 25, dpo ended at .43 and .83 on cartpole-hard,
    # with 10 at .95 and 1.01 (2 seeds of first trials).
    length: int = 10

    sides: ClassVar[int] = 2  # segments in a question

    def span(self, spec: Spec) -> int:
        """Steps of a segment, of which an episode may have fewer."""
        return min(self.length, spec.horizon)

    def question(self, sides: list[Segments]) -> Query[Answers]:
        """What the person is asked of n segments a side."""
        return Compare(*sides)

    def begin(self, session: Session) -> Any:
        """What is made once, before the first question, and handed to each `train`."""
        raise NotImplementedError

    def train(self, session: Session, asked: Asked, begun: Any) -> tuple[Policy, float]:
        """The policy of all answers so far, and the loss reached."""
        raise NotImplementedError

    def untold(self, begun: Any) -> Policy:
        """The policy of who got no answer at all."""
        raise NotImplementedError

    def improve(self, session: Session) -> Iterator[Policy]:
        """Policies, one after each round, until the person's time is spent."""
        length = self.span(session.spec)
        one = self.question([session.logged(1, length)] * self.sides)
        asked = Asked([[] for _ in range(self.sides)])
        begun, policy = self.begin(session), None

        def ask(sides: list[Segments]) -> None:
            asked.add(sides, session.ask(self.question(sides)))

        rounds = growing()
        for share in rounds:
            n = due(session, share, one)
            if n == 0:
                continue
            lived = n // 2 if self.online and policy is not None else 0
            if lived:
                steps = max(length, session.budget.steps // session.spec.envs // len(rounds))
                live(session, policy, steps)
                ask([session.segments(lived, length, last=steps) for _ in range(self.sides)])
            ask([session.logged(n - lived, length) for _ in range(self.sides)])
            if len(asked):
                policy, loss = self.train(session, asked, begun)
                session.log(loss=loss, answers=len(asked))
                yield policy
        if policy is None:
            yield self.untold(begun)
