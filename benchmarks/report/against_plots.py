"""Figures of learners held against each other: performance profiles, the matrix of improvement, mean ranks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from benchmarks.report.against import Ranking
from benchmarks.report.drawing import handle
from benchmarks.report.style import HEAT, INK, MUTED, Look
from benchmarks.report.wording import number

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def profiles(table: pd.DataFrame, looks: Mapping[str, Look], legend: bool = False) -> Figure:
    """The share of runs above each score; the higher a line, the better, whatever score one asks for."""
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(6.6, 3.5) if legend else (4.5, 3.5), layout="constrained")
    names = [name for name in looks if name in set(table["algorithm"])]
    for place, name in enumerate(names):
        mine, look = table[table["algorithm"] == name], looks[name]
        axes.plot(
            mine["threshold"], mine["share"], color=look.colour, linewidth=1.5, marker=look.marker, markersize=3.6,
            linestyle=(0, look.dash) if look.dash else "-", markevery=(place * 3 % 10, 10), gid=f"m-{name}",
        )  # fmt: skip
    axes.set(xlabel="score", ylabel="share of runs above it", xlim=(-0.1, 1.1), ylim=(-0.02, 1.02))
    if legend:
        figure.legend(handles=[handle(name, looks[name]) for name in names], loc="outside right center",
                      frameon=False, handlelength=3.2)  # fmt: skip
    return figure


def improvement_matrix(table: pd.DataFrame, order: list[str]) -> Figure:
    """P(row improves on column): dark where the row is better; bold where the interval leaves one half out."""
    import seaborn
    from matplotlib import pyplot

    size = len(order)
    values = table.pivot(index="a", columns="b", values="p").reindex(index=order, columns=order)
    sure = table.assign(sure=(table["low"] > 0.5) | (table["high"] < 0.5))
    bold = sure.pivot(index="a", columns="b", values="sure").reindex(index=order, columns=order)
    figure, axes = pyplot.subplots(figsize=(2.2 + 0.42 * size, 1.6 + 0.34 * size), layout="constrained")
    seaborn.heatmap(
        values.to_numpy(dtype=float), ax=axes, vmin=0, vmax=1, cmap=seaborn.light_palette(HEAT, as_cmap=True),
        linewidths=1, linecolor="white", xticklabels=order, yticklabels=order,
        cbar_kws={"label": "P(row improves on column)", "shrink": 0.5, "aspect": 22},
    )  # fmt: skip
    for y, a in enumerate(order):
        for x, b in enumerate(order):
            if a != b:
                value = values.loc[a, b]
                axes.text(x + 0.5, y + 0.5, number(value), ha="center", va="center", fontsize=7,
                          color="#ffffff" if value > 0.6 else INK,
                          fontweight="bold" if bold.loc[a, b] is True or bold.loc[a, b] == 1 else "normal")  # fmt: skip
    axes.set(xlabel="", ylabel="")
    axes.grid(visible=False)
    axes.tick_params(length=0)
    axes.set_xticklabels(axes.get_xticklabels(), rotation=35, ha="right", rotation_mode="anchor")
    return figure


def mean_ranks(found: Ranking, looks: Mapping[str, Look]) -> Figure:
    """The critical-difference diagram: mean ranks on a line, bars over those that cannot be told apart."""
    from matplotlib import pyplot

    size, ranks = len(found.order), np.array(found.mean_ranks)
    rows = (size + 1) // 2
    figure, axes = pyplot.subplots(
        figsize=(6.4, 0.9 + 0.2 * rows + 0.13 * len(found.cliques)), layout="constrained"
    )
    depth = 0.5 + 0.28 * len(found.cliques)
    low, high = np.floor(ranks.min()), np.ceil(ranks.max())
    reach = max(high - low, 1.0)
    for place, (name, rank) in enumerate(zip(found.order, ranks, strict=True)):
        left = place < rows
        y = -(depth + 0.5 * (place if left else size - 1 - place))
        edge = low - 0.06 * reach if left else high + 0.06 * reach
        colour = looks[name].colour
        axes.plot([rank, rank, edge], [0, y, y], color=colour, linewidth=1)
        axes.plot([rank], [0], color=colour, marker=looks[name].marker, markersize=5, clip_on=False)
        axes.text(edge, y, f"{name}  {number(rank, 1)} " if left else f" {number(rank, 1)}  {name}",
                  ha="right" if left else "left", va="center", fontsize=8)  # fmt: skip
    for level, (first, last) in enumerate(found.cliques):
        y = -0.3 - 0.28 * level
        axes.plot([ranks[first], ranks[last]], [y, y], color=INK, linewidth=3, solid_capstyle="round")
    axes.set_xlim(low - 0.5 * reach, high + 0.5 * reach)
    axes.set_ylim(-(depth + 0.5 * rows), 0.3)
    axes.xaxis.tick_top()
    axes.set_xticks(np.arange(low, high + 1))
    axes.set_yticks([])
    axes.grid(visible=False)
    for side in ("left", "bottom", "right"):
        axes.spines[side].set_visible(False)
    axes.spines["top"].set_visible(True)
    axes.spines["top"].set_bounds(low, high)
    axes.spines["top"].set_color(MUTED)
    axes.set_title("mean rank over tasks and seeds; a bar joins what cannot be told apart (Holm, 5 %)", fontsize=8.5)
    return figure
