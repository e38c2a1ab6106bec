"""Plays a sample of the stored trials again and compares all but the times, or the scores."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from benchmarks import planned, store
from benchmarks.errors import RequestError
from benchmarks.hyperparameters import checked
from benchmarks.pool import Job, Local, each
from benchmarks.preload import ALWAYS, imports
from benchmarks.record import Record, Trial
from benchmarks.registry import Registry, load, plugins_of
from benchmarks.run import Means
from benchmarks.scores import worth
from benchmarks.statistics import EQUIVALENCE, equivalent, paired_mean
from benchmarks.stop import Stop

TIMES = ("wall_seconds", "cpu_seconds", "evaluation_seconds")


class Held(Protocol):
    """How the trials that are played again are held to the stored ones."""

    def compare(self, stored: Record, again: Record) -> tuple[bool, str]:
        """Whether the trial agrees, and what was found, in a few words."""

    def verdict(self, count: int, differing: int) -> tuple[bool, str]:
        """Whether all is well, and a sentence, once `count` of them were compared."""


@dataclass
class Numbers:
    """Every number but the times, within a relative tolerance."""

    tolerance: float = 0.0

    def compare(self, stored: Record, again: Record) -> tuple[bool, str]:
        found = _compared(stored, again, self.tolerance)
        return (False, f"DIFFERS: {found}") if found else (True, "the same")

    def verdict(self, count: int, differing: int) -> tuple[bool, str]:
        if not differing:
            return True, f"All {count} are the same but for the times."
        return False, (
            f"{differing} of {count} differ. Numbers are the same on processors of one kind and with the libraries of "
            "the lock only, since sums are rounded in another order elsewhere and learning magnifies it: "
            "`--sample 40 --margin 0.05` tests whether the scores are equivalent."
        )


@dataclass
class Scores:
    """The scores: whether those stored and those of now are equivalent within a margin, on the average of the sample.

    Elsewhere a trial is soon another one, since sums are rounded in another order: so nothing is asked of one alone.
    """

    margin: float
    pairs: list[tuple[float, float]] = field(default_factory=list)

    def compare(self, stored: Record, again: Record) -> tuple[bool, str]:
        if again.status != "ok":
            return False, f"DIFFERS: it ended {again.status}"
        self.pairs.append((worth(again), worth(stored)))
        return True, f"score {self.pairs[-1][0]:.3f}, was {self.pairs[-1][1]:.3f}"

    def verdict(self, count: int, differing: int) -> tuple[bool, str]:
        now, then = np.array(self.pairs, dtype=float).reshape(-1, 2).T
        found = paired_mean([now], [then], EQUIVALENCE)
        if len(now) < 2:
            return False, f"Nothing can be said of {len(now)} of {count} scores: two are needed, and 40 are better."
        well = equivalent(found, self.margin) and not differing
        said = "are equivalent" if equivalent(found, self.margin) else "are not shown to be equivalent"
        return well, (
            f"The scores {said} within {self.margin:g}: now - then = {found.value:.3f} [{found.low:.3f}, "
            f"{found.high:.3f}], two one-sided tests at 5 %, {len(now)} trials"
            + (f"; {differing} of {count} did not end well." if differing else ".")
        )


def verify(directory: Path, means: Means, count: int, held: Held | None = None, plugins: tuple[str, ...] = ()) -> int:
    """Print a line a trial; 1 if any differs, 0 if none does. Raises RequestError. Nothing is written."""
    held = held or Numbers()
    plan = planned.read(directory)
    registry = load(plugins_of((*plan.plugins, *plugins)))
    stored = store.read(directory)
    good = [record for record in stored.records.values() if record.status == "ok"]
    present = [record for record in good if not outdated(record.trial, registry)]
    chosen = {record.trial.id: record for record in sample(present, count)}
    if not chosen:
        why = (
            "all were made by other versions of their task or algorithm" if good else "no trial is stored that ended ok"
        )
        raise RequestError(f"There is nothing to verify in {directory}: {why}.")
    print(f"{len(chosen)} of {len(good)} stored trials are played again.", flush=True)
    trials = (configured(record.trial, registry) for record in chosen.values())
    jobs = each(
        Job(trial, "benchmarks.worker:play", (means.play, trial, plan.evaluations, registry.plugins))
        for trial in trials
    )
    differing = 0
    with Stop() as stop, Local(means.processes, means.limits, stop) as pool:
        if means.preload:
            used = {record.trial.learner for record in chosen.values()}
            pool.warm_up((*ALWAYS, *imports(registry.algorithms[name].file for name in sorted(used))))
        for ended in pool.run(jobs):
            if ended.answer is None:
                agrees, found = False, ended.death.message if ended.death else "no answer came"
            elif ended.answer.error:
                agrees, found = False, f"{ended.answer.error['kind']}: {ended.answer.error['message']}"
            else:
                agrees, found = held.compare(chosen[ended.job.key.id], store.decode(ended.answer.value[0]))
            differing += not agrees
            print(f"{ended.job.key}: {found}", flush=True)
        if stop.requested:
            raise KeyboardInterrupt
    well, sentence = held.verdict(len(chosen), differing)
    print(sentence)
    return 0 if well else 1


def sample(records: Iterable[Record], count: int) -> list[Record]:
    """`count` records, always the same of the same ones: one of each (algorithm, task) in turn, by a hash."""
    cells: dict[tuple[str, str], list[Record]] = defaultdict(list)
    for record in sorted(records, key=lambda record: _hash(record.trial.id)):
        cells[record.trial.algorithm, record.trial.task].append(record)
    order = sorted(cells, key=lambda cell: _hash("/".join(cell)))
    rounds = max((len(cell) for cell in cells.values()), default=0)
    turns = [cells[key][turn] for turn in range(rounds) for key in order if turn < len(cells[key])]
    return turns[:count]


def differences(stored: Any, again: Any, tolerance: float, place: str = "") -> Iterator[str]:
    """Where two JSON values differ by more than a relative tolerance, and how."""
    if isinstance(stored, dict) and isinstance(again, dict):
        for key in sorted(stored.keys() | again.keys()):
            if key not in TIMES:
                yield from differences(stored.get(key), again.get(key), tolerance, f"{place}.{key}".lstrip("."))
    elif isinstance(stored, list) and isinstance(again, list) and len(stored) == len(again):
        for index, (one, other) in enumerate(zip(stored, again, strict=True)):
            yield from differences(one, other, tolerance, f"{place}[{index}]")
    elif isinstance(stored, (int, float)) and isinstance(again, (int, float)):
        if abs(stored - again) > tolerance * max(abs(stored), abs(again)):
            yield f"{place} was {stored} and is {again}"
    elif stored != again:
        yield f"{place} was {_short(stored)} and is {_short(again)}"


def _compared(stored: Record, again: Record, tolerance: float) -> str:
    """What differs in a few words; "" if nothing does."""
    one, other = stored.as_json(), again.as_json()
    stamps = one.pop("stamp"), other.pop("stamp")
    for later in ("front", "outcomes", "reward_model"):  # measured since: a record from before has nothing to compare
        if not one[later]:
            other[later] = one[later]
    for then, now in zip(one["curve"], other["curve"], strict=False):
        if "reward_model" not in then:
            now.pop("reward_model", None)
    found = list(differences(one, other, tolerance))
    if not found:
        return ""
    more = f", and {len(found) - 1} more" if len(found) > 1 else ""
    then, now = _made_by(stamps[0]), _made_by(stamps[1])
    made = [f"{name} {was} then, {now.get(name)} now" for name, was in then.items() if was != now.get(name)]
    return f"{found[0]}{more}" + (f" ({'; '.join(made)})" if made else "")


def _made_by(stamp: dict[str, Any]) -> dict[str, Any]:
    machine = stamp.get("machine") or {}
    kind = {name: machine[name] for name in ("processor", "instructions") if name in machine}
    return {"commit": stamp.get("commit"), "python": stamp.get("python"), **(stamp.get("versions") or {}), **kind}


def configured(trial: Trial, registry: Registry) -> Trial:
    """The trial as it was planned, with the tuples that JSON has no word for."""
    name, target = trial.learner, registry.algorithm(trial.learner)
    values = {field: checked(name, target, field, value) for field, value in trial.hyperparameters.items()}
    return replace(trial, hyperparameters=values)


def outdated(trial: Trial, registry: Registry) -> bool:
    """The task or the algorithm is not what it was when the trial was played, and says so by its version."""
    if trial.task not in registry.tasks or trial.learner not in registry.algorithms:
        return True
    try:
        configured(trial, registry)
    except RequestError:  # it lost a hyper-parameter
        return True
    card = registry.algorithm(trial.learner).card
    return bool(registry.task(trial.task).version != trial.task_version or card.version != trial.algorithm_version)


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 80 else f"{text[:77]}..."


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
