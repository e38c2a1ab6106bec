"""Behaviour cloning of the person's demonstrations (Pomerleau 1989)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from algorithms._blocks.actor import frozen
from algorithms._blocks.asking import due, growing
from algorithms._blocks.cloning import Cloning
from benchmarks.api import Demonstrate, Policy, Session, algorithm


@algorithm("bc", family="demonstrations", asks={Demonstrate}, version="2")
@dataclass(frozen=True)
class Bc(Cloning):
    """Rounds of ever more of the person's time, each training further on all demonstrations so far."""

    length: int = 200  # steps of a demonstration, at most an episode

    def learn(self, session: Session) -> Iterator[Policy]:
        query = Demonstrate(1, min(self.length, session.spec.horizon))
        seen, done, policy = [], [], None
        for share in growing():
            n = due(session, share, query)
            if n == 0:
                continue
            observations, actions = session.ask(Demonstrate(n, query.length)).steps()
            seen.append(observations)
            done.append(actions)
            policy = self.clone(session, np.concatenate(seen), np.concatenate(done), policy)
            yield frozen(policy)
