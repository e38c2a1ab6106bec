"""Learn from demonstrations what a person wants: the weights under which nothing that one can do is better."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from algorithms._blocks.weight_learning import WeightLearner
from benchmarks.api import Demonstrate, Session, algorithm

Array = np.ndarray[Any, np.dtype[Any]]


@dataclass
class Shown:
    """The objectives per step [k] of each demonstration, and log w of every round so far."""

    scale: Array
    shown: list[Array] = field(default_factory=list)
    log_w: Array = field(default_factory=lambda: np.zeros(0))
    rounds: list[Array] = field(default_factory=list)


@algorithm("weights-from-demonstrations", family="multi-objective", asks={Demonstrate}, uses={"objectives"})
@dataclass(frozen=True)
class WeightsFromDemonstrations(WeightLearner):
    """Multiplicative weights for apprenticeship (Syed and Schapire 2007, "A game-theoretic approach to apprenticeship
    learning"): against the policy that PPO has so far on w . phi, the weights move to where the person is better,

        w_o <- w_o exp(-eta (mu_o(policy) - mu_o(person)) / scale_o),        sum_o w_o scale_o = 1,

    mu being the mean objectives per step. The mean over the rounds is what is optimised. Weights are found as far as
    the demonstrations tell them: an objective that is the same whatever one does keeps its share.
    """

    length: int = 100  # steps of one demonstration
    eta: float = 2.0  # step of log w, at a difference of one unit of scale over an episode
    sessions: int = 20
    most: int = 40  # demonstrations

    def begin(self, session: Session, scale: Array) -> Shown:
        return Shown(scale, log_w=np.zeros(len(scale)))

    def price(self, session: Session) -> Demonstrate:
        return Demonstrate(1, min(self.length, session.spec.horizon))

    def ask(self, session: Session, known: Shown, n: int) -> None:
        played = session.ask(Demonstrate(n, min(self.length, session.spec.horizon)))
        assert played.objectives is not None
        known.shown += list(played.objectives.mean(axis=1))

    def weights(self, session: Session, known: Shown) -> Array:
        if known.shown:
            recent = session.segments(200, min(10, self.warm_up, session.spec.horizon), last=self.rollout)
            assert recent.objectives is not None
            ahead = np.mean(known.shown, axis=0) - recent.objectives.mean(axis=(0, 1))
            known.log_w += self.eta * np.clip(ahead * session.spec.horizon / known.scale, -1.0, 1.0)
            known.log_w -= known.log_w.max()
            known.rounds.append(np.exp(known.log_w) / np.exp(known.log_w).sum())
        w = (np.mean(known.rounds, axis=0) if known.rounds else np.zeros(len(known.scale))) / known.scale
        return w / max(np.linalg.norm(w), 1e-12)
