"""How many of a person's minutes a learner needs to score 0.8, by task and by channel. Pure functions.

Of one trial: the person's time at the first point of its curve that is worth the goal; infinity where there is none.
Curves have points at marks (`[evaluation]` of the suite), so that what is reached between two marks counts at the
later one. Of a cell: the median over seeds, where a seed that never got there counts as infinity, with the
distribution-free interval of order statistics: the d-th lowest and highest of n seeds with the largest d for which
1 - 2 P(Binomial(n, 1/2) < d) >= 95 %. Under six seeds even the whole range covers less (94 % of five, 75 % of three).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import comb, inf, isfinite
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.record import Record
from benchmarks.report.style import REFERENCES
from benchmarks.scores import over_effort
from benchmarks.statistics import LEVEL

GOAL = 0.8
COLUMNS = ["oracle", "task", "algorithm", "family", "channel", "minutes", "low", "high", "reached", "runs", "budget"]
CHANNELS = {
    "demonstrate": "demonstrations", "correct": "corrections", "compare": "comparisons", "judge": "judgements",
    "rate": "ratings", "rank": "rankings", "advise": "advice", "weigh": "weighings",
}  # fmt: skip


def goals(records: Iterable[Record], goal: float = GOAL) -> pd.DataFrame:
    """One row an oracle, task and learner that asks something: the median minutes, infinity if half never got there."""
    known = [record for record in records if record.status == "ok" and record.family != REFERENCES]
    cells: dict[tuple[str, str, str], list[Record]] = {}
    for record in known:
        trial = record.trial
        cells.setdefault((trial.oracle, trial.task, trial.algorithm), []).append(record)
    told = told_by(known)
    rows: list[dict[str, Any]] = []
    for (oracle, task, algorithm), mine in sorted(cells.items()):
        if algorithm not in told:
            continue
        found = np.sort([minutes_to(record, goal) for record in mine])
        low, high = bounds(found)
        rows.append(
            {
                "oracle": oracle, "task": task, "algorithm": algorithm, "family": mine[0].family,
                "channel": told[algorithm], "minutes": middle(found), "low": low, "high": high,
                "reached": int(np.isfinite(found).sum()), "runs": len(found),
                "budget": max(record.trial.seconds for record in mine) / 60.0,
            }
        )  # fmt: skip
    return pd.DataFrame(rows, columns=COLUMNS).astype({name: float for name in ("minutes", "low", "high", "budget")})


def channels(table: pd.DataFrame) -> pd.DataFrame:
    """Of each oracle, channel and task the learner with the fewest minutes; none where no learner got there.

    Of those with as many, the one whose interval ends first. A learner that got there before it was told anything,
    as by curiosity, says nothing of a channel.
    """
    reached = table[np.isfinite(table["minutes"]) & (table["minutes"] > 0)]
    first = reached.sort_values(["minutes", "high", "algorithm"], kind="stable")
    best = first.groupby(["oracle", "channel", "task"]).head(1)
    return best.sort_values(["oracle", "channel", "task"], ignore_index=True)


def told_by(records: Iterable[Record]) -> dict[str, str]:
    """The channel of each learner: all that it asked for in any of these trials; without those that ask nothing."""
    asked: dict[str, set[str]] = {}
    for record in records:
        asked.setdefault(record.trial.algorithm, set()).update(record.feedback)
    return {
        algorithm: " + ".join(sorted(CHANNELS.get(kind, kind) for kind in kinds))
        for algorithm, kinds in asked.items() if kinds
    }  # fmt: skip


def minutes_to(record: Record, goal: float) -> float:
    """Of the person's time, until the last policy offered is worth the goal for the first time."""
    curve = over_effort(record)
    there = np.flatnonzero(curve.values >= goal)
    return float(curve.places[there[0]]) / 60.0 if len(there) else inf


def middle(values: Sequence[float] | np.ndarray) -> float:
    """The median of sorted values; between a number and infinity it is infinity."""
    n = len(values)
    low, high = values[(n - 1) // 2], values[n // 2]
    return float((low + high) / 2) if isfinite(high) else inf


def bounds(values: Sequence[float] | np.ndarray, level: float = LEVEL) -> tuple[float, float]:
    """The interval of the median of sorted values; NaN for one."""
    n = len(values)
    if n < 2:
        return float("nan"), float("nan")
    tail, d = 0.0, 0
    while d < n // 2 and (tail := tail + comb(n, d) / 2**n) <= (1.0 - level) / 2:
        d += 1
    d = max(d, 1)
    return float(values[d - 1]), float(values[n - d])

