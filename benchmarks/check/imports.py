"""What a plug-in's file imports of the project, read without running it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from benchmarks.registry import Registry

OURS = ("benchmarks", "envs", "algorithms")
ALLOWED = ("benchmarks.api", "algorithms._blocks")
WITH_TASK = "benchmarks.task"  # in a file that holds a task too: what a task is, and none in particular
WITH_ORACLE = "benchmarks.oracles.rationality"
BY_NAME = ("import_module", "__import__", "find_spec", "run_module", "run_path")


def forbidden(source: str, allowed: tuple[str, ...]) -> str:
    """The first import of the project's that is not allowed, as "envs.cartpole in line 3"; "" if none."""
    for line, name in imported(ast.parse(source)):
        if inside(name, OURS) and not inside(name, allowed):
            return f"{name} in line {line}"
    return ""


def allowed_in(file: str, registry: Registry) -> tuple[str, ...]:
    """What a file that holds an algorithm may import of the project."""
    others = ((WITH_TASK, registry.tasks), (WITH_ORACLE, registry.oracles))
    return (*ALLOWED, *(own for own, held in others if any(entry.file == file for entry in held.values())))


def imported(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """(line, module) of every import, in functions too; `from a import b` is a.b, which may be a module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            yield from ((node.lineno, f"{module}.{alias.name}") for alias in node.names)
        elif isinstance(node, ast.Call) and _called(node.func) in BY_NAME:
            names = (part.value for part in node.args if isinstance(part, ast.Constant))
            yield from ((node.lineno, name) for name in names if isinstance(name, str))


def inside(name: str, modules: tuple[str, ...]) -> bool:
    return any(name == module or name.startswith(f"{module}.") for module in modules)


def _called(function: ast.expr) -> str:
    return getattr(function, "attr", getattr(function, "id", ""))
