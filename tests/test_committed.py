"""What is committed under results/reference is of this code, and the README says what it holds."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import planned, store
from benchmarks.registry import load, plugins_of
from benchmarks.scores import worth
from benchmarks.trial import play
from benchmarks.verify import outdated
from scripts.readme import ROOT, TABLES, rewritten

COMMITTED = sorted(path.parent for path in (ROOT / "results" / "reference").glob("*/suite.json"))


@pytest.mark.parametrize("directory", COMMITTED, ids=lambda directory: directory.name)
def test_no_trial_is_of_another_version_of_its_task_or_algorithm(directory: Path) -> None:
    plan = planned.read(directory)
    registry = load(plugins_of(plan.plugins))
    assert not [str(trial) for trial in plan.trials if outdated(trial, registry)]


@pytest.mark.parametrize(("algorithm", "task"), [("bc", "cartpole"), ("cpl", "acrobot"), ("bc", "pendulum")])
def test_a_committed_number_comes_out_again_whatever_the_processor(algorithm: str, task: str) -> None:
    """Little is rounded here before it counts; `verify --margin` is for learners that magnify it."""
    directory = ROOT / "results" / "reference" / "classic"
    plan, stored = planned.read(directory), store.read(directory).records
    (trial,) = (t for t in plan.trials if (t.algorithm, t.task, t.oracle, t.seed) == (algorithm, task, "typical", 0))
    again = play(trial, plan.evaluations).record
    assert again.status == "ok" and worth(again) == pytest.approx(worth(stored[trial.id]), abs=0.02)


def test_the_readme_has_the_numbers_of_the_reports() -> None:
    text = (ROOT / "README.md").read_text()
    assert rewritten(text) == text, "`make readme` writes its tables anew"


def test_a_changed_number_is_seen_and_a_lost_mark_is_named() -> None:
    text = (ROOT / "README.md").read_text()
    changed = text.replace("| 1.00 [1.00, 1.00] |", "| 0.99 [0.99, 0.99] |", 1)
    assert changed != text and rewritten(changed) == text
    for name in TABLES:
        with pytest.raises(ValueError, match=f"<!-- {name} -->"):
            rewritten(text.replace(f"<!-- {name} -->", ""))
