"""GAIL: generative adversarial imitation learning.

Ho and Ermon, "Generative adversarial imitation learning", 2016.
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


@algorithm("gail", family="demonstrations", asks={Demonstrate})
@dataclass(frozen=True)
class Gail(Adversarial):
    """PPO on r(s, a) = -log(1 - D(s, a)), D = sigmoid(f) the probability that (s, a) is the person's.

    This reward is never negative, so that where an episode can end it pays to live on, whatever was shown
    (Kostrikov et al. 2019); here no episode ends early. `form` has the others: "log-odds", r = f = log D -
    log(1 - D), and "log D", r = log D, which is never positive.
    """

    form: Literal["-log(1 - D)", "log-odds", "log D"] = "-log(1 - D)"  # the paper's and imitation's

    def judge(self, session: Session) -> Discriminator:
        return Discriminator(session.spec, self.judge_hidden, self.judge_learning_rate, session.rng)

    def reward(self, judge: Discriminator, policy: Any, lived: Transitions) -> Array:
        return self.formed(judge.logits(lived))

    def learned(self, judge: Discriminator) -> Callable[[Array, Array], Array]:
        f = judge.snapshot()
        return lambda seen, done: self.formed(f(seen, done))

    def formed(self, f: Array) -> Array:
        """The reward of a logit."""
        if self.form == "-log(1 - D)":
            return np.logaddexp(0.0, f)
        return f if self.form == "log-odds" else -np.logaddexp(0.0, -f)

    def trainer(self, session: Session, settings: dict[str, Any]) -> Any:
        from imitation.algorithms.adversarial.gail import GAIL
        from imitation.rewards.reward_nets import BasicRewardNet

        spec = session.spec
        net = BasicRewardNet(spec.observation_space, spec.action_space, hid_sizes=self.judge_hidden)
        return GAIL(reward_net=net, **settings)
