"""Plays a sample of the stored trials again and compares all but the times."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks import planned, store
from benchmarks.errors import RequestError
from benchmarks.hyperparameters import checked
from benchmarks.pool import Job, Local, each
from benchmarks.preload import ALWAYS, imports
from benchmarks.record import Record, Trial
from benchmarks.registry import Registry, load, plugins_of
from benchmarks.run import Means
from benchmarks.stop import Stop

TIMES = ("wall_seconds", "cpu_seconds", "evaluation_seconds")


def verify(directory: Path, means: Means, count: int, tolerance: float = 0.0, plugins: tuple[str, ...] = ()) -> int:
    """Print a line a trial; 1 if any differs, 0 if none does. Raises RequestError. Nothing is written."""
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
            trouble = ended.death.message if ended.death else ""
            if ended.answer is not None:
                error = ended.answer.error
                trouble = f"{error['kind']}: {error['message']}" if error else ""
            if not trouble and ended.answer is not None:
                again = store.decode(ended.answer.value[0])
                trouble = _compared(chosen[ended.job.key.id], again, tolerance)
            differing += bool(trouble)
            print(f"{ended.job.key}: {trouble or 'the same'}", flush=True)
        if stop.requested:
            raise KeyboardInterrupt
    print(
        f"{differing} of {len(chosen)} differ." if differing else f"All {len(chosen)} are the same but for the times."
    )
    return 1 if differing else 0


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
    for later in ("front", "outcomes"):  # measured since: a record from before has nothing to compare
        if not one[later]:
            other[later] = one[later]
    found = list(differences(one, other, tolerance))
    if not found:
        return ""
    more = f", and {len(found) - 1} more" if len(found) > 1 else ""
    made = [f"{name} {was} then, {stamps[1].get(name)} now" for name, was in _versions(stamps[0]).items()
            if was != _versions(stamps[1]).get(name)]  # fmt: skip
    return f"DIFFERS: {found[0]}{more}" + (f" ({'; '.join(made)})" if made else "")


def _versions(stamp: dict[str, Any]) -> dict[str, Any]:
    return {"commit": stamp.get("commit"), "python": stamp.get("python"), **(stamp.get("versions") or {})}


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
