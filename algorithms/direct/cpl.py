"""Contrastive preference learning: no reward model, no reinforcement learning.

Hejna, Rafailov, Sikchi, Finn, Niekum, Knox, Sadigh, "Contrastive preference learning", 2024.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from algorithms._blocks.direct import Direct, of_sums
from algorithms._blocks.preference_losses import contrastive
from benchmarks.api import Compare, Policy, Session, algorithm


@algorithm("cpl", family="direct", asks={Compare}, uses={"log"}, version="2")
@dataclass(frozen=True)
class Cpl(Direct):
    """With A(sigma) = alpha sum_t log pi(a_t | s_t), the policy's own advantage of a segment,

    loss = -log [exp A(+) / (exp A(+) + exp lambda A(-))] = -log sigmoid(A(+) - lambda A(-)),

    lambda < 1 the contrastive bias, which keeps the policy near the log. An answer mu between 0 and 1
    counts as mu of the one order and 1 - mu of the other.
    """

    alpha: float = 0.1  # the paper's
    bias: float = 0.5  # lambda, the paper's

    def learn(self, session: Session) -> Iterator[Policy]:
        yield from self.improve(session)

    def loss(self, log_pi: Any, log_ref: Any, answers: Any) -> tuple[float, Any]:
        return of_sums(partial(contrastive, alpha=self.alpha, bias=self.bias), log_pi, answers)
