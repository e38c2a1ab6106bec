"""Feature matching: apprenticeship learning by projecting feature expectations.

Abbeel and Ng, "Apprenticeship learning via inverse reinforcement learning", 2004. The features are the task's
objectives, which a learner must declare that it uses.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from algorithms._blocks.asking import demonstrated, growing
from algorithms._blocks.exploring import wander
from algorithms._blocks.on_policy import OnPolicy, snapshot_of
from algorithms._blocks.scalarised import scalarised
from benchmarks.api import Demonstrate, Policy, Session, algorithm

Array = np.ndarray[Any, np.dtype[Any]]


@algorithm("feature-matching", family="demonstrations", asks={Demonstrate}, uses={"objectives"})
@dataclass(frozen=True)
class FeatureMatching(OnPolicy):
    """The projection method: with mu the mean objectives per step of a policy and mu_E those of the person,

        w_i = mu_E - m_{i-1},   pi_i maximises w_i . phi,
        m_i = m_{i-1} + [(mu_i - m_{i-1}) . w_i / |mu_i - m_{i-1}|^2] (mu_i - m_{i-1}),

    so that m_i is the point nearest to mu_E on the line through m_{i-1} and mu_i, and m_0 = mu_0 is a random
    policy's. Each pi_i goes on from the one before, with so few steps of PPO as there are. The paper ends with a
    mixture of all policies; a single one is offered here, that of the present weights that came nearest to mu_E.

    Objectives are divided by their mean size over the person's and the random steps. Means are per step, the
    paper's discounted sums in the limit of a discount of 1: no rollout need begin where an episode does.
    """

    length: int = 200  # steps of a demonstration, at most an episode
    warm_up: int = 100  # random steps of each environment, for mu_0
    iterations: int = 10  # weight vectors; each has as many of the environment steps
    sample: int = 2000  # steps of the latest rollout that a mean is taken of

    def learn(self, session: Session) -> Iterator[Policy]:
        budget, weights = session.budget.steps, np.zeros(len(session.spec.objectives))
        wander(session, self.warm_up)
        lived = self.lived(session, self.warm_up)
        projection, shown = lived.mean(axis=0), np.zeros((0, len(weights)))
        model = self.ppo(session, scalarised(session.env, weights))
        for i in range(self.iterations):
            shown = np.concatenate([shown, self.ask(session, growing()[i : i + 1])])
            if len(shown) == 0:
                continue
            scale = np.maximum(np.abs(np.concatenate([lived, shown])).mean(axis=0), 1e-6)
            theirs = shown.mean(axis=0)
            direction = (theirs - projection) / scale
            weights[:] = direction / max(np.linalg.norm(direction), 1e-9) / scale
            names = (f"weight_{name}" for name in session.spec.objectives)
            session.log(gap=np.linalg.norm(direction), **dict(zip(names, weights, strict=True)))
            nearest = np.inf
            last = i == self.iterations - 1
            while last or budget - session.left.steps < (i + 1) / self.iterations * budget:
                self.update(model)
                own = self.lived(session, self.rollout).mean(axis=0)
                distance = np.linalg.norm((theirs - own) / scale)
                if distance < nearest:
                    nearest, policy = distance, snapshot_of(model)
                yield policy
            projection = projected(projection / scale, own / scale, theirs / scale) * scale

    def ask(self, session: Session, shares: list[float]) -> Array:
        """Objectives [n, k] of the steps that the person now shows."""
        found: list[Any] = [np.zeros((0, len(session.spec.objectives)))]
        for share in shares:
            if shown := demonstrated(session, share, self.length):
                found.append(shown.objectives)
        return np.concatenate([each.reshape(-1, each.shape[-1]) for each in found])

    def lived(self, session: Session, last: int) -> Array:
        """Objectives [n, k] of steps drawn from the last so many."""
        objectives: Any = session.segments(self.sample, 1, last=last).objectives
        return objectives[:, 0]


def projected(from_: Array, through: Array, target: Array) -> Array:
    """The point nearest to `target` on the way from one point to another: beyond its ends nothing was reached."""
    way = through - from_
    length = float(way @ way)
    return from_ + (min(1.0, max(0.0, float((target - from_) @ way) / length)) if length > 0 else 0.0) * way
