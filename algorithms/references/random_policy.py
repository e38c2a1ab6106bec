"""Uniformly random actions: the zero of every score."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.api import Policy, Session, algorithm


@dataclass(frozen=True)
class Uniform:
    """A policy that draws from the action space, whatever it sees."""

    space: Any
    observation_shape: tuple[int, ...]
    seed: int

    def predict(
        self, observation: Any, state: Any = None, episode_start: Any = None, deterministic: bool = False
    ) -> tuple[Any, Any]:
        """The generator is carried in `state`, so that equal calls give equal actions."""
        rng = np.random.default_rng(self.seed) if state is None else state
        batch = np.shape(observation)[: np.ndim(observation) - len(self.observation_shape)]  # () of a single one
        if hasattr(self.space, "n"):
            return rng.integers(self.space.n, size=batch), rng
        return rng.uniform(self.space.low, self.space.high, (*batch, *self.space.shape)).astype(self.space.dtype), rng


@algorithm("random", family="references")
@dataclass(frozen=True)
class Random:
    """Offers the uniform policy at once and spends nothing."""

    def learn(self, session: Session) -> Iterator[Policy]:
        spec = session.spec
        yield Uniform(spec.action_space, spec.observation_space.shape or (), int(session.rng.integers(2**31)))
