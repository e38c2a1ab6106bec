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
from algorithms._blocks.asking import demonstrated, due, growing
from algorithms._blocks.cloning import Cloning, as_actions
from algorithms._blocks.exploring import live, wander
from benchmarks.api import Advise, Demonstrate, Policy, Session, algorithm

Array = np.ndarray[Any, np.dtype[Any]]
Pairs = list[tuple[Array, Array]]  # observations, actions [n, ...]


@algorithm("dagger", family="demonstrations", asks={Advise, Demonstrate}, version="4")
@dataclass(frozen=True)
class Dagger(Cloning):
    """Round i lives an episode with beta_i pi_H + (1 - beta_i) pi_{i-1}, where beta_i = 1 in the first round and 0
    afterwards (the paper's choice without a parameter), and trains on all actions of the person's so far.

    So the first round is demonstrations, in ever larger parts; each later one asks what the person would have done in
    some of its states.
    """

    first: float = 0.2  # share of the person's time that the demonstrations use
    length: int = 200  # steps of a demonstration, at most an episode
    updates: int = 800  # gradient steps of each training; it goes on from the one before
    rounds: int = 8  # after the first, each uses an equal share

    def learn(self, session: Session) -> Iterator[Policy]:
        data: Pairs = []
        policy = None
        for share in growing():
            if shown := demonstrated(session, self.first * share, self.length):
                data.append(shown.steps())
            if data:
                policy = self.clone(session, *together(data), policy)
                yield frozen(policy)
        for i in range(1, self.rounds + 1):
            if policy is None:
                wander(session, session.spec.horizon)
            else:
                live(session, frozen(policy), session.spec.horizon)
            data += self.advised(session, self.first + (1 - self.first) * i / self.rounds)
            if sum(len(actions) for _, actions in data) > 0:
                policy = self.clone(session, *together(data), policy)
                yield frozen(policy)

    def advised(self, session: Session, share: float) -> Pairs:
        """Advice on states of the last episode, until so much of the person's time is used."""
        n = due(session, share, Advise(session.segments(1, 1)))
        if n == 0:
            return []
        asked = session.segments(n, 1, last=session.spec.horizon)
        answers = session.ask(Advise(asked))
        return [(asked.observations[answers.given, -1], as_actions(session, answers.values[answers.given]))]


def together(data: Pairs) -> tuple[Array, Array]:
    """All observations and all actions."""
    observations, actions = zip(*data, strict=True)
    return np.concatenate(observations), np.concatenate(actions)
