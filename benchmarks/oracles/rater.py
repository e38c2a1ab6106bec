"""One person on one task: what they value, and how well they see it."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np

from benchmarks.oracles.calibrate import Choices, Margins, Scale, tolerance
from benchmarks.oracles.outcomes import OutcomeUtility
from benchmarks.oracles.rationality import Rationality
from benchmarks.oracles.reference import Reference
from benchmarks.oracles.utility import Seen, clips_of, objectives, see, steps_of
from benchmarks.task import Trajectories

Array = np.ndarray[Any, np.dtype[Any]]


class Rater:
    """A person who is an expert for the weights w' = w * bias, seen through noise.

    A misweighing person lives in the same world but wants something else: rewards w' . phi, and V* and Q* of
    that reward, from the task's expert at those weights. So a bias reaches every channel alike. (With the V*
    of the true weights, a person who holds a goal for half its worth would never take it: the steps towards
    it promise the full price.) Where the weights change nothing about what is best, as those of a goal and of
    the time to it mostly do, a bias is harmless.

    `bias` names objectives by name or index; "largest" is the one whose weighed values vary most over the
    reference log, so that one rule fits every task.
    """

    def __init__(self, rationality: Rationality, reference: Reference) -> None:
        self.rationality = rationality
        self.weights = np.array(reference.task.weights, dtype=float)
        for name, factor in rationality.bias:
            self.weights[objective(name, reference)] *= factor
        self.biased = self.weights.tolist() != list(reference.task.weights)
        self.world = reference.task
        self.reference = reference.weighed(self.weights) if self.biased else reference
        self.task, self.expert = self.reference.task, self.reference.expert
        self._clips: dict[tuple[int, float], Margins] = {}
        self._known: dict[int, tuple[Array, float, Margins]] = {}

    # ---- what the person values -------------------------------------------------------------------------

    def step_utility(self, clips: Trajectories) -> Array:
        """[n, L] of every step, without myopia."""
        return steps_of(self._see(clips), self.rationality, self.task.discount)

    def utility(self, clips: Trajectories) -> Array:
        """[n] of every clip."""
        return clips_of(self._see(clips), self.rationality, self.task.discount)

    def advantages(self, states: Array) -> Array:
        """A*(s, a) [n, m] of the expert's m actions, 0 for the best of them."""
        values = self.expert.q(states)
        return values - values.max(axis=1, keepdims=True)

    def advantage(self, states: Array, actions: Array) -> Array:
        """A*(s, a) [n] of one given action each; over 0 where it is better than all m."""
        return self.expert.q_of(states, actions) - self.expert.q(states).max(axis=1)

    @cached_property
    def worth(self) -> OutcomeUtility:
        """Outcomes [n, k] -> utility [n]."""
        return OutcomeUtility(self.rationality.outcome, self.weights, self.reference.episodes())

    def _see(self, clips: Trajectories) -> Seen:
        if self.biased:
            clips = replace(clips, rewards=objectives(self.task, clips) @ self.weights)
        return see(self.task, self.expert, clips)

    # ---- how well the person sees it --------------------------------------------------------------------

    def clips(self, length: int, equal: float) -> Margins:
        """Pairs of reference clips of this length, of which a share `equal` is called equal."""
        if (length, equal) not in self._clips:
            left, right = np.split(self._reference_utility(length), 2)
            scale = Margins(np.maximum(left, right), left - right, self.rationality.skip, equal)
            self._clips[length, equal] = scale
        return self._clips[length, equal]

    def known(self, length: int) -> tuple[Array, float, Margins]:
        """The utilities of the reference clips of this length in order, their median, and margins to it."""
        if length not in self._known:
            known = np.sort(self._reference_utility(length))
            middle = float(np.median(known))
            self._known[length] = known, middle, Margins(known, known - middle, self.rationality.skip)
        return self._known[length]

    @cached_property
    def actions(self) -> tuple[float, Margins]:
        """A judge's tolerance delta, and the margins A* + delta of random actions in reference states."""
        advantages = self.advantage(*self.reference.decisions())
        delta = tolerance(advantages)
        return delta, Margins(advantages, advantages + delta, self.rationality.skip)

    @cached_property
    def choices(self) -> Choices:
        """What there is to choose from in the reference states."""
        states, _ = self.reference.decisions()
        return Choices(self.advantages(states), self.actions[0])

    @cached_property
    def outcomes(self) -> Margins:
        """Pairs of reference outcomes."""
        left, right = np.split(self.worth(self.reference.outcomes()), 2)
        return Margins(np.maximum(left, right), left - right, self.rationality.skip, self.rationality.equal)

    def beta(self, scale: Scale, what: str, tired: Array | float = 0.0) -> Array | float:
        """Boltzmann's beta for these questions; [n] of them for a tired person."""
        asks = self.rationality
        if asks.error is None:
            return float(asks.beta or 0.0)
        if asks.error > scale.reach:
            raise ValueError(
                f"on {self.task.name} nobody can answer {asks.error:.1%} of the reference {what} wrongly: "
                f"blind answers err in {scale.reach:.1%}, since the others tie or are skipped"
            )
        if not np.any(tired):
            return scale.beta(asks.error)
        levels = np.minimum(asks.error + np.asarray(tired), min(0.5, scale.reach)).round(3)
        known, which = np.unique(levels, return_inverse=True)
        return np.array([scale.beta(level) for level in known])[which].reshape(levels.shape)

    def _reference_utility(self, length: int) -> Array:
        seen = self.reference.seen[self.reference.windows(length)]
        return clips_of(seen, self.rationality, self.task.discount)


def objective(name: str | int, reference: Reference) -> int:
    """The index of the objective that a bias names."""
    names = reference.task.objectives
    if name == "largest":
        return reference.largest
    if isinstance(name, int) and name < len(names):
        return name
    if name not in names:
        known = ", ".join(names)
        raise ValueError(f"{reference.task.name} has no objective {name!r} to be biased about, only {known}")
    return names.index(str(name))
