"""What a person's errors cost: score over the teacher's error rate, and the area under that. Pure functions.

A series is a set of oracles that differ in nothing but how often they err: in their `error` (mostly where little is
at stake) or in their `mistake` (whatever is at stake). The area is

    1 / (e_k - e_1) * integral of score(e) de,    by trapezoids between the rates e_1 < ... < e_k

taken in every world (task and seed) that was met at all rates, and then averaged as scores are: a number that can be
held against a score, what a learner reaches on the average over that range of errors.
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
FIELDS = {"error": "errs, mostly where little is at stake", "mistake": "turns answers round, whatever is at stake"}
AREAS = ["series", "algorithm", "family", "area", "low", "high", "centre", "worlds"]


@dataclass(frozen=True)
class Series:
    """Oracles by the rate at which they err, from the lowest."""

    name: str
    how: str
    oracles: tuple[tuple[float, str], ...]

    @property
    def rates(self) -> tuple[float, ...]:
        return tuple(rate for rate, _ in self.oracles)


def series(trials: Iterable[Trial]) -> list[Series]:
    """The series among the oracles of these trials; those with at least three rates."""
    people = {trial.oracle: (trial.rationality, trial.seconds) for trial in trials}
    found = []
    for field, how in FIELDS.items():
        groups: dict[str, dict[float, str]] = {}
        for oracle, (rationality, seconds) in sorted(people.items()):
            if rationality.get(field) is not None:
                rest = {key: value for key, value in rationality.items() if key != field}
                groups.setdefault(canonical([rest, seconds]), {}).setdefault(float(rationality[field]), oracle)
        for members in groups.values():
            if len(members) >= FEWEST:
                ordered = tuple(sorted(members.items()))
                found.append(Series(_name([oracle for _, oracle in ordered], field), how, ordered))
    return found


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
        rates = np.array(one.rates)
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
    width = 4.2 * len(found) + (1.8 if legend else 0.0)
    drawn, grid = pyplot.subplots(1, len(found), figsize=(width, 3.3), sharey=True, squeeze=False, layout="constrained")
    for axes, one in zip(grid[0], found):
        places = {oracle: 100 * rate for rate, oracle in one.oracles}
        part = board[board["oracle"].isin(places)]
        part = part.assign(rate=part["oracle"].map(places)).sort_values("rate")
        for name in names:
            mine, look = part[(part["algorithm"] == name) & part["iqm"].notna()], looks[name]
            dash = (0, look.dash) if look.dash else "-"
            axes.plot(mine["rate"], np.clip(mine["iqm"], FLOOR, TOP), color=look.colour, marker=look.marker,
                      markersize=4, linestyle=dash, linewidth=1.4, gid=f"m-{name}")  # fmt: skip
        axes.set(xlabel="questions answered wrongly, %", ylim=(FLOOR, TOP), yticks=[0.0, 0.5, 1.0])
        axes.set_title(one.name)
        axes.axhline(0.0, color=MUTED, linewidth=0.8, zorder=1)
    grid[0, 0].set_ylabel("score over all tasks")
    if legend:
        drawn.legend(handles=[handle(name, looks[name]) for name in names], loc="outside right center",
                     frameon=False, handlelength=3.2)  # fmt: skip
    return drawn


def _name(oracles: Sequence[str], field: str) -> str:
    """What the oracles' names begin with, or what they differ in."""
    same = takewhile(lambda letters: len(set(letters)) == 1, zip(*oracles))
    return "".join(letters[0] for letters in same).rstrip("-_.0123456789") or field
