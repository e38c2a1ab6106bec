"""IQ-Learn: a Q-function that is reward and policy at once.

Garg, Chakraborty, Cundy, Song, Ermon, "IQ-Learn: inverse soft-Q learning for imitation", 2021.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from algorithms._blocks.demonstrated_replay import DemonstratedReplay
from algorithms._blocks.fourier import FourierRegression
from benchmarks.api import Demonstrate, algorithm

if TYPE_CHECKING:
    from algorithms._blocks.off_policy import OffPolicyAgent
    from algorithms._blocks.replay import Replay
    from benchmarks.api import Session

Array = np.ndarray[Any, np.dtype[Any]]


@algorithm("iq-learn", family="demonstrations", asks={Demonstrate})
@dataclass(frozen=True)
class IqLearn(DemonstratedReplay):
    """Online, with the χ² divergence: Q minimises

        -E_person[Q(s, a) - γ V(s')] + E[V(s) - γ V(s')] + E[(Q(s, a) - γ V(s'))^2] / (4 alpha)

    where E is over the person's and the learner's own transitions alike. V is soft: T log sum exp(Q / T) for discrete
    actions, of which the greatest is done; a sample of SAC's policy for continuous ones.

    The recovered reward r = Q(s, a) - γ V(s') knows the state that follows. What is revealed is its regression on
    (s, a) over both kinds of transitions.
    """

    alpha: float = 0.5  # the authors'
    soft_temperature: float = 0.05  # T
    regressed: int = 2000  # transitions that the revealed reward is fitted to
    backend: Literal["fast"] = "fast"  # no library has this loss

    def learner(self, session: Session, replay: Replay) -> Any:
        from algorithms._blocks.inverse_soft_q import InverseSAC, InverseSoftQ

        settings = self.networks(session, replay)
        if session.spec.discrete:
            return InverseSoftQ(**settings, temperature=self.soft_temperature, alpha=self.alpha)
        return InverseSAC(**settings, temperature=self.temperature, chi2_weight=self.alpha)

    def reveal(self, session: Session, agent: OffPolicyAgent, theirs: Replay) -> None:
        half = self.regressed // 2
        rows = [session.rng.integers(len(replay), size=half) for replay in (theirs, agent.replay)]
        batch = agent.replay.batch(2 * half)
        theirs.take(rows[0], batch, slice(0, half))
        agent.replay.take(rows[1], batch, slice(half, None))
        seen, done = (np.concatenate(part) for part in zip(theirs.lived(rows[0]), agent.replay.lived(rows[1])))
        rewards = agent.learner.rewards(batch)
        session.log(reward_theirs=rewards[:half].mean(), reward_own=rewards[half:].mean())
        session.reveal(Regressed(session.spec, seen, done, rewards, session.rng.spawn(1)[0]))


class Regressed:
    """A reward of (s, a), fitted to these [n] when it is first asked for."""

    def __init__(self, spec: Any, seen: Array, done: Array, rewards: Array, rng: np.random.Generator) -> None:
        self._spec, self._rows, self._rewards, self._rng = spec, (seen, done), rewards, rng

    def __call__(self, observations: Array, actions: Array) -> Array:
        return self._mean + self._model.reward(observations, actions)

    @cached_property
    def _mean(self) -> float:
        return float(self._rewards.mean())

    @cached_property
    def _model(self) -> FourierRegression:
        model = FourierRegression(self._spec, 400, (5.0, 2.0, 1.0, 0.5), 2.0, 0.3, self._rng)
        model.learn(*self._rows, self._rewards - self._mean)
        return model
