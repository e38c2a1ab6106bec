"""The simulated human of one trial: draws the chance of each answer, finds the rater, and lets it speak."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from dataclasses import replace
from typing import Any

import numpy as np

from benchmarks.api import Policy
from benchmarks.oracles import judgements, play
from benchmarks.oracles.bpref import published
from benchmarks.oracles.chance import Chance
from benchmarks.oracles.rater import Rater
from benchmarks.oracles.rationality import Rationality
from benchmarks.oracles.reference import Reference
from benchmarks.oracles.reply import Reply, joined
from benchmarks.task import Expert, Task, Trajectories

Array = np.ndarray[Any, np.dtype[Any]]

ANSWERS: dict[str, Callable[..., Reply]] = {
    "compare": judgements.compare,
    "weigh": judgements.weigh,
    "rate": judgements.rate,
    "judge": judgements.judge,
    "rank": judgements.rank,
    "advise": play.advise,
    "demonstrate": play.demonstrate,
    "correct": play.correct,
}


class Person:
    """One simulated human, or a crowd of them, on one task.

    An answer is a function of (seed, kind, content of the question, how often this very question was asked
    before), and of the person's effort so far if the person tires. A learner's other steps and questions
    do not move it. Asking again may give another answer.
    """

    def __init__(
        self, task: Task, expert: Expert, rationality: Rationality, seed: int, reference: Trajectories
    ) -> None:
        self.task, self.rationality = task, rationality
        self.reference = Reference(task, expert, reference)
        self.raters = [Rater(one, self.reference) for one in rationality.raters(task.objectives)]
        self._chance = Chance(seed)
        self._sessions = 0

    def answer(
        self, kind: str, *subjects: Any, effort: float | Array = 0.0, policy: Policy | None = None
    ) -> Reply:
        """Answer n questions of one kind.

        kind      subjects
        compare   left, right: Trajectories of n clips each
        rate      clips
        judge     clips, of one step or more; the last action is judged
        rank      k candidates, n clips each
        correct   clips
        advise    clips, of any length, 0 too; an action for the last state
        weigh     left, right: outcomes [n, k]
        demonstrate   lengths [n], all equal

        `effort` is the seconds of the person's time spent before each question, a number or [n].
        With a `policy`, actions are judged against it; chance in what it does there is drawn for the whole batch.
        """
        self._check(kind, subjects)
        shown = [content for subject in subjects for content in contents(subject)]
        draws = self._chance.draw(kind, shown, count=1 + max(1 + len(subjects), play.TRIES))
        if self.rationality.as_published:
            return self._published(*subjects, draws=draws[:, 1:])
        raters = (draws[:, 0] * len(self.raters)).astype(int)
        hours = np.broadcast_to(np.asarray(effort) / 3600 / len(self.raters), len(draws))
        tired = self.rationality.fatigue * hours
        replies, order = [], []
        for i in np.unique(raters):
            mine = np.flatnonzero(raters == i)
            question = [subject[mine] for subject in subjects]
            more = {} if policy is None else {"policy": policy}
            reply = ANSWERS[kind](self.raters[i], question, draws[mine, 1:], tired[mine], **more)
            replies.append(replace(reply, raters=raters[mine]))
            order.append(mine)
        return joined(replies)[np.argsort(np.concatenate(order))] if len(replies) > 1 else replies[0]

    def step_utility(self, clips: Trajectories) -> Array:
        """Utility [n, L] of every step, in the units of the reward; a crowd's is its mean.

        What `rl-oracle-utility` is rewarded with: how far an optimiser gets on this person's own utility.
        """
        return np.mean([rater.step_utility(clips) for rater in self.raters], axis=0)

    def utility(self, clips: Trajectories) -> Array:
        """Utility [n] of clips, without error; a crowd's is its mean."""
        return np.mean([rater.utility(clips) for rater in self.raters], axis=0)

    def with_chance(self, seed: int) -> Person:
        """The same person with other luck, and no memory of what was asked."""
        other = copy(self)
        other._chance, other._sessions = Chance(seed), 0
        return other

    def _check(self, kind: str, subjects: tuple[Any, ...]) -> None:
        if kind not in self.rationality.kinds:
            raise ValueError(f"this person does not answer {kind!r} questions")
        if len(subjects[0]) == 0:
            raise ValueError(f"a batch of no {kind!r} questions has no answer")
        lengths = [subject.length for subject in subjects if isinstance(subject, Trajectories)]
        if 0 in lengths and kind != "advise":
            raise ValueError(f"a {kind!r} question needs clips of one step or more")

    def _published(self, left: Trajectories, right: Trajectories, *, draws: Array) -> Reply:
        margin = self.reference.mean_return * left.length / self.task.horizon
        self._sessions += 1
        first = self._sessions == 1
        teacher = self.rationality
        return published(left.rewards, right.rewards, draws, teacher=teacher, margin=margin, first_session=first)


def contents(subject: Any) -> tuple[Array, ...]:
    """What makes a question the same question: states and actions, or the numbers themselves."""
    return (subject.states, subject.actions) if isinstance(subject, Trajectories) else (subject,)
