"""Kahneman-Tversky optimisation: segments are good or bad by themselves, and no pairs are needed.

Ethayarajh, Xu, Muennighoff, Jurafsky, Kiela, "KTO: model alignment as prospect theoretic optimization", 2024.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from algorithms._blocks.direct import Direct
from algorithms._blocks.preference_losses import kto
from benchmarks.api import Answers, Judge, Policy, Query, Rate, Segments, Session, algorithm


@algorithm("kto", family="direct", asks={Judge, Rate}, uses={"log"})
@dataclass(frozen=True)
class Kto(Direct):
    """With s = sum_t [log pi(a_t | s_t) - log pi_ref(a_t | s_t)] of a segment and v in [0, 1] how desirable it is,

    loss = v [1 - sigmoid(beta (s - z))] + (1 - v) [1 - sigmoid(beta (z - s))],    z = max(0, mean s),

    z the minibatch's estimate of KL(pi || pi_ref), without gradient. v is the person's rating of the segment, or
    the judgement of its last action, and then segments are single steps.
    """

    channel: str = "rate"  # or "judge"
    beta: float = 0.1  # the paper's

    sides: ClassVar[int] = 1

    def learn(self, session: Session) -> Iterator[Policy]:
        yield from self.improve(session)

    def question(self, sides: list[Segments]) -> Query[Answers]:
        return {"rate": Rate, "judge": Judge}[self.channel](*sides)

    def loss(self, log_pi: Any, log_ref: Any, answers: Any) -> tuple[float, Any]:
        scores = (log_pi - log_ref)[:, 0].sum(axis=1, dtype=float)
        loss, gradient = kto(scores, answers, self.beta, float(scores.mean()))
        return loss, gradient[:, None, None]
