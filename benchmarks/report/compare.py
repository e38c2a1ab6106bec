"""Two methods held against each other: does A improve on B, and how sure is that?"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.errors import RequestError, unknown
from benchmarks.report.study import read
from benchmarks.report.wording import interval, number, things
from benchmarks.scores import scores
from benchmarks.statistics import Estimate, improvement

COLUMNS = ("task", "P(A > B)", "95 % interval", "mean A", "mean B", "pairs")


def compare(directory: Path, a: str, b: str) -> str:
    """A table, task by task and over all, and a sentence: the probability that A improves on B.

    A pair is two trials that ended well, of one task, person and seed, so that both met the same world. What
    has no partner is not counted, and the table says how many pairs of how many there are. Raises RequestError.
    """
    study = read(Path(directory))
    rows = scores(study.records, study.trials, study.families)
    for name in (a, b):
        if name not in set(rows["algorithm"]):
            raise unknown("algorithm", name, set(rows["algorithm"]))
    if a == b:
        raise RequestError(f"{a} cannot be held against itself: name two algorithms.")
    planned = rows[rows["algorithm"].isin([a, b])].pivot(
        index=["oracle", "task", "seed"], columns="algorithm", values="score"
    )
    pairs = planned.dropna()
    if pairs.empty:
        raise RequestError(f"{a} and {b} have no trial in common that ended well: no task, person and seed of both.")
    people = planned.index.get_level_values("oracle").nunique()
    lines, ours, theirs = [], [], []
    for (oracle, task), all_pairs in planned.groupby(level=["oracle", "task"]):
        found = all_pairs.dropna()
        ours.append(found[a].to_numpy())
        theirs.append(found[b].to_numpy())
        label = f"{task}, {oracle}" if people > 1 else str(task)
        lines.append(_line(label, improvement(ours[-1:], theirs[-1:]), found, a, b, len(all_pairs)))
    overall = improvement(ours, theirs)
    lines.append(_line("all", overall, pairs, a, b, len(planned)))
    heading = f"A = {a}, B = {b}; scores paired by task, person and seed; ties count one half"
    return "\n".join([heading, "", *_aligned([COLUMNS, *lines]), "", _sentence(a, b, overall)])


def _line(label: str, found: Estimate, pairs: pd.DataFrame, a: str, b: str, planned: int) -> tuple[str, ...]:
    means = [number(float(np.mean(pairs[name])) if len(pairs) else float("nan")) for name in (a, b)]
    return label, number(found.value), interval(found.low, found.high) or "–", *means, f"{found.runs} of {planned}"


def _sentence(a: str, b: str, found: Estimate) -> str:
    share = f"P = {number(found.value)} {interval(found.low, found.high)}"
    evidence = f"{share}, over {things(found.runs, 'pair')} on {things(found.tasks, 'cell')}"
    if found.low > 0.5:
        return f"{a} improves on {b}: {evidence}."
    if found.high < 0.5:
        return f"{a} does not improve on {b}, {b} is the better one: {evidence}."
    return f"{a} and {b} cannot be told apart: {evidence}; the interval contains one half."


def _aligned(rows: list[tuple[str, ...]]) -> list[str]:
    """The rows in columns, the first left and the others right, a rule under the head and over the last."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [
        "  ".join([row[0].ljust(widths[0]), *(text.rjust(width) for text, width in zip(row[1:], widths[1:]))])
        for row in rows
    ]
    rule = "-" * len(lines[0])
    return [lines[0], rule, *lines[1:-1], rule, lines[-1]]
