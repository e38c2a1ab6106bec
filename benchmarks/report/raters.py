"""Who of several raters is served how well, out of the records' `outcomes`; see `benchmarks.satisfaction`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd

from benchmarks import statistics
from benchmarks.chance import stream
from benchmarks.record import Record

COLUMNS = ["oracle", "task", "algorithm", "family", "rater", "regret", "low", "high", "seeds", "worst", "agreement"]


def raters(records: Iterable[Record]) -> pd.DataFrame:
    """One row an oracle of several raters, task, algorithm and rater: mean regret over seeds, 0 best, 1 random's.

    `worst` is the mean over seeds of the worst served rater's regret, whoever that is; `agreement` the share of pairs
    of outcomes on which two raters agree.
    """
    cells: dict[tuple[str, str, str], list[Record]] = {}
    for record in records:
        if record.status == "ok" and len(record.outcomes.get("raters", ())) > 1:
            trial = record.trial
            cells.setdefault((trial.oracle, trial.task, trial.algorithm), []).append(record)
    rows: list[dict[str, Any]] = []
    for (oracle, task, algorithm), mine in sorted(cells.items()):
        worst = sum(record.outcomes["worst_regret"] for record in mine) / len(mine)
        for rater in range(len(mine[0].outcomes["raters"])):
            values = pd.Series([record.outcomes["raters"][rater]["regret"] for record in mine], dtype=float)
            chance = stream("report", "raters", oracle, task, algorithm, rater)
            told = statistics.estimate([values.to_numpy()], chance, "mean")
            rows.append(
                {
                    "oracle": oracle, "task": task, "algorithm": algorithm, "family": mine[0].family,
                    "rater": rater + 1, "regret": told.value, "low": told.low, "high": told.high, "seeds": told.runs,
                    "worst": worst, "agreement": mine[0].outcomes["agreement"],
                }
            )  # fmt: skip
    return pd.DataFrame(rows, columns=COLUMNS)
