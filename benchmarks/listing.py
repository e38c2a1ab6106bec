"""What there is, and what a suite comes to, as text or JSON."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks import store, suite_file
from benchmarks.api import FAMILIES, QUERIES
from benchmarks.planned import Planned
from benchmarks.progress import count
from benchmarks.record import Trial
from benchmarks.registry import ROOT, Registry, load, plugins_of
from benchmarks.suite import LeftOut, kinds_answered

Row = dict[str, Any]
ANSWERS = sorted(query.kind for query in QUERIES)


def listing(kind: str | None, as_json: bool, plugins: tuple[str, ...] = ()) -> str:
    """One kind of thing, or all four."""
    registry = load(plugins_of(plugins))
    kinds = [kind] if kind else list(_ROWS)
    rows = {name: _ROWS[name](registry) for name in kinds}
    if as_json:
        return json.dumps(rows[kind] if kind else rows, indent=2)
    return "\n\n".join(f"{name.upper()}\n{table(_told(rows[name]))}" for name in kinds)


def table(rows: Sequence[Sequence[str]]) -> str:
    """Rows, the first the heading, in columns as wide as need be."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def plan_text(directory: Path, now: Planned) -> str:
    """The plan of a run: what is done, what is to do, what cannot be and why. Nothing is changed."""
    stored = store.read(directory)
    status = Counter(stored.records[trial.id].status if trial.id in stored.records else "to do" for trial in now.trials)
    again = sum(count for name, count in status.items() if name not in ("ok", "to do"))
    counts = [f"{status['ok']} done", f"{status['to do']} to do"]
    counts += [f"{again} to do again, which did not end ok"] if again else []
    lines = [
        f"{now.suite}: {now.description}".rstrip(": "),
        f"{count(len(now.trials), 'trial')} into {directory}: {', '.join(counts)}.",
    ]
    for item in stored.damaged:
        lines.append(f"{item.path} is damaged: {item.reason}; `run` sets it aside and plays its trial again.")
    lines += ["", table(_cells(now, stored)), "", "Each cell: trials done / trials planned; - is left out."]
    reasons: dict[str, Counter[str]] = defaultdict(Counter)
    for left in now.left_out:
        reasons[left.reason][f"{left.algorithm} on {left.task}"] += 1
    if reasons:
        lines += ["", f"{count(len(now.left_out), 'combination')} left out:"]
        lines += [f"  {', '.join(combinations)}: {reason}." for reason, combinations in reasons.items()]
    return "\n".join(lines)


def _cells(now: Planned, stored: store.Stored) -> list[list[str]]:
    planned, done = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    for trial in now.trials:
        cell = trial.algorithm, trial.task
        planned[cell] += 1
        done[cell] += trial.id in stored.records and stored.records[trial.id].status == "ok"
    everything: list[Trial | LeftOut] = [*now.trials, *now.left_out]
    tasks = list(dict.fromkeys(item.task for item in everything))
    algorithms = list(dict.fromkeys(item.algorithm for item in everything))
    rows = [["algorithm", *tasks]]
    for name in algorithms:
        cells = ((name, task) for task in tasks)
        rows.append([name, *(f"{done[cell]}/{planned[cell]}" if planned[cell] else "-" for cell in cells)])
    return rows


def _suites(registry: Registry) -> list[Row]:
    suites = (suite_file.read(name, registry) for name in suite_file.names())
    return [
        {
            "name": suite.name,
            "tasks": len(suite.tasks),
            "oracles": len(suite.oracles),
            "algorithms": len(suite.algorithms),
            "seeds": len(suite.seeds),
            "steps": suite.budget.steps,
            "minutes": suite.budget.minutes,
            "description": suite.description,
        }
        for suite in suites
    ]


def _tasks(registry: Registry) -> list[Row]:
    rows = []
    for name, entry in registry.tasks.items():
        task = registry.task(name)
        actions = f"{task.action_space.n} discrete" if hasattr(task.action_space, "n") else "continuous"
        rows.append(
            {
                "name": name,
                "version": task.version,
                "actions": actions,
                "horizon": task.horizon,
                "step_seconds": task.step_seconds,
                "objectives": list(task.objectives),
                "answers": sorted(kinds_answered(task)),
                "original": task.original_id,
                "file": _place(entry.file),
            }
        )
    return rows


def _oracles(registry: Registry) -> list[Row]:
    rows = []
    for name, entry in registry.oracles.items():
        person = registry.oracle(name)
        standard = type(person)()
        mine: dict[str, Any] = asdict(person)
        differs = {key: value for key, value in mine.items() if value != getattr(standard, key)}
        rows.append({"name": name, "differs": differs, "file": _place(entry.file)})
    return rows


def _algorithms(registry: Registry) -> list[Row]:
    return [
        {
            "name": name,
            "family": entry.target.card.family,
            "asks": sorted(entry.target.card.asks),
            "uses": sorted(entry.target.card.uses),
            "actions": sorted(entry.target.card.spaces),
            "version": entry.target.card.version,
            "file": _place(entry.file),
        }
        for name, entry in sorted(
            registry.algorithms.items(), key=lambda item: FAMILIES.index(item[1].target.card.family)
        )
    ]


_ROWS = {"suites": _suites, "tasks": _tasks, "oracles": _oracles, "algorithms": _algorithms}


def _told(rows: list[Row]) -> list[list[str]]:
    if not rows:
        return [["none"]]
    return [list(rows[0]), *([_cell(value) for value in row.values()] for row in rows)]


def _cell(value: Any) -> str:
    if value == ANSWERS:
        return "all"
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "-"
    if isinstance(value, dict):
        return ", ".join(f"{key} {item}" for key, item in value.items()) or "-"
    if isinstance(value, float):
        return f"{value:.3g}"
    return "-" if value is None else f"{value:,}" if isinstance(value, int) else str(value)


def _place(file: str) -> str:
    """The file, from the project's root where it lies in it."""
    path = Path(file)
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else file
