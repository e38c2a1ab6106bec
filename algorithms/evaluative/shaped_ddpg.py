"""DDPG on a sparse reward, shaped by what a person thinks of actions: a car that is praised for climbing.

Lillicrap et al., "Continuous control with deep reinforcement learning", 2016, for DDPG; Knox and Stone, "Reinforcement
learning from simultaneous human and MDP reward", 2012, for the shaping.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from algorithms._blocks.judged_replay import JudgedReplay
from benchmarks.api import Judge, Policy, Session, algorithm


@algorithm("shaped-ddpg", family="evaluative", asks={Judge}, uses={"sparse_reward"}, spaces={"continuous"})
@dataclass(frozen=True)
class ShapedDdpg(JudgedReplay):
    """DDPG with r'(s, a) = r(s, a) + w H(s, a), r the task's reward for goals and failures alone; see `shaped-ppo`."""

    policy: Literal["sac", "td3", "ddpg"] = "ddpg"
    weight: float = 0.1  # w at the beginning; goals and failures are worth about 1
    kept: float = 0.1  # share of w that is left at the end

    def learn(self, session: Session) -> Iterator[Policy]:
        yield from self.live(session, own=True, weight=self.weight, kept=self.kept)
