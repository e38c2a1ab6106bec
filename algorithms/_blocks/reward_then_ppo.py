"""Sessions of feedback between updates of PPO: what learners of a reward from a person have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from algorithms._blocks.asking import shares
from algorithms._blocks.exploring import wander
from algorithms._blocks.on_policy import OnPolicy, rewarded, snapshot_of

if TYPE_CHECKING:
    from algorithms._blocks.on_policy import Reward
    from benchmarks.api import Policy, Session


@dataclass(frozen=True)
class RewardThenPpo(OnPolicy):
    """In each of `sessions` sessions, spread over the first part of the steps: ask, train the reward on all answers
    so far, and let PPO go on with it.
    """

    sessions: int = 10  # feedback sessions, each with as much of the person's time
    asking: float = 0.6  # share of the environment steps during which there are sessions
    warm_up: int = 50  # random steps of each environment before the first session

    def alternate(
        self, session: Session, reward: Reward, consult: Callable[[float], None], own: bool = False
    ) -> Iterator[Policy]:
        """Policies, one after each update. `consult` is told the share of the person's time to be used by then, asks,
        and changes what `reward` gives; with `own`, that is added to the environment's reward."""
        steps = session.budget.steps
        wander(session, self.warm_up)
        model = self.ppo(session, rewarded(session.env, reward, own))
        for i, share in enumerate(shares(self.sessions)):
            while steps - session.left.steps < i / self.sessions * self.asking * steps:
                yield self._updated(model)
            consult(share)
            session.reveal(reward)
        while True:
            yield self._updated(model)

    def _updated(self, model: Any) -> Policy:
        self.update(model)
        return snapshot_of(model)
