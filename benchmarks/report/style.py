"""How methods look, in every plot and on the page: colour and marker say the family, the dash says which of it.

Where a page has many of one family, as that family's own suite, they are told apart by colour as well. Colours are
Okabe and Ito's (2008, "Color universal design"), told apart with any colour vision; dashes and markers say the same in
black and white.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
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
MANY = 5  # of a family: more than that, and dashes alone do not tell them apart
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
    hue: str  # the family whose colour it is: its own, or with `MANY` another's
    marker: str
    dash: tuple[float, ...]
    width: float
    family: str

    @property
    def colour(self) -> str:
        return COLOURS.get(self.hue, INK)


def looks(methods: Iterable[tuple[str, str]]) -> dict[str, Look]:
    """The look of each of (algorithm, family), in the order given; dashes and colours go by name, not by rank."""
    listed = dict(methods)
    members: dict[str, list[str]] = {}
    for algorithm in sorted(listed):
        members.setdefault(listed[algorithm], []).append(algorithm)
    return {
        algorithm: _look(family, members[family].index(algorithm), _hues(family, members))
        for algorithm, family in listed.items()
    }


def _hues(family: str, members: Mapping[str, Sequence[str]]) -> list[str]:
    """The colours that a family's members take in turn: its own, and with `MANY` those that no other family wears."""
    if family == REFERENCES or len(members[family]) <= MANY:
        return [family]
    return [family, *(name for name in COLOURS if name not in members and name != REFERENCES)]


def _look(family: str, place: int, hues: Sequence[str]) -> Look:
    return Look(
        hue=hues[place % len(hues)],
        marker=MARKERS.get(family, "*"),
        dash=DASHES[place // len(hues) % len(DASHES)],
        width=1.0 if family == REFERENCES else 1.7,
        family=family,
    )


def family_order(family: str) -> int:
    """The place of a family in lists: as in `FAMILIES`, references last, unknown ones after that."""
    order = [*FAMILIES[1:], FAMILIES[0]]
    return order.index(family) if family in order else len(order)
