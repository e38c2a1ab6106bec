"""What the workers' forkserver imports once, before it forks: trials then start in hundredths of a second.

The forkserver takes no arguments, so that the names come through the environment.
"""

from __future__ import annotations

import ast
import gc
import importlib
import importlib.util
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

VARIABLE = "FEEDBACK_BENCH_PRELOAD"
ALWAYS = ("torch", "torch._dynamo", "stable_baselines3", "benchmarks.trial")
OWN = "algorithms"


def imports(files: Iterable[str]) -> list[str]:
    """What these files import, inside functions too, and what the project's own among that imports."""
    found: dict[str, None] = {}
    waiting, seen = [Path(file) for file in files], set()
    while waiting:
        path = waiting.pop()
        if path in seen or not path.is_file():
            continue
        seen.add(path)
        for name in _imported(path):
            found[name] = None
            if name.split(".")[0] == OWN:
                waiting.append(Path(__file__).parent.parent / Path(*name.split(".")).with_suffix(".py"))
    return list(found)


def load(names: Iterable[str]) -> None:
    """Import what can be imported; what is no module, or a broken one, is the worker's to meet."""
    for name in names:
        with suppress(Exception):
            importlib.import_module(name)
    with suppress(Exception):
        from benchmarks import registry, stamp

        registry.load()  # both keep what they find: no trial has to read the folders or to ask git
        stamp.stamp()
    gc.collect()
    gc.freeze()  # the workers then share these pages


def _imported(path: Path) -> Iterator[str]:
    try:
        tree = ast.parse(path.read_bytes())
    except (SyntaxError, ValueError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


if VARIABLE in os.environ:
    load(json.loads(os.environ.pop(VARIABLE)))
