"""`--set ALGORITHM.backend=reference` plays the same learner on stable-baselines3 and imitation, unchanged."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, get_args, get_type_hints

import pytest

from benchmarks.hyperparameters import defaults
from benchmarks.record import Evaluations, Trial
from benchmarks.registry import load
from benchmarks.trial import play

REGISTRY = load()
QUICK = {
    "epochs": 1, "actor_updates": 1, "batches": 1, "sessions": 2, "members": 2, "candidates": 2, "catching_up": 1,
    "updates": 3, "drawn": 50, "clone_updates": 5,
}  # fmt: skip
BOTH = sorted(
    name
    for name, entry in REGISTRY.algorithms.items()
    if "reference" in get_args(get_type_hints(entry.target).get("backend"))
)


def trial(name: str, task: str, **changes: Any) -> Trial:
    """A trial of `changes` and of what QUICK says of the learner's hyper-parameters."""
    settings = defaults(name, REGISTRY.algorithm(name))
    settings |= {key: value for key, value in QUICK.items() if key in settings} | changes
    person = asdict(REGISTRY.oracle("typical"))
    return Trial.from_json(Trial(task, "typical", name, 1000, 4096, 60.0, settings, person).as_json())


def test_those_on_an_optimiser_have_both() -> None:
    controls = {"rl-constant-negative", "rl-constant-positive", "rl-random-reward"}
    others = {"rl-true-reward", "rl-oracle-utility", "pref-ppo", "weights-from-preferences", "pebble", "shaped-ddpg"}
    assert controls | others <= set(BOTH)


@pytest.mark.parametrize("name", BOTH)
def test_the_reference_back_end_plays_the_same_trial(name: str) -> None:
    task = "deep-sea-treasure" if name == "weights-from-preferences" else "pendulum"
    pair = [trial(name, task, backend=backend) for backend in ("fast", "reference")]
    ours, theirs = (play(one, Evaluations(2, 2, 1)).record for one in pair)
    for record in (ours, theirs):
        assert record.status == "ok", record.error
    assert theirs.spent["env_steps"] == ours.spent["env_steps"]
    asked = [{kind: tally["asked"] for kind, tally in record.feedback.items()} for record in (ours, theirs)]
    assert asked[0] == asked[1]


def test_pref_ppos_reference_is_sb3_and_imitation(monkeypatch: pytest.MonkeyPatch) -> None:
    from imitation.algorithms.preference_comparisons import EnsembleTrainer
    from stable_baselines3 import PPO

    from algorithms._blocks.fast_ppo import FastPPO

    trained: list[type] = []
    for kind, method in ((PPO, "train"), (FastPPO, "train"), (EnsembleTrainer, "_train")):
        original = vars(kind)[method]

        def noted(self: Any, *args: Any, _do: Any = original, **more: Any) -> Any:
            trained.append(type(self))
            return _do(self, *args, **more)

        monkeypatch.setattr(kind, method, noted)
    assert play(trial("pref-ppo", "pendulum", backend="reference"), Evaluations(2, 2, 1)).record
    assert set(trained) == {PPO, EnsembleTrainer}
