"""D-REX: a ranking for nothing, from a clone that gets worse the more noise is put into it; then PPO.

Brown, Goo, Niekum, "Better-than-demonstrator imitation learning via automatically-ranked demonstrations", 2020: clone a
few demonstrations, play the clone with random actions at each of several rates eps_1 < ... < eps_m, and take snippets
of the less noisy of two rollouts to be better,

    loss = -sum over eps_i < eps_j of log( exp R(tau_i) / (exp R(tau_i) + exp R(tau_j)) ).

No question but for the demonstrations is asked; the rollouts are steps of the environment.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from algorithms._blocks.actor import frozen
from algorithms._blocks.asking import affordable
from algorithms._blocks.cloning import Cloning
from algorithms._blocks.exploring import uniform_actions
from algorithms._blocks.preference_ppo import PreferencePpo
from algorithms._blocks.reward_model import Comparisons, RewardModel, features_of
from benchmarks.api import Demonstrate, Policy, Session, algorithm

Array = np.ndarray[Any, np.dtype[Any]]


@algorithm("d-rex", family="preferences", asks={Demonstrate}, version="2")
@dataclass(frozen=True)
class DRex(PreferencePpo):
    """One session, before PPO begins."""

    demonstrations: int = 10  # asked for, at most
    demonstrated: int = 200  # steps of a demonstration, at most an episode
    clone_updates: int = 1500  # gradient steps of behaviour cloning
    levels: tuple[float, ...] = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)  # rates of random actions (theirs 20 in [0, 1))
    margin: float = 0.3  # least difference of the rates of a pair (theirs)
    rolled: float = 0.05  # share of the environment steps that go into the rollouts
    drawn: int = 3000  # pairs of snippets (theirs 5,000)
    sessions: int = 1
    warm_up: int = 1
    batches: int = 1000  # (theirs 3,000)
    noise: float = 0.0  # (theirs)

    def ask(self, session: Session, ensemble: RewardModel, share: float, first: bool) -> Comparisons | None:
        query = Demonstrate(1, min(self.demonstrated, session.spec.horizon))
        n = affordable(session, query, self.demonstrations)
        if n == 0:
            return None
        shown = session.ask(Demonstrate(n, query.length))
        clone = frozen(Cloning(updates=self.clone_updates).clone(session, *shown.steps()))
        steps = max(1, int(self.rolled * session.budget.steps / session.spec.envs / len(self.levels)))
        length, many = min(self.length, steps, session.spec.horizon), self.drawn // len(self.levels)
        rollouts = []
        for eps in self.levels:
            self.roll(session, clone, eps, steps)
            rollouts.append(features_of(session.spec, session.segments(many, length, last=steps)))
        return ranked_by_noise(np.stack(rollouts), np.array(self.levels), self.margin, self.drawn, session.rng)

    def roll(self, session: Session, clone: Policy, eps: float, steps: int) -> None:
        """New episodes of the clone, whose every action is a random one with probability eps."""
        observations = session.env.reset()
        for _ in range(steps):
            actions = np.array(clone.predict(observations, deterministic=True)[0])
            lost = session.rng.random(len(actions)) < eps
            actions[lost] = uniform_actions(session.spec, len(actions), session.rng)[lost]
            observations = session.env.step(actions)[0]


def ranked_by_noise(
    rollouts: Array, levels: Array, margin: float, drawn: int, rng: np.random.Generator
) -> Comparisons:
    """`drawn` pairs out of snippets [levels, n, L, width], the left one of a level lower by `margin` or more."""
    lower, higher = np.nonzero(levels[:, None] + margin <= levels[None, :] + 1e-9)
    pair = rng.integers(len(lower), size=drawn)
    which = rng.integers(rollouts.shape[1], size=(2, drawn))
    features = np.stack([rollouts[lower[pair], which[0]], rollouts[higher[pair], which[1]]], axis=1)
    return Comparisons(features, np.ones(drawn))
