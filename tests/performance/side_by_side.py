"""Two ways of doing the same work, held against each other: A B A B in fresh processes, one thread each.

A *side* is "module:function" and its settings. The function makes everything ready, does the work once on a
small scale so that imports and first allocations are paid for, and returns what is to be measured: a function
without arguments that does the work and says what it did, a dictionary that must be equal on both sides. A side
that counts CPU seconds elsewhere than in its own process, as of workers, may report them as "cpu_seconds".
"""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
MARK = "measured: "
PATIENCE = 3600  # seconds for one side


@dataclass(frozen=True)
class Measured:
    """One round of one side: seconds, and what was done in them."""

    cpu: float
    wall: float
    done: dict[str, Any]


def once(side: str, settings: Mapping[str, Any]) -> Measured:
    """Do the work here and now."""
    module, _, name = side.partition(":")
    work = getattr(importlib.import_module(module), name)(**settings)
    wall, cpu = time.perf_counter(), time.process_time()
    done = dict(work())
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return Measured(done.pop("cpu_seconds", cpu), wall, done)


def apart(side: str, settings: Mapping[str, Any], python: str | None = None) -> Measured:
    """The same in a fresh process with one thread, of another Python if one is named."""
    environment = {**os.environ, **dict.fromkeys(THREADS, "1")}
    command = [python or sys.executable, "-m", "tests.performance.side_by_side", side, json.dumps(settings)]
    ended = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=PATIENCE)
    lines = [line for line in ended.stdout.splitlines() if line.startswith(MARK)]
    if ended.returncode or not lines:
        raise RuntimeError(f"{side} with {settings} ended with {ended.returncode}:\n{ended.stderr[-4000:]}")
    return Measured(**json.loads(lines[-1].removeprefix(MARK)))


def summary(ours: Sequence[Measured], theirs: Sequence[Measured]) -> dict[str, float]:
    """Medians of both sides, and how many times as long theirs took: the median ratio and its 95 % interval."""
    found: dict[str, float] = {"rounds": len(ours)}
    for clock in ("cpu", "wall"):
        mine, other = (np.array([getattr(one, clock) for one in side]) for side in (ours, theirs))
        ratio, low, high = median_with_interval(other / mine)
        found |= {f"{clock}_ratio": ratio, f"{clock}_low": low, f"{clock}_high": high}
        found |= {f"our_{clock}": float(np.median(mine)), f"their_{clock}": float(np.median(other))}
    return found


def median_with_interval(ratios: Any) -> tuple[float, float, float]:
    """The median and its 95 % bootstrap interval."""
    draws = np.random.default_rng(0).choice(ratios, (2000, len(ratios)))
    return (float(np.median(ratios)), *map(float, np.quantile(np.median(draws, axis=1), (0.025, 0.975))))


if __name__ == "__main__":
    if "torch" in sys.modules:
        raise SystemExit("torch is here already: its threads cannot be set any more")
    print(MARK + json.dumps(vars(once(sys.argv[1], json.loads(sys.argv[2])))), flush=True)
