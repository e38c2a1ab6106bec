"""Learning from replay on what a person thinks of single actions, alone or on top of the environment's reward."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from algorithms._blocks.asking import due, shares
from algorithms._blocks.features import inputs
from algorithms._blocks.off_policy import OffPolicy
from algorithms._blocks.rating_model import RatingModel, Ratings, ratings
from benchmarks.api import Judge

if TYPE_CHECKING:
    from algorithms._blocks.off_policy import OffPolicyAgent
    from benchmarks.api import Policy, Session

Array = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True)
class JudgedReplay(OffPolicy):
    """H(s, a) is regressed on the person's judgements, in sessions over the first part of the steps; everything in the
    replay is rewarded anew with every new H.
    """

    sessions: int = 20  # feedback sessions, each with as much of the person's time
    asking: float = 0.6  # share of the environment steps during which there are sessions
    recent: int = 250  # steps of each environment that the questions of a session are about
    members: int = 3  # networks of H
    reward_hidden: tuple[int, ...] = (64, 64)
    reward_learning_rate: float = 1e-3
    batches: int = 100  # gradient steps of a session
    batch: int = 32  # judgements in a minibatch
    every: int = 100  # steps of each environment between two policies

    def live(
        self, session: Session, own: bool, weight: float = 1.0, kept: float = 1.0, discount: float | None = None
    ) -> Iterator[Policy]:
        """Policies from weight * kept^(share of the steps done) * H, with the environment's `own` reward or alone."""
        spec, steps = session.spec, session.budget.steps
        agent, chance = self.agent(session), session.rng.spawn(1)[0]
        if discount is not None:
            agent.learner.discount = discount
        model = RatingModel(spec, self.members, self.reward_hidden, self.reward_learning_rate, chance)
        earned = np.zeros(self.capacity, np.float32)  # what the environment gave for each row of the replay
        heard: Ratings | None = None
        rounds = iter(enumerate(shares(self.sessions)))
        first = -(-self.random_steps // spec.envs) * spec.envs
        at, share = first, next(rounds)[1]
        while True:
            for _ in range(self.every):
                self._step(agent, model if heard else None, earned, own, weight * kept ** _done(session))
                if heard:
                    agent.update()
                if steps - session.left.steps < at:
                    continue
                heard = self._consult(session, model, heard, share)
                if heard:
                    session.reveal(model.reward)
                    _reward_anew(agent, model, earned, weight * kept ** _done(session))
                i, share = next(rounds, (0, 1.0))
                at = first + i / self.sessions * self.asking * steps if i else float("inf")
            yield agent.snapshot()

    def _consult(self, session: Session, model: RatingModel, heard: Ratings | None, share: float) -> Ratings | None:
        """Ask until this share of the person's time is used, and train H on all judgements; None if there are none."""
        if n := due(session, share, Judge(session.segments(1, 1))):
            asked = session.segments(n, 1, last=self.recent)
            answered = ratings(session.spec, asked, session.ask(Judge(asked)))
            heard = heard.and_(answered) if heard else answered
        if not heard:
            return None
        loss = model.fit(heard, self.batches, self.batch)
        model.standardise(inputs(session.spec, *session.segments(200, 1).steps()))
        session.log(reward_loss=loss, judgements=len(heard))
        return heard

    def _step(
        self, agent: OffPolicyAgent, model: RatingModel | None, earned: Array, own: bool, weight: float
    ) -> None:
        """One step of all environments, rewarded as the replay is."""
        nothing = None if own else lambda seen, done: np.zeros(len(seen))
        before = agent.replay.added
        agent.step(nothing)
        rows = np.arange(before, agent.replay.added) % agent.replay.capacity
        earned[rows] = agent.replay.rewards[rows]
        if model is not None:
            agent.replay.rewards[rows] += weight * model.reward(*agent.replay.lived(rows))


def _reward_anew(agent: OffPolicyAgent, model: RatingModel, earned: Array, weight: float) -> None:
    agent.relabel(lambda seen, done: weight * model.reward(seen, done))
    agent.replay.rewards[: len(agent.replay)] += earned[: len(agent.replay)]


def _done(session: Session) -> float:
    """Share of the environment steps that are taken."""
    return 1 - session.left.steps / session.budget.steps
