"""The tasks in this folder, by name: a file's being here is its registration."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from functools import cache

import envs
from benchmarks.task import Task


@cache
def catalogue() -> dict[str, Callable[[], Task]]:
    """The functions tagged `@task`, in order of name."""
    found = {}
    for module in pkgutil.iter_modules(envs.__path__):
        if module.name.startswith("gymnasium_"):  # these need gymnasium, which is itself loaded late
            continue
        for target in vars(importlib.import_module(f"envs.{module.name}")).values():
            if name := getattr(target, "__dict__", {}).get("task_name"):
                found[name] = target
    return dict(sorted(found.items()))
