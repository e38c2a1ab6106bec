"""Corrections: a reward from "what you showed me is better than what I did", and a policy that begins with it.

That a correction is a preference is coactive learning's idea (Jain, Wojcik, Joachims, Saxena, "Learning trajectory
preferences for manipulators via iterative improvement", 2013); rewards as networks for it, beside preferences and
demonstrations, are Mehta and Losey's ("Unified learning from demonstrations, corrections, and preferences during
physical human-robot interaction", 2024).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np

from algorithms._blocks.asking import due
from algorithms._blocks.clone_update import CloneUpdate
from algorithms._blocks.comparing import Comparing
from algorithms._blocks.exploring import wander
from algorithms._blocks.on_policy import OnPolicy, rewarded, snapshot_of
from algorithms._blocks.reward_model import Comparisons, features_of
from benchmarks.api import Correct, Policy, Segments, Session, algorithm

Array = np.ndarray[Any, np.dtype[Any]]


@algorithm("corrections", family="advice", asks={Correct})
@dataclass(frozen=True)
class Corrections(OnPolicy, Comparing):
    """The person plays segments xi of the learner's anew, from their starts, as they should have gone: xi'. Then

    P(xi' > xi) = exp R(xi') / (exp R(xi') + exp R(xi)),    loss of the reward = -log P(xi' > xi),

    loss of the policy = PPO's on that reward, and in turns with it -mean log pi(a | s) of all steps (s, a) of all xi'.
    A segment that comes back as it was is no preference, since nothing was better, but its steps are learned from.
    """

    sessions: int = 20  # of corrections, spread over the first part of the steps
    warm_up: int = 50  # random steps of each environment before the first session
    clones: int = 60  # gradient steps on the corrected segments after each of PPO's updates
    clone_learning_rate: float = 1e-3
    clone_batch: int = 64  # steps of corrected segments in a minibatch

    def learn(self, session: Session) -> Iterator[Policy]:
        steps, spec = session.budget.steps, session.spec
        length = min(self.length, spec.horizon)
        ensemble = self.reward_model(session, self.backend)
        wander(session, self.warm_up)
        model = self.ppo(session, rewarded(session.env, ensemble.reward))
        cloning = CloneUpdate(model.policy, self.clone_learning_rate)
        played: list[tuple[Array, Array]] = []
        better: list[Comparisons] = []
        for before, share in self.schedule():
            while steps - session.left.steps < before * steps:
                yield self.improved(session, model, cloning, played)
            n = due(session, share, Correct(session.segments(1, length)))
            if n == 0:
                continue
            shown = session.segments(n, length, last=max(self.rollout, 2 * length))
            corrected = session.ask(Correct(shown))
            played.append(corrected.steps())
            better.append(preferences(session, shown, corrected))
            data = reduce(Comparisons.and_, better)
            if len(data):
                loss = ensemble.fit(data, self.batches, self.pairs)
                self.standardise(session, ensemble)
                session.log(reward_loss=loss, corrections=len(data))
            self.clone(session, cloning, played)
            yield snapshot_of(model)
        while True:
            yield self.improved(session, model, cloning, played)

    def improved(self, session: Session, model: Any, cloning: CloneUpdate, played: list[tuple[Array, Array]]) -> Policy:
        """The policy after a rollout, an update of PPO's, and what the corrections say of it."""
        self.update(model)
        if played:
            self.clone(session, cloning, played)
        return snapshot_of(model)

    def clone(self, session: Session, cloning: CloneUpdate, played: list[tuple[Array, Array]]) -> None:
        seen, done = (np.concatenate(column) for column in zip(*played, strict=True))
        minibatches = session.rng.integers(len(seen), size=(self.clones, min(self.clone_batch, len(seen))))
        cloning.follow(seen, done, minibatches)


def preferences(session: Session, shown: Segments, corrected: Segments) -> Comparisons:
    """The corrected segments, left, over those shown; without those that the person left as they were."""
    left, right = features_of(session.spec, corrected), features_of(session.spec, shown)
    changed = (left != right).reshape(len(left), -1).any(axis=1)
    return Comparisons(np.stack([left[changed], right[changed]], axis=1), np.ones(int(changed.sum())))
