"""Learners held against each other: hand-worked tables, and what a report shows of them."""

from __future__ import annotations

import pandas as pd
import pytest

from benchmarks.report.against import improvements, profiles, rankings
from benchmarks.report.wording import told_apart

LEVELS = {"a": [0.9, 0.8, 0.9, 0.7], "b": [0.5, 0.8, 0.4, 0.6], "c": [0.1, 0.2, 0.3, 0.0]}


def scores(extra: dict[str, list[float]] | None = None, seeds: int = 4) -> pd.DataFrame:
    levels = {**LEVELS, **(extra or {})}
    return pd.DataFrame(
        [
            {
                "task": task, "oracle": "typical", "algorithm": name, "seed": seed, "score": values[seed],
                "family": "references" if name == "random" else "direct",
            }
            for task in ("maze", "pendulum") for name, values in levels.items() for seed in range(seeds)
        ]
    )  # fmt: skip


def test_improvement_is_paired_by_world() -> None:
    """In each task a wins three times of four against b and ties once: (3 + 1/2) / 4."""
    table = improvements(scores()).set_index(["a", "b"])
    assert table.loc[("a", "b"), "p"] == pytest.approx(0.875) and table.loc[("b", "a"), "p"] == pytest.approx(0.125)
    assert table.loc[("a", "c"), "p"] == 1.0 and table.loc[("a", "c"), "pairs"] == 8
    assert len(table) == 6


def test_references_are_no_learners_and_fewer_tasks_are_no_common_ground() -> None:
    table = scores({"random": [0.0] * 4, "narrow": [1.0] * 4})
    table = table[~((table["algorithm"] == "narrow") & (table["task"] == "maze"))]
    found = rankings(table)["typical"]
    assert set(found.order) == {"a", "b", "c"} and found.order[0] == "a" and found.order[-1] == "c"
    assert found.blocks == 8 and found.mean_ranks[-1] == 3.0
    assert set(profiles(table)["algorithm"]) == {"a", "b", "c", "narrow"}


def test_mean_ranks_by_hand() -> None:
    """a and b tie in one world of four (1.5 each), elsewhere a is first: (3 * 1 + 1.5) / 4."""
    found = rankings(scores())["typical"]
    assert found.mean_ranks == pytest.approx((1.125, 1.875, 3.0))
    assert found.friedman < 0.05 and "not all the same" in told_apart(found)


def test_one_seed_says_what_it_cannot_say() -> None:
    found = rankings(scores(seeds=1))["typical"]
    assert found.detectable != found.detectable and "One seed a task cannot say" in told_apart(found)


def test_a_profile_counts_the_runs_above() -> None:
    table = profiles(scores()).set_index(["algorithm", "threshold"])["share"]
    assert table["a", 0.86] == pytest.approx(0.5) and table["a", 0.7] == pytest.approx(0.75) and table["c", 0.3] == 0
