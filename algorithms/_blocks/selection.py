"""Which pairs of segments to ask about (B-Pref's names, Lee et al. 2021)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from algorithms._blocks.reward_model import RewardEnsemble

Array = np.ndarray[Any, np.dtype[Any]]

RULES = ("uniform", "disagreement", "entropy")


def select(rule: str, ensemble: RewardEnsemble, left: Array, right: Array, n: int) -> Array:
    """Indices [n] of the pairs to ask about, out of candidates with features [m, L, width] each.

    uniform       the first n: candidates come in random order
    disagreement  the largest variance over the members of P(left better)
    entropy       the largest entropy of the members' mean P(left better)
    """
    if rule == "uniform":
        return np.arange(n)
    differences = np.clip(ensemble.returns(left) - ensemble.returns(right), -50, 50)
    probability = 1 / (1 + np.exp(-differences))
    if rule == "disagreement":
        merit = probability.var(axis=0)
    elif rule == "entropy":
        mean = np.clip(probability.mean(axis=0), 1e-9, 1 - 1e-9)
        merit = -mean * np.log(mean) - (1 - mean) * np.log(1 - mean)
    else:
        raise ValueError(f"selection must be one of {', '.join(RULES)}, not {rule!r}")
    return np.argsort(-merit, kind="stable")[:n]
