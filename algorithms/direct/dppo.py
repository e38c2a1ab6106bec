"""Direct preference-based policy optimisation: no reward, but a model of the preference that labels unlabelled pairs.

An, Lee, Zuo, Kosaka, Kim, Song, "Direct preference-based policy optimization without reward modeling", 2023.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from algorithms._blocks.direct import Direct, Loss, half_box
from algorithms._blocks.distributions import Bounds
from algorithms._blocks.preference_losses import both_orders, contrastive
from algorithms._blocks.reward_model import Comparisons, RewardEnsemble, features_of
from algorithms._blocks.rounds import Asked
from benchmarks.api import Answers, Compare, Policy, Segments, Session, Spec, algorithm


@algorithm("dppo", family="direct", asks={Compare}, uses={"log"})
@dataclass(frozen=True)
class Dppo(Direct):
    """With d(sigma) = mean_t |pi(s_t) - a_t|, the distance of the policy from what was done in a segment,

    loss = -log [exp(-d(+) / T) / (exp(-d(+) / T) + exp(-lambda d(-) / T))]

    over pairs of the log that a preference model labels. The model is the Bradley-Terry one of per-step scores, in
    place of the paper's transformer.

    It does poorly on pendulum for the model's labels: with lambda = 1 it ended at .14, with the person's own answers in
    their place at .61 (seed 1000, a round of 625 and 995 gradient steps). lambda = 1 itself did no better than 0.5 (.17
    against .27, on cartpole-hard .73 against .98, on maze .39 against .85; seed 1001).

    The distance is read off the log-probability: of a Gaussian mean in units of half the box, sqrt(2 sigma^2
    [log pi(mean) - log pi(a)]); of a categorical policy, the mean distance between its action and the one
    done, 1 - pi(a | s).
    """

    bounds: Bounds = "open"  # a tail's probability is no distance
    temperature: float = 0.1  # T, the paper's
    bias: float = 0.5  # lambda, tuned per task in the paper (1 by default)
    labelled: int = 2000  # pairs of the log that the model labels
    members: int = 3  # networks of the preference model
    batches: int = 500  # their gradient steps in a round
    epochs: int = 10  # passes over the labelled pairs in each round

    def learn(self, session: Session) -> Iterator[Policy]:
        yield from self.improve(session)

    def train(self, session: Session, asked: Asked, reference: Any) -> tuple[Policy, float]:
        """As `Direct`, on pairs of the log and the model's answers."""
        spec, length = session.spec, asked.sides[0][0].length
        model = RewardEnsemble(spec, self.members, seed=int(session.rng.integers(2**31)))
        seen = np.stack(
            [np.concatenate([features_of(spec, part) for part in parts]) for parts in asked.sides], axis=1
        )
        model.fit(Comparisons(seen, np.concatenate(asked.values)), self.batches, self.pairs)
        pairs: list[Segments] = [session.logged(self.labelled, length) for _ in range(2)]
        left, right = (model.returns(features_of(spec, side)) for side in pairs)
        probability = (1 / (1 + np.exp(np.clip(right - left, -50, 50)))).mean(axis=0)
        told = Asked([[], []])
        told.add(pairs, Answers((probability > 0.5).astype(float), np.zeros(self.labelled, dtype=int)))
        return super().train(session, told, reference)

    def loss_on(self, spec: Spec) -> Loss:
        distance = from_probability
        if not spec.discrete:
            peak = -float(np.sum(np.log(half_box(spec)) + self.log_std + np.log(2 * np.pi) / 2))
            distance = partial(from_density, peak=peak, std=float(np.exp(self.log_std)))
        return partial(self.loss, distance=distance)

    def loss(self, log_pi: Any, log_ref: Any, answers: Any, distance: Any = None) -> tuple[float, Any]:
        far, slope = (distance or from_probability)(log_pi)
        preferred = partial(contrastive, alpha=1 / self.temperature, bias=self.bias)
        loss, gradient = both_orders(preferred, -far.mean(axis=2, dtype=float), answers)
        return loss, -gradient[:, :, None] * slope / log_pi.shape[2]


def from_probability(log_pi: Any) -> tuple[Any, Any]:
    """1 - pi(a | s) of discrete actions, and its derivative in log pi."""
    probability = np.exp(log_pi)
    return 1 - probability, -probability


def from_density(log_pi: Any, peak: float, std: float) -> tuple[Any, Any]:
    """|mean - a| in units of half the box, and its derivative in log pi; `peak` is log pi(mean)."""
    far = std * np.sqrt(2 * np.maximum(peak - log_pi, 1e-6))
    return far, -(std**2) / far
