"""`python -m benchmarks check NAME|FILE.py`: the contract that every algorithm, task and oracle is held to.

    verdict     what a law says, in one line
    learners    the laws of an algorithm
    tasks       the laws of a task
    people      the laws of an oracle

An algorithm is played on the smoke suite's tasks, each time twice: once as in a run, and once with everything
changed that no learner may notice (`rehearsal`). Where the two part, single changes tell which law is broken.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.check.verdict import Verdict
from benchmarks.errors import unknown
from benchmarks.registry import Entry, Registry, load, plugins_of


def main(name: str, plugins: tuple[str, ...] = ()) -> int:
    """Hold what was named to its contract and print a line a law; 1 if any is broken. Raises RequestError."""
    registry, named = find(name, plugins)
    broken = count = 0
    for kind, entry in named:
        print(f"{kind} {entry.name}, {entry.file}", flush=True)
        for verdict in verdicts(kind, entry.name, registry):
            print(f"  {verdict}", flush=True)
            count += 1
            broken += verdict.broken
    print(f"{broken} of {count} laws are broken." if broken else f"All {count} laws are kept.")
    return 1 if broken else 0


def find(name: str, plugins: tuple[str, ...] = ()) -> tuple[Registry, list[tuple[str, Entry]]]:
    """The registry, and what is to be checked: (kind, entry) of a name, or of everything in a file."""
    path, registry = Path(name), load(plugins_of(plugins))
    if name.endswith(".py") or path.is_file():
        file = str(path.resolve())
        if not any(entry.file == file for _, entry in _everything(registry)):
            registry = load(plugins_of((*plugins, name)))
        return registry, [item for item in _everything(registry) if item[1].file == file]
    named = [item for item in _everything(registry) if item[1].name == name]
    if not named:
        raise unknown("algorithm, task or oracle", name, {entry.name for _, entry in _everything(registry)})
    return registry, named


def verdicts(kind: str, name: str, registry: Registry) -> Iterator[Verdict]:
    """What each law says, in the order in which to mend things."""
    laws: Callable[[str, Registry], Iterator[Verdict]]
    if kind == "algorithm":
        from benchmarks.check.learners import laws
    elif kind == "task":
        from benchmarks.check.tasks import laws
    else:
        from benchmarks.check.people import laws
    yield from laws(name, registry)


def _everything(registry: Registry) -> Iterator[tuple[str, Entry]]:
    for kind, entries in (
        ("algorithm", registry.algorithms), ("task", registry.tasks), ("oracle", registry.oracles)
    ):  # fmt: skip
        for entry in entries.values():
            yield kind, entry
