"""What `verify` draws and what it calls different. That it plays is shown in test_robustness."""

from __future__ import annotations

from benchmarks.record import Record, Trial
from benchmarks.verify import differences, sample

RECORDS = [
    Record(Trial(task, "typical", name, seed, 100, 60.0), "ok", "direct")
    for task in ("x", "y")
    for name in ("a", "b")
    for seed in range(5)
]


def test_a_sample_is_spread_over_the_cells_and_always_the_same() -> None:
    drawn = sample(RECORDS, 4)
    assert len({(record.trial.algorithm, record.trial.task) for record in drawn}) == 4
    assert [record.trial.id for record in sample(reversed(RECORDS), 4)] == [record.trial.id for record in drawn]
    assert len({record.trial.id for record in sample(RECORDS, 100)}) == len(RECORDS)
    assert sample([], 3) == []


def test_times_do_not_count_and_all_else_does() -> None:
    stored = {"spent": {"wall_seconds": 1.0, "env_steps": 10}, "curve": [{"returns": [1.0, 2.0]}], "error": None}
    again = {"spent": {"wall_seconds": 9.0, "env_steps": 10}, "curve": [{"returns": [1.0, 2.0]}], "error": None}
    assert list(differences(stored, again, 0.0)) == []
    again["curve"] = [{"returns": [1.0, 2.5]}]
    assert list(differences(stored, again, 0.0)) == ["curve[0].returns[1] was 2.0 and is 2.5"]
    assert list(differences(stored, again, 0.2)) == []
    again["curve"] = []
    assert list(differences(stored, again, 0.2)) == ["curve was [{'returns': [1.0, 2.0]}] and is []"]
    assert list(differences({"a": 1}, {}, 0.0)) == ["a was 1 and is None"]
