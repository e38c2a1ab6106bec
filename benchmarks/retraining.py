"""What a recovered reward is worth to somebody who learns from it alone, from scratch, in this world or a changed one.

Inverse reinforcement learning promises a reward that outlives the dynamics under which it was recovered, where a
policy does not (Fu, Luo, Levine, "Learning robust rewards with adversarial inverse reinforcement learning", 2018).
So a new policy is trained on the reward in the task's twin, and in those of the tasks that `Task.changed` names:
by the learner of `rl-true-reward`, with this reward in the true one's place, or by planning where states are few.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.api import Budget, BudgetSpent, Card, Policy
from benchmarks.chance import aside, stream
from benchmarks.log import mixed_log
from benchmarks.record import Prices
from benchmarks.registry import Registry
from benchmarks.reward_quality import Reward as Revealed
from benchmarks.reward_quality import called
from benchmarks.satisfaction import learned_weights
from benchmarks.session import TrialSession, World
from benchmarks.task import Step, Task
from benchmarks.twin import Reward

Array = np.ndarray[Any, np.dtype[Any]]

LEARNER = "rl-true-reward"
SAMPLED = 4096  # start states, of which the different ones are found


def recovered(
    task: Task, card: Card, revealed: Revealed | None, logs: Sequence[Mapping[str, float]]
) -> Reward | None:
    """What a learner takes to be rewarded, if it has said so: a function of (observation, action), or weights of the
    objectives. A reference row that is given the true reward has that, and shows what retraining can come to.
    """
    if revealed is not None:
        return lambda states, actions, step: called(revealed, task.observe(states), actions)
    weights = np.asarray(task.weights) if "true_reward" in card.uses else learned_weights(task.objectives, logs)
    return None if weights is None else lambda states, actions, step: step.objectives @ weights


def retrained(
    task: Task, reward: Reward, steps: int, envs: int, registry: Registry, *coordinates: str | int
) -> Policy:
    """A policy for `reward` alone in the twin of `task`, on a stream of chance of these coordinates."""
    if task.tabular:
        return solved(task, reward)
    make = registry.algorithm(LEARNER)
    session = TrialSession(
        world=World(
            task=task,
            answer=lambda question: None,
            answers=frozenset(),
            expert=task.expert,
            log=lambda: mixed_log(task, task.expert()),
            reward=reward,
        ),
        card=make.card,
        budget=Budget(steps, 0.0),
        prices=Prices(),
        envs=envs,
        chance=stream("retraining", "world", task.name, *coordinates),
        rng=stream("retraining", "learner", task.name, *coordinates),
    )
    policy: Policy | None = None
    with aside("retraining", task.name, *coordinates):
        try:
            for offered in make().learn(session):
                policy = offered
        except BudgetSpent:
            pass
    if policy is None:
        raise RuntimeError(f"{steps} steps are too few to retrain a policy: raise the suite's retrain_steps")
    return policy


@dataclass(frozen=True, eq=False)
class Plan:
    """An action for each state; for one that it does not know, that of the nearest."""

    task: Task
    states: Array  # [n, d]
    actions: Array  # [n]

    def predict(
        self, observation: Any, state: Any = None, episode_start: Any = None, deterministic: bool = False
    ) -> tuple[Any, Any]:
        batch = np.asarray(observation)
        single = batch.shape == self.task.observation_space.shape
        here = self.task.recover(batch[None] if single else batch)
        nearest = ((here[:, None] - self.states) ** 2).sum(axis=2).argmin(axis=1)
        return (self.actions[nearest][0] if single else self.actions[nearest]), state


def solved(task: Task, reward: Reward) -> Plan:
    """The policy that is optimal for `reward` in the twin of a task of few states and discrete actions.

    Policy iteration (Howard 1960) over all states that can be reached, with the task's discount; what follows an event
    is a start state where the twin respawns, and nothing otherwise. Of equal actions the first is taken.
    """
    space: Any = task.action_space
    starts, shares = np.unique(task.starts(SAMPLED, np.random.default_rng(0)), axis=0, return_counts=True)
    states = reachable(task, starts)
    each, actions = np.repeat(states, space.n, axis=0), np.tile(np.arange(space.n), len(states))
    rewards, transition = np.zeros(len(each)), np.zeros((len(each), len(states)))
    for chance, following in task.fates(task.transition(each, actions)):
        event = task.event(following) & (chance > 0)
        going = ~task.event(following) & (chance > 0)
        phi = task.phi(each, actions, following)
        rewards += chance * reward(each, actions, Step(following, following, phi, task.event(following)))
        transition[going, numbers(states, following[going])] += chance[going]
        if task.after_event == "respawn":
            transition[np.ix_(event, numbers(states, starts))] += chance[event, None] * shares / SAMPLED
    rewards, transition = rewards.reshape(-1, space.n), transition.reshape(len(states), space.n, -1)
    every, policy = np.arange(len(states)), rewards.argmax(axis=1)
    while True:
        after = np.eye(len(states)) - task.discount * transition[every, policy]
        q = rewards + task.discount * transition @ np.linalg.solve(after, rewards[every, policy])
        if not (q.max(axis=1) > q[every, policy] + 1e-9).any():
            return Plan(task, states, policy)
        policy = q.argmax(axis=1)


def reachable(task: Task, states: Array) -> Array:
    """All states [n, d] that can be reached from these ones without an event, themselves included, sorted."""
    space: Any = task.action_space
    while True:
        each = np.repeat(states, space.n, axis=0)
        cases = task.fates(task.transition(each, np.tile(np.arange(space.n), len(states))))
        going = [following[~task.event(following) & (chance > 0)] for chance, following in cases]
        found = np.unique(np.concatenate([states, *going]), axis=0)
        if len(found) == len(states):
            return found
        states = found


def numbers(states: Array, wanted: Array) -> Array:
    """The place of each of `wanted` [m, d] among `states` [n, d]."""
    return np.asarray((wanted[:, None] == states).all(axis=2).argmax(axis=1))
