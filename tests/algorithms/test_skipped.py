"""A person who hardly ever answers: whole batches of questions are skipped, and learning goes on."""

from __future__ import annotations

import pytest

from benchmarks.hyperparameters import defaults
from benchmarks.oracles.rationality import Rationality
from benchmarks.record import Evaluations, Trial
from benchmarks.registry import load
from benchmarks.trial import play

LEARNERS = (
    "coach",
    "deep-coach",
    "deep-tamer",
    "dqn-feedback",
    "pref-ppo",
    "rating-reward-model",
    "reinforce-judge",
    "tamer",
    "weights-from-preferences",
    "weights-from-ratings",
)


@pytest.mark.parametrize("name", LEARNERS)
def test_learning_goes_on_where_nothing_is_answered(name: str) -> None:
    registry, silent = load(), Rationality(skip=0.97)
    settings = defaults(name, registry.algorithm(name))
    trial = Trial("maze", "silent", name, 0, 2000, 60.0, settings, silent.declared(), envs=8)
    record = play(Trial.from_json(trial.as_json()), Evaluations(2, 2, 2)).record
    assert record.status == "ok", record.error
    (tally,) = record.feedback.values()
    assert tally["skipped"] > 0.5 * tally["asked"] > 0
