"""What `verify` draws and what it calls different. That it plays is shown in test_robustness."""

from __future__ import annotations

from dataclasses import replace

import pytest

from benchmarks.record import Record, Trial
from benchmarks.verify import Numbers, Scores, differences, sample

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


def test_another_processor_is_named() -> None:
    def made(curve: list[dict[str, float]], **machine: str) -> Record:
        stamp = {"commit": "a", "python": "3.12", "versions": {"numpy": "2"}, "machine": machine}
        return replace(RECORDS[0], curve=curve, stamp=stamp)

    stored, same = made([{"x": 1.0}], processor="A", cores="2"), {"processor": "A", "instructions": "AVX2"}
    assert Numbers().compare(stored, made([{"x": 1.0}], processor="B")) == (True, "the same")
    assert Numbers().compare(stored, made([{"x": 2.0}], **same)) == (False, "DIFFERS: curve[0].x was 1.0 and is 2.0")
    found = Numbers().compare(made([{"x": 1.0}], **same), made([{"x": 2.0}], **same | {"instructions": "AVX512"}))
    assert found == (False, "DIFFERS: curve[0].x was 1.0 and is 2.0 (instructions AVX2 then, AVX512 now)")


def scored(record: Record, score: float) -> Record:
    return replace(record, final={"returns": [score]}, anchors={"random": 0.0, "expert": 1.0})


@pytest.mark.parametrize(("shift", "margin", "well"), [(0.02, 0.05, True), (0.06, 0.05, False), (0.0, 0.005, False)])
def test_scores_are_held_to_a_margin_on_the_average(shift: float, margin: float, well: bool) -> None:
    held = Scores(margin)
    for i, record in enumerate(RECORDS):
        noise = 0.03 * (-1) ** i
        said = held.compare(scored(record, 0.5), scored(record, 0.5 + shift + noise))
    assert said == (True, f"score {0.5 + shift - 0.03:.3f}, was 0.500")
    # by hand: s = 0.03 sqrt(20 / 19), so s / sqrt(20) = 0.00688; the t of 19 degrees of freedom at 95 % is 1.729
    sentence = f"now - then = {shift:.3f} [{shift - 0.0119:.3f}, {shift + 0.0119:.3f}]"
    found, verdict = held.verdict(20, 0)
    assert found is well and sentence in verdict and ("not shown" in verdict) is not well


def test_what_did_not_end_well_is_no_equivalence() -> None:
    held = Scores(0.05)
    for record in RECORDS:
        held.compare(scored(record, 0.5), scored(record, 0.5))
    found = held.compare(scored(RECORDS[0], 0.5), replace(RECORDS[0], status="failed"))
    assert found == (False, "DIFFERS: it ended failed")
    well, verdict = held.verdict(21, 1)
    assert not well and "1 of 21 did not end well" in verdict
    well, verdict = Scores(0.05).verdict(1, 0)
    assert not well and verdict == "Nothing can be said of 0 of 1 scores: two are needed, and 40 are better."
    assert "--margin 0.05" in Numbers().verdict(5, 5)[1]
