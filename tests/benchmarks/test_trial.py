"""Trials: same trial, same record; what is scored and when; every error a record."""

from __future__ import annotations

import random
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.api import Budget
from benchmarks.chance import aside, seed_globals, stream
from benchmarks.curve import Curve
from benchmarks.evaluate import Worth, evaluate
from benchmarks.hyperparameters import defaults
from benchmarks.policy_file import unpack
from benchmarks.record import Evaluations, Prices, Record, Trial
from benchmarks.registry import load
from benchmarks.transcript import load as read_transcript
from benchmarks.trial import play

QUICK = Evaluations(final_episodes=5, curve_episodes=3, points=4)
TIMES = {"wall_seconds", "cpu_seconds", "evaluation_seconds"}


def trial(algorithm: str, task: str = "cartpole", plugins: tuple[str, ...] = (), **more: Any) -> Trial:
    registry = load(plugins)
    return Trial.from_json(
        Trial(
            task=task,
            oracle="typical",
            algorithm=algorithm,
            seed=7,
            hyperparameters=defaults(algorithm, registry.algorithm(algorithm)),
            rationality=asdict(registry.oracle("typical")),
            task_version=registry.task(task).version,
            **{"steps": 4096, "seconds": 60.0, **more},
        ).as_json()
    )


def timeless(record: Record) -> dict[str, Any]:
    def without(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: without(item) for key, item in value.items() if key not in TIMES | {"stamp"}}
        return [without(item) for item in value] if isinstance(value, list) else value

    return without(record.as_json())


def test_the_id_depends_on_everything_the_outcome_does_and_on_nothing_else() -> None:
    one = trial("pref-ppo")
    assert Trial.from_json(one.as_json()) == one
    assert Trial.from_json(one.as_json()).id == one.id
    changes = [{"seed": 8}, {"steps": 1}, {"seconds": 1.0}, {"task_version": 9}, {"envs": 2}]
    others = [replace(one, **change) for change in [*changes, {"prices": Prices(compare=9)}]]
    assert len({other.id for other in [one, *others]}) == len(others) + 1


@pytest.mark.parametrize("algorithm", ["reinforce-judge", "pref-ppo"])
def test_the_same_trial_gives_the_same_record_whatever_the_schedule_of_evaluations(algorithm: str) -> None:
    once, twice = play(trial(algorithm), QUICK), play(trial(algorithm), QUICK)
    assert once.record.status == "ok"
    assert timeless(once.record) == timeless(twice.record)
    assert once.transcript == twice.transcript
    rarely = play(trial(algorithm), replace(QUICK, points=1, minutes=()))
    assert rarely.record.final == once.record.final
    assert rarely.record.feedback == once.record.feedback
    assert rarely.transcript == once.transcript


