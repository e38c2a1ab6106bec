"""What figures share: the style, the range of the score axis, small multiples, a method's entry in a legend."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from benchmarks.report.style import INK, LINE, MUTED, PAPER, Look

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

FLOOR, TOP = -0.25, 1.2  # what axes of scores show; whatever is beyond is drawn at the edge
PANEL = (2.25, 1.55)  # inches, as all lengths below


@contextmanager
def drawing() -> Iterator[None]:
    """Seaborn's style for whatever is drawn inside, without a screen, and the same bytes every time."""
    import matplotlib

    matplotlib.use("Agg")
    import seaborn

    ticks = {f"{axis}tick.{key}": value for axis in "xy" for key, value in (("color", MUTED), ("labelcolor", INK))}
    style = {
        **seaborn.axes_style("whitegrid"), **seaborn.plotting_context("paper"), **ticks,
        "text.color": INK, "axes.labelcolor": INK, "axes.edgecolor": MUTED, "grid.color": LINE, "grid.linewidth": 0.6,
        "axes.titlesize": 9, "axes.labelsize": 8.5, "xtick.labelsize": 8, "ytick.labelsize": 8, "legend.fontsize": 8,
        "font.family": ["DejaVu Sans"], "svg.fonttype": "none", "svg.hashsalt": "feedback-bench", "savefig.dpi": 160,
        "figure.facecolor": PAPER, "axes.facecolor": PAPER, "savefig.facecolor": PAPER,
        "figure.dpi": 100, "axes.titlelocation": "left", "axes.titleweight": "bold", "axes.spines.top": False,
        "axes.spines.right": False, "lines.dash_capstyle": "butt",
    }  # fmt: skip
    with matplotlib.rc_context(style):
        yield


def multiples(
    titles: Sequence[str], labels: tuple[str, str], looks: Mapping[str, Look], *, most: int = 4, shared: bool = True
) -> tuple[Figure, list[Axes]]:
    """Small multiples: a panel a title, `most` in a row, (x, y) labels, and under all the legend of `looks`, if any.

    The margins are given, not fitted to the words: to fit them takes as long as to draw the figure. Panels that do
    not share the y axis stand as far apart as its numbers need.
    """
    from matplotlib import pyplot

    columns = min(most, len(titles))
    rows = -(-len(titles) // columns)
    (wide, high), left, below, between = PANEL, 0.58, 0.48, 0.25 if shared else 0.72
    width = left + columns * wide + (columns - 1) * between + 0.15
    entries = max(2, int(width // (0.6 + 0.075 * max(map(len, looks), default=1))))
    legend = 0.1 + 0.2 * -(-len(looks) // entries) if looks else 0.0
    height = 0.25 + rows * high + (rows - 1) * 0.7 + below + legend
    figure, grid = pyplot.subplots(rows, columns, figsize=(width, height), sharey=shared, squeeze=False)
    figure.subplots_adjust(left=left / width, right=1.0 - 0.15 / width, bottom=(below + legend) / height,
                           top=1.0 - 0.25 / height, wspace=between / wide, hspace=0.7 / high)  # fmt: skip
    for axes in grid.flat[len(titles) :]:
        axes.set_visible(False)
    panels = list(grid.flat[: len(titles)])
    for place, (axes, title) in enumerate(zip(panels, titles, strict=True)):
        axes.set_title(title, y=1.02)
        axes.set(xlabel=labels[0], ylabel=labels[1] if place % columns == 0 else "")
        axes.xaxis.set_label_coords(0.5, -0.3 / high)
        axes.yaxis.set_label_coords(-0.4 / wide, 0.5)
    if looks:
        figure.legend(handles=[handle(name, look) for name, look in looks.items()], loc="lower center", ncols=entries,
                      frameon=False, handlelength=3.2)  # fmt: skip
    return figure, panels


def minutes_axis(axes: Axes, start: float, end: float) -> None:
    """The person's time along x, from `start` to `end` minutes, on a logarithmic scale."""
    from matplotlib.ticker import FuncFormatter, NullLocator

    ticks = [minutes for minutes in (0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0) if start <= minutes <= end * 1.001]
    axes.set_xscale("log")
    axes.set_xticks(ticks or [end])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.set_xlim(start, end)
    axes.set_xlabel("minutes of the person's time (log)")


def handle(name: str, look: Look) -> Line2D:
    """How a method is drawn, for a legend."""
    from matplotlib.lines import Line2D

    return Line2D([], [], label=name, color=look.colour, linewidth=look.width, marker=look.marker, markersize=3.6,
                  linestyle=(0, look.dash) if look.dash else "-", markeredgewidth=0.8)  # fmt: skip
