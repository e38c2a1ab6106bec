"""Acting for w . phi while a person is asked, in sessions, what w is: what learners of weights share."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from algorithms._blocks.asking import Sessions, due
from algorithms._blocks.on_policy import OnPolicy, snapshot_of
from algorithms._blocks.scalarised import scalarised, scales

if TYPE_CHECKING:
    from benchmarks.api import Policy, Query, Session

Array = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True)
class WeightAsker(Sessions):
    """Says when to ask; how to ask, what follows from it, and how to act for weights is the subclass's."""

    warm_up: int = 100  # random steps of each environment before the first session
    most: int = 200  # questions in all: afterwards more tell little

    def begin(self, session: Session, scale: Array) -> Any:
        """What is known at first. `scale` [k]: how much each objective varies over random episodes."""
        raise NotImplementedError

    def price(self, session: Session) -> Query[Any]:
        """One question, to know what it costs."""
        raise NotImplementedError

    def parts(self, n: int) -> list[int]:
        """How many of a session's `n` >= 0 questions are asked between one estimate of the weights and the next."""
        return [n]

    def ask(self, session: Session, known: Any, n: int) -> None:
        """Ask `n` questions and take in the answers."""
        raise NotImplementedError

    def weights(self, session: Session, known: Any) -> Array:
        """[k], of length 1."""
        raise NotImplementedError

    def improving(self, session: Session, known: Any, weights: Array) -> Iterator[Policy]:
        """Better and better policies for the weights [k], which change in place."""
        raise NotImplementedError

    def learn(self, session: Session) -> Iterator[Policy]:
        steps, names = session.budget.steps, session.spec.objectives
        known = self.begin(session, scales(session, self.warm_up))
        weights = np.zeros(len(names))
        policies = self.improving(session, known, weights)
        asked = 0
        for before, share in self.schedule():
            while steps - session.left.steps < before * steps:
                yield next(policies)
            for n in self.parts(min(due(session, share, self.price(session)), self.most - asked)):
                if n > 0:
                    self.ask(session, known, n)
                    asked += n
                weights[:] = self.weights(session, known)
                told = zip(names, weights.tolist(), strict=True)
                session.log(questions=asked, **{f"weight_{name}": w for name, w in told})
        yield from policies


@dataclass(frozen=True)
class WeightLearner(WeightAsker, OnPolicy):
    """PPO that lives in the twin, as every other learner here, and is rewarded by w . phi there."""

    def improving(self, session: Session, known: Any, weights: Array) -> Iterator[Policy]:
        return self._improved(self.ppo(session, scalarised(session.env, weights)))

    def _improved(self, model: Any) -> Iterator[Policy]:
        while True:
            self.update(model)
            yield snapshot_of(model)
