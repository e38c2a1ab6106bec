"""When the policies that a learner offers are scored, and what was found."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from benchmarks.api import Budget, Policy
from benchmarks.evaluate import Worth
from benchmarks.record import Evaluations


class Curve:
    """Scores the last policy offered whenever a mark is passed: of the steps, or of the person's minutes.

    A policy is a snapshot, so it can be scored later than it was offered; each is scored once at most, and
    only where a mark asks for it. The learner notices nothing of it. `study` says what else is known of a policy
    that was worth so much: more entries of its points.
    """

    def __init__(
        self,
        evaluations: Evaluations,
        budget: Budget,
        score: Callable[[Policy, int], Worth],
        study: Callable[[Policy, Worth], dict[str, Any]] = lambda policy, worth: {},
    ) -> None:
        self.points: list[dict[str, Any]] = []
        self.policy: Policy | None = None
        self.seconds_taken = 0.0  # wall time of the evaluations themselves
        self._evaluations, self._score, self._study = evaluations, score, study
        every = budget.steps / max(1, evaluations.points)
        self._step_marks = [every * (i + 1) for i in range(evaluations.points)]
        self._effort_marks = sorted(60.0 * minutes for minutes in evaluations.minutes)
        self._known: Worth | None = None  # the last policy's, once scored

    def offer(self, policy: Policy, spent: dict[str, float]) -> None:
        """The learner's answer to "what would you do now?"."""
        first = self.policy is None
        self.policy, self._known = policy, None
        if first or (self._step_marks and spent["steps"] >= self._step_marks[0]):
            self._step_marks = [mark for mark in self._step_marks if mark > spent["steps"]]
            self._point(spent)

    def before_effort(self, after: float, spent: dict[str, float]) -> None:
        """The person's time is about to go to `after` seconds: what is known so far is due."""
        due = [mark for mark in self._effort_marks if spent["human_seconds"] <= mark < after]
        if due and self.policy is not None:
            self._point(spent)
        self._effort_marks = [mark for mark in self._effort_marks if mark >= after]

    def close(self, spent: dict[str, float]) -> Worth | None:
        """The last word: the final evaluation of the last policy offered."""
        if self.policy is None:
            return None
        self._point(spent)
        return self._timed(self._evaluations.final_episodes)

    def _point(self, spent: dict[str, float]) -> None:
        assert self.policy is not None
        if self._known is None:
            self._known = self._timed(self._evaluations.curve_episodes)
        begun = time.perf_counter()
        found = self._study(self.policy, self._known)
        self.seconds_taken += time.perf_counter() - begun
        self.points.append({**spent, "returns": self._known.returns.tolist(), **found})

    def _timed(self, episodes: int) -> Worth:
        assert self.policy is not None
        begun = time.perf_counter()
        worth = self._score(self.policy, episodes)
        self.seconds_taken += time.perf_counter() - begun
        return worth
