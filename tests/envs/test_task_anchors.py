"""The committed anchors are what one measures, and the command that makes them says what it does."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks.task import Task
from envs import anchors
from envs.catalogue import catalogue
from envs.experts import expert_of

KNOWN = json.loads(anchors.FILE.read_text())


def test_every_task_has_its_anchors(task: Task) -> None:
    anchor = KNOWN[task.name]
    assert anchor["version"] == task.version
    assert anchor["expert"]["mean"] > anchor["random"]["mean"] + 3 * anchor["random"]["sd"] / np.sqrt(1000)
    assert min(anchor[who]["n"] for who in ("random", "expert")) >= 300
    assert anchor["published"] is None or anchor["published"]["source"]


def test_there_are_no_others() -> None:
    assert set(KNOWN) == set(catalogue())


def test_a_fresh_sample_agrees(task: Task) -> None:
    episodes = 60
    fresh, known = anchors.measure(task, episodes, seed=7), KNOWN[task.name]
    for who in ("random", "expert"):
        sd = max(known[who]["sd"], 0.02 * abs(known["expert"]["mean"] - known["random"]["mean"]))
        bound = 4.5 * sd * np.sqrt(1 / episodes + 1 / known[who]["n"])
        assert fresh[who]["mean"] == pytest.approx(known[who]["mean"], abs=bound)


def test_the_command_solves_anew_and_writes_only_when_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FEEDBACK_BENCH_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(anchors, "FILE", tmp_path / "anchors.json")
    expert_of.cache_clear()
    assert anchors.main(["deep-sea-treasure"]) == 0
    said = capsys.readouterr().out
    assert "solved in" in said and "n 1000" in said and "published" in said
    assert not anchors.FILE.exists() and len(list((tmp_path / "cache").iterdir())) == 1
    assert anchors.main(["deep-sea-treasure", "--write"]) == 0
    assert anchors.main(["maze", "--write"]) == 0
    written = json.loads(anchors.FILE.read_text())
    assert list(written) == ["deep-sea-treasure", "maze"]
    assert written["deep-sea-treasure"] == KNOWN["deep-sea-treasure"], "the same seed, the same numbers"
    expert_of.cache_clear()


def test_a_misspelt_task_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert anchors.main(["pendulm"]) == 2
    assert capsys.readouterr().err == "There is no task 'pendulm': did you mean 'pendulum'?\n"
    assert anchors.main(["xyzzy"]) == 2
    assert capsys.readouterr().err.count("\n") == 1
