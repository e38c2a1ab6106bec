"""Maximum causal entropy inverse reinforcement learning on a table.

Ziebart, Bagnell, Dey, "Modeling interaction via the principle of maximum causal entropy", 2010; Ziebart's
thesis, 2010, algorithms 9.1 and 9.3.
"""

from __future__ import annotations

from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]


def soft_policy(reward: Array, transition: Array, horizon: int, discount: float) -> Array:
    """pi_t(a | s) [L, S, A] of maximal reward plus entropy over L steps; r(s, a) [S, A], P(s' | s, a) [S, A, S]:

    Q_t = r + gamma P V_{t+1},  V_t = log sum_a exp Q_t(., a),  V_L = 0,  pi_t = exp(Q_t - V_t).
    """
    policy = np.empty((horizon, *reward.shape))
    values = np.zeros(len(reward))
    for t in range(horizon - 1, -1, -1):
        q = reward + discount * (transition @ values)
        top = q.max(axis=1)
        values = top + np.log(np.exp(q - top[:, None]).sum(axis=1))
        policy[t] = np.exp(q - values[:, None])
    return policy


def occupancy(policy: Array, transition: Array, start: Array, discount: float) -> Array:
    """sum_t gamma^t P(s_t = s, a_t = a), [S, A], of a policy [L, S, A] from states distributed as `start` [S]."""
    total, here = np.zeros(policy.shape[1:]), start
    flat = transition.reshape(-1, len(start))
    for t, choice in enumerate(policy):
        pairs = here[:, None] * choice
        total += discount**t * pairs
        here = pairs.ravel() @ flat
    return total


def counted(states: Array, actions: Array, shape: tuple[int, int], discount: float) -> Array:
    """The same of trajectories, states [n, L] and actions [n, L]: their mean sum of gamma^t."""
    total = np.zeros(shape)
    np.add.at(total, (states, actions), np.broadcast_to(discount ** np.arange(states.shape[1]), states.shape))
    return total / len(states)
