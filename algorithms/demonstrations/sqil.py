"""SQIL: soft Q imitation learning.

Reddy, Dragan, Levine, "SQIL: imitation learning via reinforcement learning with sparse rewards", 2020.
"""

from __future__ import annotations

from dataclasses import dataclass

from algorithms._blocks.demonstrated_replay import DemonstratedReplay
from benchmarks.api import Demonstrate, algorithm


@algorithm("sqil", family="demonstrations", asks={Demonstrate})
@dataclass(frozen=True)
class Sqil(DemonstratedReplay):
    """Off-policy learning, of minibatches that are the person's by half, on the rewards

        r = 1 for what the person showed,    r = 0 for what the learner lived:

    DQN for discrete actions (the imitation library's choice; the paper's is soft Q-learning), SAC for continuous ones.
    It ends as an imitator of the person, by way of their states: no reward is recovered that could be shown.
    """
