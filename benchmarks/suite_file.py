"""Reads a suite from TOML. Every mistake in it is one sentence with the file and the line.

name = "mine"                            # of the results' folder; the file's name if left out
description = "What it is for."
seeds = 3                                # or a list, as [11, 12, 13]
tasks = ["cartpole", "pendulum"]
oracles = ["typical"]
algorithms = "all"                       # or a list, in which a family's name stands for all its members
[more_seeds]                             # tasks whose outcomes differ most from seed to seed
pendulum = 10

[budget]
steps = 200_000                          # environment steps
minutes = 30.0                           # of the person's time
envs = 16
[budget.pendulum]                        # where a task differs
steps = 100_000
[prices]                                 # seconds a question, see `benchmarks.record.Prices`
[evaluation]                             # see `benchmarks.record.Evaluations`
[override.pref-ppo.pendulum]             # hyper-parameters; the task may be "all"
learning_rate = 3e-4
tuning = "3 values on seeds 100-102"     # what it took to find them; the report prints it
[variant.pref-ppo-uniform]               # a row of its own: a learner with other hyper-parameters
of = "pref-ppo"
selection = "uniform"
[oracle.typical-40]                      # a person of the suite's own, see `benchmarks.oracles.rationality`
of = "typical"
error = 0.4
minutes = 3.0                            # that this person has, if others than the budget's
[[leaves_out]]                           # task, oracle or algorithm, each "all" if not given
algorithm = "dqn"
reason = "takes hours"
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, get_type_hints

from benchmarks.api import FAMILIES
from benchmarks.errors import RequestError, unknown
from benchmarks.hyperparameters import checked
from benchmarks.registry import FOLDERS, Registry
from benchmarks.suite import ALL, Exclusion, Override, Somebody, Suite, TaskBudget, Variant
from benchmarks.toml_text import TomlText, dotted

FOLDER = Path(__file__).resolve().parent / "suites"
KEYS = ("name", "description", "seeds", "tasks", "oracles", "algorithms")
TABLES = ("more_seeds", "budget", "prices", "evaluation", "variant", "oracle", "override", "leaves_out")


def names() -> list[str]:
    """The suites that come with the project."""
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


def read(source: str, registry: Registry) -> Suite:
    """The suite of that name, or in that .toml file. Raises RequestError."""
    path = Path(source) if source.endswith(".toml") else FOLDER / f"{source}.toml"
    if not path.is_file():
        if source.endswith(".toml"):
            raise RequestError(f"The suite file {source} does not exist.")
        raise unknown("suite", source, names())
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise RequestError(f"The suite file {source} cannot be read: {error}.") from None
    return parse(TomlText(path.name if path.parent == FOLDER else source, text), path.stem, registry)


def parse(file: TomlText, stem: str, registry: Registry) -> Suite:
    """The suite that a text says."""
    file.table((), (*KEYS, *TABLES))
    for key in ("seeds", "tasks", "oracles", "algorithms", "budget"):
        if file.get((key,)) is None:
            raise file.wrong(
                (), f"{key!r} is missing: every suite has seeds, tasks, oracles, algorithms and a [budget]."
            )
    tasks = _names(file, "tasks", "task", registry.tasks)
    variants, people = _variants(file, registry), _people(file, registry)
    budget = _budget(file, ("budget",), None, registry.tasks)
    name = file.read(("name",), str) if file.get(("name",)) is not None else stem
    if not re.fullmatch(r"[A-Za-z0-9][\w.-]*", name):
        raise file.wrong(("name",), f"The name {name!r} cannot name a folder: use letters, digits, hyphens and dots.")
    return Suite(
        name=name,
        description=file.read(("description",), str) if file.get(("description",)) is not None else "",
        text=file.text,
        seeds=_seeds(file),
        tasks=tasks,
        oracles=(*_names(file, "oracles", "oracle", registry.oracles, people), *people),
        algorithms=(*_algorithms(file, registry), *variants),
        more_seeds=_more_seeds(file, registry),
        budget=budget,
        budgets={
            task: _budget(file, ("budget", task), budget, ())
            for task, value in file.data["budget"].items()
            if isinstance(value, dict)
        },
        prices=_values(file, "prices", Suite.prices, low=0.0),
        evaluations=_values(file, "evaluation", Suite.evaluations, low=1),
        variants=variants,
        people=people,
        overrides=_overrides(file, registry),
        leaves_out=_leaves_out(file, registry, variants, people),
    )


def _seeds(file: TomlText) -> tuple[int, ...]:
    value = file.read(("seeds",), int | list[int])
    seeds: tuple[int, ...] = tuple(range(value)) if isinstance(value, int) else value
    if not seeds or min(seeds) < 0 or len(set(seeds)) < len(seeds):
        raise file.wrong(
            ("seeds",),
            "seeds must be a count of 1 or more, or a list of different whole numbers of 0 or more.",
        )
    return seeds


def _more_seeds(file: TomlText, registry: Registry) -> dict[str, int]:
    found = {}
    for task in file.table(("more_seeds",), registry.tasks):
        found[task] = file.read(("more_seeds", task), int)
        if found[task] < 1:
            raise file.wrong(("more_seeds", task), f"{task} is to have {found[task]} seeds: it must be 1 or more.")
    return found


def _names(
    file: TomlText, key: str, kind: str, known: Collection[str], more: Collection[str] = ()
) -> tuple[str, ...]:
    """The names that stand under a key; with `more` of them elsewhere in the file, there may be none."""
    chosen: tuple[str, ...] = file.read((key,), list[str])
    if not chosen and not more:
        raise file.wrong((key,), f"{key} is empty: name one {kind} or more.")
    for name in chosen:
        if name not in known:
            raise file.at((key,), unknown(kind, name, known), name)
        if chosen.count(name) > 1:
            raise file.wrong((key,), f"{key} names {name!r} twice: take one away.", name)
    return chosen


def _algorithms(file: TomlText, registry: Registry) -> tuple[str, ...]:
    """What the suite names, and what a plug-in on the command line brings."""
    folder = str(FOLDERS["algorithm"])
    native = [name for name, entry in registry.algorithms.items() if entry.file.startswith(folder)]
    members = {family: [name for name in native if _family(registry, name) == family] for family in FAMILIES}
    if file.get(("algorithms",)) == ALL:
        chosen = native
    else:
        named = _names(file, "algorithms", "algorithm", (*registry.algorithms, *FAMILIES))
        chosen = [name for item in named for name in members.get(item, [item])]
    plugged = [name for name, entry in registry.algorithms.items() if entry.file in registry.plugins]
    return tuple(dict.fromkeys(chosen + plugged))


def _family(registry: Registry, name: str) -> str:
    return registry.algorithm(name).card.family


def _variants(file: TomlText, registry: Registry) -> dict[str, Variant]:
    found = {}
    for name, of, values in _derived(file, "variant", "algorithm", registry.algorithms):
        found[name] = Variant(of, _set(file, ("variant", name), of, registry.algorithm(of), values))
    return found


def _people(file: TomlText, registry: Registry) -> dict[str, Somebody]:
    found = {}
    for name, of, values in _derived(file, "oracle", "oracle", registry.oracles):
        path, base, minutes = ("oracle", name), registry.oracle(of), None
        if values.pop("minutes", None) is not None:
            minutes = file.read((*path, "minutes"), float)
            if minutes <= 0:
                raise file.wrong((*path, "minutes"), f"{name} has {minutes} minutes, but must have more than 0.")
        own = _set(file, path, of, type(base), values)
        try:
            found[name] = Somebody(replace(base, **own), minutes)
        except ValueError as error:
            raise file.wrong(path, f"the oracle {name} cannot be: {error}.") from None
    return found


def _derived(
    file: TomlText, table: str, kind: str, known: Collection[str]
) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Of each [table.name]: its name, what it is a variant of, and what it changes."""
    for name in file.table((table,), file.data.get(table, {})):
        path = (table, name)
        values = dict(file.table(path, file.get(path) if isinstance(file.get(path), dict) else ()))
        if name in known:
            raise file.wrong(path, f"{name} is an {kind} already: give this one another name.")
        if values.pop("of", None) is None:
            raise file.wrong(path, f"{name} has no 'of': say which {kind} it is a variant of.")
        of = file.read((*path, "of"), str)
        if of not in known:
            raise file.at((*path, "of"), unknown(kind, of, known))
        yield name, of, values


