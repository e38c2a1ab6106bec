"""`DIR/suite.json`: what a directory of results is to hold, so that "7 of 10" can be said from it alone."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.errors import RequestError
from benchmarks.record import Evaluations, Trial, canonical
from benchmarks.registry import Registry
from benchmarks.suite import LeftOut, Suite

FILE = "suite.json"


@dataclass(frozen=True)
class Planned:
    """The trials that were asked for, those that cannot be, and how policies are scored."""

    suite: str
    description: str
    text: str  # the suite's file, word for word
    evaluations: Evaluations
    trials: tuple[Trial, ...]
    left_out: tuple[LeftOut, ...] = ()
    families: Mapping[str, str] = field(default_factory=dict)  # of the algorithms
    tuning: Mapping[str, str] = field(default_factory=dict)  # "algorithm on task" -> what finding its overrides took
    plugins: tuple[str, ...] = ()
    command: str = ""  # that planned it

    def as_json(self) -> dict[str, Any]:
        return {
            "format": 1,
            "suite": {"name": self.suite, "description": self.description, "text": self.text},
            "command": self.command,
            "evaluations": asdict(self.evaluations),
            "families": dict(self.families),
            "tuning": dict(self.tuning),
            "plugins": list(self.plugins),
            "trials": [trial.as_json() for trial in self.trials],
            "left_out": [asdict(item) for item in self.left_out],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Planned:
        evaluations = data["evaluations"]
        return cls(
            suite=data["suite"]["name"],
            description=data["suite"]["description"],
            text=data["suite"]["text"],
            command=data["command"],
            evaluations=Evaluations(**{**evaluations, "minutes": tuple(evaluations["minutes"])}),
            trials=tuple(Trial.from_json(item) for item in data["trials"]),
            left_out=tuple(LeftOut(**item) for item in data["left_out"]),
            families=data["families"],
            tuning=data["tuning"],
            plugins=tuple(data["plugins"]),
        )


def planned(
    suite: Suite, registry: Registry, trials: list[Trial], left_out: list[LeftOut], command: str = ""
) -> Planned:
    """What a run is about to do."""
    used = {(algorithm, task) for (algorithm, task), override in suite.overrides.items() if override.tuning}
    return Planned(
        suite=suite.name,
        description=suite.description,
        text=suite.text,
        evaluations=suite.evaluations,
        trials=tuple(trials),
        left_out=tuple(left_out),
        families={name: registry.algorithm(suite.learner(name)).card.family for name in suite.algorithms},
        tuning={f"{algorithm} on {task}": suite.overrides[algorithm, task].tuning for algorithm, task in sorted(used)},
        plugins=registry.plugins,
        command=command,
    )


def read(directory: Path) -> Planned:
    """What the directory is to hold. Raises RequestError."""
    path = directory / FILE
    try:
        return Planned.from_json(json.loads(path.read_bytes()))
    except FileNotFoundError:
        raise RequestError(
            f"{directory} holds no run: there is no {FILE} in it. Give the directory of a run."
        ) from None
    except NotADirectoryError:
        raise RequestError(f"{directory} is a file, not the directory of a run.") from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RequestError(
            f"{path} is damaged ({type(error).__name__}: {error}): delete it and run the suite again, which "
            "writes it anew and keeps the stored trials."
        ) from None


def dump(plan: Planned) -> str:
    """The file's text, a trial a line."""
    body = plan.as_json()
    lists = {key: body.pop(key) for key in ("trials", "left_out")}
    parts = [json.dumps(body, indent=1)[:-2]]
    for key, items in lists.items():
        lines = ",\n  ".join(json.dumps(item) for item in items)
        parts.append(f' "{key}": [\n  {lines}\n ]')
    return ",\n".join(parts) + "\n}\n"


def merged(before: Planned, now: Planned) -> Planned:
    """A narrower run (`--tasks`, `--algorithms`, ...) adds to what a directory holds; it takes nothing away.

    What is planned now counts. An earlier cell (task, oracle, algorithm, seed) stays if it is not planned now
    and can be compared with what is: on a (task, oracle) of both, the world and the budget must be the same.
    """
    cells = {_cell(trial) for trial in now.trials}
    worlds = {(trial.task, trial.oracle): _world(trial) for trial in now.trials}
    kept = [
        trial
        for trial in before.trials
        if _cell(trial) not in cells and worlds.get((trial.task, trial.oracle), _world(trial)) == _world(trial)
    ]
    trials = (*kept, *now.trials)
    present = {_place(trial) for trial in trials} | {_place(item) for item in now.left_out}
    left_out = [item for item in before.left_out if _place(item) not in present]
    return Planned(
        suite=now.suite,
        description=now.description,
        text=now.text,
        evaluations=now.evaluations,
        trials=trials,
        left_out=(*left_out, *now.left_out),
        families={**before.families, **now.families},
        tuning={**before.tuning, **now.tuning},
        plugins=tuple(dict.fromkeys((*before.plugins, *now.plugins))),
        command=now.command,
    )


def refuse_mixture(directory: Path, before: Planned, now: Planned) -> None:
    """Raises RequestError where what is stored cannot stand beside what is planned."""
    if before.suite != now.suite:
        raise RequestError(f"{directory} holds the suite {before.suite!r}, not {now.suite!r}: give another with --out.")
    if before.evaluations != now.evaluations:
        raise RequestError(
            f"The policies in {directory} were scored by other [evaluation] settings than the suite has now: "
            "put those back, or give another directory with --out."
        )


def _place(item: Trial | LeftOut) -> tuple[str, str, str]:
    return item.task, item.oracle, item.algorithm


def _cell(trial: Trial) -> tuple[str, str, str, int]:
    return trial.task, trial.oracle, trial.algorithm, trial.seed


def _world(trial: Trial) -> str:
    """All that learners on one task with one person have in common."""
    common = (trial.steps, trial.seconds, trial.envs, trial.task_version)
    return canonical([*common, dict(trial.rationality), asdict(trial.prices)])
