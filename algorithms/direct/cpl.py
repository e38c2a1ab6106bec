"""Contrastive preference learning: no reward model, no reinforcement learning.

Hejna, Rafailov, Sikchi, Finn, Niekum, Knox, Sadigh, "Contrastive preference learning", 2024.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from algorithms._blocks.direct import Offline
from benchmarks.api import Compare, Policy, Session, algorithm


@algorithm("cpl", family="direct", asks={Compare}, uses={"log"})
@dataclass(frozen=True)
class Cpl(Offline):
    """With A(sigma) = alpha sum_t log pi(a_t | s_t), the policy's own advantage of a segment,

    loss = -log [exp A(+) / (exp A(+) + exp lambda A(-))] = -log sigmoid(A(+) - lambda A(-)),

    lambda < 1 the contrastive bias, which keeps the policy near the log. An answer mu between 0 and 1
    counts as mu of the one order and 1 - mu of the other.
    """

    alpha: float = 0.1  # the paper's
    bias: float = 0.5  # lambda, the paper's

    def learn(self, session: Session) -> Iterator[Policy]:
        yield from self.improve(session)

    def loss(self, log_probability: Any, answers: Any) -> Any:
        return contrastive_loss(self.alpha * log_probability.sum(dim=2), answers, self.bias)


def contrastive_loss(advantage: Any, answers: Any, bias: float) -> Any:
    """Mean CPL loss; advantage [b, 2] of left and right, answers [b] = P(left better)."""
    import torch

    left, right = advantage[:, 0], advantage[:, 1]
    log_left = torch.nn.functional.logsigmoid(left - bias * right)
    log_right = torch.nn.functional.logsigmoid(right - bias * left)
    return -(answers * log_left + (1 - answers) * log_right).mean()
