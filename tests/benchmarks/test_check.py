"""The contract catches who breaks it: each wicked plug-in by the law that it breaks, in a sentence that says how."""

from __future__ import annotations

import datetime
import re
import textwrap
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from wicked import FORGES, GOOD, PREAMBLE, WICKED

from benchmarks.check import find, learners, main
from benchmarks.check.blindfold import blindfold, family
from benchmarks.check.clock import wrong_clocks
from benchmarks.check.verdict import Verdict
from benchmarks.cli import main as cli
from benchmarks.errors import RequestError
from benchmarks.evaluate import evaluate
from benchmarks.ledger import Tracks
from benchmarks.log import mixed_log
from benchmarks.oracles.reply import Reply
from benchmarks.record import Evaluations
from benchmarks.registry import load
from benchmarks.suite import TaskBudget
from benchmarks.task import Task, Trajectories
from benchmarks.trial import Stage

BUDGET = TaskBudget(steps=600, minutes=0.5, envs=4)
TASKS = ("cartpole", "pendulum")  # discrete and continuous actions


@pytest.fixture
def checked(tmp_path: Path) -> Callable[..., dict[str, Verdict]]:
    """What each law says of a plug-in with this body of learn()."""

    def check(body: str, top: str = "", patience: float = 20.0, tag: str = "asks={Judge}") -> dict[str, Verdict]:
        file = tmp_path / str(len(list(tmp_path.iterdir()))) / "wicked.py"  # a file is imported once in a process
        file.parent.mkdir()
        learn = textwrap.indent(textwrap.dedent(body).strip("\n"), 8 * " ")
        file.write_text(
            f'{PREAMBLE}\n{textwrap.dedent(top)}\n@algorithm("wicked", family="evaluative", {tag})\n'
            f"@dataclass(frozen=True)\nclass Wicked:\n    def learn(self, session):\n{learn}\n"
        )
        registry, _ = find(str(file))
        laws = {verdict.law: verdict for verdict in learners.laws("wicked", registry, BUDGET, patience, TASKS)}
        assert all(str(verdict).count("\n") == 0 and str(verdict).endswith(".") for verdict in laws.values())
        return laws

    return check


def broken(laws: dict[str, Verdict]) -> set[str]:
    return {law for law, verdict in laws.items() if verdict.broken}


def test_whoever_behaves_keeps_every_law(checked: Any) -> None:
    laws = checked(GOOD)
    assert {verdict.status for verdict in laws.values()} == {"ok"}, "\n".join(map(str, laws.values()))
    assert list(laws) == [
        "declaration", "imports", "runs", "policies", "snapshots", "queries", "budget", "front door",
        "determinism", "clock", "evaluation", "reward", "non-interference",
    ]  # fmt: skip


