"""Sequence likelihood calibration (Zhao, Joshi, Liu, Khalman, Saleh, Liu, "SLiC-HF", 2023) with DPO's score."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from algorithms._blocks.direct import Direct, of_sums
from algorithms._blocks.preference_losses import hinge
from benchmarks.api import Compare, Policy, Session, algorithm


@algorithm("hinge", family="direct", asks={Compare}, uses={"log"})
@dataclass(frozen=True)
class Hinge(Direct):
    """loss = max(0, 1 - beta h), h as in `dpo`."""

    beta: float = 0.1  # DPO's

    def learn(self, session: Session) -> Iterator[Policy]:
        yield from self.improve(session)

    def loss(self, log_pi: Any, log_ref: Any, answers: Any) -> tuple[float, Any]:
        return of_sums(partial(hinge, beta=self.beta), log_pi - log_ref, answers)
