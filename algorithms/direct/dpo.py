"""Direct preference optimisation on trajectories.

Rafailov, Sharma, Mitchell, Ermon, Manning, Finn, "Direct preference optimization", 2023.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from algorithms._blocks.direct import Direct, of_sums
from algorithms._blocks.preference_losses import dpo
from benchmarks.api import Compare, Policy, Session, algorithm


@algorithm("dpo", family="direct", asks={Compare}, uses={"log"})
@dataclass(frozen=True)
class Dpo(Direct):
    """loss = -log sigmoid(beta h), pi_ref the clone of the log, + the better segment,

    h = sum_t [log pi(a+_t | s+_t) - log pi_ref(a+_t | s+_t)] - the same of the other segment.
    """

    beta: float = 0.1  # the paper's

    def learn(self, session: Session) -> Iterator[Policy]:
        yield from self.improve(session)

    def loss(self, log_pi: Any, log_ref: Any, answers: Any) -> tuple[float, Any]:
        return of_sums(partial(dpo, beta=self.beta), log_pi - log_ref, answers)
