"""Envelope Q-learning: one network for all weights, and the person is asked which weights to act for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from algorithms._blocks.fronts import undominated
from algorithms._blocks.scalarised import outcomes_of
from algorithms._blocks.vector_agent import VectorAgent, VectorSettings
from algorithms._blocks.weight_belief import WeightBelief
from algorithms._blocks.weight_learning import WeightAsker
from algorithms._blocks.weight_questions import WeightQuestions
from benchmarks.api import Policy, Session, Weigh, algorithm

Array = np.ndarray[Any, np.dtype[Any]]


@algorithm("envelope", family="multi-objective", asks={Weigh}, uses={"objectives"}, spaces={"discrete"}, version="2")
@dataclass(frozen=True)
class Envelope(WeightQuestions, WeightAsker, VectorSettings):
    """Envelope Q-learning (Yang, Sun and Narasimhan 2019, "A generalized algorithm for multi-objective reinforcement
    learning and policy adaptation"), whose Q(s, a, w) and its loss are those of `VectorQ`, in the original's episodes.

    The loss moves from the vectors' error to that along w as lambda goes from 0 to 1 (homotopy). What the paper calls
    adaptation, finding the hidden weights, is done by asking: the belief of `weights-from-preferences`.

    Unlike the paper's, weights are not drawn anew for each batch but for each round, a part of them from the belief,
    the others from all over the simplex; at its end their policies are played. What is offered is, of all undominated
    ones so far, the one whose outcome v has the largest w . v: a network that forgets then loses nothing.
    """

    minibatch: int = 32  # transitions; each for all `weightings`
    homotopy: float = 0.5  # share of the environment steps during which lambda is 0; from there on it grows
    steepness: float = 3.0  # of lambda = (e^(steepness x) - 1) / (e^steepness - 1), x from 0 to 1
    rounds: int = 20  # of learning and playing
    played: int = 4  # weights of a round: lived and learned for, and their policies played at its end
    believed: float = 0.3  # share of these that come from the belief
    episodes: int = 2  # of a policy that is played, at least

    def improving(self, session: Session, known: WeightBelief, weights: Array) -> Iterator[Policy]:
        spec, k, rng = session.spec, len(weights), session.rng
        agent = VectorAgent(self, session, known.scale)
        looking = -(-self.played // max(1, spec.envs // self.episodes)) * spec.horizon * spec.envs  # steps of a round
        learning = max(1, (session.left.steps // self.rounds - looking) // spec.envs)  # steps of each environment
        policies: list[Policy] = []
        outcomes, drawn = np.zeros((0, k)), np.zeros((0, k))

        def draw(n: int) -> Array:
            return drawn[rng.integers(len(drawn), size=n)]

        while True:
            drawn = rng.dirichlet(np.ones(k), size=self.played)
            mine = rng.random(len(drawn)) < self.believed
            drawn[mine] = simplex(known.directions[rng.choice(len(known.log_w), size=int(mine.sum()), p=known.weight)])
            for _ in range(learning):
                agent.step(draw)
                agent.update(draw, self.lam(agent.done))
            tried = [agent.policy(w) for w in drawn]
            found = outcomes_of(session, tried, self.episodes)
            agent.leave()
            outcomes, policies = np.vstack([outcomes, found]), [*policies, *tried]
            kept = undominated(outcomes)
            outcomes, policies = outcomes[kept], [policies[j] for j in kept]
            session.reveal_front(policies)
            yield policies[int((outcomes @ (weights if weights.any() else 1 / known.scale)).argmax())]

    def lam(self, done: float) -> float:
        """lambda, at a share of the environment steps."""
        x = max(0.0, done - self.homotopy) / (1.0 - self.homotopy)
        return float(np.expm1(self.steepness * x) / np.expm1(self.steepness))


def simplex(weights: Array) -> Array:
    """[..., k] >= 0, divided by their sum; all equal where that is 0."""
    weights = np.where(weights.sum(axis=-1, keepdims=True) > 0, weights, 1.0)
    return weights / weights.sum(axis=-1, keepdims=True)
