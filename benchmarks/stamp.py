"""Where and with what a record was made."""

from __future__ import annotations

import os
import platform
import subprocess
from datetime import UTC, datetime
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

LIBRARIES = ("numpy", "scipy", "torch", "stable-baselines3", "gymnasium", "imitation")


def stamp() -> dict[str, Any]:
    return {**_fixed(), "time": datetime.now(UTC).isoformat(timespec="seconds")}


@lru_cache(maxsize=1)
def _fixed() -> dict[str, Any]:
    return {
        "commit": _commit(),
        "python": platform.python_version(),
        "versions": {name: _version(name) for name in LIBRARIES},
        "machine": {
            "system": platform.system(), "processor": _processor(), "instructions": _instructions(),
            "cores": os.cpu_count(),
        },
    }  # fmt: skip


def _instructions() -> str:
    """What sums are done by, and so how they are rounded: AVX2, AVX512, as torch and the environment choose."""
    import torch

    return torch.backends.cpu.get_cpu_capability()


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _commit() -> str | None:
    """The commit of the checkout, with "+" where the working tree differs from it."""
    here = Path(__file__).resolve().parent
    try:
        run = dict(cwd=here, capture_output=True, text=True, timeout=10)
        head = subprocess.run(["git", "rev-parse", "--short=12", "HEAD"], **run)
        if head.returncode != 0:
            return None
        dirty = subprocess.run(["git", "status", "--porcelain", "--untracked-files=no"], **run).stdout.strip()
        return head.stdout.strip() + ("+" if dirty else "")
    except (OSError, subprocess.SubprocessError):
        return None


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()