def _set(file: TomlText, path: tuple[str, ...], algorithm: str, target: Any, values: dict[str, Any]) -> dict[str, Any]:
    """The hyper-parameters in a table, each checked."""
    found = {}
    for name, value in values.items():
        try:
            found[name] = checked(algorithm, target, name, value)
        except RequestError as error:
            raise file.at((*path, name), error) from None
    return found


def _budget(file: TomlText, path: tuple[str, ...], base: TaskBudget | None, tasks: Any) -> TaskBudget:
    hints = get_type_hints(TaskBudget)
    table = file.table(path, (*hints, *tasks))
    values: dict[str, Any] = {}
    for key in (key for key in table if key in hints):
        values[key] = file.read((*path, key), hints[key])
        if values[key] <= 0:
            raise file.wrong((*path, key), f"{dotted((*path, key))} is {values[key]}, but must be more than 0.")
    for key in ("steps", "minutes"):
        if base is None and key not in values:
            raise file.wrong(path, f"[budget] has no {key!r}: a budget is steps and minutes.")
    budget = replace(base, **values) if base is not None else TaskBudget(**values)
    if budget.steps < budget.envs:
        raise file.wrong(
            (*path, "steps"),
            f"{budget.steps} steps are not enough for one step of {budget.envs} environments.",
        )
    return budget


