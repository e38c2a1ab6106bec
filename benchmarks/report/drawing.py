"""What all figures share: the style, the range of the score axis, a method's entry in a legend."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from benchmarks.report.style import INK, LINE, MUTED, PAPER, Look

if TYPE_CHECKING:
    from matplotlib.lines import Line2D

FLOOR, TOP = -0.25, 1.2  # what axes of scores show; whatever is beyond is drawn at the edge


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


def handle(name: str, look: Look) -> Line2D:
    """How a method is drawn, for a legend."""
    from matplotlib.lines import Line2D

    return Line2D([], [], label=name, color=look.colour, linewidth=look.width, marker=look.marker, markersize=3.6,
                  linestyle=(0, look.dash) if look.dash else "-", markeredgewidth=0.8)  # fmt: skip
