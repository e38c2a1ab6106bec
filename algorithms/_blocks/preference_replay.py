"""Preference learners on a replay: PEBBLE's loop, with a place for each of its successors' ideas."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import inf
from typing import Any

import numpy as np

from algorithms._blocks.comparing import Comparing
from algorithms._blocks.mlp import Array
from algorithms._blocks.novelty import standardised, state_entropy
from algorithms._blocks.off_policy import OffPolicy, OffPolicyAgent, Reward
from algorithms._blocks.reward_model import Comparisons, RewardModel
from benchmarks.api import Policy, Session


@dataclass(frozen=True)
class PreferenceReplay(OffPolicy, Comparing):
    """1. Explore: maximise the entropy of the states visited, before anything is asked.
    2. In each of `sessions` sessions: ask, train the reward model on all answers so far, relabel the whole replay.
    3. In between and afterwards: live and learn from replay on the learned reward.

    The critics forget the exploration's values at the first session; SAC's policy stays. DQN has no policy but
    its values: of its exploration what stays is the replay. (Both papers' tasks are continuous.)
    """

    # At most the task's. A person who compares by progress says already what an action is good for later (Knox et al.,
    # "Learning optimal advantage from preferences and mistaking it for reward", 2024), and DQN that looks far ahead
    # through a reward with errors does not settle: with 0.99 PEBBLE came to -.03 on cartpole, with 0.9 to 1.00.
    discount: float = 0.9
    pretraining: float = 0.05  # share of the environment steps; PEBBLE: 9,000 steps of 500,000 or 1,000,000
    neighbours: int = 5  # k of the entropy's estimate (PEBBLE's code)
    known: int = 1000  # states of the replay among which neighbours are looked for; PEBBLE: all
    catching_up: int = 100  # updates after the critics' reset (PEBBLE's code)
    offering: int = 64  # steps of all environments between policies

    def learn(self, session: Session) -> Iterator[Policy]:
        ensemble = self.reward_model(session, self.backend)
        agent, fit = self.agent(session), self.trainer(session, ensemble)
        agent.learner.discount = min(self.discount, session.spec.discount)
        self.pretrain(session, agent)
        self.warm_start(session, agent, ensemble)
        yield agent.snapshot()
        begun, data = taken(session), None
        for before, share in self.schedule():
            until = begun + before * (session.budget.steps - begun)
            yield from self.live(session, agent, ensemble, until)
            answered = self.ask(session, ensemble, share, first=data is None, around=self.around)
            if answered is not None:
                first = data is None
                data = answered if data is None else data.and_(answered)
                loss = fit(data)
                self.standardise(session, ensemble)
                agent.relabel(self.reward(session, ensemble))
                session.log(reward_loss=loss, comparisons=len(data))
                if first:
                    self.begin(agent)
        yield from self.live(session, agent, ensemble, inf)

    def live(self, session: Session, agent: OffPolicyAgent, ensemble: RewardModel, until: float) -> Iterator[Policy]:
        """Go on with the learned reward until so many environment steps are taken."""
        reward, count = self.reward(session, ensemble), 0
        while taken(session) < until:
            agent.step(reward)
            agent.update()
            count += 1
            if count % self.offering == 0:
                yield agent.snapshot()

    # ---- exploring without a reward

    def pretrain(self, session: Session, agent: OffPolicyAgent) -> None:
        """Random steps, then the k-NN entropy of the states as the reward."""
        until = self.random_steps + self.pretraining * session.budget.steps
        while taken(session) < min(until, session.budget.steps / 2):
            agent.step(nothing, epsilon=self.epsilon)
            if len(agent.replay) < self.known:
                continue
            for _ in range(agent.updates):
                known = session.rng.integers(len(agent.replay), size=self.known)
                rows = known[: self.minibatch]
                batch = agent.replay.take(rows, agent.batch)
                batch.rewards[...] = standardised(self.novelty(agent, rows, known))
                agent.learner.update(batch)

    def novelty(self, agent: OffPolicyAgent, rows: Array, known: Array) -> Array:
        """k-NN entropy of the states in these rows of the replay among those of the `known` ones, which hold them."""
        states, others = (agent.replay.lived(some)[0].reshape(len(some), -1) for some in (rows, known))
        return state_entropy(states, others, min(self.neighbours + 1, len(known)))  # the nearest is the state itself

    # ---- what PEBBLE's successors change

    @property
    def around(self) -> int:
        """Steps that the reward model's segments reach beyond what the person sees, at both ends."""
        return 0

    def warm_start(self, session: Session, agent: OffPolicyAgent, ensemble: RewardModel) -> None:
        """What the reward model learns from the exploration."""

    def begin(self, agent: OffPolicyAgent) -> None:
        """The change from exploring to the first learned reward."""
        agent.learner.renew_critics()
        agent.update(self.catching_up)

    def trainer(self, session: Session, ensemble: RewardModel) -> Callable[[Comparisons], float]:
        """What trains the reward model on all answers so far, once a session, and gives its loss."""
        return lambda data: ensemble.fit(data, self.batches, self.pairs)

    def reward(self, session: Session, ensemble: RewardModel) -> Reward:
        """What is maximised: it follows the ensemble as that goes on learning."""
        return ensemble.reward


def taken(session: Session) -> int:
    """Environment steps so far."""
    return session.budget.steps - session.left.steps


def nothing(observations: Array, actions: Any) -> Array:
    return np.zeros(len(observations), np.float32)
