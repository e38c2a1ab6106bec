"""Learners held against each other: who improves on whom, who can be told apart, and what the seeds could show.

Only learners over as many tasks as any are in these tables, since ranks and pairs need common ground; references
are not learners. Pure functions of the tidy score table.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from benchmarks import ranking, statistics
from benchmarks.report.style import REFERENCES

IMPROVEMENT = ["oracle", "a", "b", "p", "low", "high", "pairs"]
RANKING = ["oracle", "algorithm", "family", "mean_rank", "blocks"]
PROFILE = ["oracle", "algorithm", "family", "threshold", "share"]
THRESHOLDS = np.round(np.linspace(-0.2, 1.2, 71), 3)


@dataclass(frozen=True)
class Ranking:
    """Of one oracle: the learners by mean rank over (task, seed), runs that cannot be told apart, and p-values.

    order      names, best first, and their mean ranks
    cliques    (first, last) places in the order
    friedman   p that all are the same
    apart      [methods, methods] Holm-corrected p-values, in the order
    detectable the median over pairs of learners of the smallest difference of means that a paired test would show
    blocks     (task, seed) pairs that any of them has
    """

    order: tuple[str, ...]
    mean_ranks: tuple[float, ...]
    cliques: tuple[tuple[int, int], ...]
    friedman: float
    apart: np.ndarray
    detectable: float
    blocks: int


def improvements(scores: pd.DataFrame) -> pd.DataFrame:
    """One row an oracle and ordered pair: the probability that a's score is above b's in the same world."""
    rows = []
    for oracle, table in _tables(scores):
        tasks = table.columns.get_level_values("task")
        for a in table.index:
            for b in table.index:
                if a != b:
                    ours, theirs = _pairs(table, tasks, a, b)
                    found = statistics.improvement(ours, theirs)
                    rows.append((oracle, a, b, found.value, found.low, found.high, found.runs))
    return pd.DataFrame(rows, columns=IMPROVEMENT)


def rankings(scores: pd.DataFrame) -> dict[str, Ranking]:
    """The ranking of each oracle that at least two learners answered to."""
    found = {}
    for oracle, table in _tables(scores):
        mean = ranking.mean_rank(table.to_numpy(dtype=float))
        order = np.argsort(mean, kind="stable")
        sorted_table = table.iloc[order]
        values = sorted_table.to_numpy(dtype=float)
        p = ranking.apart(values)
        tasks = table.columns.get_level_values("task")
        differences = [
            ranking.detectable(*_pairs(table, tasks, a, b))
            for i, a in enumerate(table.index)
            for b in table.index[i + 1 :]
        ]
        known = [value for value in differences if value == value]
        found[oracle] = Ranking(
            order=tuple(sorted_table.index),
            mean_ranks=tuple(float(mean[i]) for i in order),
            cliques=tuple(ranking.cliques(range(len(order)), p)),
            friedman=ranking.friedman(values),
            apart=p,
            detectable=float(np.median(known)) if known else float("nan"),
            blocks=values.shape[1],
        )
    return found


def ranked(found: dict[str, Ranking], families: dict[str, str]) -> pd.DataFrame:
    """The rankings as a table."""
    rows = [
        (oracle, name, families.get(name, ""), rank, each.blocks)
        for oracle, each in found.items()
        for name, rank in zip(each.order, each.mean_ranks, strict=True)
    ]
    return pd.DataFrame(rows, columns=RANKING)


def profiles(scores: pd.DataFrame) -> pd.DataFrame:
    """One row an oracle, learner and threshold: the share of runs with a score above it, tasks weighing the same."""
    rows = []
    for (oracle, algorithm), part in scores.groupby(["oracle", "algorithm"], sort=True):
        family = next((name for name in part["family"] if name), "")
        strata = [each["score"].dropna().to_numpy(dtype=float) for _, each in part.groupby("task", sort=True)]
        if family == REFERENCES or not any(map(len, strata)):
            continue
        shares = statistics.profile(strata, THRESHOLDS)
        rows += [(oracle, algorithm, family, t, s) for t, s in zip(THRESHOLDS, shares, strict=True)]
    return pd.DataFrame(rows, columns=PROFILE)


def _tables(scores: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    """Per oracle the scores [algorithm, (task, seed)] of the learners over most tasks; where there are two or more."""
    learners = scores[scores["family"] != REFERENCES]
    found = []
    for oracle, part in learners.groupby("oracle", sort=True):
        tasks = part.dropna(subset="score").groupby("algorithm")["task"].nunique()
        whole = tasks.index[tasks == tasks.max()] if len(tasks) else []
        table = part[part["algorithm"].isin(whole)].pivot_table(
            index="algorithm", columns=["task", "seed"], values="score"
        )
        if len(table) >= 2:
            found.append((str(oracle), table))
    return found


def _pairs(table: pd.DataFrame, tasks: pd.Index, a: str, b: str) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """The scores of both in the worlds that both met, task by task."""
    both = table.loc[[a, b]].to_numpy(dtype=float)
    there = ~np.isnan(both).any(axis=0)
    masks = [there & (tasks == task) for task in tasks.unique()]
    return [both[0, mask] for mask in masks], [both[1, mask] for mask in masks]
