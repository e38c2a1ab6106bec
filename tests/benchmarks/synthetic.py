"""Made-up records for the tests of scores, statistics and report: deterministic, and shaped like a real run's."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.chance import stream
from benchmarks.planned import FILE, Planned
from benchmarks.record import Evaluations, Record, Trial
from benchmarks.store import encode, write
from benchmarks.suite import LeftOut

TASKS = {  # random, expert
    "acrobot": (-497.4, -78.2),
    "cartpole": (21.9, 500.0),
    "cartpole-hard": (14.2, 463.5),
    "deep-sea-treasure": (-31.0, 12.4),
    "maze": (-58.3, 9.1),
    "mountain-car": (-200.0, -100.3),
    "mountain-car-continuous": (-33.2, 94.8),
    "pendulum": (-1223.0, -146.4),
}
# family, final skill, spread between tasks, steps needed, human minutes needed, kind of question
ALGORITHMS: dict[str, tuple[str, float, float, float, float, str | None]] = {
    "random": ("references", 0.0, 0.0, 0.0, 0.0, None),
    "expert": ("references", 1.0, 0.0, 0.0, 0.0, None),
    "rl-true-reward": ("references", 0.97, 0.04, 0.15, 0.0, None),
    "rl-oracle-utility": ("references", 0.93, 0.08, 0.15, 0.0, None),
    "rl-constant-positive": ("references", 0.05, 0.10, 0.1, 0.0, None),
    "rl-constant-negative": ("references", 0.04, 0.10, 0.1, 0.0, None),
    "rl-random-reward": ("references", 0.06, 0.12, 0.1, 0.0, None),
    "reinforce-judge": ("evaluative", 0.62, 0.25, 0.4, 8.0, "judge"),
    "reinforce-rate": ("evaluative", 0.48, 0.25, 0.5, 10.0, "rate"),
    "pref-ppo": ("preferences", 0.86, 0.12, 0.35, 4.0, "compare"),
    "bc": ("demonstrations", 0.74, 0.22, 0.0, 0.8, "demonstrate"),
    "dagger": ("demonstrations", 0.90, 0.10, 0.1, 1.5, "advise"),
    "action-advice": ("advice", 0.82, 0.15, 0.2, 3.0, "advise"),
    "weights-from-preferences": ("multi-objective", 0.91, 0.08, 0.3, 0.6, "weigh"),
    "cpl": ("direct", 0.70, 0.20, 0.0, 5.0, "compare"),
    "sft": ("direct", 0.42, 0.20, 0.0, 4.0, "compare"),
    "preference-q": ("preferences", 0.66, 0.22, 0.5, 7.0, "compare"),
}
STEPS, SECONDS = 100_000, 1800.0
PRICE = {"judge": 1.9, "rate": 3.1, "compare": 5.4, "demonstrate": 15.0, "advise": 2.4, "weigh": 4.0}
STAMP = {
    "commit": "0123456789ab",
    "python": "3.12.1",
    "versions": {"numpy": "2.4.6", "torch": "2.13.0"},
    "machine": {"system": "Linux", "processor": "A processor", "cores": 2},
    "time": "2030-01-01T12:00:00+00:00",
}


def trial(task: str, algorithm: str, seed: int = 0, oracle: str = "typical", **changes: Any) -> Trial:
    return Trial(task, oracle, algorithm, seed, **{"steps": STEPS, "seconds": SECONDS, **changes})


def record(
    of: Trial,
    score: float = 0.5,
    points: Iterable[tuple[float, float, float]] = (),
    family: str | None = None,
    status: str = "ok",
    **changes: Any,
) -> Record:
    """A record whose final score is `score`, with curve points (steps, human seconds, score)."""
    low, high = TASKS.get(of.task, (0.0, 10.0))
    ok = status == "ok"

    def returns(level: float, n: int) -> list[float]:
        wiggle = np.linspace(-1.0, 1.0, n) * 0.02 * (high - low)
        return (low + level * (high - low) + wiggle).tolist()

    made: dict[str, Any] = {
        "family": family or ALGORITHMS.get(of.algorithm, ("direct",))[0],
        "error": None if ok else {
            "kind": "ValueError",
            "message": f"seed {of.seed} went astray",
            "traceback": 'Traceback (most recent call last):\n  File "learner.py", line 7\nValueError: astray',
        },
        "curve": [
            {"steps": s, "human_seconds": h, "wall_seconds": 1.0, "cpu_seconds": 1.0, "returns": returns(y, 4)}
            for s, h, y in points
        ],
        "final": {"returns": returns(score, 10), "lengths": [200] * 10} if ok else None,
        "anchors": {"random": low, "expert": high},
        "spent": {
            "env_steps": of.steps, "human_seconds": 0.0, "wall_seconds": 9.0, "cpu_seconds": 8.0,
            "evaluation_seconds": 1.0,
        },
        "stamp": STAMP,
    }  # fmt: skip
    return Record(of, status, **{**made, **changes})  # type: ignore[arg-type]


def realistic(
    tasks: Sequence[str] = tuple(TASKS),
    algorithms: Sequence[str] = tuple(ALGORITHMS),
    seeds: int = 3,
    oracles: Sequence[str] = ("typical",),
    failing: bool = True,
) -> list[Record]:
    """A whole run: learning curves, noise between seeds, bimodal cells, and a few trials that did not end well."""
    made = []
    for oracle in oracles:
        for task in tasks:
            for algorithm in algorithms:
                for seed in range(seeds):
                    status = _status(task, algorithm, seed) if failing else "ok"
                    made.append(_realistic(_settled(task, algorithm, seed, oracle), status))
    return made


def _settled(task: str, algorithm: str, seed: int, oracle: str) -> Trial:
    """A trial with some hyper-parameters and a rationality, as a plan makes it."""
    rate = 3e-4 if (algorithm, task) == ("pref-ppo", "pendulum") else 1e-3
    person = {"mistake": 0.0, "equal": 0.05, "error": 0.1, "utility": "progress", "gamma": 1.0}
    return trial(
        task, algorithm, seed, oracle, hyperparameters={"learning_rate": rate, "batch": 64}, rationality=person
    )


def _status(task: str, algorithm: str, seed: int) -> str:
    bad = {
        ("maze", "cpl", 1): "failed",
        ("acrobot", "pref-ppo", 2): "timeout",
        ("pendulum", "preference-q", 0): "crashed",
    }
    if (task, algorithm) == ("mountain-car-continuous", "sft"):
        return "failed"
    return bad.get((task, algorithm, seed), "ok")


def _realistic(of: Trial, status: str) -> Record:
    family, skill, spread, slowness, minutes, kind = ALGORITHMS[of.algorithm]
    cell, chance = stream(of.task, of.oracle, of.algorithm), stream(of.task, of.oracle, of.algorithm, of.seed)
    final = float(np.clip(skill + spread * cell.normal(), -0.05, 1.02)) + 0.03 * bool(spread) * chance.normal()
    if spread > 0.2 and chance.random() < 0.15:
        final *= 0.2  # a seed that never took off
    places = np.linspace(0.0, 1.0, 17) if slowness else np.array([0.0])
    asked = SECONDS * np.minimum(1.0, places / 0.8) if kind else 0.0 * places
    if kind and not slowness:
        asked = SECONDS * np.array([0.01, 0.03, 0.1, 0.33, 1.0])
        places = 0.0 * asked
    learnt = 1.0 - np.exp(-3.0 * places / slowness) if slowness else np.ones(len(places))
    heard = 1.0 - np.exp(-asked / 60.0 / minutes) if kind else np.ones(len(places))
    level = final * learnt * heard + 0.02 * bool(spread) * chance.normal(size=len(places))
    points = [(float(round(p * of.steps)), float(a), float(y)) for p, a, y in zip(places, asked, level)]
    n = int(SECONDS / PRICE[kind]) if kind else 0
    skipped = int(chance.binomial(n, 0.02))
    tallies = {} if kind is None else {
        kind: {
            "asked": n, "answered": n - skipped, "skipped": skipped, "ties": int(chance.binomial(n, 0.05)),
            "decidable": n - skipped,
            "errors": int(chance.binomial(n, 0.1)), "seconds": n * PRICE[kind],
        }
    }  # fmt: skip
    cpu = float(chance.uniform(4.0, 14.0)) if slowness else float(chance.uniform(0.2, 2.0))
    spent = {
        "env_steps": int(places[-1] * of.steps), "human_seconds": n * PRICE[kind] if kind else 0.0,
        "wall_seconds": cpu * 1.05, "cpu_seconds": cpu, "evaluation_seconds": 0.6,
    }  # fmt: skip
    error = None
    if status == "timeout":
        error = {"kind": "Timeout", "message": "no end after 600 s", "traceback": ""}
    if status == "crashed":
        error = {"kind": "Crash", "message": "the process ended with signal 9 (SIGKILL)", "traceback": ""}
    changes = {"error": error} if error else {}
    return record(of, final, points, family, status, spent=spent, feedback=tallies, **changes)


LEFT_OUT = (
    LeftOut("pendulum", "typical", "tamer", "tamer takes discrete actions, and those of pendulum are continuous"),
    LeftOut("maze", "typical", "tamer", "takes hours"),
)
TEXT = """\
name = "classic"
description = "Made-up numbers in the shape of a real run."
[override.pref-ppo.pendulum]
learning_rate = 3e-4
tuning = "3 values on seeds 100-102"
"""


def store(
    directory: Path, records: Iterable[Record], trials: Iterable[Trial] | None = None, plan: bool = True, **changes: Any
) -> Path:
    """Write the records as a run leaves them. `trials`, the plan, defaults to the records' own."""
    known = list(records)
    directory.mkdir(parents=True, exist_ok=True)
    for one in known:
        write(directory, one.trial, encode(one), None, None)
    if plan:
        what = {
            "suite": "classic",
            "description": "Made-up numbers in the shape of a real run.",
            "text": TEXT,
            "evaluations": Evaluations(),
            "trials": tuple(one.trial for one in known) if trials is None else tuple(trials),
            "left_out": LEFT_OUT,
            "families": {one.trial.algorithm: one.family for one in known},
            "tuning": {"pref-ppo on pendulum": "3 values on seeds 100-102"},
        }
        body = Planned(**{**what, **changes}).as_json()
        (directory / FILE).write_text(json.dumps(body))
    return directory
