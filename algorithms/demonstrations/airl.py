"""AIRL: adversarial inverse reinforcement learning, which recovers a reward apart from the dynamics.

Fu, Luo, Levine, "Learning robust rewards with adversarial inverse reinforcement learning", 2018.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from algorithms._blocks.adversarial import Adversarial
from algorithms._blocks.discriminator import Discriminator, Transitions
from benchmarks.api import Demonstrate, Session, algorithm

Array = np.ndarray[Any, np.dtype[Any]]


@algorithm("airl", family="demonstrations", asks={Demonstrate})
@dataclass(frozen=True)
class Airl(Adversarial):
    """D = exp f / (exp f + pi(a | s)), f(s, a, s') = g(s, a) + gamma h(s') - h(s): g is the reward.

    Actions are done clipped to their box, so pi is the probability of the clipped action: with the density alone,
    a policy would be praised for leaving the box.
    """

    judge_hidden: tuple[int, ...] = (32,)  # of g (imitation's)
    potential_hidden: tuple[int, ...] = (32, 32)  # of h (imitation's)
    form: Literal["f - log pi", "f"] = "f - log pi"  # the paper's; the other is imitation's

    def judge(self, session: Session) -> Discriminator:
        return Discriminator(
            session.spec, self.judge_hidden, self.judge_learning_rate, session.rng, self.potential_hidden
        )

    def reward(self, judge: Discriminator, policy: Any, lived: Transitions) -> Array:
        f = judge.logits(lived)
        return f - policy.clipped_log_prob(lived.before, lived.actions) if self.form == "f - log pi" else f

    def learned(self, judge: Discriminator) -> Callable[[Array, Array], Array]:
        return judge.snapshot()

    def log_pi(self, policy: Any, theirs: Transitions, own: Transitions) -> Array:
        return np.concatenate([policy.clipped_log_prob(part.before, part.actions) for part in (theirs, own)])

    def trainer(self, session: Session, settings: dict[str, Any]) -> Any:
        from imitation.algorithms.adversarial.airl import AIRL
        from imitation.rewards.reward_nets import BasicShapedRewardNet

        spec = session.spec
        net = BasicShapedRewardNet(
            spec.observation_space,
            spec.action_space,
            reward_hid_sizes=self.judge_hidden,
            potential_hid_sizes=self.potential_hidden,
            discount_factor=spec.discount,
        )
        return AIRL(reward_net=net, **settings)
