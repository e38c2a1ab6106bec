"""What fronts and learned weights are worth, and figures of them, where the records have the data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from benchmarks.fronts import angle
from benchmarks.record import Record
from benchmarks.report import pictures
from benchmarks.report.drawing import minutes_axis, multiples
from benchmarks.report.style import MUTED, Look

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Array = np.ndarray[Any, np.dtype[Any]]
Panels = dict[str, list[Record]]  # task -> records that ended well


MEASURES = ("points", "hypervolume", "hypervolume_share", "igd_plus", "expected_utility", "sparsity", "angle", "regret")
QUESTIONS = (20, 60, 150)
CAPTIONS = {
    "fronts": "Fronts of the first seed; grey where the whole front is known, ringed what the person was given",
    "weights": "Degrees between the learned weights and the person's, over questions asked",
    "utility": "Score over minutes of the person's time",
    "raters": "Regret of each rater of a crowd",
}


def measures(records: Sequence[Record]) -> pd.DataFrame:
    """A row a task, person and algorithm with a front or weights: the means of `MEASURES` over so many seeds."""
    found = [record for record in records if record.status == "ok" and record.outcomes]
    rows = [
        {"task": r.trial.task, "oracle": r.trial.oracle, "algorithm": r.trial.algorithm, "seeds": r.trial.seed}
        | {name: r.outcomes.get(name, np.nan) for name in MEASURES}
        for r in found if r.front or "angle" in r.outcomes
    ]  # fmt: skip
    table = pd.DataFrame(rows, columns=["task", "oracle", "algorithm", "seeds", *MEASURES])
    how = {"seeds": "nunique", **dict.fromkeys(MEASURES, "mean")}
    return table.groupby(["task", "oracle", "algorithm"], as_index=False).agg(how)


def learned(records: Sequence[Record]) -> pd.DataFrame:
    """A row a task, person, algorithm and number of `QUESTIONS`: the degrees between the weights as they stood by then
    and the person's, the mean over so many seeds and the worst. A learner that asked fewer has no row."""
    rows = [
        {"task": r.trial.task, "oracle": r.trial.oracle, "algorithm": r.trial.algorithm, "questions": most,
         "seeds": r.trial.seed, "degrees": off[asked <= most][-1], "worst": off[asked <= most][-1]}
        for r in records if r.status == "ok" and r.outcomes
        for asked, off in [angles(r)]
        for most in QUESTIONS if len(asked) and asked[0] <= most <= asked[-1]
    ]  # fmt: skip
    keys = ["task", "oracle", "algorithm", "questions"]
    table = pd.DataFrame(rows, columns=[*keys, "seeds", "degrees", "worst"])
    return table.groupby(keys, as_index=False).agg({"seeds": "nunique", "degrees": "mean", "worst": "max"})


def drawn(records: Sequence[Record], looks: Mapping[str, Look], folder: Path, tail: str) -> dict[str, str]:
    """The same figures as `figures` as files, and without their legends for the page."""
    for name, figure in figures(records, looks):
        pictures.save(figure, folder, f"{name}{tail}")
    shown = figures(records, looks, legend=False)
    return {name: pictures.inline(figure, f"{name}{tail}", CAPTIONS[name]) for name, figure in shown}


def figures(
    records: Sequence[Record], looks: Mapping[str, Look], legend: bool = True
) -> Iterator[tuple[str, Figure]]:
    """(name, figure) of all that the records of one person have the data for."""
    ok = [record for record in records if record.status == "ok" and record.outcomes and record.trial.algorithm in looks]
    fronts = by_task(record for record in ok if record.front)
    if fronts:
        yield "fronts", panels(fronts, looks, front_panel, "", legend)
    weights = by_task(record for record in ok if len(angles(record)[0]) > 1)
    if weights:
        yield "weights", panels(weights, looks, weights_panel, "degrees off", legend)
        minded = by_task(record for record in ok if record.family == "multi-objective")
        yield "utility", panels(minded, looks, utility_panel, "score", legend)
    crowds = by_task(record for record in ok if len(record.outcomes["raters"]) > 1)
    if crowds:
        yield "raters", panels(crowds, looks, raters_panel, "regret of each rater", legend)


def by_task(records: Any) -> Panels:
    found: Panels = {}
    for record in records:
        found.setdefault(record.trial.task, []).append(record)
    return dict(sorted(found.items()))


def angles(record: Record) -> tuple[Array, Array]:
    """Questions asked [n], and the degrees [n] between the weights then logged and the person's, as in the record."""
    told = record.outcomes
    names = [f"weight_{name}" for name in told["objectives"]]
    entries = [entry for entry in record.logs if "questions" in entry and all(name in entry for name in names)]
    learned = [np.array([entry[name] for name in names]) for entry in entries]
    off = [angle(w, np.array(told["weights"]), np.array(told["scale"])) for w in learned]
    return np.array([entry["questions"] for entry in entries]), np.array(off)


