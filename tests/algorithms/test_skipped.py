"""A person who hardly ever answers: whole batches of questions are skipped, and learning goes on."""

from __future__ import annotations

import pytest

from benchmarks.hyperparameters import defaults
from benchmarks.oracles.rationality import Rationality
from benchmarks.record import Evaluations, Record, Trial
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


DIRECT = ("cpl", "dppo", "ipl", "kto", "p-iql", "sft")


def played(name: str, skip: float) -> Record:
    registry, silent = load(), Rationality(skip=skip)
    settings = defaults(name, registry.algorithm(name))
    trial = Trial("maze", "silent", name, 0, 2000, 60.0, settings, silent.declared(), envs=8)
    return play(Trial.from_json(trial.as_json()), Evaluations(2, 2, 2)).record


@pytest.mark.parametrize("name", LEARNERS)
def test_learning_goes_on_where_nothing_is_answered(name: str) -> None:
    record = played(name, 0.97)
    assert record.status == "ok", record.error
    (tally,) = record.feedback.values()
    assert tally["skipped"] > 0.5 * tally["asked"] > 0


@pytest.mark.parametrize("name", DIRECT)
def test_who_is_told_nothing_offers_what_there_was_before(name: str) -> None:
    record = played(name, 1.0)
    assert record.status == "ok", record.error
    (tally,) = record.feedback.values()
    assert tally["skipped"] == tally["asked"] > 0
    assert len(record.final["returns"]) == 2