def _values(file: TomlText, key: str, standard: Any, low: float) -> Any:
    """A table whose keys are the fields of a dataclass."""
    hints = {item.name: get_type_hints(type(standard))[item.name] for item in fields(standard)}
    values = {}
    for name in file.table((key,), hints):
        values[name] = file.read((key, name), hints[name])
        if isinstance(values[name], bool):
            continue
        for number in values[name] if isinstance(values[name], tuple) else (values[name],):
            _at_least(file, (key, name), number, 0.0 if isinstance(number, float) else low)
    return replace(standard, **values)


def _overrides(file: TomlText, registry: Registry) -> dict[tuple[str, str], Override]:
    found = {}
    for algorithm in file.table(("override",), file.data.get("override", {})):
        if algorithm not in registry.algorithms:
            raise file.at(("override", algorithm), unknown("algorithm", algorithm, registry.algorithms))
        target = registry.algorithm(algorithm)
        for task in file.table(("override", algorithm), file.data["override"][algorithm]):
            path = ("override", algorithm, task)
            if task not in registry.tasks and task != ALL:
                raise file.at(path, unknown("task", task, (ALL, *registry.tasks)))
            values = dict(file.table(path, file.get(path) if isinstance(file.get(path), dict) else ()))
            tuning = file.read((*path, "tuning"), str) if values.pop("tuning", None) is not None else ""
            found[algorithm, task] = Override(_set(file, path, algorithm, target, values), tuning)
    return found


def _leaves_out(
    file: TomlText, registry: Registry, variants: Collection[str], people: Collection[str]
) -> tuple[Exclusion, ...]:
    tables = file.get(("leaves_out",)) or []
    if not isinstance(tables, list):
        raise file.wrong(("leaves_out",), "leaves_out must be a list of tables: write [[leaves_out]] above each.")
    known = {
        "task": registry.tasks,
        "oracle": (*registry.oracles, *people),
        "algorithm": (*registry.algorithms, *variants),
    }
    found = []
    for index in range(len(tables)):
        path = ("leaves_out", index)
        table = file.table(path, (*known, "reason"))
        if "reason" not in table:
            raise file.wrong(path, "this [[leaves_out]] has no 'reason': say why in a few words.")
        values = {key: file.read((*path, key), str) for key in table}
        for kind in known.keys() & values.keys():
            if values[kind] != ALL and values[kind] not in known[kind]:
                raise file.at((*path, kind), unknown(kind, values[kind], (ALL, *known[kind])))
        found.append(Exclusion(**values))
    return tuple(found)


def _at_least(file: TomlText, path: tuple[str, ...], value: float, low: float) -> None:
    if value < low:
        raise file.wrong(path, f"{dotted(path)} is {value}, but must be {low:g} or more.")
