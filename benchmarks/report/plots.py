"""The figures over all tasks: leaderboard, heat map, score by human minutes. They draw the tables as they are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from benchmarks.report.drawing import FLOOR, TOP, handle
from benchmarks.report.style import HEAT, MUTED, REFERENCES, Look
from benchmarks.report.wording import number

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def leaderboard(board: pd.DataFrame, looks: Mapping[str, Look]) -> Figure:
    """Point and 95 % interval of each method, one column an oracle; references under the line."""
    from matplotlib import pyplot

    oracles = list(dict.fromkeys(board["oracle"]))
    names = list(looks)
    figure, grid = pyplot.subplots(
        1, len(oracles), figsize=(1.7 + 3.6 * min(len(oracles), 4), 0.26 * len(names) + 0.9), sharey=True,
        squeeze=False, layout="constrained",
    )  # fmt: skip
    for axes, oracle in zip(grid[0], oracles):
        for row in board[board["oracle"] == oracle].itertuples():
            look, y = looks[row.algorithm], names.index(row.algorithm)
            value, low, high = np.clip([row.iqm, row.iqm_low, row.iqm_high], FLOOR, TOP)
            axes.plot([low, high], [y, y], color=look.colour, linewidth=1.4, marker="|", markersize=7)
            marker = (
                "<" if row.iqm < FLOOR else ">" if row.iqm > TOP else look.marker
            )  # it points to where the value is
            axes.plot([value], [y], color=look.colour, marker=marker, markersize=5, linestyle="none")
        axes.set(xlim=(FLOOR, TOP), xticks=[0, 0.25, 0.5, 0.75, 1.0], xlabel="score: IQM and 95 % interval")
        axes.set_title(oracle if len(oracles) > 1 else "")
        axes.grid(axis="y", visible=False)
    for axes in grid[0]:
        axes.axhline(_learners(looks) - 0.5, color=MUTED, linewidth=0.8)
    grid[0, 0].set_yticks(range(len(names)), names)
    grid[0, 0].set_ylim(len(names) - 0.5, -0.5)
    return figure


def heat_map(cells: pd.DataFrame, looks: Mapping[str, Look]) -> Figure:
    """Score of each method on each task, in one person's hands: the darker, the higher."""
    import seaborn
    from matplotlib import pyplot

    table = cells.pivot_table(index="algorithm", columns="task", values="value", dropna=False).reindex(list(looks))
    figure, axes = pyplot.subplots(figsize=(2.0 + 0.62 * table.shape[1], 1.4 + 0.25 * len(table)), layout="constrained")
    text = table.map(number)
    seaborn.heatmap(
        table.fillna(0.0).to_numpy(dtype=float), ax=axes, vmin=0.0, vmax=1.0, annot=text.to_numpy(), fmt="",
        cmap=seaborn.light_palette(HEAT, as_cmap=True), annot_kws={"fontsize": 7.5}, linewidths=1.2, linecolor="white",
        xticklabels=list(table.columns), yticklabels=list(table.index),
        cbar_kws={"label": "score", "shrink": 0.5, "aspect": 22, "extend": "both"},
    )  # fmt: skip
    axes.axhline(_learners(looks), color="white", linewidth=6)
    axes.set(xlabel="", ylabel="")
    axes.tick_params(length=0)
    axes.set_xticklabels(axes.get_xticklabels(), rotation=35, ha="right", rotation_mode="anchor")
    return figure


def by_minutes(table: pd.DataFrame, looks: Mapping[str, Look], legend: bool = False) -> Figure:
    """IQM over all tasks at each human budget, with its interval; learners only, a little apart from each other."""
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(6.6, 3.5) if legend else (4.5, 3.5), layout="constrained")
    names = [name for name, look in looks.items() if look.family != REFERENCES]
    for place, name in enumerate(names):
        mine, look = table[table["algorithm"] == name].dropna(subset=["value"]).sort_values("minutes"), looks[name]
        if len(mine):
            aside = 1.0 + 0.028 * (place - (len(names) - 1) / 2)
            value, low, high = (np.clip(mine[key].to_numpy(), FLOOR, TOP) for key in ("value", "low", "high"))
            axes.errorbar(
                mine["minutes"] * aside, value, yerr=np.nan_to_num([value - low, high - value]), color=look.colour,
                marker=look.marker, markersize=4.2, linestyle=(0, look.dash) if look.dash else "-", linewidth=1.3,
                elinewidth=1.0, capsize=1.6, gid=f"m-{name}",
            )  # fmt: skip
    marks = sorted(set(table["minutes"]))
    axes.set_xscale("log")
    axes.set_xticks(marks, [f"{mark:g}" for mark in marks])
    axes.set_xticks([], minor=True)
    axes.set_ylim(FLOOR if table["low"].min() < -0.1 or table["value"].min() < -0.1 else -0.1, TOP - 0.1)
    axes.set(
        xlabel="minutes of the person's time (log)",
        ylabel="score over all tasks",
        yticks=[0, 0.25, 0.5, 0.75, 1.0],
    )
    axes.grid(axis="x", visible=False)
    for level in (0.0, 1.0):
        axes.axhline(level, color=MUTED, linewidth=0.8, zorder=1)
    if legend:
        figure.legend(handles=[handle(name, looks[name]) for name in names], loc="outside right center",
                      frameon=False, handlelength=3.2)  # fmt: skip
    return figure


def _learners(looks: Mapping[str, Look]) -> int:
    return sum(look.family != REFERENCES for look in looks.values())
