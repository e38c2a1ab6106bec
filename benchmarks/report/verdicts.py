"""Who wins, by how much, and how sure that is: one verdict a family over all tasks, one a task, and one a channel
(what the person gives) on each task. Pure functions.

The winner is the learner with the highest IQM (the mean under four runs), in a family among those on as many tasks
as any of it. It is held against the runner-up and against the best of the blind controls in the same worlds: the
difference is the mean of the pairs' with Student's t interval (`statistics.paired_mean`), and the two are told apart
where that leaves 0 out. The intervals do not know that the winner was picked for being the highest.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from benchmarks import statistics
from benchmarks.report.style import REFERENCES, family_order
from benchmarks.report.tables import BLIND, strata
from benchmarks.report.wording import NOTHING, duration, interval, listed, number, plain
from benchmarks.statistics import Estimate


@dataclass(frozen=True)
class Verdict:
    """One scope's: a family's over the tasks that its learners were run on, a task's, or a channel's on a task.

    near   learners of the scope that cannot be told apart from the winner
    early  (minutes, who led by then) at the smaller human budgets, where that was somebody else
    """

    oracle: str
    scope: str  # "family", "task" or "channel"
    name: str
    winner: str
    value: Estimate
    minutes: float
    cpu_seconds: float
    runner_up: str = ""
    gain: Estimate | None = None
    control: str = ""
    over: Estimate | None = None
    near: tuple[str, ...] = ()
    early: tuple[tuple[float, str], ...] = ()
    tasks: int = 1

    def words(self) -> str:
        """The sentence, which follows the scope's name."""
        parts = [
            f"{self.winner} leads with {self.value.name} {number(self.value.value)} "
            f"{interval(self.value.low, self.value.high)}".rstrip()
            + (f" over {self.tasks} tasks" if self.scope == "family" and self.tasks > 1 else "")
            + f", with {plain(round(self.minutes, 1))} min of the person's time and {duration(self.cpu_seconds)} "
            "of CPU a trial"
        ]
        if self.gain is None:
            parts.append("there is no other learner to hold it against")
        else:
            parts.append(f"{_distance(self.gain)} {self.runner_up}, the runner-up: {_apart(self.gain)}")
            others = [name for name in self.near if name != self.runner_up]
            if others:
                named = listed(others) if len(others) < 4 else f"{len(others)} others"
                parts[-1] += f", nor is it from {named}" if self.runner_up in self.near else f"; not from {named}"
        if self.over is not None:
            parts.append(f"{_distance(self.over)} the best control, {self.control}: {_apart(self.over)}")
        if self.early:
            parts.append("with less time others led: " + _sooner(self.early))
        return "; ".join(parts) + "."


def told_apart(found: Estimate) -> bool:
    """The interval leaves 0 out. Without one, as of a single pair, nothing is told apart."""
    return found.low > 0 or found.high < 0


def verdicts(
    scores: pd.DataFrame,
    reached: pd.DataFrame,
    values: pd.DataFrame,
    board: pd.DataFrame,
    channels: Mapping[str, str] | None = None,
) -> list[Verdict]:
    """By oracle: its families, then its tasks, each followed by the channels there.

    `reached` is `scores.at_minutes`, `values` are `tables.cells`, `board` is `tables.leaderboard`, and `channels` are
    what the person gives to each algorithm.
    """
    found = []
    for oracle in sorted(scores["oracle"].unique()):
        mine, cells = scores[scores["oracle"] == oracle], values[values["oracle"] == oracle]
        told, sooner = board[board["oracle"] == oracle], reached[reached["oracle"] == oracle]
        whole = told[told["iqm"].notna() & (told["family"] != REFERENCES)]
        for family in sorted(whole["family"].unique(), key=family_order):
            rows = whole[whole["family"] == family]
            rows = rows[rows["tasks"] == rows["tasks"].max()].rename(
                columns={"iqm": "value", "iqm_low": "low", "iqm_high": "high", "trials_ok": "ok"}
            )
            found.append(_verdict(str(oracle), "family", str(family), rows, mine, sooner))
        for task, part in cells[cells["value"].notna() & (cells["family"] != REFERENCES)].groupby("task", sort=True):
            here, then = mine[mine["task"] == task], sooner[sooner["task"] == task]
            part = part.assign(tasks=1)
            found.append(_verdict(str(oracle), "task", str(task), part, here, then))
            for channel, rows in part.groupby(part["algorithm"].map(channels or {}), sort=True):
                found.append(_verdict(str(oracle), "channel", f"{channel}, {task}", rows, here, then))
    return found


