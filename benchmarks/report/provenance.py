"""What was run and with what: budgets, anchors, people, hyper-parameters, overrides, the stamp, the command."""

from __future__ import annotations

import shlex
import tomllib
from collections.abc import Iterable, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

from benchmarks.planned import Planned
from benchmarks.record import Record, Trial
from benchmarks.report.study import Study

Row = dict[str, Any]


def tasks(study: Study) -> list[Row]:
    """One row a task: version, budget and both anchors, each as the list of its different values."""
    rows = []
    for task in sorted({trial.task for trial in study.trials}):
        trials = [trial for trial in study.trials if trial.task == task]
        records = [record for record in study.records if record.trial.task == task and record.anchors]
        rows.append(
            {
                "task": task,
                "version": _different(trial.task_version for trial in trials),
                "steps": _different(trial.steps for trial in trials),
                "minutes": _different(trial.seconds / 60.0 for trial in trials),
                "envs": _different(trial.envs for trial in trials),
                "random": _different(record.anchors.get("random") for record in records),
                "expert": _different(record.anchors.get("expert") for record in records),
            }
        )
    return rows


def people(study: Study) -> list[Row]:
    """One row an oracle: the parameters of its rationality."""
    names = sorted({trial.oracle for trial in study.trials})
    return [
        {"oracle": name, "settings": _settings(t.rationality for t in study.trials if t.oracle == name)}
        for name in names
    ]


def prices(study: Study) -> dict[str, list[Any]]:
    """Seconds a question of each kind."""
    return _settings(vars(trial.prices) for trial in study.trials)


def hyperparameters(study: Study) -> list[Row]:
    """One row an algorithm: every hyper-parameter with its value, or its values where tasks differ."""
    rows = []
    for name in sorted({trial.algorithm for trial in study.trials}):
        trials = [trial for trial in study.trials if trial.algorithm == name]
        settings = _settings(trial.hyperparameters for trial in trials)
        rows.append(
            {"algorithm": name, "version": _different(t.algorithm_version for t in trials), "settings": settings}
        )
    return rows


def overrides(plan: Planned | None) -> list[Row]:
    """One row an override: algorithm, task (or "all"), what was set, and the tuning it took.

    First those of the suite file, then those that were set by hand (`--set`) when the run was last started.
    """
    table = _suite_file(plan).get("override", {})
    declared = [
        {
            "algorithm": algorithm,
            "task": task,
            "settings": {key: value for key, value in values.items() if key != "tuning"},
            "tuning": values.get("tuning", ""),
        }
        for algorithm, tasks in sorted(table.items())
        for task, values in sorted(tasks.items())
    ]
    return [*declared, *_set_by_hand(plan.command if plan else "")]


def _set_by_hand(typed: str) -> list[Row]:
    words = shlex.split(typed)
    pairs = [after for word, after in pairwise(words) if word == "--set"]
    pairs += [word.removeprefix("--set=") for word in words if word.startswith("--set=")]
    rows = []
    for place, _, value in (pair.partition("=") for pair in pairs):
        algorithm, _, name = place.strip().rpartition(".")
        settings = {name: value.strip()}
        rows.append({"algorithm": algorithm, "task": "all", "settings": settings, "tuning": "set by hand (--set)"})
    return rows


def stamp(records: Iterable[Record]) -> list[tuple[str, str]]:
    """(what, value) of all stamps together; a value that differs between trials is given as a list."""
    flat: dict[str, list[str]] = {}
    for record in records:
        for key, value in _flat(record.stamp):
            flat.setdefault(key, []).append("none" if value is None else str(value))
    shown = []
    for key, values in flat.items():
        kinds = sorted(set(values))
        if key == "time" and len(kinds) > 1:
            kinds = [f"{kinds[0]} to {kinds[-1]}"]
        shown.append((key, ", ".join(kinds)))
    return shown


def command(study: Study) -> str:
    """The command that plans all of this: the suite, and where the plan is narrower or wider than its file.

    The plan keeps the command that was typed last, which may have added one method to what was there already.
    """
    if study.plan is None:
        return f"python -m benchmarks run --suite SUITE --out {shlex.quote(str(study.directory))}"
    words = ["python", "-m", "benchmarks", "run", "--suite", study.plan.suite]
    text, trials = _suite_file(study.plan), study.plan.trials
    seeds = {trial.seed for trial in trials}
    declared = text.get("seeds", len(seeds))
    if len(seeds) != (declared if isinstance(declared, int) else len(declared)):
        words += ["--seeds", str(len(seeds))]
    left_out = study.plan.left_out
    for key in ("algorithm", "task", "oracle"):
        chosen = {getattr(item, key) for item in (*trials, *left_out)}
        if isinstance(text.get(f"{key}s"), list) and chosen != set(text[f"{key}s"]):
            words += [f"--{key}s", ",".join(sorted(chosen))]
    for plugin in study.plan.plugins:
        words += ["--plugin", plugin]
    if study.directory.resolve() != (Path("results") / study.plan.suite).resolve():
        words += ["--out", str(study.directory)]
    return shlex.join(words)


def _suite_file(plan: Planned | None) -> dict[str, Any]:
    try:
        return tomllib.loads(plan.text) if plan else {}
    except tomllib.TOMLDecodeError:
        return {}


def _settings(mappings: Iterable[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """Every key with its different values, in order of appearance."""
    found: dict[str, list[Any]] = {}
    for mapping in mappings:
        for key, value in mapping.items():
            values = found.setdefault(key, [])
            if value not in values:
                values.append(value)
    return found


def _different(values: Iterable[Any]) -> list[Any]:
    return list(dict.fromkeys(value for value in values if value is not None))


def _flat(stamp: Mapping[str, Any], before: str = "") -> Iterable[tuple[str, Any]]:
    for key, value in stamp.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{before}{key} ")
        else:
            yield f"{before}{key}", value


def plain_trial(trial: Trial) -> str:
    """The trial in few words, as in lists of failures."""
    return f"{trial.task} · {trial.oracle} · {trial.algorithm} · seed {trial.seed}"
