"""What a person said, and, for the harness only, what would have been right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from benchmarks.task import Trajectories

Array = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True)
class Reply:
    """Answers to n questions of one kind.

    values   [n, ...]  as the query says, NaN where skipped; Trajectories for demonstrations and corrections
    truth    [n, ...]  what a perfect person of the same utility would have said; None for Trajectories
    wrong    [n]       share of the answer that is wrong: 0 or 1, but for a ranking (its pairs) and for played
                       clips (their actions); 0 where the answer takes no side
    tied     [n]       bool: an exact tie, to which no answer is wrong
    equal    [n]       bool: called equal; for a correction, the clip was given back as it was
    skipped  [n]       bool
    raters   [n]       which person of the crowd answered
    """

    values: Array | Trajectories
    truth: Array | None
    wrong: Array
    tied: Array
    equal: Array
    skipped: Array
    raters: Array

    @classmethod
    def of(
        cls,
        values: Array | Trajectories,
        truth: Array | None,
        wrong: Array,
        *,
        tied: Array | None = None,
        equal: Array | None = None,
        skipped: Array | None = None,
    ) -> Reply:
        """The reply of a single rater; no question is called equal or skipped unless it is said."""
        no = np.zeros(len(wrong), dtype=bool)
        tied, equal, skipped = (no if mask is None else mask for mask in (tied, equal, skipped))
        truth = None if truth is None else truth.astype(float)
        return cls(values, truth, wrong.astype(float), tied, equal, skipped, no.astype(int))

    def __len__(self) -> int:
        return len(self.wrong)

    def __getitem__(self, which: Any) -> Reply:
        picked: dict[str, Any] = {name: part if part is None else part[which] for name, part in self._parts().items()}
        return Reply(**picked)

    @property
    def errors(self) -> float:
        """Wrong answers, counted in questions: `errors / decidable` is held against the declared error."""
        return float(self.wrong.sum())

    @property
    def decidable(self) -> int:
        """Questions that have a right answer."""
        return int((~self.tied).sum())

    @property
    def ties(self) -> int:
        return int(self.equal.sum())

    @property
    def skips(self) -> int:
        return int(self.skipped.sum())

    def _parts(self) -> dict[str, Any]:
        return {item.name: getattr(self, item.name) for item in fields(self)}


def joined(replies: Sequence[Reply]) -> Reply:
    """One reply of several to the same kind of question."""
    parts = [reply._parts() for reply in replies]
    return Reply(**{name: _joined([part[name] for part in parts]) for name in parts[0]})


def joined_clips(parts: Sequence[Trajectories]) -> Trajectories:
    """One batch of clips of the same length."""
    names = [item.name for item in fields(Trajectories)]
    return Trajectories(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in names})


def _joined(parts: Sequence[Any]) -> Any:
    if parts[0] is None:
        return None
    return joined_clips(parts) if isinstance(parts[0], Trajectories) else np.concatenate(parts)
