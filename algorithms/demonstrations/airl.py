"""AIRL: adversarial inverse reinforcement learning, which recovers a reward apart from the dynamics.

Fu, Luo, Levine, "Learning robust rewards with adversarial inverse reinforcement learning", 2018.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from algorithms._blocks.adversarial import Adversarial
from algorithms._blocks.discriminator import Discriminator, Transitions
from benchmarks.api import Demonstrate, Session, algorithm

Array = np.ndarray[Any, np.dtype[Any]]


@algorithm("airl", family="demonstrations", asks={Demonstrate})
@dataclass(frozen=True)
class Airl(Adversarial):
    """D = exp f / (exp f + pi(a | s)), f(s, a, s') = g(s, a) + gamma h(s') - h(s): PPO on f, and g is the reward."""

    judge_hidden: tuple[int, ...] = (32,)  # of g (imitation's)
    potential_hidden: tuple[int, ...] = (32, 32)  # of h (imitation's)

    def judge(self, session: Session) -> Discriminator:
        return Discriminator(
            session.spec, self.judge_hidden, self.judge_learning_rate, session.rng, self.potential_hidden
        )

    def reward(self, judge: Discriminator, before: Array, actions: Array, after: Array) -> Array:
        return judge.logits(before, actions, after)

    def log_pi(self, policy: Any, theirs: Transitions, own: Transitions) -> Array:
        return np.concatenate([policy.log_prob(part.before, part.actions) for part in (theirs, own)])
