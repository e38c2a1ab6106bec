"""What one sees of a run."""

from __future__ import annotations

import io
from typing import Any

import pytest
from rich.console import Console

from benchmarks.progress import Lines, Live, Tally, duration, outcome, score
from benchmarks.record import Record, Trial
from benchmarks.schedule import LongestFirst

TRIAL = Trial("pendulum", "typical", "walks", 0, 100, 60.0)


def record(**changes: Any) -> Record:
    body = {"final": {"returns": [1.0, 3.0]}, "anchors": {"random": 0.0, "expert": 4.0}, **changes}
    return Record(TRIAL, body.pop("status", "ok"), "direct", **body)


def test_a_score_is_normalised_and_there_only_where_it_can_be() -> None:
    assert score(record()) == 0.5
    assert score(record(status="failed")) is None and score(record(final=None)) is None
    assert score(record(anchors={})) is None and score(record(final={"returns": [None]})) is None


def test_an_outcome_is_one_line() -> None:
    assert outcome(record(), 2.0) == "walks on pendulum with typical, seed 0: ok, score 0.50 (2.0 s)"
    failed = record(status="failed", error={"kind": "ValueError", "message": "no\nyes", "traceback": ""})
    assert outcome(failed, 75.0) == "walks on pendulum with typical, seed 0: failed: ValueError: no (1 min)"
    late = record(status="timeout", error={"kind": "time limit", "message": "ended after 3 s", "traceback": ""})
    assert outcome(late, 3.5) == "walks on pendulum with typical, seed 0: timeout: ended after 3 s (3.5 s)"
    assert outcome(record(status="crashed"), 0.0).endswith("crashed:  (0.0 s)")


def test_durations_are_said_as_people_say_them() -> None:
    assert [duration(s) for s in (0.04, 9.94, 59.0, 90.0, 5400.0)] == ["0.0 s", "9.9 s", "59 s", "2 min", "1 h 30 min"]


def test_lines_count_trials_and_tell_the_time_left(capsys: pytest.CaptureFixture[str]) -> None:
    schedule = LongestFirst([Trial("pendulum", "typical", "walks", seed, 100, 60.0) for seed in (1, 2, 3, 4)])
    with Lines(Tally(7, 2, schedule, 2)) as show:
        show.started(TRIAL)
        show.doing("importing the libraries")
        show.ended(record(), 10.0)
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "importing the libraries ..."
    assert said[1].startswith("[3/7] walks on pendulum") and said[1].endswith("about 20 s left")


def test_the_live_display_shows_what_runs_and_the_best_scores() -> None:
    tally = Tally(3, 0, LongestFirst([]), 1)
    show = Live(tally)
    show.started(TRIAL)
    show.ended(record(), 1.0)
    show.started(Trial("pendulum", "typical", "other", 1, 100, 60.0))
    console = Console(file=io.StringIO(), width=80)
    console.print(show._picture())
    said = console.file.getvalue()  # type: ignore[attr-defined]
    assert "1 of 3 trials" in said and "running  other on pendulum with typical, seed 1" in said
    assert "walks" in said and "0.50" in said and "best score so far" in said
