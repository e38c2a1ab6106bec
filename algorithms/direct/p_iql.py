"""Offline learning from a learned reward: Bradley-Terry from comparisons, then implicit Q-learning.

The usual offline peer of the direct methods, P-IQL in Hejna and Sadigh, "Inverse preference learning", 2023.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from algorithms._blocks.iql import Iql, IqlSettings, Steps
from algorithms._blocks.reward_model import Comparisons, RewardEnsemble, features_of
from algorithms._blocks.rounds import Asked, Rounds
from benchmarks.api import Compare, Policy, Session, algorithm


@algorithm("p-iql", family="direct", asks={Compare}, uses={"log"})
@dataclass(frozen=True)
class PIql(IqlSettings, Rounds):
    """In each round: the reward model is trained on all answers so far, its mean reward standardised on the log, and
    IQL goes on with it.
    """

    members: int = 3  # networks of the reward model
    noise: float = 0.1  # share of blind answers that it reckons with (Christiano et al. 2017)
    batches: int = 300  # its gradient steps in a round
    pairs: int = 32  # comparisons in each of them

    def learn(self, session: Session) -> Iterator[Policy]:
        yield from self.improve(session)

    def begin(self, session: Session) -> Any:
        model = RewardEnsemble(session.spec, self.members, noise=self.noise, seed=int(session.rng.integers(2**31)))
        length = self.span(session.spec)
        return model, Iql(session, self), session.logged(max(1, self.logged // length), length)

    def untold(self, begun: Any) -> Policy:
        _, iql, _ = begun
        return iql.policy()

    def train(self, session: Session, asked: Asked, begun: Any) -> tuple[Policy, float]:
        model, iql, log = begun
        seen = asked.columns(lambda part: features_of(session.spec, part))
        loss = model.fit(Comparisons(seen, np.concatenate(asked.values)), self.batches, self.pairs)
        steps = Steps(session.spec, [log, *asked.lived()], iql.actor)
        model.standardise(steps.sa[:-1].T)
        rewards = model.reward(steps.observations, steps.actions)
        session.reveal(model.reward)
        iql.train(steps, rewards)
        return iql.policy(), loss
