"""What the direct methods minimise: pure functions of log-probabilities, the loss and its gradient out.

A segment's score is a sum or mean of log pi(a_t | s_t), or of log pi(a_t | s_t) - log pi_ref(a_t | s_t), over
its steps. `better` and `worse` are the scores of the preferred and the other segment of b pairs, [b]; a loss of a
pair returns its values [b] and their derivatives in `better` [b] and in `worse` [b].
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]
Graded = tuple[Array, Array, Array]  # loss, d loss / d better, d loss / d worse
PairLoss = Callable[[Array, Array], Graded]


def softplus(x: Array) -> Array:
    """log(1 + exp x) = -log sigmoid(-x)."""
    return np.logaddexp(0.0, x)


def sigmoid(x: Array) -> Array:
    return np.exp(-softplus(-x))


def both_orders(loss: PairLoss, scores: Array, answers: Array) -> tuple[float, Array]:
    """Mean over pairs, and its gradient [b, 2]: an answer mu counts as mu of the one order and 1 - mu of the other.

    scores [b, 2] of left and right; answers [b] = P(left better).
    """
    left, right = scores[:, 0], scores[:, 1]
    one, d_left, d_right = loss(left, right)
    other, e_right, e_left = loss(right, left)
    mu, rest = answers, 1 - answers
    gradient = np.stack([mu * d_left + rest * e_left, mu * d_right + rest * e_right], axis=1)
    return float((mu * one + rest * other).mean()), gradient / len(answers)


def contrastive(better: Array, worse: Array, alpha: float, bias: float) -> Graded:
    """-log sigmoid(alpha (better - lambda worse)), lambda the `bias`: CPL (Hejna et al. 2024)."""
    x = alpha * (better - bias * worse)
    slope = -alpha * sigmoid(-x)
    return softplus(-x), slope, -bias * slope


def dpo(better: Array, worse: Array, beta: float) -> Graded:
    """-log sigmoid(beta h), h = better - worse (Rafailov et al., "Direct preference optimization", 2023)."""
    return contrastive(better, worse, beta, 1.0)


def cdpo(better: Array, worse: Array, beta: float, flipped: float) -> Graded:
    """-(1 - eps) log sigmoid(beta h) - eps log sigmoid(-beta h) (Mitchell, 2023)."""
    right, slope, _ = dpo(better, worse, beta)
    wrong, rising, _ = dpo(worse, better, beta)
    d = (1 - flipped) * slope - flipped * rising
    return (1 - flipped) * right + flipped * wrong, d, -d


def robust(better: Array, worse: Array, beta: float, flipped: float) -> Graded:
    """[-(1 - eps) log sigmoid(beta h) + eps log sigmoid(-beta h)] / (1 - 2 eps).

    Its mean over answers of which a share eps is wrong is DPO's over right ones (Ray Chowdhury, Kini, Natarajan,
    "Provably robust DPO", 2024).
    """
    right, slope, _ = dpo(better, worse, beta)
    wrong, rising, _ = dpo(worse, better, beta)
    d = ((1 - flipped) * slope + flipped * rising) / (1 - 2 * flipped)
    return ((1 - flipped) * right - flipped * wrong) / (1 - 2 * flipped), d, -d


def ipo(better: Array, worse: Array, beta: float) -> Graded:
    """(h - 1 / (2 beta))^2, the scores means over steps (Azar et al., "A general theoretical paradigm", 2023)."""
    gap = better - worse - 1 / (2 * beta)
    return gap**2, 2 * gap, -2 * gap


def hinge(better: Array, worse: Array, beta: float) -> Graded:
    """max(0, 1 - beta h): SLiC (Zhao et al. 2023) with DPO's score."""
    room = 1 - beta * (better - worse)
    d = np.where(room > 0, -beta, 0.0)
    return np.maximum(room, 0.0), d, -d


def kto(scores: Array, desirable: Array, beta: float, divergence: float) -> tuple[float, Array]:
    """Mean of v [1 - sigmoid(beta (s - z))] + (1 - v) [1 - sigmoid(beta (z - s))], and its gradient [b].

    s the scores [b], v how desirable [b] in [0, 1], z = max(divergence, 0) an estimate of KL(pi || pi_ref)
    without gradient (Ethayarajh et al., "KTO", 2024, both weights 1).
    """
    p = sigmoid(beta * (scores - max(divergence, 0.0)))
    loss = desirable * (1 - p) + (1 - desirable) * p
    return float(loss.mean()), (1 - 2 * desirable) * beta * p * (1 - p) / len(scores)