@pytest.mark.parametrize("name", WICKED)
def test_the_wicked_are_caught(checked: Any, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmarks.trial.evaluate", evaluate)  # put back afterwards
    body, top, expected, words = WICKED[name]
    laws = checked(body, top, patience=1.0 if name == "hangs" else 20.0)
    said = "\n".join(map(str, laws.values()))
    assert broken(laws) == expected, said
    assert any(words in laws[law].sentence for law in expected), said


def test_a_privileged_learner_is_exempt_from_doing_without_the_truth(checked: Any) -> None:
    laws = checked(
        """
        share = 0.1
        while True:
            policy, total = live(session, share)
            yield policy
            share = total.mean()
        """,
        tag='uses={"true_reward"}',
    )
    assert not broken(laws)
    for law in ("reward", "non-interference"):
        assert laws[law].sentence == "exempt, since it declares uses={'true_reward'}"


def test_forged_arrays_are_answered_by_their_places_and_forged_places_are_refused(checked: Any, tmp_path: Path) -> None:
    def played(forged: bool, outside: bool) -> Any:
        top = f"from dataclasses import replace\nFORGED, OUTSIDE = {forged}, {outside}"
        laws = checked(FORGES, top, tag="asks={Rate}")
        registry, _ = find(str(max(tmp_path.glob("*/wicked.py"))))
        trial = learners.trials("wicked", registry, BUDGET, ("cartpole",))[0]
        stage = Stage(replace(trial, seconds=1e6), Evaluations(1, 1, 1, ()), registry.plugins)
        if not outside:
            stage.learn()
        return laws, stage.session.logs

    honest, forged, outside = played(False, False), played(True, False), played(False, True)
    assert honest[1] == forged[1] and len(honest[1][0]) == 2 + 8
    assert not broken(honest[0]) and not broken(forged[0])
    assert broken(outside[0]) == {"runs"}
    assert "fails with ValueError: there is no segment at" in outside[0]["runs"].sentence


@pytest.mark.parametrize(
    "top, decorator, words",
    [
        ("", "@dataclass", "it is not frozen: put @dataclass(frozen=True) under @algorithm"),
        ("", "", "is not a dataclass: put @dataclass(frozen=True) under @algorithm"),
        ("    width: int", "@dataclass(frozen=True)", "has no default for its field 'width': give it one"),
        ("    width: object = np.ones", "@dataclass(frozen=True)", "which no record can hold"),
        ("    width: float = float('inf')", "@dataclass(frozen=True)", "which no record can hold"),
        ("    layers: tuple = ((1, 2), (3,))", "@dataclass(frozen=True)", "its fields are not the same after"),
    ],
)
def test_a_declaration_says_all(tmp_path: Path, top: str, decorator: str, words: str) -> None:
    file = tmp_path / "declared.py"
    file.write_text(
        f'{PREAMBLE}\n@algorithm("wicked", family="evaluative")\n{decorator}\nclass Wicked:\n{top}\n'
        "    def learn(self, session):\n        yield live(session, 0.1)[0]\n"
    )
    registry, _ = find(str(file))
    first = next(learners.laws("wicked", registry, BUDGET))
    assert first.law == "declaration" and first.broken and words in first.sentence


def test_a_learner_of_no_smoke_task_is_told_so(tmp_path: Path) -> None:
    file = tmp_path / "declared.py"
    file.write_text(
        f'{PREAMBLE}\n@algorithm("wicked", family="evaluative", spaces={{"continuous"}})\n@dataclass(frozen=True)\n'
        "class Wicked:\n    def learn(self, session):\n        yield live(session, 0.1)[0]\n"
    )
    registry, _ = find(str(file))
    *_, last = learners.laws("wicked", registry, BUDGET, tasks=("cartpole",))
    assert last.broken and "It claims none of the smoke tasks: wicked takes continuous actions" in last.sentence


# ---- what the laws are made with --------------------------------------------------------------------------------


def test_under_the_blindfold_no_truth_is_left_and_afterwards_all_is_as_before() -> None:
    registry = load()
    task = registry.task("cartpole")
    expert, log = task.expert(), mixed_log(task, task.expert())
    state, action = task.starts(3, np.random.default_rng(0)), np.zeros(3, dtype=int)
    before = {cls: dict(vars(cls)) for cls in (*family(Task), Trajectories, Reply, Tracks, type(expert))}
    with blindfold(expert, objectives=False):
        for one in (task, registry.task("cartpole"), replace(registry.task("cartpole-leak"), horizon=3)):
            assert np.isnan(one.weights).all() and np.isnan(one.original_weights).all()
            assert np.isnan(one.reward(state, action, state)).all() and np.isnan(one.phi(state, action, state)).all()
            with pytest.raises(PermissionError):
                one.expert()
        with pytest.raises(PermissionError):
            expert.value(state)
        copy = replace(log)
        assert np.isnan(log.rewards).all() and not log.event.any() and np.isnan(log.following).all()
        assert np.isfinite(task.transition(state, action)).all()
    assert np.isnan(copy.rewards).all() and np.isfinite(log.rewards).all() and log.event.any()
    assert task.weights == registry.task("cartpole").weights and np.isfinite(task.weights).all()
    assert before == {cls: dict(vars(cls)) for cls in before}


def test_wrong_clocks_are_wrong_and_afterwards_right() -> None:
    module = ModuleType("mine")
    module.clock, module.day = time.perf_counter, datetime.datetime  # type: ignore[attr-defined]
    now, kept = time.time(), time.monotonic
    with wrong_clocks([module]):
        assert time.time() > now + 1e6 and time.monotonic is not kept
        assert time.time() - time.time() < -3000
        assert time.time_ns() > 1e9 * (now + 1e6) and isinstance(time.time_ns(), int)
        assert module.clock() > 1e6 and module.day is not datetime.datetime.__base__  # type: ignore[attr-defined]
        assert datetime.datetime.now().timestamp() > now + 1e6 and time.mktime(time.localtime()) > now + 1e6
        assert time.localtime(0).tm_year in (1969, 1970) and time.strftime("%Y") >= "2025"
    assert abs(time.time() - now) < 100 and time.monotonic is kept and module.clock is time.perf_counter  # type: ignore[attr-defined]
    assert module.day is datetime.datetime  # type: ignore[attr-defined]


TINY = str(Path(__file__).with_name("tiny.py"))

# ---- the command ------------------------------------------------------------------------------------------------


def test_the_command_prints_a_line_a_law_and_its_status_says_whether_all_are_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(learners, "BUDGET", BUDGET)
    assert main("corridor", (TINY,)) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0] == f"task corridor, {TINY}" and said[-1] == "All 11 laws are kept."
    assert len(said) == 13 and all(line.startswith("  ok      ") for line in said[1:-1])
    file = tmp_path / "both.py"
    file.write_text(
        "from benchmarks.oracles.rationality import Rationality, oracle\nfrom benchmarks.api import algorithm\n"
        '@oracle("strict")\ndef strict():\n    return Rationality()\n'
        '@algorithm("empty", family="direct")\nclass Empty:\n    pass\n'
    )
    assert main(str(file)) == 1
    said = capsys.readouterr().out.splitlines()
    assert said[0] == f"algorithm empty, {file}" and said[1].startswith("  FAILED  declaration ")
    assert said[3] == f"oracle strict, {file}" and said[-1] == "1 of 6 laws are broken."


@pytest.mark.parametrize(
    "name, sentence",
    [
        ("reinforce-juge", "There is no algorithm, task or oracle 'reinforce-juge': did you mean 'reinforce-judge'?"),
        ("nowhere.py", "nowhere.py does not exist."),
    ],
)
def test_a_wrong_request_is_one_sentence(name: str, sentence: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(RequestError, match=re.escape(sentence)):
        main(name)
    assert cli(["check", name]) == 2
    said = capsys.readouterr().err
    assert said.startswith("error: ") and said.endswith(f"{sentence}\n") and said.count("\n") == 1


def test_a_built_in_file_is_itself() -> None:
    file = load().algorithms["random"].file
    assert [(kind, entry.name) for kind, entry in find(file)[1]] == [("algorithm", "random")]
