"""How methods look, in every plot and on the page: colour and marker say the family, the dash says which of it.

Colours are Okabe and Ito's (2008, "Color universal design"), told apart with any colour vision; dashes and
markers say the same in black and white.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from benchmarks.api import FAMILIES

# Text, secondary text and axes, grid, ground, and the deepest of a heat map. `pictures.inline` turns the first four
# into the page's own variables, so each must stand for one thing only: white text in a cell is #ffffff, the ground not.
INK, MUTED, LINE, PAPER, HEAT = "#1c2127", "#646b75", "#d9dce1", "#fffffe", "#12627f"

REFERENCES = "references"  # the family of the rows that use what no learner may

COLOURS = {
    REFERENCES: "#7a7a7a",
    "evaluative": "#d55e00",
    "preferences": "#0072b2",
    "demonstrations": "#009e73",
    "advice": "#cc79a7",
    "multi-objective": "#e69f00",
    "direct": "#56b4e9",
}
DARK = {  # the same on a dark ground
    REFERENCES: "#9aa0a8",
    "evaluative": "#f07f3c",
    "preferences": "#3f97d3",
    "demonstrations": "#2bb98d",
    "advice": "#e09ac3",
    "multi-objective": "#f0b73a",
    "direct": "#a5d8f6",
}
MARKERS = {
    REFERENCES: "x",
    "evaluative": "v",
    "preferences": "o",
    "demonstrations": "s",
    "advice": "D",
    "multi-objective": "P",
    "direct": "^",
}
DASHES: tuple[tuple[float, ...], ...] = (  # in line widths: drawn, blank, ...
    (),
    (4, 1.5),
    (1.2, 1.4),
    (6, 1.5, 1.2, 1.5),
    (2.5, 1),
    (6, 1.5, 1.2, 1.5, 1.2, 1.5),
    (9, 2),
    (1.2, 3),
)


@dataclass(frozen=True)
class Look:
    colour: str
    marker: str
    dash: tuple[float, ...]
    width: float
    family: str


def looks(methods: Iterable[tuple[str, str]]) -> dict[str, Look]:
    """The look of each of (algorithm, family), in the order given; dashes go by name, not by rank."""
    listed = dict(methods)
    members: dict[str, list[str]] = {}
    for algorithm in sorted(listed):
        members.setdefault(listed[algorithm], []).append(algorithm)
    return {
        algorithm: Look(
            colour=COLOURS.get(family, INK),
            marker=MARKERS.get(family, "*"),
            dash=DASHES[members[family].index(algorithm) % len(DASHES)],
            width=1.0 if family == REFERENCES else 1.7,
            family=family,
        )
        for algorithm, family in listed.items()
    }


def family_order(family: str) -> int:
    """The place of a family in lists: as in `FAMILIES`, references last, unknown ones after that."""
    order = [*FAMILIES[1:], FAMILIES[0]]
    return order.index(family) if family in order else len(order)
