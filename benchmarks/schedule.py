"""Which trial is played next: the longest first, so that none is left alone at the end."""

from __future__ import annotations

import math
from collections import defaultdict, deque
from collections.abc import Iterable

from benchmarks.record import Record, Trial


class LongestFirst:
    """Trials to be played. How long they take is learnt from those that ended; unknown ones come first."""

    def __init__(self, trials: Iterable[Trial], known: Iterable[Record] = ()) -> None:
        self._cells: dict[tuple[str, str], deque[Trial]] = defaultdict(deque)
        self._rates: dict[tuple[str, str], list[float]] = defaultdict(list)  # seconds an environment step
        for trial in trials:
            self._cells[trial.algorithm, trial.task].append(trial)
        for record in known:
            spent = record.spent
            self.learn(record, (spent.get("wall_seconds") or 0.0) + (spent.get("evaluation_seconds") or 0.0))

    def __len__(self) -> int:
        return sum(len(cell) for cell in self._cells.values())

    def take(self) -> Trial | None:
        """The next trial; None when there are none left."""
        if not self._cells:
            return None
        key = max(self._cells, key=lambda key: self._guess(self._cells[key][0]) or math.inf)
        cell = self._cells[key]
        trial = cell.popleft()
        if not cell:
            del self._cells[key]
        return trial

    def learn(self, record: Record, seconds: float) -> None:
        """A trial took so long; one that failed half-way says nothing."""
        trial = record.trial
        if record.status in ("ok", "timeout"):
            for key in ((trial.algorithm, trial.task), (trial.algorithm, "")):
                self._rates[key].append(seconds / trial.steps)

    def seconds(self, trial: Trial) -> float:
        """How long a trial will take, as far as can be told; 0 while nothing ended."""
        rates = [sum(rates) / len(rates) for (_, task), rates in self._rates.items() if not task]
        return self._guess(trial) or (trial.steps * sum(rates) / len(rates) if rates else 0.0)

    def remaining(self) -> float:
        """The seconds of work that wait."""
        return sum(len(cell) * self.seconds(cell[0]) for cell in self._cells.values())

    def _guess(self, trial: Trial) -> float | None:
        for key in ((trial.algorithm, trial.task), (trial.algorithm, "")):
            if rates := self._rates.get(key):
                return trial.steps * sum(rates) / len(rates)
        return None
