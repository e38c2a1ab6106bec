"""Supervised fine-tuning: imitate the segments that were preferred."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from algorithms._blocks.direct import Direct
from benchmarks.api import Compare, Policy, Session, algorithm


@algorithm("sft", family="direct", asks={Compare}, uses={"log"}, version="2")
@dataclass(frozen=True)
class Sft(Direct):
    """loss = -mean_t log pi(a_t | s_t) over the preferred segments: behaviour cloning of the better half."""

    def learn(self, session: Session) -> Iterator[Policy]:
        yield from self.improve(session)

    def loss(self, log_pi: Any, log_ref: Any, answers: Any) -> tuple[float, Any]:
        preferred = np.stack([answers, 1 - answers], axis=1)
        loss = -(preferred * log_pi.mean(axis=2, dtype=float)).sum(axis=1).mean()
        return float(loss), -preferred[:, :, None] / (len(answers) * log_pi.shape[2])