def panels(found: Panels, looks: Mapping[str, Look], draw: Any, label: str, legend: bool) -> Figure:
    """Small multiples by task; without a label of its own each panel has its own y axis."""
    there = {record.trial.algorithm for records in found.values() for record in records}
    shown = {name: look for name, look in looks.items() if legend and name in there}
    figure, grid = multiples(list(found), ("", label), shown, most=3, shared=bool(label))
    for axes, records in zip(grid, found.values(), strict=True):
        draw(axes, records, looks)
    return figure


def front_panel(axes: Axes, records: Sequence[Record], looks: Mapping[str, Look]) -> None:
    """The first seed's fronts in the first and the last objective; the choice is ringed, the known front grey."""
    told = records[0].outcomes
    first = min(record.trial.seed for record in records)
    if "known_front" in told:
        known = np.array(sorted(told["known_front"]))
        axes.plot(known[:, 0], known[:, -1], color=MUTED, linewidth=4.0, alpha=0.4, zorder=1)
    for record in records:
        if record.trial.seed == first:
            name, points = record.trial.algorithm, np.array(sorted(record.front))
            look = looks[name]
            axes.plot(points[:, 0], points[:, -1], color=look.colour, marker=look.marker, markersize=3.6, linewidth=0.8,
                      gid=f"m-{name}")  # fmt: skip
            chosen = [record.objectives[name] for name in told["objectives"]]
            axes.plot(chosen[0], chosen[-1], "o", markerfacecolor="none", color=look.colour, markersize=9.0,
                      gid=f"m-{name}")  # fmt: skip
    axes.set(xlabel=told["objectives"][0], ylabel=told["objectives"][-1])


def weights_panel(axes: Axes, records: Sequence[Record], looks: Mapping[str, Look]) -> None:
    """The mean over seeds of the angle, as it stood after so many questions."""
    for name, look in looks.items():
        mine = [angles(record) for record in records if record.trial.algorithm == name]
        if mine:
            end = int(max(asked.max() for asked, _ in mine))
            places = np.arange(1, end + 1)
            read = [off[np.clip(np.searchsorted(asked, places, side="right") - 1, 0, None)] for asked, off in mine]
            axes.plot(places, np.mean(read, axis=0), color=look.colour, linewidth=look.width,
                      linestyle=(0, look.dash) if look.dash else "-", gid=f"m-{name}")  # fmt: skip
    axes.axhline(10.0, color=MUTED, linewidth=0.8, zorder=1)
    axes.set(xlabel="questions", ylim=(0.0, 90.0), yticks=[0, 10, 45, 90])


def utility_panel(axes: Axes, records: Sequence[Record], looks: Mapping[str, Look]) -> None:
    """The score, which is the utility of the task's own weights from random's 0 to the expert's 1, over minutes."""
    from benchmarks.scores import over_effort

    end = max(record.trial.seconds for record in records)
    places = np.geomspace(end / 100, end, 60)
    for name, look in looks.items():
        mine = [over_effort(record).at(places) for record in records if record.trial.algorithm == name]
        if mine:
            axes.plot(places / 60, np.clip(np.mean(mine, axis=0), -0.3, 1.1), color=look.colour, linewidth=look.width,
                      linestyle=(0, look.dash) if look.dash else "-", drawstyle="steps-post",
                      gid=f"m-{name}")  # fmt: skip
    minutes_axis(axes, end / 6000, end / 60)
    axes.set(ylim=(-0.3, 1.1), yticks=[0.0, 0.5, 1.0])


def raters_panel(axes: Axes, records: Sequence[Record], looks: Mapping[str, Look]) -> None:
    """A column for each rater: the mean regret over seeds, 0 the best that is known for that rater, 1 random's."""
    raters = len(records[0].outcomes["raters"])
    names = [name for name in looks if any(record.trial.algorithm == name for record in records)]
    for place, name in enumerate(names):
        mine = [[rater["regret"] for rater in record.outcomes["raters"]] for record in records
                if record.trial.algorithm == name]  # fmt: skip
        aside = 0.7 * ((place + 0.5) / len(names) - 0.5)
        axes.plot(np.arange(raters) + aside, np.clip(np.mean(mine, axis=0), -0.1, 1.2), color=looks[name].colour,
                  marker=looks[name].marker, markersize=4.5, linestyle="none", gid=f"m-{name}")  # fmt: skip
    axes.axhline(0.0, color=MUTED, linewidth=0.8, zorder=1)
    axes.set_xticks(np.arange(raters), [str(i + 1) for i in range(raters)])
    axes.set(xlabel="rater", ylim=(-0.15, 1.25))
