"""Learning curves: read from the records as the step functions they are, and drawn as small multiples by task."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.record import Record
from benchmarks.report.drawing import FLOOR, TOP, minutes_axis, multiples
from benchmarks.report.style import MUTED, REFERENCES, Look
from benchmarks.scores import over_effort, over_steps

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Array = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True)
class Line:
    """One method's curve on one task: the mean over seeds at `places`, and its worst and best seed there."""

    algorithm: str
    places: Array
    mean: Array
    low: Array
    high: Array


def lines(records: Sequence[Record], axis: str, order: Sequence[str]) -> list[Line]:
    """The curves of one task and person, over "steps" or over "minutes" of the person's time."""
    read, unit = (over_steps, 1.0) if axis == "steps" else (over_effort, 60.0)
    ok = [record for record in records if record.status == "ok"]
    found = []
    for algorithm in order:
        mine = [record for record in ok if record.trial.algorithm == algorithm]
        if mine:
            places = _grid(mine[0], axis)
            values = np.stack([read(record).at(places * unit) for record in mine])
            found.append(Line(algorithm, places, values.mean(axis=0), values.min(axis=0), values.max(axis=0)))
    return found


def curves(panels: Mapping[str, Sequence[Line]], looks: Mapping[str, Look], axis: str) -> Figure:
    """Small multiples by task, for print."""
    drawn = {line.algorithm for found in panels.values() for line in found}
    shown = {name: look for name, look in looks.items() if name in drawn}
    figure, grid = multiples(list(panels), ("", "score"), shown)
    for axes, found in zip(grid, panels.values(), strict=True):
        curve_panel(axes, found, looks, axis)
    return figure


def curve_figure(found: Sequence[Line], looks: Mapping[str, Look], axis: str) -> Figure:
    """One task's curves alone, for the page, which arranges them as the screen allows."""
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(3.4, 2.3))
    figure.subplots_adjust(left=0.11, right=0.955, top=0.975, bottom=0.215)
    curve_panel(axes, found, looks, axis)
    return figure


def curve_panel(axes: Axes, found: Sequence[Line], looks: Mapping[str, Look], axis: str) -> None:
    """Curves as the step functions they are. Bands, from the worst to the best seed, for learners only: with
    three seeds and a seed that failed, 95 % intervals would cover each other and all else; the tables have them.
    """
    for place, line in enumerate(sorted(found, key=lambda line: looks[line.algorithm].family != REFERENCES)):
        look = looks[line.algorithm]
        seen = [np.clip(values, FLOOR, TOP) for values in (line.mean, line.low, line.high)]
        if look.family != REFERENCES:
            axes.fill_between(line.places, seen[1], seen[2], step="post", color=look.colour, alpha=0.13, linewidth=0,
                              gid=f"m-{line.algorithm}")  # fmt: skip
        every = max(1, len(line.places) // 4)
        axes.plot(line.places, seen[0], drawstyle="steps-post", color=look.colour, linewidth=look.width,
                  linestyle=(0, look.dash) if look.dash else "-", marker=look.marker, markersize=3.6,
                  markeredgewidth=0.8, markevery=(3 * place % every, every), gid=f"m-{line.algorithm}")  # fmt: skip
    axes.set_ylim(FLOOR, TOP)
    axes.set_yticks([0.0, 0.5, 1.0])
    axes.axhline(0.0, color=MUTED, linewidth=0.8, zorder=1)
    axes.axhline(1.0, color=MUTED, linewidth=0.8, zorder=1)
    _place_axis(axes, found, axis)


def _grid(record: Record, axis: str) -> Array:
    """Where curves are read: evenly over the steps, evenly over the logarithm of the minutes."""
    if axis == "steps":
        return np.linspace(0.0, max(1, record.trial.steps), 65)
    end = max(record.trial.seconds / 60.0, 1e-3)
    marks = np.array([minutes for minutes in (0.3, 1.0, 3.0, 10.0, 30.0, 100.0) if minutes < end])
    return np.unique(np.concatenate([np.geomspace(min(0.1, end / 10), end, 49), marks]))


def _place_axis(axes: Axes, found: Sequence[Line], axis: str) -> None:
    from matplotlib.ticker import FuncFormatter

    start = min((line.places[0] for line in found), default=0.0)
    end = max((line.places[-1] for line in found), default=1.0)
    if axis == "minutes":
        minutes_axis(axes, start, end)
    else:
        axes.locator_params(axis="x", nbins=5)
        axes.xaxis.set_major_formatter(
            FuncFormatter(lambda value, _: f"{value / 1000:g}k" if value >= 1000 else f"{value:g}")
        )
        axes.set_xlim(start, end)
        axes.set_xlabel("environment steps")
    axes.xaxis.set_label_coords(0.5, -0.19)
