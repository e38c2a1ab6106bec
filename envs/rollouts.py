"""An expert out of a policy that is known to be good: its values are what that policy earns, one better step ahead.

    Q(s, a) = r(s, a, s') + gamma V_pi(s'),      V(s) = max_a Q(s, a),      act(s) = argmax_a Q(s, a),

where V_pi(s') is the discounted return of the policy pi from s' on, played out. So `act` is pi improved once (a rollout
policy: Bertsekas & Castanon, 1999, Journal of Heuristics 5), and V a lower bound of V*. For tasks whose states are too
many for a grid, and whose steps are sure.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from benchmarks.task import Array, Task

SAMPLES = 512  # starts of which v0 is the mean
ROUNDS = 200  # of v0 = E max_a [... gamma^t v0], which shrinks errors by gamma^t at each


@dataclass(frozen=True, eq=False)
class RolloutExpert:
    """See above; after an event v0 is to be had if the twin respawns, and nothing otherwise."""

    task: Task
    policy: Callable[[Any, Array], Array]
    actions: Array  # [m] integers or [m, ...] floats
    longest: int  # steps of playing out, after which nothing is counted any more
    v0: float = 0.0

    def value(self, states: Array) -> Array:
        return self.q(states).max(axis=1)

    def q(self, states: Array) -> Array:
        count = len(self.actions)
        actions = np.tile(self.actions, (len(states),) + (1,) * (self.actions.ndim - 1))
        return self.q_of(np.repeat(states, count, axis=0), actions).reshape(-1, count)

    def q_of(self, states: Array, actions: Array) -> Array:
        earned, after = self.played(states, actions)
        return earned + after * self.v0

    def act(self, states: Array) -> Array:
        return self.actions[self.q(states).argmax(axis=1)]

    def played(self, states: Array, actions: Array) -> tuple[Array, Array]:
        """The discounted rewards [n] of one action and then the policy, to the event; what v0 is then worth, [n]."""
        task = self.task
        earned, after, gamma = np.zeros(len(states)), np.zeros(len(states)), 1.0
        going = np.flatnonzero(~task.event(states))
        states, actions = states[going], actions[going]
        for _ in range(self.longest):
            if not len(going):
                break
            following = task.transition(states, actions)
            earned[going] += gamma * task.reward(states, actions, following)
            gamma *= task.discount
            ended = task.event(following)
            if task.after_event == "respawn":
                after[going[ended]] = gamma
            going, states = going[~ended], following[~ended]
            actions = self.policy(task, states)
        return earned, after


@cache
def expert_of(
    task: Task, policy: Callable[[Any, Array], Array], actions: tuple[Any, ...], longest: int = 1000
) -> RolloutExpert:
    """The expert of this policy; nothing is kept between processes, since v0 is all that takes time, a second."""
    choices = np.asarray(actions)
    expert = RolloutExpert(task, policy, choices, longest)
    starts = task.starts(SAMPLES, np.random.default_rng(0))
    if len(task.fates(starts)) > 1:
        raise ValueError(f"what {task.name} leaves to chance cannot be played out once: solve it on a grid instead")
    each = [expert.played(starts, np.repeat(action[None], SAMPLES, axis=0)) for action in choices]
    v0 = 0.0
    for _ in range(ROUNDS):
        v0 = float(np.max([earned + after * v0 for earned, after in each], axis=0).mean())
    return RolloutExpert(task, policy, choices, longest, v0)
