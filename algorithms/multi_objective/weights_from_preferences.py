"""Learn what a person wants from comparisons of outcomes, then do that.

The outcomes are vectors of objectives, lived or imagined, so the person weighs, and watches nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from algorithms._blocks.asking import due, shares
from algorithms._blocks.exploring import wander
from algorithms._blocks.on_policy import OnPolicy, snapshot_of
from algorithms._blocks.scalarised import scalarised
from algorithms._blocks.weight_belief import WeightBelief
from benchmarks.api import Policy, Session, Weigh, algorithm

Array = np.ndarray[Any, np.dtype[Any]]


@algorithm("weights-from-preferences", family="multi-objective", asks={Weigh}, uses={"objectives"})
@dataclass(frozen=True)
class WeightsFromPreferences(OnPolicy):
    """PPO on w . phi with the mean w of a belief, which each session's answers sharpen.

    A session asks, one after another, the pair of outcomes with the largest expected information gain among
    random pairs: sums of objectives over segments that were lived, half of them changed at random within the
    range of what was lived. An objective that never varied is imagined to vary by 1: else nothing would be
    learned of a goal before it is reached, and it would not be reached before it is wanted.
    """

    length: int = 25  # steps over which an outcome sums the objectives
    sessions: int = 10  # feedback sessions, each with as much of the person's time
    asking: float = 0.6  # share of the environment steps during which there are sessions
    warm_up: int = 100  # random steps of each environment before the first session
    candidates: int = 200  # pairs looked at for each one asked about
    particles: int = 2000
    most: int = 200  # questions in all: afterwards more tell little

    def learn(self, session: Session) -> Iterator[Policy]:
        steps, k = session.budget.steps, len(session.spec.objectives)
        wander(session, self.warm_up)
        lived = self.outcomes(session, 500)
        scale = np.abs(lived - lived.mean(axis=0)).max(axis=0)
        belief = WeightBelief(np.where(scale > 0, scale, 1.0), self.particles, session.rng)
        weights = np.zeros(k)
        model = self.ppo(session, scalarised(session.env, weights))
        asked = 0
        for i, share in enumerate(shares(self.sessions)):
            while steps - session.left.steps < i / self.sessions * self.asking * steps:
                self.update(model)
                yield snapshot_of(model)
            nothing = np.zeros((1, k))
            for _ in range(min(due(session, share, Weigh(nothing, nothing)), self.most - asked)):
                asked += 1
                self.ask(session, belief)
            weights[:] = belief.mean()
            session.log(questions=asked, **{f"weight_{name}": w for name, w in self.named(session, weights)})
        while True:
            self.update(model)
            yield snapshot_of(model)

    def ask(self, session: Session, belief: WeightBelief) -> None:
        """One question, the most telling of random candidates."""
        outcomes = self.outcomes(session, 2 * self.candidates)
        outcomes[::2] += belief.scale * session.rng.normal(size=outcomes[::2].shape)
        left, right = outcomes[: self.candidates], outcomes[self.candidates :]
        best = [int(belief.information(left, right).argmax())]
        answers = session.ask(Weigh(left[best], right[best]))
        if answers.given.all():
            belief.update(left[best], right[best], answers.values)

    def outcomes(self, session: Session, n: int) -> Array:
        """Sums of objectives [n, k] over random lived segments."""
        length = min(self.length, session.spec.horizon)
        objectives: Any = session.segments(n, length).objectives
        return objectives.sum(axis=1)

    def named(self, session: Session, weights: Array) -> list[tuple[str, float]]:
        return list(zip(session.spec.objectives, weights.tolist(), strict=True))
