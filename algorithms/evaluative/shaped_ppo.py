"""A sparse reward, shaped by what a person thinks of actions: TAMER+RL, with PPO as the RL.

Knox and Stone, "Combining manual feedback with subsequent MDP reward signals for reinforcement learning", 2010, and
"Reinforcement learning from simultaneous human and MDP reward", 2012.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from algorithms._blocks.asking import due
from algorithms._blocks.features import inputs
from algorithms._blocks.on_policy import rewarded
from algorithms._blocks.rating_model import RatingModel, Ratings, ratings
from algorithms._blocks.reward_then_ppo import RewardThenPpo
from benchmarks.api import Judge, Policy, Session, algorithm


@algorithm("shaped-ppo", family="evaluative", asks={Judge}, uses={"sparse_reward"})
@dataclass(frozen=True)
class ShapedPpo(RewardThenPpo):
    """PPO on r'(s, a) = r(s, a) + w H(s, a), r the task's reward for goals and failures alone, H regressed on the
    person's judgements (TAMER) and standardised, so that to go on is neither praised nor blamed in itself.

    w falls geometrically over the environment steps, as the papers' does over episodes: the person shows the way, and
    the task's own reward has the last word. `rl-sparse-reward` is the same without the person. On a task without goals
    and failures r is 0, and the person's shaping is all there is.
    """

    weight: float = 0.1  # w at the beginning; goals and failures are worth about 1
    kept: float = 0.1  # share of w that is left at the end
    reward_hidden: tuple[int, ...] = (64, 64)
    reward_learning_rate: float = 1e-3
    members: int = 3  # networks of H
    batches: int = 200  # gradient steps of a session
    batch: int = 32  # judgements in a minibatch

    def learn(self, session: Session) -> Iterator[Policy]:
        spec, chance = session.spec, session.rng.spawn(1)[0]
        model = RatingModel(spec, self.members, self.reward_hidden, self.reward_learning_rate, chance)
        heard: list[Ratings] = []

        def consult(share: float) -> None:
            if n := due(session, share, Judge(session.segments(1, 1))):
                asked = session.segments(n, 1)
                answered = ratings(spec, asked, session.ask(Judge(asked)))
                heard[:] = [heard[0].and_(answered) if heard else answered]
            if heard and len(heard[0]):
                loss = model.fit(heard[0], self.batches, self.batch)
                model.standardise(inputs(spec, *session.segments(200, 1).steps()))
                session.log(reward_loss=loss, judgements=len(heard[0]))
            session.reveal(shaping)

        def shaping(observations: Any, actions: Any) -> Any:
            if not heard:
                return np.zeros(len(observations))
            done = 1 - session.left.steps / session.budget.steps
            return self.weight * self.kept**done * model.reward(observations, actions)

        yield from self.alternate(session, rewarded(session.env, shaping, own=True), consult)
