"""The task's expert: the one of every score."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.api import Policy, Session, algorithm


@algorithm("expert", family="references", uses={"expert"})
@dataclass(frozen=True)
class Expert:
    """Offers the expert at once and spends nothing."""

    def learn(self, session: Session) -> Iterator[Policy]:
        yield session.expert()
