"""A run small enough to commit: its plan, its records, and the policy of the best seed of each learner's cell.

Of more people than a page tells of, policies are of those only that it does.

    OUT/<suite>/suite.json, trials/    as in DIR, without transcripts

`report` and `watch` work there, `verify` plays it again; `export` and `withdraw` need the transcripts.
"""

from __future__ import annotations

from pathlib import Path

from benchmarks import planned, store
from benchmarks.api import FAMILIES
from benchmarks.errors import RequestError
from benchmarks.record import Record, Trial
from benchmarks.report.robustness import one_by_one, series
from benchmarks.scores import worth


def excerpt(directory: Path, out: Path) -> list[Path]:
    """Write the trials that count; returns where their records are. Raises RequestError where a run lies already."""
    plan, stored = planned.read(directory), store.read(directory).records
    records = [stored[trial.id] for trial in plan.trials if trial.id in stored]
    if not records:
        raise RequestError(f"There is no trial in {directory}: run a suite first.")
    target = out / plan.suite
    if (target / planned.FILE).exists():
        raise RequestError(f"{target} holds a run already: remove it, or name another place by --out.")
    told = one_by_one(sorted({trial.oracle for trial in plan.trials}), series(plan.trials))
    kept = {record.trial.id for record in best(records) if record.trial.oracle in told}
    made = []
    for record in records:
        source = store.path_of(directory, record.trial)
        policy = source.with_suffix(".zip") if record.trial.id in kept else None
        data = policy.read_bytes() if policy and policy.exists() else None
        store.write(target, record.trial, source.read_bytes(), data, None)
        made.append(store.path_of(target, record.trial))
    store.write_text(target, planned.FILE, (directory / planned.FILE).read_text(encoding="utf-8"))
    return made


def best(records: list[Record]) -> list[Record]:
    """Of each learner on each task with each oracle, the trial of the highest score; of equal ones the first."""
    found: dict[tuple[str, str, str], Record] = {}
    for record in records:
        value, cell = worth(record), _cell(record.trial)
        if record.family != FAMILIES[0] and value == value and (cell not in found or value > worth(found[cell])):
            found[cell] = record
    return list(found.values())


def _cell(trial: Trial) -> tuple[str, str, str]:
    return trial.task, trial.oracle, trial.algorithm
