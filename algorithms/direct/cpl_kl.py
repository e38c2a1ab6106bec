"""Contrastive preference learning that is held to the log by the reference policy (Hejna et al. 2024, CPL-KL)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from algorithms._blocks.direct import Direct, of_sums
from algorithms._blocks.preference_losses import contrastive
from benchmarks.api import Compare, Policy, Session, algorithm


@algorithm("cpl-kl", family="direct", asks={Compare}, uses={"log"})
@dataclass(frozen=True)
class CplKl(Direct):
    """CPL with A(sigma) = alpha sum_t [log pi(a_t | s_t) - log pi_ref(a_t | s_t)], pi_ref the clone of the log."""

    alpha: float = 0.1  # CPL's
    bias: float = 0.5  # lambda, CPL's; with 1 this is DPO

    def learn(self, session: Session) -> Iterator[Policy]:
        yield from self.improve(session)

    def loss(self, log_pi: Any, log_ref: Any, answers: Any) -> tuple[float, Any]:
        return of_sums(partial(contrastive, alpha=self.alpha, bias=self.bias), log_pi - log_ref, answers)
