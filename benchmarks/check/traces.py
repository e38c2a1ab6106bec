"""Where two runs of one learner part."""

from __future__ import annotations

from itertools import zip_longest
from typing import Any

import numpy as np

from benchmarks.check.desk import Asked
from benchmarks.check.offers import actions
from benchmarks.check.rehearsal import Run
from benchmarks.check.verdict import described

Array = np.ndarray[Any, np.dtype[Any]]


def parting(one: Run, other: Run, probes: Array) -> str:
    """The first thing that `other` does otherwise than `one`, as "its step 17 is another"; "" if there is none."""
    if other.error and not one.error:
        return f"it fails with {other.error}"
    if other.endless and not one.endless:
        return other.endless
    steps, question = first_step(one, other), first_question(one.questions, other.questions)
    asked_at = np.inf if question is None else _asked_at(question, one, other)
    if steps is not None and steps * len(one.actions) < asked_at:
        return f"its step {steps + 1} is another"
    if question is not None:
        kinds = [run.questions[question].kind for run in (one, other) if question < len(run.questions)]
        return f"its question {question + 1} ({kinds[0]}) is another"
    if steps is not None:
        return f"its step {steps + 1} is another"
    if len(one.policies) != len(other.policies):
        return f"it offers {len(other.policies)} policies and not {len(one.policies)}"
    for i, offer in one.offers.items():
        try:
            same = np.array_equal(offer.actions, actions(other.policies[i], probes))
        except Exception as error:
            return f"its policy {i + 1} fails with {described(error)}"
        if not same:
            return f"its policy {i + 1} is another"
    if not same_numbers(one.logs, other.logs):
        return "what it logs is another"
    return ""


def first_step(one: Run, other: Run) -> int | None:
    """The first step of the environments that differs, or that only one of the runs took."""
    length = min(one.actions.shape[1], other.actions.shape[1])
    acts = one.actions[:, :length] != other.actions[:, :length]
    differing = acts.any(axis=(0, *range(2, acts.ndim)))
    differing |= (one.episodes[:, :length] != other.episodes[:, :length]).any(axis=0)
    if differing.any():
        return int(differing.argmax())
    return None if one.actions.shape[1] == other.actions.shape[1] else length


def first_question(one: list[Asked], other: list[Asked]) -> int | None:
    """The first question that differs, or that only one of the runs asked."""
    for i, (mine, theirs) in enumerate(zip_longest(one, other)):
        if mine is None or theirs is None or mine.content != theirs.content:
            return i
    return None


def same_numbers(one: list[dict[str, float]], other: list[dict[str, float]]) -> bool:
    """Equal logs; NaN is NaN."""
    if len(one) != len(other):
        return False
    return all(
        mine.keys() == theirs.keys() and all(np.array_equal(mine[k], theirs[k], equal_nan=True) for k in mine)
        for mine, theirs in zip(one, other, strict=True)
    )


def _asked_at(question: int, one: Run, other: Run) -> int:
    """Environment steps taken when the two runs parted by a question."""
    return min(run.questions[question].steps for run in (one, other) if question < len(run.questions))
