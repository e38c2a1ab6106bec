"""Action advice: the learner asks what to do where it is unsure, and does it.

The uncertainty rule of teaching on a budget (Torrey and Taylor, "Teaching on a budget", 2013; asked for by
the student as in Amir, Kamar, Kolobov, Grosz 2016): advice is asked for the states in which an ensemble of
policies, each trained on its own resampling of the advice so far, agrees least.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from algorithms._blocks.actor import actor, frozen
from algorithms._blocks.asking import affordable
from algorithms._blocks.clone_update import CloneUpdate
from algorithms._blocks.cloning import as_actions
from algorithms._blocks.committee import Committee
from benchmarks.api import Advise, Policy, Segments, Session, algorithm

Array = np.ndarray[Any, np.dtype[Any]]


@algorithm("action-advice", family="advice", asks={Advise}, version="2")
@dataclass(frozen=True)
class ActionAdvice:
    """Lives with the ensemble's policy; every `pace` steps the least certain environments ask and obey."""

    members: int = 3  # policies of the ensemble
    hidden: tuple[int, ...] = (64, 64)
    learning_rate: float = 1e-3
    pace: int = 5  # steps between two moments of asking
    asking: int = 4  # environments that ask at such a moment: the least certain ones
    every: int = 32  # pieces of advice between two trainings
    updates: int = 100  # gradient steps of each member in a training
    batch: int = 64

    def learn(self, session: Session) -> Iterator[Policy]:
        ensemble = [self.member(session) for _ in range(self.members)]
        committee = self.committee(session, ensemble)
        advice: list[tuple[Array, Array]] = []
        learned, moment = 0, 0
        observations = session.env.reset()
        while True:
            actions, doubt = committee.consult(observations)
            if moment % self.pace == 0:
                here = session.here()[np.argsort(-doubt, kind="stable")[: self.asking]]
                here = here[: affordable(session, Advise(here[:1]), len(here))]
                if len(here) == 0:
                    break
                obeyed, advised = self.ask(session, here)
                actions[obeyed.places[:, 0]] = advised
                advice.append((obeyed.observations[:, -1], advised))
            moment += 1
            observations = session.env.step(actions)[0]
            known = sum(len(actions) for _, actions in advice)
            if known >= learned + self.every:
                learned = known
                self.train(session, ensemble, advice)
                committee = self.committee(session, ensemble)
                session.log(doubt=float(doubt.mean()), advice=known)
                yield committee
        if any(len(actions) for _, actions in advice):
            self.train(session, ensemble, advice)
            yield self.committee(session, ensemble)

    def member(self, session: Session) -> CloneUpdate:
        return CloneUpdate(actor(session.spec, self.hidden, self.learning_rate), self.learning_rate)

    def committee(self, session: Session, ensemble: list[CloneUpdate]) -> Committee:
        return Committee(tuple(frozen(member.policy) for member in ensemble), session.spec.discrete)

    def ask(self, session: Session, here: Segments) -> tuple[Segments, Array]:
        """The states for which there was an answer, and the actions advised there."""
        answers = session.ask(Advise(here))
        return here[answers.given], as_actions(session, answers.values[answers.given])

    def train(self, session: Session, ensemble: list[CloneUpdate], advice: list[tuple[Array, Array]]) -> None:
        """Each member follows -log pi(advised action) on its own bootstrap of the advice."""
        seen, done = (np.concatenate(column) for column in zip(*advice, strict=True))
        rng, n = session.rng, len(seen)
        for member in ensemble:
            own = rng.integers(n, size=n)
            minibatches = rng.integers(n, size=(self.updates, min(self.batch, n)))
            member.follow(seen[own], done[own], minibatches)
