"""Figures as files, PNG and SVG, and as SVG that lives inside the page and takes its colours from there."""

from __future__ import annotations

import re
from html import escape
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.report.style import COLOURS, INK, LINE, MUTED, PAPER

if TYPE_CHECKING:
    from matplotlib.figure import Figure

VARIABLES = {
    **{INK: "var(--ink)", MUTED: "var(--axis)", LINE: "var(--line)", PAPER: "var(--paper)"},
    **{colour: f"var(--f-{family})" for family, colour in COLOURS.items()},
}
NUMBER = re.compile(r"-?\d+\.\d{3,}")
NAMES = re.compile(r' id="(?:figure|axes|patch|line2d|text|matplotlib\.axis|xtick|ytick|legend|QuadMesh)_\d+"')


def save(figure: Figure, folder: Path, name: str) -> None:
    """Write `name`.png and `name`.svg, and close the figure."""
    from matplotlib import pyplot

    folder.mkdir(parents=True, exist_ok=True)
    if figure.get_layout_engine() is not None:
        figure.draw_without_rendering()
        figure.set_layout_engine("none")  # laid out once for both files
    figure.savefig(folder / f"{name}.png", metadata={"Software": None})
    (folder / f"{name}.svg").write_text(_svg(figure), encoding="utf-8")
    pyplot.close(figure)


def inline(figure: Figure, name: str, label: str) -> str:
    """The figure as an <svg> element with an accessible name; closes the figure.

    The page's colours take the place of the figure's, so that it is right in the dark too. What was drawn with a
    gid becomes a class, by which the page can point at one method in all figures; other ids get the prefix
    `name`, since they would meet those of other figures.
    """
    from matplotlib import pyplot

    text = _svg(figure)
    pyplot.close(figure)
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>|<style.*?</style>", "", text, flags=re.DOTALL)
    text = re.sub(r' xmlns(?::\w+)?="[^"]*"', "", text)
    text = re.sub(r' id="(m-[^"]+)"', r' class="m \1"', text)
    text = NAMES.sub("", text)
    text = re.sub(r' id="([^"]+)"', rf' id="{name}-\1"', text)
    text = re.sub(r'(xlink:href="|url\()#', rf"\1#{name}-", text).replace("xlink:href", "href")
    for colour, variable in VARIABLES.items():
        text = text.replace(colour, variable)
    text = re.sub(r'<svg ([^>]*?)width="[^"]*pt"', r"<svg \1", text)
    text = re.sub(r'<svg ([^>]*?)height="[^"]*pt"', r"<svg \1", text)
    text = re.sub(r"font-family: [^;\"]*; ", "", text)
    text = re.sub(r"\s*<g/>|<defs>\s*</defs>", "", text)
    text = re.sub(r"\s*\n\s*", " ", text)
    return text.replace("<svg ", f'<svg role="img" aria-label="{escape(label)}" ', 1)


def _svg(figure: Figure) -> str:
    """SVG with two decimals, which is far below what can be seen, and half the size."""
    buffer = StringIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    return NUMBER.sub(lambda match: f"{float(match[0]):.2f}".rstrip("0").rstrip("."), buffer.getvalue())