def table(found: list[Verdict]) -> pd.DataFrame:
    """The verdicts, one a row, as a file."""
    rows = []
    for one in found:
        row: dict[str, Any] = {key: value for key, value in asdict(one).items() if not isinstance(value, (dict, tuple))}
        row |= {"centre": one.value.name, "value": one.value.value, "low": one.value.low, "high": one.value.high}
        for name, each in (("gain", one.gain), ("over", one.over)):
            numbers = (np.nan,) * 3 if each is None else (each.value, each.low, each.high)
            row |= dict(zip((name, f"{name}_low", f"{name}_high"), numbers))
        rows.append(row | {"near": " ".join(one.near), "words": one.words()})
    columns = [
        "oracle", "scope", "name", "winner", "centre", "value", "low", "high", "runner_up", "gain", "gain_low",
        "gain_high", "control", "over", "over_low", "over_high", "near", "minutes", "cpu_seconds", "words",
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def _verdict(
    oracle: str, scope: str, name: str, rows: pd.DataFrame, scores: pd.DataFrame, reached: pd.DataFrame
) -> Verdict:
    """Of the learners in `rows` (algorithm, value, low, high, centre, ok, tasks), on the trials in `scores`."""
    rows = rows.sort_values(["value", "algorithm"], ascending=[False, True])
    best, others = rows.iloc[0], list(rows["algorithm"][1:])
    winner, tasks = best["algorithm"], int(best["tasks"])
    ours = scores[scores["algorithm"] == winner]
    place = scores[scores["task"].isin(ours.dropna(subset="score")["task"])]
    worlds = place.pivot_table(index="algorithm", columns=["task", "seed"], values="score")
    against = {rival: _difference(worlds, winner, rival) for rival in others}
    blind = [control for control in BLIND if control in worlds.index and control != winner]
    means = {control: _mean(worlds.loc[control]) for control in blind}
    control = max(means, key=lambda one: means[one]) if means else ""
    spent = ours[ours["status"] == "ok"]
    return Verdict(
        oracle=oracle, scope=scope, name=name, winner=winner,
        value=Estimate(best["value"], best["low"], best["high"], int(best["ok"]), tasks, best["centre"]),
        minutes=float(spent["human_seconds"].mean() / 60.0), cpu_seconds=float(spent["cpu_seconds"].mean()),
        runner_up=others[0] if others else "", gain=against[others[0]] if others else None,
        control=control, over=_difference(worlds, winner, control) if control else None,
        near=tuple(rival for rival in others if not told_apart(against[rival])),
        early=_early(reached, rows["algorithm"], winner), tasks=tasks,
    )  # fmt: skip


def _difference(worlds: pd.DataFrame, a: str, b: str) -> Estimate:
    both = worlds.loc[[a, b]].dropna(axis=1)
    tasks = both.columns.get_level_values("task")
    parts = [both.loc[:, tasks == task].to_numpy(dtype=float) for task in tasks.unique()]
    return statistics.paired_mean([part[0] for part in parts], [part[1] for part in parts])


def _mean(row: pd.Series) -> float:
    """Every task the same weight."""
    return float(row.groupby(level="task").mean().mean())


def _early(reached: pd.DataFrame, names: pd.Series, winner: str) -> tuple[tuple[float, str], ...]:
    """Who had the highest IQM at each budget below the last, where that was not the winner and not nobody."""
    known = reached[reached["algorithm"].isin(names)]
    marks = sorted(known["minutes"].unique())
    found = []
    for minutes in marks[:-1]:
        then = known[known["minutes"] == minutes]
        values = {str(name): _centre(part) for name, part in then.groupby("algorithm", sort=True)}
        leader = max(values, key=lambda one: values[one])
        if leader != winner and values[leader] > max(0.0, values.get(winner, 0.0)):
            found.append((float(minutes), leader))
    return tuple(found)


def _centre(part: pd.DataFrame) -> float:
    values, weights = statistics.pooled(strata(part))
    if not len(values):
        return float("-inf")
    statistic = statistics.mean if len(values) < statistics.FEWEST else statistics.iqm
    return float(statistic(values, weights))


def _distance(found: Estimate) -> str:
    side = "above" if found.value >= 0 else "below"
    bounds = interval(found.low, found.high)
    return f"{number(found.value)} {bounds}".rstrip() + f" {side}" if found.value == found.value else f"{NOTHING} from"


def _apart(found: Estimate) -> str:
    if not found.runs:
        return "no world of both"
    if found.low != found.low:
        return "one seed cannot tell them apart"
    return "told apart" if told_apart(found) else "not told apart"


def _sooner(early: tuple[tuple[float, str], ...]) -> str:
    """bc after 1 and 3 min, cpl after 10 min."""
    marks: dict[str, list[str]] = {}
    for minutes, name in early:
        marks.setdefault(name, []).append(plain(minutes))
    return ", ".join(f"{name} after {listed(minutes)} min" for name, minutes in marks.items())
