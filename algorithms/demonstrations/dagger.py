"""DAgger: imitate what the person would have done in the states that the learner itself gets into.

Ross, Gordon, Bagnell, "A reduction of imitation learning and structured prediction to no-regret online
learning", 2011. The supervised learner is that of `bc`. The `imitation` library's own DAgger asks for
the action in every state it visits; a person's time is dear, so here each round's advice is asked for a
random sample of the visited states.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from algorithms._blocks.actor import frozen
from algorithms._blocks.asking import due
from algorithms._blocks.cloning import Cloning, as_actions
from algorithms._blocks.exploring import live, wander
from benchmarks.api import Advise, Demonstrate, Policy, Session, algorithm

Pairs = list[tuple[np.ndarray[Any, np.dtype[Any]], np.ndarray[Any, np.dtype[Any]]]]  # observations, actions [n, ...]


@algorithm("dagger", family="demonstrations", asks={Advise, Demonstrate}, version="3")
@dataclass(frozen=True)
class Dagger(Cloning):
    """Round i lives an episode with beta_i pi_H + (1 - beta_i) pi_{i-1}, where beta_i = 1 in the first round and 0
    afterwards (the paper's choice without a parameter), and trains on all actions of the person's so far.

    So the first round is demonstrations; each later one asks what the person would have done in some of its states.
    """

    first: float = 0.2  # share of the person's time that the demonstrations use
    length: int = 200  # steps of a demonstration, at most an episode
    updates: int = 800  # gradient steps of each training; it goes on from the one before
    rounds: int = 8  # after the first, each uses an equal share

    def learn(self, session: Session) -> Iterator[Policy]:
        spec = session.spec
        data, policy = self.demonstrated(session), None
        for i in range(self.rounds + 1):
            if i > 0:
                data += self.advised(session, self.first + (1 - self.first) * i / self.rounds)
            if sum(len(actions) for _, actions in data) == 0:
                wander(session, spec.horizon)
                continue
            seen, done = (np.concatenate(column) for column in zip(*data, strict=True))
            policy = self.clone(session, seen, done, policy)
            yield frozen(policy)
            live(session, frozen(policy), spec.horizon)

    def demonstrated(self, session: Session) -> Pairs:
        query = Demonstrate(1, min(self.length, session.spec.horizon))
        n = due(session, self.first, query)
        return [session.ask(Demonstrate(n, query.length)).steps()] if n else []

    def advised(self, session: Session, share: float) -> Pairs:
        """Advice on states of the last episode, until so much of the person's time is used."""
        n = due(session, share, Advise(session.segments(1, 1)))
        if n == 0:
            return []
        asked = session.segments(n, 1, last=session.spec.horizon)
        answers = session.ask(Advise(asked))
        return [(asked.observations[answers.given, -1], as_actions(session, answers.values[answers.given]))]