@pytest.mark.parametrize("algorithm", ["rl-true-reward", "bc"])
def test_a_trial_leaves_nothing_in_the_temporary_folder(
    algorithm: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    assert play(trial(algorithm), QUICK).record.status == "ok"
    assert list(tmp_path.iterdir()) == []


def test_no_budget_is_overspent_and_the_tally_adds_up() -> None:
    record = play(trial("reinforce-judge"), QUICK).record
    assert record.spent["env_steps"] <= 4096
    assert record.spent["human_seconds"] <= 60.0
    tally = record.feedback["judge"]
    assert tally["asked"] == tally["answered"] + tally["skipped"]
    assert tally["seconds"] == pytest.approx(record.spent["human_seconds"])


def test_the_policy_and_the_transcript_can_be_read_back() -> None:
    played = play(trial("reinforce-judge"), QUICK)
    assert played.policy is not None
    assert played.transcript is not None
    worth = evaluate(unpack(played.policy), load().task("cartpole"), 7, 5)
    assert played.record.final is not None
    assert worth.returns.tolist() == played.record.final["returns"]
    first = read_transcript(played.transcript)[0]
    assert first["kind"] == "judge"
    assert len(first["answer"]["values"]) == len(first["segments"][0]["places"])


PLUGIN = '''
from dataclasses import dataclass
import numpy as np
from benchmarks.api import algorithm

class Still:
    def predict(self, observation, state=None, episode_start=None, deterministic=False):
        return np.zeros(len(observation), dtype=int), state

class Lost:
    def predict(self, observation, state=None, episode_start=None, deterministic=False):
        return np.full(len(observation), np.nan), state

@algorithm("raises", family="references")
@dataclass(frozen=True)
class Raises:
    def learn(self, session):
        yield Still()
        raise RuntimeError("out of ideas")

@algorithm("lost", family="references")
@dataclass(frozen=True)
class LostLearner:
    def learn(self, session):
        yield Lost()

@algorithm("silent", family="references")
@dataclass(frozen=True)
class Silent:
    def learn(self, session):
        return
        yield

@algorithm("wrong", family="references")
@dataclass(frozen=True)
class Wrong:
    def learn(self, session):
        yield 42
'''


@pytest.mark.parametrize(
    ("name", "words"),
    [("raises", "out of ideas"), ("lost", "NaN"), ("silent", "must yield"), ("wrong", "no predict")],
)
def test_a_learners_error_is_a_record(tmp_path: Path, name: str, words: str) -> None:
    file = tmp_path / "wicked.py"
    file.write_text(PLUGIN)
    plugins = (str(file),)
    record = play(trial(name, plugins=plugins), QUICK, plugins).record
    assert record.status == "failed"
    assert record.error is not None
    assert words in record.error["message"]
    assert "Traceback" in record.error["traceback"]


def test_a_plugins_policy_can_be_read_in_another_process(tmp_path: Path) -> None:
    file = tmp_path / "wicked.py"
    file.write_text(PLUGIN.replace("return\n        yield", "yield Still()"))
    played = play(trial("silent", plugins=(str(file),)), QUICK, (str(file),))
    assert played.policy is not None
    (tmp_path / "policy.zip").write_bytes(played.policy)
    code = (
        "import numpy, pathlib, benchmarks.policy_file as f\n"
        f"print(f.unpack(pathlib.Path({str(tmp_path / 'policy.zip')!r}).read_bytes()).predict(numpy.ones((2, 1)))[0])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "[0 0]", done.stderr


@dataclass
class Named:
    name: str

    def predict(self, *_: Any, **__: Any) -> Any:
        return None, None


def curve(minutes: tuple[float, ...], points: int = 0) -> tuple[Curve, list[tuple[str, int]]]:
    scored: list[tuple[str, int]] = []

    def score(policy: Any, episodes: int) -> Worth:
        scored.append((policy.name, episodes))
        return Worth(np.array([float(len(scored))]), np.zeros((1, 1)), np.ones(1))

    return Curve(Evaluations(100, 20, points, minutes), Budget(1000, 600.0), score), scored


def spent(steps: int, seconds: float) -> dict[str, float]:
    return {"steps": steps, "human_seconds": seconds}


def test_a_mark_of_the_persons_minutes_scores_what_was_offered_before_it() -> None:
    line, scored = curve(minutes=(1.0, 3.0))
    line.offer(Named("a"), spent(0, 20.0))
    line.offer(Named("b"), spent(0, 50.0))
    line.before_effort(59.0, spent(0, 50.0))
    assert [name for name, _ in scored] == ["a"]
    line.before_effort(70.0, spent(0, 50.0))
    line.offer(Named("c"), spent(0, 70.0))
    line.before_effort(400.0, spent(0, 70.0))
    assert [name for name, _ in scored] == ["a", "b", "c"]
    assert [point["human_seconds"] for point in line.points] == [20.0, 50.0, 70.0]


def test_each_policy_is_scored_once_and_the_last_one_again_with_more_episodes() -> None:
    line, scored = curve(minutes=(1.0, 2.0), points=2)
    line.offer(Named("a"), spent(500, 10.0))
    line.before_effort(130.0, spent(500, 10.0))
    line.close(spent(1000, 10.0))
    assert scored == [("a", 20), ("a", 100)]


def test_evaluation_leaves_no_trace_in_any_generator() -> None:
    import torch

    seed_globals("here")
    expected = random.random(), np.random.rand(), float(torch.rand(1))
    seed_globals("here")
    with aside("there"):
        random.random(), np.random.rand(), torch.rand(1)
    assert (random.random(), np.random.rand(), float(torch.rand(1))) == expected


def test_streams_differ_by_any_coordinate() -> None:
    draws = [stream(*c).random() for c in [("a", 1), ("a", 2), ("b", 1), ("a", "1")]]
    assert len(set(draws)) == 4
    assert stream("a", 1).random() == draws[0]




def test_a_sparse_reward_is_that_of_goals_and_failures_alone() -> None:
    """On cartpole: 0 while it stands, and 0.01 - 1 - 0.01 (x / max_x)^2 where it falls."""
    from benchmarks.trial import Stage

    trial = Trial("cartpole", "perfect", "rl-sparse-reward", 0, 800, 60.0, envs=8)
    env = Stage(trial, Evaluations()).session.env
    env.reset()
    given = []
    for _ in range(60):
        rewards = env.step(np.zeros(8, dtype=int))[1]
        fallen = env.tracks.event[:, env.tracks.lived - 1]
        assert (rewards[~fallen] == 0).all()
        given += rewards[fallen].tolist()
    assert len(given) > 8 and all(-1.0 <= reward <= -0.98 for reward in given)
