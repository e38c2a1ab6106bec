"""How far a state lies from what is known: the reward of exploring before there is any other."""

from __future__ import annotations

import numpy as np

from algorithms._blocks.mlp import Array

NEAREST = 1e-3  # distances below count as this: where states are few, many lie on one another


def state_entropy(states: Array, known: Array, k: int) -> Array:
    """r(s_i) = log |s_i - s_i^k|, [n]: s^k is the k-th nearest of the `known` states, [m, d]; states are [n, d].

    Up to constants their mean is a particle estimate of the entropy of the states (Lee, Smith, Abbeel, "PEBBLE",
    2021, equation 4, after Singh et al. 2003). A state that is itself among the known is its own nearest.
    """
    squared = (states**2).sum(axis=1)[:, None] + (known**2).sum(axis=1) - 2.0 * states @ known.T
    squared = np.maximum(np.partition(squared, k - 1, axis=1)[:, k - 1], NEAREST**2)
    return 0.5 * np.log(squared)


def standardised(rewards: Array) -> Array:
    """With mean 0 and deviation 1; a constant becomes 0."""
    return (rewards - rewards.mean()) / max(float(rewards.std()), 1e-6)
