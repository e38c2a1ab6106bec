"""What the harness itself costs: a trial in the pool beside its learner's own CPU, a worker's memory, `--help`."""

from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.hyperparameters import defaults
from benchmarks.pool import Job, Local, each
from benchmarks.preload import ALWAYS, imports
from benchmarks.record import Evaluations, Trial
from benchmarks.registry import load
from benchmarks.store import decode, write

HERE = "tests.performance.test_startup_speed"


def timed(trial: Trial, evaluations: Evaluations) -> dict[str, Any]:
    """In the worker: play the trial, and say what the process has used up by then."""
    from benchmarks import worker
    from benchmarks.trial import Stage

    scoring = 0.0
    original = Stage._score

    def scored(self: Stage, policy: Any, episodes: int) -> Any:
        nonlocal scoring
        begun = time.process_time()
        try:
            return original(self, policy, episodes)
        finally:
            scoring += time.process_time() - begun

    Stage._score = scored  # type: ignore[method-assign]
    played = worker.play("benchmarks.trial:play", trial, evaluations, ())
    return {"played": played, "cpu": time.process_time(), "scoring": scoring, "unique": unique_megabytes()}


def unique_megabytes() -> float:
    """Memory of this process that no other shares."""
    lines = Path("/proc/self/smaps_rollup").read_text().splitlines()[1:]
    sizes = {line.split(":")[0]: int(line.split()[1]) for line in lines}
    return (sizes["Private_Clean"] + sizes["Private_Dirty"]) / 1024


@pytest.mark.parametrize("name", ["random", "rl-true-reward"])
def test_a_trial_in_the_pool(name: str, benchmark: Any, tmp_path: Path) -> None:
    registry = load()
    maker = registry.algorithms[name]
    person = asdict(registry.oracle("typical"))
    steps, many = (200_000, 5) if benchmark.enabled else (2048, 1)
    trials = [
        Trial("cartpole", "typical", name, 1000 + i, steps, 1800.0, defaults(name, maker.target), person)
        for i in range(many + 1)  # the first one warms up
    ]
    found = []
    with Local(1) as pool:
        pool.warm_up((*ALWAYS, *imports([maker.file])))
        driver = time.process_time()
        for ended in pool.run(each(Job(trial, f"{HERE}:timed", (trial, Evaluations())) for trial in trials)):
            assert ended.answer is not None and ended.answer.error is None
            answer = ended.answer.value
            record = decode(answer["played"][0])
            assert record.status == "ok"
            write(tmp_path, record.trial, *answer["played"])
            found.append((answer, record.spent["cpu_seconds"], time.process_time() - driver))
            driver = time.process_time()
    harness = [a["cpu"] - a["scoring"] - learner + driving for a, learner, driving in found[1:] or found]
    learners = [learner for _, learner, _ in found[1:] or found]
    benchmark.pedantic(lambda: None)
    benchmark.extra_info |= {
        "what": f"a classic trial of {name} in the pool",
        "harness_cpu_seconds": float(np.median(harness)),
        "scoring_cpu_seconds": float(np.median([a["scoring"] for a, *_ in found])),
        "learner_cpu_seconds": float(np.median(learners)),
        "harness_share": float(np.median(np.array(harness) / (np.array(harness) + learners))),
        "unique_megabytes": float(np.max([a["unique"] for a, *_ in found])),
    }


def test_help(benchmark: Any) -> None:
    seconds = []
    for _ in range(7 if benchmark.enabled else 1):
        begun = time.perf_counter()
        subprocess.run([sys.executable, "-m", "benchmarks", "--help"], check=True, capture_output=True)
        seconds.append(time.perf_counter() - begun)
    benchmark.pedantic(lambda: None)
    benchmark.extra_info |= {"what": "`--help`", "wall_seconds": float(np.median(seconds))}
