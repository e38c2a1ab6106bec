"""SQIL: soft Q imitation learning.

Reddy, Dragan, Levine, "SQIL: imitation learning via reinforcement learning with sparse rewards", 2020.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from algorithms._blocks.demonstrated_replay import DemonstratedReplay
from benchmarks.api import Demonstrate, algorithm

if TYPE_CHECKING:
    from algorithms._blocks.replay import Replay
    from benchmarks.api import Session


@algorithm("sqil", family="demonstrations", asks={Demonstrate}, version="2")
@dataclass(frozen=True)
class Sqil(DemonstratedReplay):
    """Off-policy learning, of minibatches that are the person's by half, on the rewards

        r = 1 for what the person showed,    r = 0 for what the learner lived,

    less 1/2 each: where no episode ends that changes nothing but the size of the values, which are near 0 then.
    Discrete actions are learned by soft Q-learning, as in the paper, continuous ones by SAC; the imitation library's
    choice, DQN, is the reference back end's. With the task's own discount, .99, both learned cartpole and forgot it in
    the end (seed 1000). With .9 soft Q-learning kept it (1.00 on seeds 1000 and 1001), as PEBBLE's DQN does; why, has
    not been found.

    It ends as an imitator of the person, by way of their states: no reward is recovered that could be shown.
    """

    # With the paper's T = 1, a rate of 1e-3 and tau = 0.01, values on cartpole (seed 1000) grew past all that rewards
    # can come to; with these they stayed below 14 during the 60,000 steps that were looked at.
    soft_temperature: float = 0.2  # T of soft Q-learning
    learning_rate: float = 5e-4
    tau: float = 0.005
    discount: float = 0.9  # at most the task's

    def networks(self, session: Session, replay: Replay) -> dict[str, Any]:
        return super().networks(session, replay) | {"discount": min(self.discount, session.spec.discount)}

    def learner(self, session: Session, replay: Replay) -> Any:
        if self.backend == "reference" or not session.spec.discrete:
            return super().learner(session, replay)
        from algorithms._blocks.soft_q import SoftQ

        return SoftQ(**self.networks(session, replay), temperature=self.soft_temperature, kappa=self.kappa)
