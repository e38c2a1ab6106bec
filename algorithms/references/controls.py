"""PPO on rewards that know nothing: what the optimiser and the task's rules give away by themselves.

A learner that does not beat these has not shown that it learned from feedback (a constant reward solves
tasks that end early: peers' pitfall of the leaking termination).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from algorithms._blocks.features import inputs, width_of
from algorithms._blocks.on_policy import OnPolicy, rewarded
from benchmarks.api import Policy, Session, algorithm


@algorithm("rl-constant-positive", family="references")
@dataclass(frozen=True)
class ConstantPositive(OnPolicy):
    """PPO on the reward +1."""

    def learn(self, session: Session) -> Iterator[Policy]:
        yield from self.optimise(session, rewarded(session.env, lambda seen, done: np.ones(len(seen))))


@algorithm("rl-constant-negative", family="references")
@dataclass(frozen=True)
class ConstantNegative(OnPolicy):
    """PPO on the reward -1."""

    def learn(self, session: Session) -> Iterator[Policy]:
        yield from self.optimise(session, rewarded(session.env, lambda seen, done: -np.ones(len(seen))))


@algorithm("rl-random-reward", family="references")
@dataclass(frozen=True)
class RandomReward(OnPolicy):
    """PPO on a fixed random function of observation and action: tanh features with Gaussian weights."""

    features: int = 64

    def learn(self, session: Session) -> Iterator[Policy]:
        yield from self.optimise(session, rewarded(session.env, self._draw(session)))

    def _draw(self, session: Session) -> Any:
        rng = session.rng
        first = rng.normal(size=(width_of(session.spec), self.features))
        bias, last = rng.normal(size=self.features), rng.normal(size=self.features) / np.sqrt(self.features)
        return lambda seen, done: np.tanh(inputs(session.spec, seen, done) @ first + bias) @ last
