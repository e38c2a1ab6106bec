"""Who imports whom, what nothing is called, and what `--help` does not load."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
OURS = ("algorithms", "benchmarks", "envs")
HEAVY = {"torch", "stable_baselines3", "imitation", "seaborn", "pandas", "matplotlib", "scipy", "sklearn"}
VAGUE = {"utils", "util", "common", "helpers", "helper", "base", "misc", "tools"}
FILES = [path for folder in OURS for path in sorted((ROOT / folder).rglob("*.py"))]


def module(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported(node: ast.AST) -> list[str]:
    """The modules an import statement names; `from a import b` names a.b, which may be one."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        assert node.level == 0 and node.module, "imports are absolute"
        return [f"{node.module}.{alias.name}" for alias in node.names]
    return []


def everywhere(path: Path) -> set[str]:
    """All imports of a file, those inside functions included."""
    return {name for node in ast.walk(ast.parse(path.read_text())) for name in imported(node)}


def at_once(path: Path) -> set[str]:
    """The imports that are carried out when the file is imported: none in functions or for type checkers."""

    def walk(body: list[ast.stmt]) -> Iterator[str]:
        for node in body:
            yield from imported(node)
            if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
                yield from walk(node.orelse)
            elif isinstance(node, (ast.If, ast.Try, ast.With, ast.ClassDef)):
                for field in ("body", "orelse", "finalbody"):
                    yield from walk(getattr(node, field, []))

    return set(walk(ast.parse(path.read_text()).body))


def inside(name: str, *modules: str) -> bool:
    return any(name == module or name.startswith(f"{module}.") for module in modules)


def of(*places: str) -> list[Path]:
    return [path for path in FILES if inside(module(path), *places)]


def strangers(path: Path, *allowed: str) -> set[str]:
    """What a file imports of the project that it may not."""
    return {name for name in everywhere(path) if inside(name, *OURS) and not inside(name, *allowed)}


@pytest.mark.parametrize("path", of("algorithms"), ids=module)
def test_algorithms_know_the_api_and_their_blocks_only(path: Path) -> None:
    assert not strangers(path, "benchmarks.api", "algorithms._blocks")


@pytest.mark.parametrize("path", of("envs"), ids=module)
def test_tasks_know_nothing_of_the_harness(path: Path) -> None:
    known = ("envs", "benchmarks.api", "benchmarks.task", "benchmarks.original")
    assert not strangers(path, *known)


@pytest.mark.parametrize("path", of("benchmarks.oracles"), ids=module)
def test_people_know_tasks_in_general_only(path: Path) -> None:
    known = ("benchmarks.oracles", "benchmarks.api", "benchmarks.task", "benchmarks.log", "benchmarks.chance")
    assert not strangers(path, *known)


@pytest.mark.parametrize("path", of("benchmarks"), ids=module)
def test_the_harness_reaches_algorithms_and_tasks_by_name(path: Path) -> None:
    assert not {name for name in everywhere(path) if inside(name, "algorithms", "envs")}


def test_the_api_knows_numpy_and_types() -> None:
    (path,) = of("benchmarks.api")
    assert not {name for name in everywhere(path) if inside(name, *OURS)}
    assert {name.split(".")[0] for name in at_once(path)} & (HEAVY | {"gymnasium"}) == set()


def quick() -> list[Path]:
    """The files that `--help`, `list` or `plan` import, followed from the command line and the registry."""
    by_name = {module(path): path for path in FILES}
    start = [path for path in FILES if not any(part.startswith("_") for part in path.relative_to(ROOT).parts)]
    waiting = [path for path in start if inside(module(path), "algorithms", "envs", "benchmarks.oracles")]
    waiting += [by_name[f"benchmarks.{name}"] for name in ("__main__", "cli", "registry", "listing", "run", "store")]
    found: dict[Path, None] = {}
    while waiting:
        path = waiting.pop()
        if path in found or "_blocks" in path.parts:
            continue
        found[path] = None
        for name in at_once(path):
            waiting += [by_name[part] for part in (name, name.rpartition(".")[0]) if part in by_name]
    return sorted(found)


@pytest.mark.parametrize("path", quick(), ids=module)
def test_what_answers_quickly_loads_nothing_heavy(path: Path) -> None:
    assert not {name for name in at_once(path) if name.split(".")[0] in HEAVY}


def test_a_report_is_written_without_torch() -> None:
    code = "import sys, benchmarks.report; print(*sorted({'torch', 'stable_baselines3'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


@pytest.mark.parametrize("path", FILES, ids=module)
def test_no_file_is_called_anything_vague(path: Path) -> None:
    assert path.stem.strip("_") not in VAGUE and path.parent.name.strip("_") not in VAGUE
