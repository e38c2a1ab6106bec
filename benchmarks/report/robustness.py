"""What a person's errors cost, and what more time buys: score over one of them, and the area under it. Pure functions.

A series is a set of oracles that differ in nothing but how often they err, in their `error` (mostly where little is
at stake) or in their `mistake` (whatever is at stake), or in the minutes that they have. The area is

    1 / (e_k - e_1) * integral of score(e) de,    by trapezoids between the rates e_1 < ... < e_k

(e is the logarithm of minutes), taken in every world (task and seed) that was met at all of them, and then averaged as
scores are: a number that can be held against a score, what a learner reaches on the average over that range.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from benchmarks import statistics
from benchmarks.chance import stream
from benchmarks.record import Trial, canonical
from benchmarks.report.drawing import FLOOR, TOP, handle
from benchmarks.report.style import MUTED, REFERENCES, Look

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FEWEST = 3  # rates that make a series
WIDE = 3  # panels side by side
MANY = 8  # people of whom a page still tells one by one
FIELDS = {
    "error": "errs, mostly where little is at stake",
    "mistake": "turns answers round, whatever is at stake",
    "minutes": "has more or less time",
}
AREAS = ["series", "algorithm", "family", "area", "low", "high", "centre", "worlds"]


@dataclass(frozen=True)
class Series:
    """Oracles by the share of wrong answers, or by the minutes, from the lowest."""

    name: str
    field: str
    oracles: tuple[tuple[float, str], ...]

    @property
    def how(self) -> str:
        return FIELDS[self.field]

    @property
    def rates(self) -> tuple[float, ...]:
        return tuple(rate for rate, _ in self.oracles)

    def label(self, rate: float) -> str:
        return f"{rate:g} min" if self.field == "minutes" else f"{100 * rate:g} %"


def series(trials: Iterable[Trial]) -> list[Series]:
    """The series among the oracles of these trials; those with at least three rates."""
    people = {trial.oracle: {**trial.rationality, "minutes": trial.seconds / 60.0} for trial in trials}
    found = []
    for field in FIELDS:
        groups: dict[str, dict[float, str]] = {}
        for oracle, declared in sorted(people.items()):
            if declared.get(field) is not None:
                rest = {key: value for key, value in declared.items() if key != field}
                groups.setdefault(canonical(rest), {}).setdefault(float(declared[field]), oracle)
        for members in groups.values():
            if len(members) >= FEWEST:
                ordered = tuple(sorted(members.items()))
                found.append(Series(_name([oracle for _, oracle in ordered], field), field, ordered))
    return found


def one_by_one(oracles: Sequence[str], found: Sequence[Series]) -> list[str]:
    """Whom a page tells of one by one: all of them, but of more than `MANY` only one of each series, the middle one.

    Whoever is in no series is always among them.
    """
    middle = {one.oracles[len(one.oracles) // 2][1] for one in found}
    others = {oracle for one in found for _, oracle in one.oracles} - middle
    return [oracle for oracle in oracles if len(oracles) <= MANY or oracle not in others]


def areas(scores: pd.DataFrame, found: Sequence[Series]) -> pd.DataFrame:
    """One row a series and algorithm: the area with its interval, the highest first; worlds are (task, seed)."""
    rows: list[dict[str, Any]] = []
    for one in found:
        names = [oracle for _, oracle in one.oracles]
        part = scores[scores["oracle"].isin(names)]
        table = part.pivot_table(index=["algorithm", "task", "seed"], columns="oracle", values="score")
        if set(names) - set(table.columns):
            continue
        whole = table[names].dropna()
        rates = np.log(one.rates) if one.field == "minutes" else np.array(one.rates)
        under = pd.Series(np.trapezoid(whole.to_numpy(), rates, axis=1) / (rates[-1] - rates[0]), index=whole.index)
        families = dict(part[part["family"] != ""][["algorithm", "family"]].itertuples(index=False, name=None))
        for algorithm, values in under.groupby(level="algorithm", sort=True):
            strata = [each.to_numpy() for _, each in values.groupby(level="task", sort=True)]
            told = statistics.estimate(strata, stream("report", "robustness", one.name, str(algorithm)))
            rows.append(
                {
                    "series": one.name, "algorithm": algorithm, "family": families.get(str(algorithm), ""),
                    "area": told.value, "low": told.low, "high": told.high, "centre": told.name, "worlds": told.runs,
                }
            )  # fmt: skip
    table = pd.DataFrame(rows, columns=AREAS)
    return table.sort_values(["series", "area"], ascending=[True, False], ignore_index=True)


def figure(found: Sequence[Series], board: pd.DataFrame, looks: Mapping[str, Look], legend: bool = False) -> Figure:
    """The leaderboard's IQM over the error rate, a panel a series; learners only."""
    from matplotlib import pyplot

    names = [name for name, look in looks.items() if look.family != REFERENCES]
    columns = min(len(found), WIDE)
    rows = -(-len(found) // columns)
    size = 4.2 * columns + (1.8 if legend else 0.0), 3.3 * rows
    drawn, grid = pyplot.subplots(rows, columns, figsize=size, sharey=True, squeeze=False, layout="constrained")
    for axes in grid.flat[len(found) :]:
        axes.set_axis_off()
    for axes, one in zip(grid.flat, found):
        time = one.field == "minutes"
        places = {oracle: rate if time else 100 * rate for rate, oracle in one.oracles}
        part = board[board["oracle"].isin(places)]
        part = part.assign(rate=part["oracle"].map(places)).sort_values("rate")
        for name in names:
            mine, look = part[(part["algorithm"] == name) & part["iqm"].notna()], looks[name]
            dash = (0, look.dash) if look.dash else "-"
            axes.plot(mine["rate"], np.clip(mine["iqm"], FLOOR, TOP), color=look.colour, marker=look.marker,
                      markersize=4, linestyle=dash, linewidth=1.4, gid=f"m-{name}")  # fmt: skip
        if time:
            axes.set_xscale("log")
            axes.set_xticks(list(one.rates), [f"{rate:g}" for rate in one.rates])
            axes.set_xticks([], minor=True)
        words = "minutes of the person's time (log)" if time else "questions answered wrongly, %"
        axes.set(xlabel=words, ylim=(FLOOR, TOP), yticks=[0.0, 0.5, 1.0])
        axes.set_title(one.name)
        axes.axhline(0.0, color=MUTED, linewidth=0.8, zorder=1)
    for axes in grid[:, 0]:
        axes.set_ylabel("score over all tasks")
    if legend:
        drawn.legend(handles=[handle(name, looks[name]) for name in names], loc="outside right center",
                     frameon=False, handlelength=3.2)  # fmt: skip
    return drawn


def _name(oracles: Sequence[str], field: str) -> str:
    """What the oracles' names begin with, or what they differ in."""
    same = takewhile(lambda letters: len(set(letters)) == 1, zip(*oracles))
    return "".join(letters[0] for letters in same).rstrip("-_.0123456789") or field
