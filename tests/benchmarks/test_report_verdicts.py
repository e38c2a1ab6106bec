"""Verdicts by hand: who wins, the paired difference with its interval, and who cannot be told apart."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.stats import ttest_rel
from synthetic import record, store, trial

from benchmarks.record import Record
from benchmarks.report import tables, verdicts, wording, write
from benchmarks.report.verdicts import Verdict
from benchmarks.scores import at_minutes, scores

LEVELS = {
    "bc": [0.90, 0.95, 0.85, 0.92, 0.88],
    "dagger": [0.60, 0.70, 0.65, 0.62, 0.66],
    "cpl": [0.91, 0.80, 0.89, 0.95, 0.82],
    "random": [0.00, 0.01, 0.00, 0.02, 0.01],
    "rl-constant-positive": [0.10, 0.30, 0.20, 0.15, 0.25],
}


def made(task: str, levels: dict[str, list[float]], early: str = "") -> list[Record]:
    """Whoever is named `early` reaches its score within a minute, all others after ten."""
    return [
        record(
            trial(task, name, seed), value,
            [(1.0, 30.0 if name == early else 600.0, value), (9.0, 1700.0, value)],
            spent={"human_seconds": 900.0, "cpu_seconds": 4.0, "wall_seconds": 4.0, "env_steps": 9},
        )
        for name, values in levels.items() for seed, value in enumerate(values)
    ]  # fmt: skip


def found(records: list[Record]) -> dict[tuple[str, str], Verdict]:
    table = scores(records)
    reached = at_minutes(records, [1.0, 30.0])
    told = verdicts.verdicts(table, reached, tables.cells(table), tables.leaderboard(table))
    return {(one.scope, one.name): one for one in told}


def test_a_task_verdict_is_that_of_paired_t_tests() -> None:
    one = found(made("maze", LEVELS, early="dagger"))["task", "maze"]
    assert (one.winner, one.runner_up, one.control) == ("bc", "cpl", "rl-constant-positive")
    for rival, estimate in (("cpl", one.gain), ("rl-constant-positive", one.over)):
        test = ttest_rel(LEVELS["bc"], LEVELS[rival])
        low, high = test.confidence_interval(0.95)
        assert estimate is not None
        assert estimate.value == pytest.approx(np.mean(LEVELS["bc"]) - np.mean(LEVELS[rival]), abs=1e-9)
        assert (estimate.low, estimate.high) == pytest.approx((low, high))
        assert verdicts.told_apart(estimate) == (test.pvalue < 0.05)
    assert one.near == ("cpl",) and one.early == ((1.0, "dagger"),)
    assert one.over is not None
    assert one.words() == (
        "bc leads with IQM 0.90 [0.84, 0.96], with 15 min of the person's time and 4.0 s of CPU a trial; "
        "0.03 [−0.07, 0.12] above cpl, the runner-up: not told apart; "
        f"0.70 {wording.interval(one.over.low, one.over.high)} above the best control, rl-constant-positive: told "
        "apart; "
        "with less time others led: dagger after 1 min."
    )


def test_a_family_is_judged_over_its_tasks_and_within_itself() -> None:
    swapped = {**LEVELS, "bc": LEVELS["dagger"], "dagger": LEVELS["bc"]}
    told = found(made("maze", LEVELS) + made("pendulum", {**swapped, "cpl": LEVELS["cpl"][:2]}))
    one = told["family", "demonstrations"]
    assert one.tasks == 2 and {one.winner, one.runner_up} == {"bc", "dagger"}
    assert one.gain is not None and abs(one.gain.value) < 1e-9 and one.near == (one.runner_up,)
    alone = told["family", "direct"]
    assert alone.winner == "cpl" and "there is no other learner to hold it against" in alone.words()
    assert ("family", "references") not in told


def test_a_channel_has_a_verdict_on_each_task() -> None:
    records = made("maze", LEVELS)
    table, channels = scores(records), {"bc": "demonstrations", "dagger": "advice", "cpl": "demonstrations"}
    reached = at_minutes(records, [1.0, 30.0])
    told = verdicts.verdicts(table, reached, tables.cells(table), tables.leaderboard(table), channels)
    found = {one.name: one for one in told if one.scope == "channel"}
    assert {name: (one.winner, one.runner_up) for name, one in found.items()} == {
        "advice, maze": ("dagger", ""), "demonstrations, maze": ("bc", "cpl"),
    }  # fmt: skip
    assert found["advice, maze"].control == "rl-constant-positive"


def test_a_single_seed_tells_nothing_apart(tmp_path: Path) -> None:
    records = made("maze", {name: values[:1] for name, values in LEVELS.items()})
    one = found(records)["task", "maze"]
    assert one.winner == "cpl" and one.near == ("bc", "dagger")
    assert "one seed cannot tell them apart" in one.words() and "nor is it from dagger" in one.words()
    page = write(store(tmp_path, records)).read_text()
    assert '<section id="verdict">' in page and "<b>cpl</b> leads with mean 0.91" in page
    assert (tmp_path / "report" / "tables" / "verdicts.csv").read_text().count("\n") == 1 + 2 + 1


def test_without_a_score_there_is_no_verdict() -> None:
    assert found([record(trial("maze", "cpl"), status="failed")]) == {}
