"""Learning from two replays: what the person showed, and what the learner lived."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from algorithms._blocks.asking import appointments, demonstrated
from algorithms._blocks.off_policy import OffPolicy
from algorithms._blocks.replay import Replay

if TYPE_CHECKING:
    from algorithms._blocks.off_policy import OffPolicyAgent
    from algorithms._blocks.replay import Batch
    from benchmarks.api import Policy, Session

Array = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True)
class DemonstratedReplay(OffPolicy):
    """The first half of every minibatch are transitions of the person's, the other half are the learner's own.

    The person's are rewarded 1/2 and the learner's -1/2, for updates that look at rewards.
    """

    length: int = 200  # steps of a demonstration, at most an episode
    asking: float = 0.2  # share of the environment steps during which demonstrations are asked for, ever more
    shown: int = 200_000  # transitions of the person's that are kept
    every: int = 250  # steps of each environment between two policies
    scaled: bool = False  # rewards are what they are
    # Few updates on large minibatches. On pendulum, seed 1000, 3,750 of them came to .90 (iq-learn) and .97 (sqil).
    learning_rate: float = 1e-3
    minibatch: int = 128
    stride: int = 2  # steps of all environments between two times of updating
    updates: int = 2  # of DQN, each time
    actor_updates: int = 1  # of SAC, each time

    def learn(self, session: Session) -> Iterator[Policy]:
        agent, theirs = self.agent(session), Replay(session.spec, self.shown)
        coming = appointments(self.asking)
        while True:
            for i in range(min(self.every, max(1, session.budget.steps // session.spec.envs // 8))):
                done = 1 - session.left.steps / session.budget.steps
                if coming and done >= coming[0][0]:
                    self.ask(session, theirs, coming.pop(0)[1])
                agent.step(lambda seen, acted: np.full(len(seen), -0.5))
                if i % self.stride == 0 and len(theirs) and len(agent.replay) >= self.minibatch:
                    agent.anneal()
                    for _ in range(agent.updates):
                        agent.learner.update(self.fill(agent, theirs, agent.batch))
            if len(theirs):
                self.reveal(session, agent, theirs)
                yield agent.snapshot()

    def ask(self, session: Session, theirs: Replay, share: float) -> None:
        """Demonstrations, until this share of the person's time is used, into their replay."""
        if shown := demonstrated(session, share, self.length):
            before, actions = shown.steps()
            theirs.add(before, actions, shown.observations[:, 1:].reshape(before.shape), 0.5)

    def fill(self, agent: OffPolicyAgent, theirs: Replay, batch: Batch) -> Batch:
        """The batch, half from each replay."""
        half, rng = batch.size // 2, agent.session.rng
        theirs.sample(batch, rng, slice(0, half))
        return agent.replay.sample(batch, rng, slice(half, None))

    def reveal(self, session: Session, agent: OffPolicyAgent, theirs: Replay) -> None:
        """Tell the session of a reward that was learned, if one is."""
