"""Numbers and verdicts in words: the page's filters, and the sentences that are computed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from benchmarks.report.style import REFERENCES

if TYPE_CHECKING:
    from benchmarks.report.against import Ranking

NOTHING = "–"
MINUS = "−"


def number(value: Any, digits: int = 2) -> str:
    """A number with so many digits after the point, a real minus, and a dash where there is none."""
    if value is None or value is pd.NA or value != value:
        return NOTHING
    text = f"{float(value):,.{digits}f}"
    return text.lstrip("-") if float(text.replace(",", "")) == 0 else text.replace("-", MINUS)


def interval(low: Any, high: Any) -> str:
    """[0.91, 0.95], or nothing where there is no interval."""
    return "" if low != low or high != high else f"[{number(low)}, {number(high)}]"


def percent(value: Any) -> str:
    """Of a hundred, one decimal."""
    return NOTHING if value != value else f"{100 * float(value):.1f}"


def count(value: Any) -> str:
    return NOTHING if value is None or value is pd.NA or value != value else f"{int(value):,}"


def duration(seconds: Any) -> str:
    """Seconds, minutes or hours, whichever reads best."""
    if seconds is None or seconds != seconds:
        return NOTHING
    for unit, size in (("h", 3600.0), ("min", 60.0)):
        if abs(seconds) >= size:
            return f"{number(seconds / size, 1 if seconds < 100 * size else 0)} {unit}"
    return f"{number(seconds, 1 if seconds else 0)} s"


def plain(value: Any) -> str:
    """A setting as one would type it: short numbers, no quotation marks."""
    if isinstance(value, bool) or value is None:
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(plain(item) for item in value) + "]"
    return str(value)


def each(values: Iterable[Any]) -> str:
    """All the different values of a setting."""
    return ", ".join(plain(value) for value in values) or NOTHING


def amounts(values: Iterable[Any], digits: int) -> str:
    """All the different values of a number."""
    return ", ".join(number(value, digits) for value in values) or NOTHING


def listed(names: Sequence[str]) -> str:
    """a, b and c."""
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))


def things(amount: int, one: str, many: str = "") -> str:
    """1 task, 2 tasks."""
    return f"{amount:,} {one if amount == 1 else many or one + 's'}"


def leader(board: pd.DataFrame) -> str:
    """Who has the highest score among the learners of one oracle, and from whom it cannot be told apart.

    Only rows over as many tasks as any are held against each other: an aggregate over fewer tasks is another
    quantity.
    """
    learners = board[(board["family"] != REFERENCES) & board["iqm"].notna()]
    if learners.empty:
        return "No learner has a score yet."
    whole = learners[learners["tasks"] == learners["tasks"].max()]
    best = whole.loc[whole["iqm"].idxmax()]
    sentence = (
        f"{best['algorithm']} has the highest {best['centre']} of the learners, {number(best['iqm'])} "
        f"{interval(best['iqm_low'], best['iqm_high'])}".rstrip()
        + f", over {things(int(best['tasks']), 'task')}"
    )
    near = whole[(whole["iqm_high"] >= best["iqm_low"]) & (whole["algorithm"] != best["algorithm"])]
    if best["iqm_low"] != best["iqm_low"]:
        return f"{sentence}; one seed a task gives no interval."
    if len(near):
        return f"{sentence}; its interval overlaps with {_of(near['algorithm'].tolist())}."
    return f"{sentence}; its interval overlaps with no other learner's."


def told_apart(found: Ranking) -> str:
    """Whether anything can be told apart at all, and how small a difference these seeds could show."""
    if found.friedman != found.friedman:
        opening = f"{things(len(found.order), 'learner')} over {things(found.blocks, 'world')} (task and seed)"
    elif found.friedman < 0.05:
        opening = f"The learners are not all the same (Friedman, p {_p(found.friedman)}, {found.blocks} worlds)"
    else:
        opening = f"It is not shown that the learners differ at all (Friedman, p {_p(found.friedman)})"
    if found.detectable != found.detectable:
        return f"{opening}. One seed a task cannot say how small a difference would be seen."
    return (
        f"{opening}. With these seeds two learners are told apart, four times in five, where their means differ by "
        f"{number(found.detectable)} or more."
    )


def _p(value: float) -> str:
    return "< 0.001" if value < 0.001 else f"= {value:.3f}"


def told(verdicts: pd.DataFrame) -> str:
    """How many cells are informative, which are saturated, and which are not shown to be either."""
    of = {name: list(part["task"]) for name, part in verdicts.groupby("verdict")}
    good, saturated = of.pop("yes", []), of.pop("saturated", [])
    sentence = f"{len(good)} of {len(verdicts)} {'task is' if len(verdicts) == 1 else 'tasks are'} informative"
    if saturated:
        sentence += f"; on {listed(saturated)} the reward matters, but cloning the person's demonstrations is enough"
    rest = sorted(task for tasks in of.values() for task in tasks)
    return sentence + (f"; not shown to be: {listed(rest)}." if rest else ".")


def _of(names: list[str]) -> str:
    if len(names) > 4:
        return f"those of {len(names)} others"
    return f"{'that' if len(names) == 1 else 'those'} of {listed(names)}"
