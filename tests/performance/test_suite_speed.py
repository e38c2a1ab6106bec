"""Whole suites on the fast and on the reference back end: one seed of every cell, at a share of its budget.

BENCH_FRACTION is that share of the environment steps and of the person's minutes (1 is the whole), 1/20 of
classic by default; smoke is played whole. Learners without a reference back end are played by both sides alike.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from typing import Any, get_args, get_type_hints

import pytest

HERE = "tests.performance.test_suite_speed"
FRACTION = float(os.environ.get("BENCH_FRACTION", "0.05"))


def playing(suite: str, fraction: float, backend: str, only: list[str]) -> Callable[[], dict[str, Any]]:
    from algorithms._blocks import fast_ppo  # noqa: F401 - imports are not measured
    from benchmarks import suite_file
    from benchmarks.record import Trial
    from benchmarks.registry import load
    from benchmarks.suite import plan
    from benchmarks.trial import play

    registry = load()
    known = suite_file.read(suite, registry)
    trials, _ = plan(replace(known, seeds=known.seeds[:1]), registry)
    trials = list({(t.task, t.oracle, t.algorithm): t for t in reversed(trials)}.values())

    def short(trial: Trial) -> Trial:
        settings = dict(trial.hyperparameters)
        if backend in get_args(get_type_hints(registry.algorithm(trial.learner)).get("backend")):
            settings["backend"] = backend
        return Trial.from_json(
            replace(
                trial,
                steps=max(trial.envs, round(trial.steps * fraction)),
                seconds=trial.seconds * fraction,
                hyperparameters=settings,
            ).as_json()
        )

    chosen = [short(trial) for trial in trials if not only or trial.algorithm in only]
    for task in {trial.task for trial in chosen}:
        registry.task(task).expert()

    def work() -> dict[str, Any]:
        ended = [play(trial, known.evaluations).record.status for trial in chosen]
        return {"trials": len(ended), "ok": ended.count("ok")}

    return work


def ours(suite: str, fraction: float, only: list[str]) -> Callable[[], dict[str, Any]]:
    return playing(suite, fraction, "fast", only)


def theirs(suite: str, fraction: float, only: list[str]) -> Callable[[], dict[str, Any]]:
    return playing(suite, fraction, "reference", only)


ON_PPO = ["rl-true-reward", "rl-oracle-utility", "rl-constant-positive", "pref-ppo", "weights-from-preferences"]


@pytest.mark.parametrize(("suite", "fraction"), [("smoke", 1.0), ("classic", FRACTION)])
@pytest.mark.parametrize("only", [[], ON_PPO], ids=["all", "on-ppo"])
def test_suite(suite: str, fraction: float, only: list[str], compare: Any) -> None:
    if only and suite == "smoke":
        pytest.skip("too short to say something of its parts")
    compare(
        f"suite {suite}, {'learners on PPO' if only else 'all cells'}, {fraction:g} of the budget",
        f"{HERE}:ours",
        f"{HERE}:theirs",
        {"suite": suite, "fraction": fraction, "only": only},
        {"suite": "smoke", "fraction": 0.1, "only": ["random", "expert"]},
        "the reference back end",
        rounds=1,  # of so many trials that chance has evened out, and the reference takes a quarter of an hour
    )
