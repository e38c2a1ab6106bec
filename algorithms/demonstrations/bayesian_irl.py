"""Bayesian inverse reinforcement learning, on tasks of few states.

Ramachandran and Amir, "Bayesian inverse reinforcement learning", 2007.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from algorithms._blocks.asking import demonstrated, growing
from algorithms._blocks.tabular import Counts, TablePolicy, TableReward, explore, optimal, trajectories
from benchmarks.api import Demonstrate, Policy, Session, algorithm

Array = np.ndarray[Any, np.dtype[Any]]


@algorithm("bayesian-irl", family="demonstrations", asks={Demonstrate}, spaces={"discrete"}, tabular=True)
@dataclass(frozen=True)
class BayesianIrl:
    """The posterior over rewards r(s, a), one number for each pair, given what the person did where:

        P(r | D) ~ prod_{(s, a) in D} exp(alpha Q*_r(s, a)) / sum_b exp(alpha Q*_r(s, b)) * prod N(r(s, a); 0, 1),

    sampled by the paper's PolicyWalk: a Metropolis walk that changes one pair's reward at a time and keeps the
    optimal policy until it is none any more. Offered is the policy that is optimal for the posterior's mean,
    which is the best one in expectation (the paper's theorem 3). A prior's scale is as good as any: alpha says
    what a difference of 1 means.
    """

    length: int = 100  # steps of a demonstration, at most an episode
    exploring: float = 0.1  # share of the environment steps on which transitions are counted, before all else
    alpha: float = 2.0  # how sure the person is of the better action
    samples: int = 10_000  # steps of the walk after each batch of demonstrations; it goes on from the one before
    burn_in: float = 0.3  # share of them that the mean leaves out
    stride: float = 1.0  # deviation of a step

    def learn(self, session: Session) -> Iterator[Policy]:
        spec: Any = session.spec
        counts = Counts(int(spec.action_space.n))
        explore(session, counts, int(self.exploring * session.budget.steps / spec.envs))
        shown: list[tuple[Array, Array]] = []
        reward = np.zeros((0, counts.actions))
        for share in growing():
            more = demonstrated(session, share, self.length)
            if more is None:
                continue
            shown.append(trajectories(counts, more))
            reward = np.concatenate([reward, np.zeros((len(counts) - len(reward), counts.actions))])
            done = np.zeros(reward.shape)
            for states, actions in shown:
                np.add.at(done, (states[:, :-1], actions), 1.0)
            transition = counts.transition()
            walk = PolicyWalk(reward, transition, spec.discount, done, self.alpha)
            mean = walk.mean(self.samples, self.burn_in, self.stride, session.rng)
            reward = walk.reward
            seen = np.array([state.ravel() for state in counts.seen], dtype=np.float32)
            session.reveal(TableReward(seen, mean))
            session.log(states=len(counts), accepted=walk.accepted / self.samples, log_posterior=walk.log_posterior)
            yield TablePolicy(seen, optimal(mean, transition, spec.discount)[1])


class PolicyWalk:
    """A Metropolis walk over rewards [S, A] that keeps the optimal policy, its values and (I - gamma P_pi)^-1."""

    def __init__(self, reward: Array, transition: Array, discount: float, done: Array, alpha: float) -> None:
        """transition [S, A, S]; done [S, A]: how often the person took each action in each state."""
        self.reward, self.accepted = reward.copy(), 0
        self._transition, self._discount, self._done, self._alpha = transition, discount, done, alpha
        self._flat, self._states = transition.reshape(-1, len(reward)), np.arange(len(reward))
        q, self._policy = optimal(reward, transition, discount)
        self._resolve(q)
        self.log_posterior = self._log_likelihood(q) - 0.5 * float((reward**2).sum())

    def mean(self, samples: int, burn_in: float, stride: float, rng: np.random.Generator) -> Array:
        """The mean reward of a walk of so many steps, without its first share `burn_in`."""
        total, first = np.zeros_like(self.reward), int(burn_in * samples)
        pairs = rng.integers(self.reward.size, size=samples)
        for i, (pair, move, chance) in enumerate(zip(pairs, rng.normal(0, stride, samples), rng.random(samples))):
            self._step(*divmod(int(pair), self.reward.shape[1]), move, chance)
            if i >= first:
                total += self.reward
        return total / (samples - first)

    def _step(self, state: int, action: int, move: float, chance: float) -> None:
        old = self.reward[state, action]
        self.reward[state, action] = old + move
        values, policy = self._values, self._policy
        if policy[state] == action:
            values = values + move * self._inverse[:, state]
        q = self.reward + self._discount * (self._flat @ values).reshape(self.reward.shape)
        changed = bool((q.max(axis=1) > q[self._states, policy] + 1e-9).any())
        if changed:
            q, policy = optimal(self.reward, self._transition, self._discount, policy)
        posterior = self.log_posterior + 0.5 * (old**2 - (old + move) ** 2)
        likelihood = self._log_likelihood(q)
        posterior += likelihood - self._likelihood
        if np.log(chance) >= posterior - self.log_posterior:
            self.reward[state, action] = old
            return
        self.accepted += 1
        self.log_posterior, self._likelihood, self._policy = posterior, likelihood, policy
        if changed:
            self._resolve(q)
        else:
            self._values = values

    def _log_likelihood(self, q: Array) -> float:
        scaled = self._alpha * q
        top = scaled.max(axis=1)
        partition = top + np.log(np.exp(scaled - top[:, None]).sum(axis=1))
        return float((self._done * (scaled - partition[:, None])).sum())

    def _resolve(self, q: Array) -> None:
        size = len(self._states)
        self._inverse = np.linalg.inv(np.eye(size) - self._discount * self._transition[self._states, self._policy])
        self._values = q[self._states, self._policy]
        self._likelihood = self._log_likelihood(q)
