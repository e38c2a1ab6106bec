"""Supervised fine-tuning: imitate the segments that were preferred."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from algorithms._blocks.direct import Offline
from benchmarks.api import Compare, Policy, Session, algorithm


@algorithm("sft", family="direct", asks={Compare}, uses={"log"})
@dataclass(frozen=True)
class Sft(Offline):
    """loss = -mean_t log pi(a_t | s_t) over the preferred segments: behaviour cloning of the better half."""

    def learn(self, session: Session) -> Iterator[Policy]:
        yield from self.improve(session)

    def loss(self, log_probability: Any, answers: Any) -> Any:
        each = -log_probability.mean(dim=2)
        return (answers * each[:, 0] + (1 - answers) * each[:, 1]).mean()
