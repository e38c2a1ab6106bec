"""Implicit Q-learning on the log with rewards that know all, nothing, or the opposite.

Offline learners can do well whatever the reward is, because the log keeps them where it was good (Li, Misra, Kolobov,
Cheng, "Survival instinct in offline reinforcement learning", 2023). A learner on the log that does not beat
`offline-zero`, `offline-random` and `offline-negated` has not shown that it learned from feedback; `offline-true`
is what the log has in it for IQL.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from algorithms._blocks.features import inputs, width_of
from algorithms._blocks.iql import Iql, IqlSettings, Steps
from benchmarks.api import Policy, Segments, Session, algorithm


@dataclass(frozen=True)
class OnLog(IqlSettings):
    """IQL on standardised rewards of the log's steps."""

    rounds: int = 3  # policies offered, each trained further

    def optimise(self, session: Session, reward: Any) -> Iterator[Policy]:
        """`reward`: segments of the log -> [n, L]."""
        iql = Iql(session, self)
        length = min(10, session.spec.horizon)
        log = session.logged(max(1, self.logged // length), length)
        rewards = np.asarray(reward(log), dtype=np.float32).reshape(-1)
        rewards = (rewards - rewards.mean()) / max(float(rewards.std()), 1e-6)
        steps = Steps(session.spec, [log], iql.actor)
        for _ in range(self.rounds):
            iql.train(steps, rewards)
            yield iql.policy()


@algorithm("offline-true", family="references", uses={"log", "true_reward"})
@dataclass(frozen=True)
class OfflineTrue(OnLog):
    """IQL on the log's true rewards."""

    def learn(self, session: Session) -> Iterator[Policy]:
        yield from self.optimise(session, lambda log: log.rewards)


@algorithm("offline-negated", family="references", uses={"log", "true_reward"})
@dataclass(frozen=True)
class OfflineNegated(OnLog):
    """IQL on the log's true rewards times -1."""

    def learn(self, session: Session) -> Iterator[Policy]:
        yield from self.optimise(session, lambda log: -log.rewards)


@algorithm("offline-zero", family="references", uses={"log"})
@dataclass(frozen=True)
class OfflineZero(OnLog):
    """IQL on the reward 0: all it can learn is what the log does."""

    def learn(self, session: Session) -> Iterator[Policy]:
        yield from self.optimise(session, lambda log: np.zeros(log.actions.shape[:2]))


@algorithm("offline-random", family="references", uses={"log"})
@dataclass(frozen=True)
class OfflineRandom(OnLog):
    """IQL on a fixed random function of observation and action: tanh features with Gaussian weights."""

    features: int = 64

    def learn(self, session: Session) -> Iterator[Policy]:
        rng = session.rng
        first = rng.normal(size=(width_of(session.spec), self.features))
        bias, last = rng.normal(size=(2, self.features))

        def reward(log: Segments) -> Any:
            return np.tanh(inputs(session.spec, *log.steps()) @ first + bias) @ last

        yield from self.optimise(session, reward)
