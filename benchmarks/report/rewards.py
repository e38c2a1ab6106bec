"""Learned rewards: how good they are against how good the policy is, and whether they were optimised too far.

Over-optimisation (Gao, Schulman, Hilton, "Scaling laws for reward model overoptimization", 2022): the return by the
learned reward goes on rising while the true one falls. A trial is called over-optimised where its last policy scores
at least FALL below its best point, although its own reward calls it the better one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from benchmarks.record import Record
from benchmarks.report.drawing import FLOOR, TOP, handle, multiples
from benchmarks.report.style import MUTED, Look
from benchmarks.scores import KEYS, score

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FALL = 0.05
PATHS = [*KEYS, "steps", "learned", "score"]
OVER = [
    "oracle", "algorithm", "family", "trials", "overoptimised", "peak", "final", "learned_at_peak", "learned_at_end",
]  # fmt: skip
POINTS = 12  # on a drawn path
SPREAD = 4.0  # deviations of the learned return, within which paths are drawn


def paths(records: Iterable[Record]) -> pd.DataFrame:
    """One row a curve point of an ok trial that had revealed a reward by then: what it promised and what it was worth.

    `learned` is the mean learned reward of a step of the policy, in deviations over the reference clips, and `score`
    the policy's, over the same episodes.
    """
    rows: list[tuple[Any, ...]] = []
    for record in records:
        if record.status == "ok" and record.reward_model:
            trial = record.trial
            keys = (trial.task, trial.oracle, trial.algorithm, record.family, trial.seed)
            for point in record.curve:
                learned = (point.get("reward_model") or {}).get("learned_return")
                if learned is not None:
                    worth = score(float(np.mean(point["returns"])), record.anchors)
                    rows.append((*keys, point["steps"], learned, worth))
    return pd.DataFrame(rows, columns=PATHS)


def overoptimised(table: pd.DataFrame) -> pd.DataFrame:
    """One row an oracle and algorithm: how many trials were, and the means at their best point and at their end."""
    rows = []
    for (oracle, algorithm), part in table.groupby(["oracle", "algorithm"], sort=True):
        ends = [_peak_and_end(one) for _, one in part.groupby(["task", "seed"], sort=True) if len(one) > 1]
        if ends:
            values = np.array(ends)
            peak, end, learned_peak, learned_end = values.T
            too_far = (end <= peak - FALL) & (learned_end > learned_peak)
            family, means = part["family"].iloc[0], values.mean(axis=0)
            rows.append((oracle, algorithm, family, len(ends), int(too_far.sum()), *means))
    return pd.DataFrame(rows, columns=OVER)


def agreement(quality: pd.DataFrame) -> float:
    """Spearman's correlation of a reward's accuracy and the policy's score, the mean over tasks that have one."""
    found = [
        part["accuracy"].corr(part["score"], method="spearman")
        for _, part in quality.dropna(subset=["accuracy", "score"]).groupby("task")
        if len(part) > 3 and part["accuracy"].nunique() > 1 and part["score"].nunique() > 1
    ]
    return float(np.mean(found)) if found else float("nan")


def scatter(quality: pd.DataFrame, looks: Mapping[str, Look], legend: bool = False) -> Figure:
    """A point a trial: how many pairs its reward puts in the right order, and what its policy is worth."""
    from matplotlib import pyplot

    drawn, axes = pyplot.subplots(figsize=(6.4, 3.5) if legend else (4.5, 3.5), layout="constrained")
    names = [name for name in looks if name in set(quality["algorithm"])]
    for name in names:
        mine, look = quality[quality["algorithm"] == name], looks[name]
        axes.plot(mine["accuracy"], np.clip(mine["score"], FLOOR, TOP), linestyle="none", marker=look.marker,
                  color=look.colour, markersize=4.5, alpha=0.75, gid=f"m-{name}")  # fmt: skip
    axes.axvline(0.5, color=MUTED, linewidth=0.8, zorder=1)
    axes.set(xlabel="pairs of clips in the right order (reward)", ylabel="score (policy)", ylim=(FLOOR, TOP))
    axes.set_xlim(min(0.3, float(quality["accuracy"].min()) - 0.02), 1.02)
    if legend:
        drawn.legend(handles=[handle(name, looks[name]) for name in names], loc="outside right center", frameon=False)
    return drawn


def path_figure(table: pd.DataFrame, looks: Mapping[str, Look], legend: bool = False) -> Figure:
    """Of each task: the way of the mean over seeds, from its beginning to the dot at its end."""
    shown = {name: look for name, look in looks.items() if name in set(table["algorithm"])}
    tasks = sorted(table["task"].unique())
    drawn, grid = multiples(tasks, ("learned return", "true return (score)"), shown if legend else {})
    for axes, task in zip(grid, tasks, strict=True):
        for name, look in shown.items():
            mine = table[(table["task"] == task) & (table["algorithm"] == name)]
            if len(mine):
                _draw_path(axes, mine, name, look)
        axes.set(ylim=(FLOOR, TOP), yticks=[0.0, 0.5, 1.0])
    return drawn


def _draw_path(axes: Any, mine: pd.DataFrame, name: str, look: Look) -> None:
    places = np.linspace(mine["steps"].min(), mine["steps"].max(), POINTS)
    ways = [
        [np.interp(places, one["steps"], np.clip(one[key], low, high)) for _, one in mine.groupby(["oracle", "seed"])]
        for key, low, high in (("learned", -SPREAD, SPREAD), ("score", FLOOR, TOP))
    ]
    x, y = np.mean(ways[0], axis=0), np.mean(ways[1], axis=0)
    axes.plot(x, y, color=look.colour, linewidth=1.3, linestyle=(0, look.dash) if look.dash else "-", gid=f"m-{name}")
    axes.plot(x[-1:], y[-1:], color=look.colour, marker=look.marker, markersize=5, linestyle="none", gid=f"m-{name}")


def _peak_and_end(one: pd.DataFrame) -> tuple[float, float, float, float]:
    """(score at the best point, at the last, learned return at the best, at the last)."""
    values, learned = one["score"].to_numpy(), one["learned"].to_numpy()
    peak = int(values.argmax())
    return values[peak], values[-1], learned[peak], learned[-1]
