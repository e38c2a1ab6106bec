"""Kahneman-Tversky optimisation: segments are good or bad by themselves, and no pairs are needed.

Ethayarajh, Xu, Muennighoff, Jurafsky, Kiela, "KTO: model alignment as prospect theoretic optimization", 2024.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from algorithms._blocks.direct import Direct
from algorithms._blocks.preference_losses import kto
from benchmarks.api import Answers, Judge, Policy, Query, Rate, Segments, Session, Spec, algorithm


@algorithm("kto", family="direct", asks={Judge, Rate}, uses={"log"}, version="2")
@dataclass(frozen=True)
class Kto(Direct):
    """With s = sum_t [log pi(a_t | s_t) - log pi_ref(a_t | s_t)] of a segment and v in [0, 1] how desirable it is,

    loss = v [1 - sigmoid(beta (s - z))] + (1 - v) [1 - sigmoid(beta (z - s))],    z = max(0, mean s),

    z the minibatch's estimate of KL(pi || pi_ref), without gradient. v is the person's rating of the segment, or
    the judgement of its action, and then segments are single steps whatever `length` says.
    """

    channel: Literal["rate", "judge"] = "rate"
    # The paper's 0.1 is for sums over hundreds of words. On pendulum 0.03, 0.1, 0.3 and 1 ended at .29, .43, .54, .64,
    # on cartpole-hard at .99, .98, .97, .89, and apart by less elsewhere (4 seeds of first trials).
    beta: float = 1.0

    sides: ClassVar[int] = 1

    def learn(self, session: Session) -> Iterator[Policy]:
        yield from self.improve(session)

    def span(self, spec: Spec) -> int:
        return 1 if self.channel == "judge" else super().span(spec)

    def question(self, sides: list[Segments]) -> Query[Answers]:
        return {"rate": Rate, "judge": Judge}[self.channel](*sides)

    def loss(self, log_pi: Any, log_ref: Any, answers: Any) -> tuple[float, Any]:
        scores = (log_pi - log_ref)[:, 0].sum(axis=1, dtype=float)
        loss, gradient = kto(scores, answers, self.beta, float(scores.mean()))
        return loss, gradient[:, None, None]
