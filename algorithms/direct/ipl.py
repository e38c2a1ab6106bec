"""Inverse preference learning: the Q-function is the reward model (Hejna and Sadigh, 2023).

The inverse of the Bellman operator, r(s, a) = Q(s, a) - gamma V(s'), puts Q into the Bradley-Terry model itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from algorithms._blocks.iql import Iql, IqlSettings, Steps
from algorithms._blocks.preference_losses import both_orders, dpo
from algorithms._blocks.rounds import Asked, Rounds
from benchmarks.api import Compare, Policy, Session, algorithm


@algorithm("ipl", family="direct", asks={Compare}, uses={"log"})
@dataclass(frozen=True)
class Ipl(IqlSettings, Rounds):
    """With r(s, a) = Q(s, a) - gamma V(s'), V without gradient,

    L_Q = -log sigmoid(sum_t r(+)_t - sum_t r(-)_t) + c E[r^2],

    the mean half over compared and half over logged steps; V and the policy as in IQL. What is revealed is
    Q(s, a) - V(s), the implicit reward up to the shaping gamma V(s') - V(s), which needs no model of s'.
    """

    regularisation: float = 0.5  # c, the paper's on D4RL
    pairs: int = 16  # comparisons in a gradient step

    def learn(self, session: Session) -> Iterator[Policy]:
        yield from self.improve(session)

    def begin(self, session: Session) -> Any:
        length = self.span(session.spec)
        return Iql(session, self), session.logged(max(1, self.logged // length), length)

    def untold(self, begun: Any) -> Policy:
        iql, _ = begun
        return iql.policy()

    def train(self, session: Session, asked: Asked, begun: Any) -> tuple[Policy, float]:
        iql, log = begun
        spec, rng = session.spec, session.rng
        answers = np.concatenate(asked.values)
        steps = Steps(spec, [log, *asked.lived()], iql.actor)
        compared = Steps(spec, [segments for side in asked.sides for segments in side], iql.actor)
        places = np.arange(len(compared)).reshape(2, len(answers), -1)  # of the steps of each segment
        losses = []
        for _ in range(self.updates):
            picked = rng.integers(len(steps), size=self.batch)
            iql.improve(steps, picked)
            asked_now = rng.integers(len(answers), size=min(self.pairs, len(answers)))
            told = places[:, asked_now].swapaxes(0, 1)  # pairs, 2, L
            sa = np.concatenate([compared.sa[:, told.reshape(-1)], steps.sa[:, picked]], axis=1)
            after = np.concatenate([compared.following[:, told.reshape(-1)], steps.following[:, picked]], axis=1)
            after_values = iql.v.forward(after)
            rewards = iql.q.forward(sa) - spec.discount * after_values
            loss, gradient = self.graded(rewards, told.shape, answers[asked_now])
            iql.q.backward(gradient)
            iql.fit_q()
            losses.append(loss)
        session.reveal(iql.advantage)
        return iql.policy(), float(np.mean(losses[-max(1, self.updates // 10) :]))

    def graded(self, rewards: Any, shape: tuple[int, ...], answers: Any) -> tuple[float, Any]:
        """L_Q and its gradient in the rewards [members, n], those of compared steps (`shape`: b, 2, L) first."""
        told = int(np.prod(shape))
        share = np.full(rewards.shape[1], 0.5 / (rewards.shape[1] - told))
        share[:told] = 0.5 / told
        gradient, total = 2 * self.regularisation * share * rewards, 0.0
        for member, of_member in zip(gradient, rewards, strict=True):
            returns = of_member[:told].reshape(shape).sum(axis=2, dtype=float)
            loss, slope = both_orders(partial(dpo, beta=1.0), returns, answers)
            member[:told] += np.repeat(slope.reshape(-1), shape[2])
            total += loss + self.regularisation * float((share * of_member**2).sum())
        return total / len(rewards), gradient.astype(np.float32)
