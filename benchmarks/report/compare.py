"""Two methods held against each other: does A improve on B, and how sure is that?"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.errors import RequestError, unknown
from benchmarks.report.study import read
from benchmarks.report.wording import NOTHING, interval, number, things
from benchmarks.scores import scores
from benchmarks.statistics import EQUIVALENCE, Estimate, equivalent, improvement, paired_mean

BY = {
    "score": "final score",
    "auc_steps": "mean score over the steps",
    "auc_effort": "mean score over the person's time",
}
COLUMNS = ("task", "P(A > B)", "95 % interval", "mean A", "mean B", "pairs")


def compare(directory: Path, a: str, b: str, by: str = "score", margin: float | None = None) -> str:
    """A table, task by task and over all, and a sentence: the probability that A improves on B.

    `by` is a column of scores.csv. With a `margin`, a second table says by how much they differ, and whether they
    are equivalent within it (see `benchmarks.statistics.paired_mean`).

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
        index=["oracle", "task", "seed"], columns="algorithm", values=by
    )
    pairs = planned.dropna()
    if pairs.empty:
        raise RequestError(f"{a} and {b} have no trial in common that ended well: no task, person and seed of both.")
    people = planned.index.get_level_values("oracle").nunique()
    lines, labels, ours, theirs = [], [], [], []
    for (oracle, task), all_pairs in planned.groupby(level=["oracle", "task"]):
        found = all_pairs.dropna()
        ours.append(found[a].to_numpy())
        theirs.append(found[b].to_numpy())
        label = f"{task}, {oracle}" if people > 1 else str(task)
        labels.append(label)
        lines.append(_line(label, improvement(ours[-1:], theirs[-1:]), found, a, b, len(all_pairs)))
    overall = improvement(ours, theirs)
    lines.append(_line("all", overall, pairs, a, b, len(planned)))
    heading = f"A = {a}, B = {b}; {BY[by]}, paired by task, person and seed; ties count one half"
    text = [heading, "", *_aligned([COLUMNS, *lines]), "", _sentence(a, b, overall)]
    return "\n".join(text if margin is None else [*text, "", *_equivalence(labels, ours, theirs, margin)])


def _equivalence(labels: list[str], ours: list[np.ndarray], theirs: list[np.ndarray], margin: float) -> list[str]:
    """By how much they differ on each task and over all, and whether that is within the margin."""
    found = [paired_mean([one], [other], EQUIVALENCE) for one, other in zip(ours, theirs)]
    overall = paired_mean(ours, theirs, EQUIVALENCE)
    rows = [("task", "mean A - B", "90 % interval", f"within {margin:g}", "pairs")]
    for label, each in zip([*labels, "all"], [*found, overall]):
        inside = "yes" if equivalent(each, margin) else "not shown"
        rows.append((label, number(each.value, 3), _bounds(each), inside, str(each.runs)))
    verdict = "equivalent" if equivalent(overall, margin) else "not shown to be equivalent"
    sentence = f"Over all they are {verdict} within {margin:g}: A - B = {number(overall.value, 3)} {_bounds(overall)}"
    return [*_aligned(rows), "", f"{sentence}, two one-sided tests at 5 %, {things(overall.runs, 'pair')}."]


def _bounds(found: Estimate) -> str:
    return NOTHING if found.low != found.low else f"[{number(found.low, 3)}, {number(found.high, 3)}]"


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
