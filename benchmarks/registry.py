"""Name -> algorithm, task, oracle. A registry is a value: it is built by reading, and nothing registers itself.

Three ways in, for each of the three kinds:
  * a file in the project's own folders (`algorithms/<family>/`, `envs/`, `benchmarks/oracles/`);
  * an entry point in the group `feedback_bench.algorithms`, `.tasks` or `.oracles`;
  * a file given by `--plugin FILE.py`, which may hold any of the three.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import inspect
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType
from typing import Any

from benchmarks.errors import RequestError, unknown

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = {"algorithm": ROOT / "algorithms", "task": ROOT / "envs", "oracle": ROOT / "benchmarks" / "oracles"}
TAGS = {"algorithm": "card", "task": "task_name", "oracle": "oracle_name"}
PLUGIN = "feedback_bench_plugin_"  # how the modules of plug-in files are called
GROUPS = {"algorithm": "feedback_bench.algorithms", "task": "feedback_bench.tasks", "oracle": "feedback_bench.oracles"}


@dataclass(frozen=True)
class Entry:
    """One thing that can be named, and the file that says so."""

    name: str
    target: Any
    file: str


@dataclass(frozen=True)
class Registry:
    """All that can be named. `plugins` are the files to read again in another process."""

    algorithms: dict[str, Entry] = field(default_factory=dict)
    tasks: dict[str, Entry] = field(default_factory=dict)
    oracles: dict[str, Entry] = field(default_factory=dict)
    plugins: tuple[str, ...] = ()

    def algorithm(self, name: str) -> Any:
        return _find("algorithm", name, self.algorithms)

    def task(self, name: str) -> Any:
        """The Task itself, made now."""
        return _find("task", name, self.tasks)()

    def oracle(self, name: str) -> Any:
        """The Rationality of a preset, made now."""
        return _find("oracle", name, self.oracles)()


@lru_cache(maxsize=8)
def load(plugins: tuple[str, ...] = ()) -> Registry:
    """Read the project's folders, the entry points and the plug-in files. Raises RequestError."""
    found: dict[str, dict[str, Entry]] = {"algorithm": {}, "task": {}, "oracle": {}}
    for kind, folder in FOLDERS.items():
        for module in _modules(folder):
            _collect(kind, module, found[kind])
    for kind, group in GROUPS.items():
        for point in sorted(entry_points(group=group), key=lambda point: point.name):
            _collect_point(kind, point, found[kind])
    for path in plugins:
        module = _plugin(path)
        before = sum(len(entries) for entries in found.values())
        for kind in found:
            _collect(kind, module, found[kind])
        if sum(len(entries) for entries in found.values()) == before:
            raise RequestError(f"The plug-in {path} holds nothing tagged @algorithm, @task or @oracle.")
    return Registry(found["algorithm"], found["task"], found["oracle"], plugins)


def _find(kind: str, name: str, entries: dict[str, Entry]) -> Any:
    if name not in entries:
        raise unknown(kind, name, entries)
    return entries[name].target


def _modules(folder: Path) -> Iterator[ModuleType]:
    for path in sorted(folder.rglob("*.py")):
        inside = path.relative_to(ROOT).with_suffix("")
        if any(part.startswith("_") for part in inside.parts):
            continue
        yield importlib.import_module(".".join(inside.parts))


def _plugin(path: str) -> ModuleType:
    file = Path(path).resolve()
    if not file.is_file():
        raise RequestError(f"The plug-in file {path} does not exist.")
    name = f"{PLUGIN}{file.stem}_{hashlib.sha256(str(file).encode()).hexdigest()[:8]}"
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise RequestError(f"The plug-in file {path} is not a Python file.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        del sys.modules[name]
        raise RequestError(f"The plug-in file {path} does not import: {type(error).__name__}: {error}.") from error
    return module


def _collect(kind: str, module: ModuleType, entries: dict[str, Entry]) -> None:
    for target in vars(module).values():
        tag = getattr(target, "__dict__", {}).get(TAGS[kind])
        if tag is not None and getattr(target, "__module__", None) == module.__name__:
            _add(kind, getattr(tag, "name", tag), target, str(inspect.getsourcefile(module)), entries)


def _collect_point(kind: str, point: Any, entries: dict[str, Entry]) -> None:
    place = f"entry point {point.name} = {point.value}"
    try:
        target = point.load()
    except Exception as error:
        raise RequestError(f"The {place} does not load: {type(error).__name__}: {error}.") from error
    tag = getattr(target, "__dict__", {}).get(TAGS[kind])
    if tag is None:
        raise RequestError(f"The {place} in {point.group} is not tagged @{kind}.")
    _add(kind, getattr(tag, "name", tag), target, str(inspect.getsourcefile(target) or place), entries)


def _add(kind: str, name: str, target: Any, file: str, entries: dict[str, Entry]) -> None:
    if name in entries and entries[name].target is not target:
        raise RequestError(f"The {kind} {name!r} is defined twice, in {entries[name].file} and in {file}: rename one.")
    entries[name] = Entry(name, target, file)


def plugins_of(paths: Iterable[str]) -> tuple[str, ...]:
    """Absolute paths, in order, each once: the key under which a registry is kept."""
    return tuple(dict.fromkeys(str(Path(path).resolve()) for path in paths))
