"""DAgger: imitate what the person would have done in the states that the learner itself gets into.

Ross, Gordon, Bagnell, "A reduction of imitation learning and structured prediction to no-regret online
learning", 2011. The supervised learner is that of `bc`. The `imitation` library's own DAgger asks for
the action in every state it visits; a person's time is dear, so here each round's advice is asked for a
random sample of the visited states.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from algorithms._blocks.actor import frozen
from algorithms._blocks.asking import due
from algorithms._blocks.cloning import Cloning, as_actions
from algorithms._blocks.exploring import live, wander
from benchmarks.api import Advise, Policy, Session, algorithm


@algorithm("dagger", family="demonstrations", asks={Advise}, version="2")
@dataclass(frozen=True)
class Dagger(Cloning):
    """Round i lives an episode with policy i - 1 (the first at random: the person is never at the wheel),
    asks what the person would have done in some of its states, and trains on all advice so far.
    """

    first: float = 1 / 32  # share of the person's time that the first round uses
    updates: int = 800  # gradient steps of each training; it goes on from the one before
    rounds: int = 8  # after the first, each uses an equal share

    def learn(self, session: Session) -> Iterator[Policy]:
        spec = session.spec
        wander(session, spec.horizon)
        seen, done, policy = [], [], None
        for i in range(self.rounds + 1):
            one = Advise(session.segments(1, 1))
            n = due(session, self.first + (1 - self.first) * i / self.rounds, one)
            if n == 0:
                continue
            asked = session.segments(n, 1, last=spec.horizon)
            answers = session.ask(Advise(asked))
            given = answers.given
            seen.append(asked.observations[given, -1])
            done.append(as_actions(session, answers.values[given]))
            if sum(map(len, seen)) == 0:
                continue
            policy = self.clone(session, np.concatenate(seen), np.concatenate(done), policy)
            yield frozen(policy)
            live(session, frozen(policy), spec.horizon)
