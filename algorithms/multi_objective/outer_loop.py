"""A front of policies by PPO, one weighting after another, and the person chooses between its points."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from algorithms._blocks.choosing import chosen
from algorithms._blocks.fronts import lattice, undominated
from algorithms._blocks.on_policy import OnPolicy, snapshot_of
from algorithms._blocks.scalarised import outcome_of, scalarised, scales
from benchmarks.api import Policy, Session, Weigh, algorithm


@algorithm("outer-loop", family="multi-objective", asks={Weigh}, uses={"objectives"})
@dataclass(frozen=True)
class OuterLoop(OnPolicy):
    """PPO on w . (phi / scale) in the original's episodes, anew for each w of a lattice.

    The outer loop of Roijers, Whiteson and Oliehoek 2015 ("Computing convex coverage sets for faster multi-objective
    coordination") without reuse, and with a fixed lattice in the place of optimistic linear support. Whatever the
    weights, it finds points of the convex hull of the front only; and each has only its share of the steps.
    """

    weights: int = 6  # of the lattice, at least; fewer if there are not enough steps
    warm_up: int = 100  # random steps of each environment, to learn the objectives' scales
    least: int = 4  # updates for each weighting
    questions: int = 40  # put to the person, at the most

    def learn(self, session: Session) -> Iterator[Policy]:
        spec, k = session.spec, len(session.spec.objectives)
        scale = scales(session, min(self.warm_up, session.left.steps // spec.envs // 4))
        looking, update = spec.horizon * spec.envs, self.rollout * spec.envs  # steps, of an outcome and of an update
        every = lattice(k, self.weights)
        afford = max(1, min(len(every), session.left.steps // (looking + self.least * update)))
        every = every[np.linspace(0, len(every) - 1, afford).round().astype(int)]
        policies, outcomes = [], []
        for i, w in enumerate(every):
            model = self.ppo(session, scalarised(session.env, w / scale, episodic=True))
            updates = max(1, int((session.left.steps / (len(every) - i) - looking) // update))
            for u in range(updates):
                rate = self.learning_rate * (1.0 - 0.9 * u / updates)
                model.lr_schedule = lambda _, rate=rate: rate
                self.update(model)
            policies.append(snapshot_of(model))
            yield policies[-1]
            outcomes.append(outcome_of(session, policies[-1]))
        points = np.array(outcomes)
        kept = undominated(points)
        policies = [policies[i] for i in kept]
        session.reveal_front(policies)
        yield from chosen(session, policies, points[kept], self.questions)
