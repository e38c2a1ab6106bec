"""Maximum causal entropy inverse reinforcement learning, on tasks of few states.

Ziebart, Bagnell, Dey, "Modeling interaction via the principle of maximum causal entropy", 2010. The imitation
library's needs the task's transition probabilities; here they are counted from what was lived.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from algorithms._blocks.asking import demonstrated, growing
from algorithms._blocks.causal_entropy import counted, score, soft_policy
from algorithms._blocks.tabular import Counts, TablePolicy, TableReward, explore, optimal, trajectories
from benchmarks.api import Demonstrate, Policy, Session, algorithm

Array = np.ndarray[Any, np.dtype[Any]]


@algorithm("mce-irl", family="demonstrations", asks={Demonstrate}, spaces={"discrete"}, tabular=True)
@dataclass(frozen=True)
class MceIrl:
    """r(s, a), one number for each pair, that makes what the person did most likely under the policy pi_r of
    maximal causal entropy,

        sum_t gamma^t log pi_r(a_t | s_t) - l2 |r|^2 / 2,

    whose gradient is the difference of discounted visits, the person's less the policy's.
    The reward is of pairs, not of states as in imitation's: reaching a goal is never seen as a state, since it
    is followed by a start. Offered is the policy that is optimal for r, without entropy.
    """

    length: int = 100  # steps of a demonstration, at most an episode
    exploring: float = 0.1  # share of the environment steps on which transitions are counted, before all else
    iterations: int = 150  # gradient steps of each training; it goes on from the one before
    learning_rate: float = 0.1  # of Adam
    l2: float = 1e-3  # without it the reward of what the person never did would fall for ever

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
            states, actions = (np.concatenate(column) for column in zip(*shown, strict=True))
            reward = np.concatenate([reward, np.zeros((len(counts) - len(reward), counts.actions))])
            transition = counts.transition()
            reward = self.fit(reward, transition, counted(states[:, :-1], actions, reward.shape), spec.discount)
            seen = np.array([state.ravel() for state in counts.seen], dtype=np.float32)
            session.reveal(TableReward(seen, reward))
            session.log(states=len(counts), demonstrations=len(states))
            yield TablePolicy(seen, optimal(reward, transition, spec.discount)[1])

    def fit(self, reward: Array, transition: Array, done: Array, discount: float) -> Array:
        """The reward [S, A] after `iterations` steps of Adam; done [L, S, A] as of `counted`."""
        reward, first, second = reward.copy(), np.zeros_like(reward), np.zeros_like(reward)
        for i in range(1, self.iterations + 1):
            policy = soft_policy(reward, transition, len(done), discount)
            gradient = score(policy, transition, done, discount) - self.l2 * reward
            first = 0.9 * first + 0.1 * gradient
            second = 0.999 * second + 0.001 * gradient**2
            reward += self.learning_rate * first / (1 - 0.9**i) / (np.sqrt(second / (1 - 0.999**i)) + 1e-8)
        return reward
