"""Judging an action by what a policy would have done in its place: the feedback that COACH learns from.

"Good" then means better than usual, not best (MacGlashan et al. 2017: people's feedback depends on what the
learner does at present). The person imagines both futures of each state, the action and what the policy does,

    A(s, a) = E[G | a in s, then pi] - E[G | pi from s on],    G = sum_{t < T} gamma^t r_t + gamma^T V*(s_T),

T = `AHEAD` steps, `SAMPLES` times, in a copy of the task that no meter counts. What lies beyond T is worth what the
expert would make of it. So A differs from A^pi by gamma^T times the difference of V* - V^pi at the two ends: it is
A^pi for large T. A^pi itself is 0 for a policy that reaches nothing, where a real person would nod at progress
nevertheless; and the further a person follows a beginner's future, the less is said of the action: of 20 actions of
a random policy on mountain-car, 18 had another sign with T = 50 than with T = 10. The noise of the samples grows with
T too: with 8 of 25 steps it was about as large as A's own spread, so that of the learner's actions 21 to 47 % were
judged wrongly where 10 % of the reference ones were meant to be. Hence few steps and many samples. What noise is left
is the person's own imperfection on top of the declared one, and is not counted as an error.
"""

from __future__ import annotations

from copy import deepcopy
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.api import Policy
from benchmarks.log import rows
from benchmarks.oracles.calibrate import Margins
from benchmarks.oracles.utility import absorbed

if TYPE_CHECKING:
    from benchmarks.oracles.rater import Rater

Array = np.ndarray[Any, np.dtype[Any]]

AHEAD = 4  # T, steps that a person imagines
SAMPLES = 32  # futures of each kind for each question
QUESTIONS = 100  # reference questions that the noise is calibrated on, for every policy anew


class Against:
    """One person's judgement of actions against one policy. `seed` is the person's chance, of this batch alone."""

    def __init__(self, rater: Rater, policy: Policy, seed: int) -> None:
        self._rater, self._policy, self._seed = rater, policy, seed

    def advantage(self, states: Array, actions: Array) -> Array:
        """A(s, a) [n] of one given action each; 0 where it is what a deterministic policy does."""
        states, repeated = (np.repeat(part, SAMPLES, axis=0) for part in (states, actions))
        difference = self._futures(states, repeated) - self._futures(states, None)
        return difference.reshape(-1, SAMPLES).mean(axis=1)

    @cached_property
    def scale(self) -> Margins:
        """Margins of random actions in reference states: the declared rates hold on them, whatever the policy."""
        states, actions = self._rater.reference.decisions()
        advantages = self.advantage(states[:QUESTIONS], actions[:QUESTIONS])
        return Margins(advantages, advantages, self._rater.rationality.skip)

    def beta(self, tired: Array | float) -> Array | float:
        """Boltzmann's beta; 0 where nothing that could be done makes a difference."""
        return self._rater.beta(self.scale, "actions", tired) if self.scale.reach else 0.0

    def _futures(self, states: Array, actions: Array | None) -> Array:
        """G [n] of a future of each state that begins with this action, or with the policy's own.

        Both kinds draw the same numbers: respawns from the same seed, the policy from copies of one state of its
        generator. (Policies that draw from global generators have no common numbers, only noisier differences.)
        """
        rater, world, policy = self._rater, self._rater.world, deepcopy(self._policy)
        rng, spare = np.random.default_rng(self._seed), np.random.default_rng(0)
        alive = ~absorbed(world, states)
        begun, memory = np.ones(len(states), dtype=bool), None
        total = np.zeros(len(states))
        for t in range(AHEAD):
            done, memory = policy.predict(world.observe(states), state=memory, episode_start=begun, deterministic=False)
            if t == 0 and actions is not None:
                done = actions
            step = world.step(states, within(done, world.action_space), spare)
            total += world.discount**t * np.where(alive, step.objectives @ rater.weights, 0.0)
            fresh = world.starts(len(states), rng)  # whether needed or not, so that both futures draw alike
            again = step.event & (world.after_event == "respawn")
            states = np.where(rows(again, fresh), fresh, step.following)
            alive &= ~(step.event & (world.after_event != "respawn"))
            begun = again
        return total + world.discount**AHEAD * np.where(alive, rater.expert.value(states), 0.0)


def within(actions: Array, space: Any) -> Array:
    """Actions clipped to their box."""
    return actions if hasattr(space, "n") else np.clip(actions, space.low, space.high)
