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


def score(policy: Array, transition: Array, done: Array, discount: float) -> Array:
    """The gradient by r(s, a) [S, A] of sum_t gamma^t sum_{s, a} done_t(s, a) log pi_t(a | s), done [L, S, A].

    Since d log pi_t(a | s) / dr is the expected discounted visits from then on after a in s, less those from s:

    x_t = gamma^t [done_t(s, a) - done_t(s) pi_t(a | s)] + gamma (sum x_{t-1} P)(s) pi_t(a | s),  gradient = sum_t x_t.

    Where starts and steps leave no chance this is the difference of visits, the person's less the policy's, as in
    Ziebart; elsewhere it has what the person met by chance for given, as no reward explains that.
    """
    total, flow = np.zeros_like(done[0]), np.zeros(len(transition))
    flat = transition.reshape(-1, len(transition))
    for t, (choice, here) in enumerate(zip(policy, done, strict=True)):
        missing = discount * flow - discount**t * here.sum(axis=1)
        change = discount**t * here + missing[:, None] * choice
        total += change
        flow = change.ravel() @ flat
    return total


def counted(states: Array, actions: Array, shape: tuple[int, int]) -> Array:
    """How often each action was done in each state at each time, per trajectory, [L, S, A].

    states and actions [n, L].
    """
    n, length = actions.shape
    total = np.zeros((length, *shape))
    np.add.at(total, (np.broadcast_to(np.arange(length), actions.shape), states, actions), 1 / n)
    return total
