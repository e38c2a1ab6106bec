"""Which outcomes to have a person weigh, so that the weights are soon known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from algorithms._blocks.weight_belief import WeightBelief
from benchmarks.api import Weigh

if TYPE_CHECKING:
    from benchmarks.api import Session

Array = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True)
class WeightQuestions:
    """A session asks, one after another, the pair of outcomes with the largest expected information gain.

    The pairs are random: an outcome that was lived, the sum of objectives over a segment, and one that differs from
    it, in each objective, by a random part of that objective's scale. The parts run over powers of ten, since nobody
    knows beforehand how much of one objective is worth how much of another.
    """

    length: int = 25  # steps over which an outcome sums the objectives
    candidates: int = 400  # pairs looked at for each one asked about
    particles: int = 4000
    smallest: float = 0.01  # part of an objective's scale by which two outcomes may differ
    largest: float = 30.0  # far beyond what is lived by chance: a person's blur is in proportion to what experts reach

    def begin(self, session: Session, scale: Array) -> WeightBelief:
        return WeightBelief(scale, self.particles, session.rng)

    def price(self, session: Session) -> Weigh:
        nothing = np.zeros((1, len(session.spec.objectives)))
        return Weigh(nothing, nothing)

    def parts(self, n: int) -> list[int]:
        """Fives: what is believed between them shows how soon the weights were known."""
        return [5] * (n // 5) + [n % 5] * (n % 5 > 0 or n == 0)

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
