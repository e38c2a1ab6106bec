"""The tables of the report, each a pure function of the tidy score table. Estimates come with their intervals.

A failed or missing trial has no score: aggregates are over the trials that have one, and every row and cell
carries how many those are and how many were planned. Each row's bootstrap has a stream of chance of its own,
hashed from its names, so that no row's interval moves when another method is added.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any

import numpy as np
import pandas as pd

from benchmarks import ranking, statistics
from benchmarks.chance import stream
from benchmarks.report.style import REFERENCES
from benchmarks.scores import KEYS, rates

TRUE_REWARD = "rl-true-reward"
BLIND = ("random", "rl-constant-positive", "rl-constant-negative", "rl-random-reward")  # controls that are told nothing
CONTROLS = (*BLIND, "bc")

LEADERBOARD = [
    "algorithm", "family", "oracle", "iqm", "iqm_low", "iqm_high", "mean", "median",
    "trials_ok", "trials_planned", "human_seconds", "cpu_seconds",
]  # fmt: skip
INFORMATIVE = [
    "oracle", "task", "verdict", "reference", "control", "control_score", "difference", "low", "high", "runs",
]  # fmt: skip


def strata(scores: pd.DataFrame, column: str = "score") -> list[np.ndarray[Any, Any]]:
    """The numbers of one method, one array a task."""
    return [part[column].dropna().to_numpy(dtype=float) for _, part in scores.groupby("task", sort=True)]


def leaderboard(scores: pd.DataFrame) -> pd.DataFrame:
    """One row an algorithm and oracle: the fixed columns, then tasks, tasks_planned, centre and mean_rank.

    human_seconds and cpu_seconds are means of an ok trial. `iqm` is the mean where `centre` says so (fewer than
    four runs). mean_rank is among the learners of one oracle, references apart. Learners come first, best first.
    """
    rows = []
    for (oracle, algorithm), part in scores.groupby(["oracle", "algorithm"], sort=True):
        values, weights = statistics.pooled(strata(part))
        overall = statistics.estimate(strata(part), stream("report", "leaderboard", oracle, algorithm))
        ok = part[part["status"] == "ok"]
        rows.append(
            {
                "algorithm": algorithm,
                "family": _family(part),
                "oracle": oracle,
                "iqm": overall.value,
                "iqm_low": overall.low,
                "iqm_high": overall.high,
                "mean": float(statistics.mean(values, weights)) if len(values) else np.nan,
                "median": statistics.median(values, weights),
                "trials_ok": len(ok),
                "trials_planned": len(part),
                "human_seconds": ok["human_seconds"].mean(),
                "cpu_seconds": ok["cpu_seconds"].mean(),
                "tasks": overall.tasks,
                "tasks_planned": part["task"].nunique(),
                "centre": overall.name,
            }
        )
    board = pd.DataFrame(rows, columns=[*LEADERBOARD, "tasks", "tasks_planned", "centre"])
    places = pd.MultiIndex.from_frame(board[["oracle", "algorithm"]])
    board["mean_rank"] = _mean_ranks(scores).reindex(places).to_numpy()
    return in_order(board)


def in_order(board: pd.DataFrame) -> pd.DataFrame:
    """By oracle; learners before references; the best first; those without a score last."""
    order = board.assign(last=board["family"] == REFERENCES, down=-board["iqm"])
    order = order.sort_values(["oracle", "last", "down", "algorithm"], na_position="last", ignore_index=True)
    return order.drop(columns=["last", "down"])


def cells(scores: pd.DataFrame) -> pd.DataFrame:
    """One row an oracle, task and algorithm: value, low, high, centre, and how many trials are ok and planned."""
    return _estimated(scores, ["oracle", "task", "algorithm"], "cells").drop(columns="tasks")


def by_minutes(reached: pd.DataFrame, scores: pd.DataFrame) -> pd.DataFrame:
    """One row an oracle, algorithm and human budget, over all tasks, of `scores.at_minutes`; as `cells`, and tasks.

    `scores` says how many trials were planned.
    """
    keys = ["oracle", "algorithm"]
    planned = scores.groupby(keys).size().rename("planned").reset_index()
    found = _estimated(reached, [*keys, "minutes"], "minutes").drop(columns="planned")
    return found.merge(planned, on=keys)


def elsewhere(transfers: pd.DataFrame) -> pd.DataFrame:
    """One row an oracle, algorithm, policy and where, of `scores.transfers`; as `cells`.

    policy   "own", the last that the learner offered, or "retrained", from scratch on the reward that it recovered
    where    "same" dynamics as it lived in, or "changed"
    """
    long = transfers.melt([*KEYS, "dynamics"], ["own", "retrained"], "policy", "score").dropna(subset="score")
    long["where"] = np.where(long["dynamics"] == long["task"], "same", "changed")
    return _estimated(long, ["oracle", "algorithm", "policy", "where"], "elsewhere")


def informative(scores: pd.DataFrame) -> pd.DataFrame:
    """One row an oracle and task: does RL on the true reward beat the best control there?

    The best control is the one with the highest mean; the difference is paired by seed. "yes" if its whole
    interval is above 0; "saturated" if that holds for every control but behaviour cloning, so that the reward
    matters there, but imitating the person is enough; "not shown" if only the difference is above 0; "no" if not
    even that; "unknown" without the rows.
    """
    rows = []
    for (oracle, task), part in scores.groupby(["oracle", "task"], sort=True):
        table = part.pivot_table(index="seed", columns="algorithm", values="score")
        row = {"oracle": oracle, "task": task, "verdict": "unknown", "control": "", "runs": 0}
        found = _against(table, CONTROLS, str(oracle), str(task))
        if found is not None:
            best, gain = found
            blind = _against(table, BLIND, str(oracle), str(task))
            verdict = _verdict(gain)
            if verdict != "yes" and blind is not None and _verdict(blind[1]) == "yes":
                verdict = "saturated"
            row |= {
                "control": best,
                "reference": table[TRUE_REWARD].mean(),
                "control_score": table[best].mean(),
                "difference": gain.value,
                "low": gain.low,
                "high": gain.high,
                "runs": gain.runs,
                "verdict": verdict,
            }
        rows.append(row)
    return pd.DataFrame(rows, columns=INFORMATIVE)


def _against(
    table: pd.DataFrame, controls: tuple[str, ...], oracle: str, task: str
) -> tuple[str, statistics.Estimate] | None:
    """The best of these controls, and by how much RL on the true reward is above it; None without the rows."""
    rivals = [name for name in controls if name in table]
    if TRUE_REWARD not in table or not rivals:
        return None
    best = str(table[rivals].mean().idxmax())
    pairs = table[[TRUE_REWARD, best]].dropna().to_numpy()
    chance = stream("report", "informative", oracle, task)
    return best, statistics.difference([pairs[:, 0]], [pairs[:, 1]], chance)


def teachers(feedback: pd.DataFrame) -> pd.DataFrame:
    """One row an oracle, task and kind of question: what the person turned out to be like, over all trials."""
    counts = ["asked", "answered", "skipped", "ties", "decidable", "errors", "seconds"]
    return rates(feedback.groupby(["oracle", "task", "kind"], sort=True, as_index=False)[counts].sum())


def costs(scores: pd.DataFrame) -> pd.DataFrame:
    """One row an algorithm: sums over all of its trials that left a record, whatever their end."""
    spent = ["env_steps", "wall_seconds", "cpu_seconds", "human_seconds", "asked", "answered", "skipped"]
    known = scores[scores["status"] != "missing"].astype({name: float for name in spent})
    table = known.groupby("algorithm", sort=True)[spent].sum()
    table.insert(0, "trials", known.groupby("algorithm").size())
    table.insert(0, "family", known.groupby("algorithm")["family"].first())
    return table.reset_index()


def _estimated(scores: pd.DataFrame, keys: list[str], what: str) -> pd.DataFrame:
    def row(names: Any, part: pd.DataFrame) -> dict[Hashable, Any]:
        found = statistics.estimate(strata(part), stream("report", what, *(str(name) for name in names)))
        return {
            **dict(zip(keys, names)), "family": _family(part), "value": found.value, "low": found.low,
            "high": found.high, "centre": found.name, "tasks": found.tasks, "ok": found.runs, "planned": len(part),
        }  # fmt: skip

    columns = [*keys, "family", "value", "low", "high", "centre", "tasks", "ok", "planned"]
    return pd.DataFrame([row(names, part) for names, part in scores.groupby(keys, sort=True)], columns=columns)


def _family(part: pd.DataFrame) -> str:
    """The family that the records name; a trial that never came to a record names none."""
    return next((name for name in part["family"] if name), "")


def _mean_ranks(scores: pd.DataFrame) -> pd.Series:
    learners = scores[scores["family"] != REFERENCES]
    rank: Callable[[pd.DataFrame], pd.Series] = lambda table: pd.Series(  # noqa: E731
        ranking.mean_rank(table.to_numpy(dtype=float)), index=table.index
    )
    ranked = {
        oracle: rank(part.pivot_table(index="algorithm", columns="task", values="score", dropna=False))
        for oracle, part in learners.groupby("oracle")
    }
    return pd.concat(ranked) if ranked else pd.Series(dtype=float, index=pd.MultiIndex.from_arrays([[], []]))


def _verdict(gain: statistics.Estimate) -> str:
    if not gain.runs:
        return "unknown"
    if gain.low > 0:
        return "yes"
    return "not shown" if gain.value > 0 else "no"
