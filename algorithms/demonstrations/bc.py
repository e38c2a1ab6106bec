"""Behaviour cloning of the person's demonstrations (Pomerleau 1989)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from algorithms._blocks.actor import frozen
from algorithms._blocks.asking import demonstrated, growing
from algorithms._blocks.cloning import Cloning
from benchmarks.api import Demonstrate, Policy, Session, algorithm


@algorithm("bc", family="demonstrations", asks={Demonstrate}, version="2")
@dataclass(frozen=True)
class Bc(Cloning):
    """Rounds of ever more of the person's time, each training further on all demonstrations so far."""

    length: int = 200  # steps of a demonstration, at most an episode

    def learn(self, session: Session) -> Iterator[Policy]:
        seen, done, policy = [], [], None
        for share in growing():
            shown = demonstrated(session, share, self.length)
            if shown is None:
                continue
            observations, actions = shown.steps()
            seen.append(observations)
            done.append(actions)
            policy = self.clone(session, np.concatenate(seen), np.concatenate(done), policy)
            yield frozen(policy)
