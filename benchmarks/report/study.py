"""What a report is made of: the plan and the records of one directory, sorted into what counts and what does not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks import planned, store
from benchmarks.errors import RequestError
from benchmarks.planned import Planned
from benchmarks.record import Record, Trial


@dataclass(frozen=True)
class Study:
    """The records that count, and everything that a reader must know does not.

    plan      what the directory was to hold; None where `suite.json` is not there, and the records speak alone
    trials    what was asked for: the plan's trials, or the records' own
    records   what came of them, ended well or not; one for each (task, oracle, algorithm, seed) at most
    others    stored records that are not of the plan any more: other settings, another version, an older budget
    damaged   stored files that cannot be read, and why
    """

    directory: Path
    plan: Planned | None
    trials: tuple[Trial, ...]
    records: tuple[Record, ...]
    others: tuple[Record, ...] = ()
    damaged: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.plan.suite if self.plan else self.directory.resolve().name

    @property
    def missing(self) -> tuple[Trial, ...]:
        """Asked for, and no record of it."""
        done = {record.trial.id for record in self.records}
        return tuple(trial for trial in self.trials if trial.id not in done)

    @property
    def families(self) -> dict[str, str]:
        """The family of every algorithm; what the records say goes first."""
        known = dict(self.plan.families) if self.plan else {}
        return {**known, **{record.trial.algorithm: record.family for record in self.records}}


def read(directory: Path) -> Study:
    """Read `DIR/suite.json` and `DIR/trials/`. Raises RequestError where there is nothing to report."""
    if not directory.is_dir():
        raise RequestError(f"There is no directory {directory}: give the directory of a run.")
    plan = planned.read(directory) if (directory / planned.FILE).exists() else None
    stored = store.read(directory)
    damaged = {str(item.path.relative_to(directory)): item.reason for item in stored.damaged}
    if plan is None:
        records, others = _newest(stored.records.values())
        trials = tuple(record.trial for record in records)
    else:
        trials = plan.trials
        wanted = {trial.id for trial in trials}
        records = tuple(stored.records[trial.id] for trial in trials if trial.id in stored.records)
        others = tuple(record for key, record in stored.records.items() if key not in wanted)
    if not records:
        raise RequestError(_nothing(directory, plan, len(others), len(damaged)))
    return Study(directory, plan, trials, records, others, damaged)


def _newest(stored: object) -> tuple[tuple[Record, ...], tuple[Record, ...]]:
    """Without a plan: of several records of one (task, oracle, algorithm, seed) the newest counts."""
    chosen: dict[tuple[str, str, str, int], Record] = {}
    others = []
    for record in sorted(stored, key=lambda record: (str(record.stamp.get("time", "")), record.trial.id)):  # type: ignore[call-overload]
        trial = record.trial
        place = (trial.task, trial.oracle, trial.algorithm, trial.seed)
        if place in chosen:
            others.append(chosen[place])
        chosen[place] = record
    return tuple(chosen[place] for place in sorted(chosen)), tuple(others)


def _nothing(directory: Path, plan: Planned | None, others: int, damaged: int) -> str:
    if plan is None and not others and not damaged:
        return f"{directory} holds no run: there is no trial in it. Give the directory of a run."
    asides = [
        text for count, text in ((others, f"{others} stored of other plans"), (damaged, f"{damaged} damaged")) if count
    ]
    wanted = f"none of its {len(plan.trials)} planned trials has ended" if plan else "no trial in it can be read"
    more = f" ({', '.join(asides)})" if asides else ""
    return f"There is nothing to report in {directory}: {wanted}{more}. Run the suite first."
