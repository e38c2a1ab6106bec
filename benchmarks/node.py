"""What happens on a node of a cluster: one errand, played by that machine's own `Local` in a process of its own.

So a trial means the same everywhere: the same limits, the same last words, the same way of naming a death.
"""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from benchmarks import stamp
from benchmarks.pool import Ended, Job, Local, each
from benchmarks.worker import Limits

ROOT = Path(__file__).resolve().parent.parent
OURS = ("algorithms", "benchmarks", "envs")
_imported: set[str] = set()  # by this process's forkserver, which stays from errand to errand


@dataclass(frozen=True)
class Errand:
    """A job with all that another machine needs for it."""

    job: Job
    limits: Limits = Limits()
    modules: tuple[str, ...] = ()  # to be imported before the process of the job is forked
    files: Mapping[str, bytes] = field(default_factory=dict)  # the plug-ins, by their paths on the driver


def carry_out(errand: Errand) -> Ended:
    """Carry it out here. What it comes to does not depend on what this process carried out before."""
    os.environ["PYTHONPATH"] = os.pathsep.join([str(ROOT), *filter(None, sys.path)])  # the forkserver's, too
    vars(sys.modules["__main__"]).pop("__file__", None)  # or every job would first import the cluster's own program
    with Local(1, errand.limits) as pool:
        if set(errand.modules) - _imported:
            pool.warm_up(errand.modules)
            _imported.update(errand.modules)
        (ended,) = pool.run(each([replace(errand.job, arguments=_here(errand))]))
    return ended


def version() -> dict[str, str]:
    """What numbers depend on beside the trial: the code, by its digest, and the libraries."""
    code = hashlib.sha256()
    for path in sorted(path for folder in OURS for path in (ROOT / folder).rglob("*.py")):
        code.update(str(path.relative_to(ROOT)).encode() + path.read_bytes())
    libraries = {name: str(release) for name, release in stamp.stamp()["versions"].items()}
    return {"feedback-bench": code.hexdigest()[:12], **libraries}


def _here(errand: Errand) -> tuple[Any, ...]:
    """The arguments of the job, the driver's plug-in paths replaced by paths of this machine."""
    places = {path: _written(Path(path).name, text) for path, text in errand.files.items()}
    theirs, ours = tuple(places), tuple(places.values())
    return tuple(ours if places and argument == theirs else argument for argument in errand.job.arguments)


def _written(name: str, text: bytes) -> str:
    """A file with this text, in a folder named by it: written once a machine and user."""
    mark = hashlib.sha256(text).hexdigest()[:16]
    path = Path(tempfile.gettempdir()) / f"feedback-bench-{os.getuid()}" / mark / name
    if not (path.is_file() and path.read_bytes() == text):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        temporary = path.with_name(f".{name}.{os.getpid()}")
        temporary.write_bytes(text)
        os.replace(temporary, path)
    return str(path)
