"""A rater's withdrawal: with nobody gone all is as before, and with somebody gone that somebody is not heard."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from synthetic import record as made
from synthetic import trial

from benchmarks import planned, store, transcript
from benchmarks.cli import main
from benchmarks.oracles.presets import crowd, perfect
from benchmarks.record import Evaluations, Record, Trial
from benchmarks.registry import load
from benchmarks.trial import play
from benchmarks.verify import differences
from benchmarks.withdraw import Count, Withdrawal, again
from scripts.withdrawals import changes
from scripts.withdrawals import main as withdrawals

EVALUATIONS = Evaluations(final_episodes=4, curve_episodes=2, points=2, minutes=(0.5,))
CELLS = (("maze", "reinforce-judge", "crowd"), ("maze", "weights-from-preferences", "crowd"),
         ("maze", "reinforce-judge", "perfect"), ("maze", "bc", "crowd"))  # fmt: skip


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Record]]:
    directory, registry, records = tmp_path_factory.mktemp("crowd"), load(), {}
    people = {"crowd": crowd().declared(), "perfect": perfect().declared()}
    for task, algorithm, oracle in CELLS:
        quick = {"updates": 20} if algorithm == "bc" else {}
        trial = Trial(
            task, oracle, algorithm, 0, 2000, 120.0, quick, people[oracle], envs=4,
            task_version=registry.task(task).version, algorithm_version=registry.algorithm(algorithm).card.version,
        )  # fmt: skip
        played = play(trial, EVALUATIONS)
        store.write(directory, trial, store.encode(played.record), played.policy, played.transcript)
        records[f"{algorithm}:{oracle}"] = played.record
    plan = planned.Planned("crowd", "", "", EVALUATIONS, tuple(record.trial for record in records.values()))
    (directory / planned.FILE).write_text(json.dumps(plan.as_json()))
    return directory, records


@pytest.mark.parametrize("name", ["reinforce-judge:crowd", "weights-from-preferences:crowd"])
def test_with_nobody_gone_the_transcript_gives_the_same_record(
    run: tuple[Path, dict[str, Record]], name: str
) -> None:
    directory, records = run
    before = records[name]
    said = transcript.load(store.path_of(directory, before.trial).with_suffix(".jsonl.gz").read_bytes())
    after, count = again(before.trial, planned.read(directory), (), said, gone=99)
    assert count.new == count.without == 0
    assert count.stored == sum(tally["asked"] for tally in before.feedback.values())
    one, other = (json.loads(store.encode(record)) for record in (before, after))
    assert list(differences(one | {"stamp": 0}, other | {"stamp": 0}, 0.0)) == []


def test_who_is_gone_is_not_heard_and_the_others_are(run: tuple[Path, dict[str, Record]]) -> None:
    directory, records = run
    before = records["reinforce-judge:crowd"]
    said = transcript.load(store.path_of(directory, before.trial).with_suffix(".jsonl.gz").read_bytes())
    first = said[0]["answer"]
    after, count = again(before.trial, planned.read(directory), (), said, gone=int(first["raters"][0]))
    tally, old = after.feedback["judge"], before.feedback["judge"]
    assert tally["asked"] == old["asked"] and after.spent["human_seconds"] == before.spent["human_seconds"]
    assert count.without == tally["skipped"] > old["skipped"] and count.stored + count.new == tally["asked"]
    assert count.stored >= len(first["raters"])  # the first questions come before anything could differ
    assert tally["decidable"] <= tally["answered"]


def test_the_stored_answer_counts_not_the_simulation(run: tuple[Path, dict[str, Record]]) -> None:
    """A transcript in which everything was turned round is what the learner hears."""
    directory, records = run
    before = records["reinforce-judge:crowd"]
    said = transcript.load(store.path_of(directory, before.trial).with_suffix(".jsonl.gz").read_bytes())
    for entry in said:
        entry["answer"]["values"] = 1.0 - entry["answer"]["values"]
    plan = planned.read(directory)
    truly, _ = again(before.trial, plan, (), said, gone=99)
    assert truly.curve[-1]["returns"] != before.curve[-1]["returns"] or not np.array_equal(truly.logs, before.logs)


def test_the_command_shows_what_changes(
    run: tuple[Path, dict[str, Record]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["withdraw", str(run[0]), "weights-from-preferences", "--rater", "2"]) == 0
    said = capsys.readouterr().out
    assert "without rater 2 of 5: " in said and "answers are taken back" in said
    lines = {line[:18].strip(): line[18:].split() for line in said.splitlines()}
    score, changed, change = map(float, lines["score"])
    assert change == pytest.approx(changed - score, abs=0.011)
    assert "regret of rater 5" in lines and int(lines["answered"][2]) < 0


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["perfect", "--rater", "1"], "has a single rater"),
        (["reinforce-judge:crowd", "--rater", "6"], "--rater takes 1 to 5, the raters of crowd, not 6."),
        (["bc", "--rater", "1"], "was told by demonstrate"),
        (["tamer", "--rater", "1"], "There is no trial 'tamer'"),
        (["maze"], "The following arguments are required: --rater"),
    ],
)
def test_what_cannot_be_is_one_sentence(
    run: tuple[Path, dict[str, Record]], arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["withdraw", str(run[0]), *arguments]) == 2
    assert sentence in capsys.readouterr().err


def test_without_a_transcript_there_is_nothing_to_play_again(
    run: tuple[Path, dict[str, Record]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one = replace(run[1]["reinforce-judge:crowd"])
    store.write(tmp_path, one.trial, store.encode(one), None, None)
    (tmp_path / planned.FILE).write_bytes((run[0] / planned.FILE).read_bytes())
    assert main(["withdraw", str(tmp_path), "maze", "--rater", "1"]) == 2
    assert "its transcript is not stored" in capsys.readouterr().err


def test_what_a_withdrawal_changes_for_whoever_left_and_for_the_others() -> None:
    def served(score: float, *regrets: float) -> Record:
        return made(trial("maze", "cpl"), score, outcomes={"raters": [{"regret": r} for r in regrets]})

    found = Withdrawal(served(0.9, 0.1, 0.2, 0.3), served(0.7, 0.5, 0.4, 0.2), 5, 20, Count())
    assert changes(found, 1) == pytest.approx((0.9, -0.2, 0.4, 0.05))
    assert changes(found, 3) == pytest.approx((0.9, -0.2, -0.1, 0.3))


def test_the_script_says_where_there_is_nothing(run: tuple[Path, dict[str, Record]]) -> None:
    with pytest.raises(SystemExit, match="no learner's trial with divided"):
        withdrawals(str(run[0]), "divided", {0})
