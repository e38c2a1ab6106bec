"""How a reward is learned from comparisons, whatever optimises it then: the ensemble, the questions, the answers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from importlib import import_module
from typing import Any

import numpy as np

from algorithms._blocks.asking import Sessions, due
from algorithms._blocks.features import inputs
from algorithms._blocks.mlp import Array
from algorithms._blocks.reward_losses import sigmoid
from algorithms._blocks.reward_model import Comparisons, RewardEnsemble, RewardModel, features_of
from algorithms._blocks.selection import Rule, select
from benchmarks.api import Answers, Compare, Segments, Session


@dataclass(frozen=True)
class Comparing(Sessions):
    """Hyper-parameters of a reward model that is taught in sessions, each with as much of the person's time."""

    length: int = 25  # steps of a segment, at most
    # Seconds of a segment, at most (Christiano et al.: one to two). 25 steps of a maze last six: the learned reward's
    # correlation with what the person thinks of a step was .30 with those, .5 to .67 with five or six steps.
    clip: float = 1.25
    candidates: int = 10  # pairs looked at for each one asked about (B-Pref)
    selection: Rule = "disagreement"  # the first session is uniform
    members: int = 3  # networks of the ensemble
    reward_hidden: tuple[int, ...] = (64, 64)
    reward_learning_rate: float = 1e-3
    noise: float = 0.1  # share of blind answers that the reward model reckons with (Christiano et al.)
    batches: int = 80  # gradient steps of a session
    pairs: int = 32  # comparisons in a minibatch
    reward_discount: float = 1.0  # within a segment, in the person's view of it

    def reward_model(self, session: Session, backend: str = "fast") -> RewardModel:
        make: Any = RewardEnsemble
        if backend == "reference":  # by its name: what is imported here, every worker would preload
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

    def shown(self, session: Session, around: int = 0) -> int:
        """Steps of a segment in a question, of which the person may not see `around` at both ends."""
        watched = max(1, int(self.clip / session.spec.step_seconds + 1e-9))
        return min(self.length, watched, session.spec.horizon - 2 * around)

    def ask(
        self, session: Session, ensemble: RewardModel, share: float, first: bool, around: int = 0
    ) -> Comparisons | None:
        """Compare as many pairs as bring the person's time to `share` of it; None if all were skipped.

        The segments returned reach `around` steps further at both ends than what the person saw.
        """
        length = self.shown(session, around)
        one = session.segments(1, length)
        n = due(session, share, Compare(one, one))
        if n == 0:
            return None
        rule = "uniform" if first else self.selection
        many = n if rule == "uniform" else n * self.candidates
        left, right = (session.segments(many, length + 2 * around) for _ in range(2))
        seen_left, seen_right = features_of(session.spec, left), features_of(session.spec, right)
        shown = slice(around, around + length)
        picked = select(rule, ensemble, seen_left[:, shown], seen_right[:, shown], n)
        answers = session.ask(Compare(part(left[picked], shown), part(right[picked], shown)))
        return comparisons(seen_left[picked], seen_right[picked], answers)

    def standardise(self, session: Session, ensemble: RewardModel) -> None:
        """Let the reward have mean 0 and deviation 1 over what was lived, and tell the harness that it changed."""
        lived = features_of(session.spec, session.segments(200, 1))
        ensemble.standardise(lived.reshape(-1, lived.shape[2]))
        spec = session.spec
        session.reveal(lambda seen, done: ensemble.each(inputs(spec, seen, done)).mean(axis=0), logits=True)


def part(segments: Segments, steps: slice) -> Segments:
    """The same steps of each segment."""
    objectives = None if segments.objectives is None else segments.objectives[:, steps]
    return replace(
        segments,
        observations=segments.observations[:, steps.start : steps.stop + 1],
        actions=segments.actions[:, steps],
        places=segments.places + np.array([0, steps.start]),
        objectives=objectives,
    )


def comparisons(left: Any, right: Any, answers: Answers) -> Comparisons | None:
    """The answered ones of a batch; None if there are none."""
    given = answers.given
    if not given.any():
        return None
    return Comparisons(np.stack([left[given], right[given]], axis=1), answers.values[given])


def probability(ensemble: RewardModel, pairs: Array) -> Array:
    """mean_i sigmoid(R_i(left) - R_i(right)), [n], of pairs [n, 2, L, width]: what the members think on average."""
    return sigmoid(ensemble.returns(pairs[:, 0]) - ensemble.returns(pairs[:, 1])).mean(axis=0)
