"""Learn what a person wants from comparisons of outcomes, then do that.

The outcomes are vectors of objectives, lived or imagined, so the person weighs, and watches nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from algorithms._blocks.weight_belief import WeightBelief
from algorithms._blocks.weight_learning import WeightLearner
from benchmarks.api import Session, Weigh, algorithm

Array = np.ndarray[Any, np.dtype[Any]]


@algorithm("weights-from-preferences", family="multi-objective", asks={Weigh}, uses={"objectives"}, version="2")
@dataclass(frozen=True)
class WeightsFromPreferences(WeightLearner):
    """PPO on w . phi, w the centre of a belief that each session's answers sharpen.

    A session asks, one after another, the pair of outcomes with the largest expected information gain among random
    pairs: an outcome that was lived, the sum of objectives over a segment, and one that differs from it, in each
    objective, by a random part of that objective's scale. The parts run over powers of ten, since nobody knows
    beforehand how much of one objective is worth how much of another.
    """

    length: int = 25  # steps over which an outcome sums the objectives
    candidates: int = 200  # pairs looked at for each one asked about
    particles: int = 2000
    smallest: float = 0.01  # part of an objective's scale by which two outcomes may differ
    largest: float = 30.0  # far beyond what is lived by chance: a person's blur is in proportion to what experts reach
    most: int = 200  # questions in all: afterwards more tell little

    def begin(self, session: Session, scale: Array) -> WeightBelief:
        return WeightBelief(scale, self.particles, session.rng)

    def price(self, session: Session) -> Weigh:
        nothing = np.zeros((1, len(session.spec.objectives)))
        return Weigh(nothing, nothing)

    def ask(self, session: Session, belief: WeightBelief, n: int) -> None:
        """`n` questions, each the most telling of random candidates."""
        lived = session.segments(500, min(self.length, session.spec.horizon)).objectives
        assert lived is not None
        outcomes, rng = lived.sum(axis=1), session.rng
        for _ in range(n):
            left = outcomes[rng.integers(len(outcomes), size=self.candidates)]
            part = np.exp(rng.uniform(np.log(self.smallest), np.log(self.largest), size=left.shape))
            right = left + rng.choice([-1.0, 1.0], size=left.shape) * part * belief.scale
            best = [int(belief.information(left, right).argmax())]
            answers = session.ask(Weigh(left[best], right[best]))
            if answers.given.all():
                belief.update(left[best], right[best], answers.values)

    def weights(self, session: Session, belief: WeightBelief) -> Array:
        return belief.mean()
