"""PrefPPO: a reward learned from comparisons, optimised by PPO.

Christiano, Leike, Brown, Martic, Legg, Amodei, "Deep reinforcement learning from human preferences", 2017;
called PrefPPO by Lee, Smith, Dragan, Abbeel, "B-Pref", 2021.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np

from algorithms._blocks.asking import due, shares
from algorithms._blocks.exploring import wander
from algorithms._blocks.features import inputs
from algorithms._blocks.on_policy import OnPolicy, rewarded, snapshot_of
from algorithms._blocks.reward_model import Comparisons, RewardEnsemble, RewardModel, features_of
from algorithms._blocks.selection import select
from benchmarks.api import Answers, Compare, Policy, Session, algorithm


@algorithm("pref-ppo", family="preferences", asks={Compare}, version="2")
@dataclass(frozen=True)
class PrefPpo(OnPolicy):
    """In each of `sessions` sessions, spread over the first part of the steps: ask which of two segments is
    better, train the ensemble on all answers so far, standardise its mean reward, and let PPO go on with it.

    `backend="reference"` is stable-baselines3's PPO on imitation's reward networks and trainer, unchanged.
    """

    length: int = 25  # steps of a segment
    sessions: int = 10  # feedback sessions, each with as much of the person's time
    asking: float = 0.6  # share of the environment steps during which there are sessions
    warm_up: int = 50  # random steps of each environment before the first session
    candidates: int = 10  # pairs looked at for each one asked about (B-Pref)
    selection: str = "disagreement"  # which pairs are asked about: a rule of `selection`
    members: int = 3  # networks of the ensemble
    reward_hidden: tuple[int, ...] = (64, 64)
    reward_learning_rate: float = 1e-3
    noise: float = 0.1  # share of blind answers that the reward model reckons with (Christiano et al.)
    batches: int = 80  # gradient steps of a session
    pairs: int = 32  # comparisons in a minibatch
    reward_discount: float = 1.0  # within a segment, in the person's view of it

    def learn(self, session: Session) -> Iterator[Policy]:
        spec, steps = session.spec, session.budget.steps
        ensemble = self.reward_model(session)
        wander(session, self.warm_up)
        model = self.ppo(session, rewarded(session.env, ensemble.reward))
        session.reveal(lambda seen, done: ensemble.each(inputs(spec, seen, done)).mean(axis=0), logits=True)
        data: Comparisons | None = None
        for i, share in enumerate(shares(self.sessions)):
            while steps - session.left.steps < i / self.sessions * self.asking * steps:
                self.update(model)
                yield snapshot_of(model)
            answered = self.ask(session, ensemble, share, first=data is None)
            if answered is not None:
                data = answered if data is None else data.and_(answered)
            if data is not None:
                loss = ensemble.fit(data, self.batches, self.pairs)
                recent = features_of(spec, session.segments(200, 1))
                ensemble.standardise(recent.reshape(-1, recent.shape[2]))
                session.log(reward_loss=loss, comparisons=len(data))
        while True:
            self.update(model)
            yield snapshot_of(model)

    def reward_model(self, session: Session) -> RewardModel:
        make: Any = RewardEnsemble
        if self.backend == "reference":  # by its name: what is imported here, every worker would preload
            make = import_module("algorithms._blocks.reference_reward").ReferenceEnsemble
        model: RewardModel = make(
            session.spec,
            members=self.members,
            hidden=self.reward_hidden,
            learning_rate=self.reward_learning_rate,
            noise=self.noise,
            discount=self.reward_discount,
            seed=int(session.rng.integers(2**31)),
        )
        return model

    def ask(self, session: Session, ensemble: RewardModel, share: float, first: bool) -> Comparisons | None:
        """Compare as many pairs as bring the person's time to `share` of it; None if all were skipped."""
        length = min(self.length, session.spec.horizon)
        one = session.segments(1, length)
        n = due(session, share, Compare(one, one))
        if n == 0:
            return None
        rule = "uniform" if first else self.selection
        many = n if rule == "uniform" else n * self.candidates
        left, right = session.segments(many, length), session.segments(many, length)
        seen_left, seen_right = features_of(session.spec, left), features_of(session.spec, right)
        picked = select(rule, ensemble, seen_left, seen_right, n)
        answers = session.ask(Compare(left[picked], right[picked]))
        return comparisons(seen_left[picked], seen_right[picked], answers)


def comparisons(left: Any, right: Any, answers: Answers) -> Comparisons | None:
    """The answered ones of a batch; None if there are none."""
    given = answers.given
    if not given.any():
        return None
    return Comparisons(np.stack([left[given], right[given]], axis=1), answers.values[given])
