"""A reward fitted to a person's ratings of segments in sessions, and PPO on it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from algorithms._blocks.asking import due
from algorithms._blocks.features import inputs
from algorithms._blocks.on_policy import rewarded
from algorithms._blocks.rating_model import RatingModel, Ratings, ratings
from algorithms._blocks.reward_then_ppo import RewardThenPpo
from benchmarks.api import Rate

if TYPE_CHECKING:
    from benchmarks.api import Policy, Session


@dataclass(frozen=True)
class RatedPpo(RewardThenPpo):
    """In each session ask for ratings of random segments of what was lived, train the reward's networks on all ratings
    so far, and standardise what they say.
    """

    length: int = 5  # steps of a segment
    members: int = 3  # networks of the ensemble
    reward_hidden: tuple[int, ...] = (64, 64)
    reward_learning_rate: float = 1e-3
    batches: int = 100  # gradient steps of a session
    batch: int = 32  # ratings in a minibatch

    def model(self, session: Session) -> RatingModel:
        """What is fitted to the ratings."""
        return self.network(session, RatingModel)

    def network(self, session: Session, kind: type[RatingModel]) -> RatingModel:
        chance = session.rng.spawn(1)[0]
        return kind(session.spec, self.members, self.reward_hidden, self.reward_learning_rate, chance)

    def learn(self, session: Session) -> Iterator[Policy]:
        model = self.model(session)
        heard: list[Ratings] = []

        def consult(share: float) -> None:
            length = min(self.length, session.spec.horizon)
            if n := due(session, share, Rate(session.segments(1, length))):
                asked = session.segments(n, length)
                answered = ratings(session.spec, asked, session.ask(Rate(asked)))
                heard[:] = [heard[0].and_(answered) if heard else answered]
            if heard and len(heard[0]):
                loss = model.fit(heard[0], self.batches, self.batch)
                model.standardise(inputs(session.spec, *session.segments(200, 1).steps()))
                session.log(reward_loss=loss, ratings=len(heard[0]))
            session.reveal(model.reward)

        yield from self.alternate(session, rewarded(session.env, model.reward), consult)
