"""Density: be where the person was, and do there what the person did.

The baseline of the `imitation` library: the reward is the log density of (s, a) among the demonstrations, by
kernels (Parzen 1962), and PPO maximises it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from algorithms._blocks.asking import appointments, demonstrated
from algorithms._blocks.features import inputs
from algorithms._blocks.on_policy import OnPolicy, rewarded, snapshot_of
from benchmarks.api import Demonstrate, Policy, Session, algorithm

Array = np.ndarray[Any, np.dtype[Any]]


@algorithm("density", family="demonstrations", asks={Demonstrate})
@dataclass(frozen=True)
class Density(OnPolicy):
    """PPO on r(s, a) = log 1/n sum_i N(x; x_i, bandwidth^2 I), x = (s, a) standardised, x_i the person's."""

    length: int = 200  # steps of a demonstration, at most an episode
    asking: float = 0.2  # share of the environment steps during which demonstrations are asked for, ever more
    bandwidth: float = 0.5  # imitation's
    points: int = 500  # of the person's steps that the density is made of, at random

    def learn(self, session: Session) -> Iterator[Policy]:
        spec = session.spec
        heard: list[Array] = []
        current: list[Kernels] = []
        model = self.ppo(session, rewarded(session.env, lambda seen, done: current[0](inputs(spec, seen, done))))
        for begin, share in appointments(self.asking):
            while current and session.budget.steps - session.left.steps < begin * session.budget.steps:
                self.update(model)
                yield snapshot_of(model)
            if shown := demonstrated(session, share, self.length):
                heard.append(inputs(spec, *shown.steps()))
                rows = np.concatenate(heard)
                kernels = Kernels(rows[session.rng.permutation(len(rows))[: self.points]], self.bandwidth)
                current[:] = [kernels]
                session.reveal(lambda seen, done, kernels=kernels: kernels(inputs(spec, seen, done)))
        while current:
            self.update(model)
            yield snapshot_of(model)


class Kernels:
    """log 1/n sum_i N(x; x_i, h^2 I) of standardised rows x."""

    def __init__(self, rows: Array, bandwidth: float) -> None:
        """rows [n, d]; a column that never varies is left as it is."""
        spread = rows.std(axis=0)
        self._centre, self._scale = rows.mean(axis=0), np.where(spread > 1e-6, spread, 1.0) * bandwidth
        self._points = (rows - self._centre) / self._scale
        self._squares = (self._points**2).sum(axis=1)
        n, d = rows.shape
        self._constant = np.log(n) + d * np.log(bandwidth) + 0.5 * d * np.log(2 * np.pi)

    def __call__(self, rows: Array) -> Array:
        """[m] of rows [m, d]; for the density of the standardised ones."""
        x = (rows - self._centre) / self._scale
        exponents = x @ self._points.T
        exponents -= 0.5 * self._squares + 0.5 * (x**2).sum(axis=1, keepdims=True)
        top = exponents.max(axis=1)
        return np.asarray(top + np.log(np.exp(exponents - top[:, None]).sum(axis=1)) - self._constant)
