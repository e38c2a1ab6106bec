"""An ensemble of imitating policies, each trained on its own resampling of what a person advised."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from algorithms._blocks.actor import actor, frozen
from algorithms._blocks.clone_update import CloneUpdate
from algorithms._blocks.cloning import as_actions
from algorithms._blocks.committee import Committee
from benchmarks.api import Advise

if TYPE_CHECKING:
    from benchmarks.api import Segments, Session

Array = np.ndarray[Any, np.dtype[Any]]
Advice = list[tuple[Array, Array]]  # observations [n, ...] and the actions [n, ...] that the person would do there


@dataclass(frozen=True)
class EnsembleCloning:
    """Members differ in their first weights and in their bootstraps; where they disagree, little was advised."""

    members: int = 3  # policies of the ensemble
    hidden: tuple[int, ...] = (64, 64)
    learning_rate: float = 1e-3
    updates: int = 100  # gradient steps of each member in a training
    batch: int = 64

    def ensemble(self, session: Session) -> list[CloneUpdate]:
        return [self.member(session) for _ in range(self.members)]

    def member(self, session: Session) -> CloneUpdate:
        return CloneUpdate(actor(session.spec, self.hidden, self.learning_rate), self.learning_rate)

    def committee(self, session: Session, ensemble: list[CloneUpdate]) -> Committee:
        return Committee(tuple(frozen(member.policy) for member in ensemble), session.spec.discrete)

    def ask(self, session: Session, here: Segments) -> tuple[Segments, Array]:
        """The states for which there was an answer, and the actions advised there."""
        answers = session.ask(Advise(here))
        return here[answers.given], as_actions(session, answers.values[answers.given])

    def train(self, session: Session, ensemble: list[CloneUpdate], advice: Advice) -> None:
        """Each member follows -log pi(advised action) on its own bootstrap of the advice."""
        seen, done = (np.concatenate(column) for column in zip(*advice, strict=True))
        rng, n = session.rng, len(seen)
        for member in ensemble:
            own = rng.integers(n, size=n)
            minibatches = rng.integers(n, size=(self.updates, min(self.batch, n)))
            member.follow(seen[own], done[own], minibatches)
