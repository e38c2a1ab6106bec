"""Retraining: the reward alone decides, chance is its own, and nothing is measured that was not asked for."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from benchmarks.evaluate import evaluate
from benchmarks.expert_policy import ExpertPolicy
from benchmarks.record import Evaluations
from benchmarks.registry import load
from benchmarks.retraining import numbers, reachable, recovered, retrained, solved
from benchmarks.trial import play
from tests.benchmarks.test_trial import timeless, trial

CARD: Any = load().algorithm("gail").card
TRUE: Any = load().algorithm("rl-true-reward").card
QUICK = Evaluations(final_episodes=5, curve_episodes=3, points=2, minutes=())


@pytest.mark.parametrize("name", ["maze", "maze-blocked", "deep-sea-treasure", "deep-sea-treasure-rock"])
def test_planning_for_the_true_reward_is_as_good_as_the_expert(name: str) -> None:
    task = load().task(name)
    true = recovered(task, TRUE, None, [])
    assert true is not None
    plan, expert = solved(task, true), task.expert()
    known = reachable(task, np.unique(task.starts(500, np.random.default_rng(0)), axis=0))
    assert expert.q_of(known, plan.predict(task.observe(known))[0]) == pytest.approx(expert.value(known), abs=1e-5)


def test_planning_follows_whatever_reward_there_is() -> None:
    task = load().task("deep-sea-treasure")
    plan = solved(task, lambda states, actions, step: (states == (0, 4)).all(axis=1) & (actions == 2))
    along = np.array([[0.0, column] for column in range(8)])
    assert plan.predict(task.observe(along))[0].tolist() == [3, 3, 3, 3, 2, 2, 2, 2]  # 3 right, 2 left
    assert plan.predict(task.observe(along[:1])[0])[0] == 3


def test_only_states_without_an_event_are_reached_and_walls_are_not() -> None:
    task = load().task("deep-sea-treasure-rock")
    states = reachable(task, np.zeros((1, 2)))
    assert [1.0, 1.0] not in states.tolist()
    assert not task.event(states).any()
    assert numbers(states, states[[5, 2]]).tolist() == [5, 2]


def test_what_a_learner_takes_to_be_rewarded() -> None:
    task = load().task("maze")
    states, actions = np.array([[0.0, 6.0], [0.0, 0.0]]), np.array([3, 3])
    step = task.step(states, actions, np.random.default_rng(0))
    seen: Any = recovered(task, CARD, lambda observations, actions: observations[:, 6] + actions, [])
    assert seen(states, actions, step).tolist() == [4.0, 3.0]
    weights = {f"weight_{name}": value for name, value in zip(task.objectives, (2.0, 0.0, 1.0))}
    told: Any = recovered(task, CARD, None, [weights, {"steps": 1.0}])
    assert told(states, actions, step).tolist() == [1.0, -1.0]
    assert recovered(task, CARD, None, [{"steps": 1.0}]) is None


def test_retraining_has_chance_of_its_own() -> None:
    task, registry = load().task("pendulum"), load()
    reward: Any = recovered(task, TRUE, None, [])
    before = np.random.get_state()[1].tolist()  # type: ignore[union-attr, index]
    once, again, other = (retrained(task, reward, 2048, 16, registry, where) for where in ("here", "here", "there"))
    assert np.random.get_state()[1].tolist() == before  # type: ignore[union-attr, index]
    seen = task.observe(task.starts(9, np.random.default_rng(0)))
    first, second, third = (policy.predict(seen, deterministic=True)[0] for policy in (once, again, other))
    assert (first == second).all() and (first != third).any()
    with pytest.raises(RuntimeError, match="too few"):
        retrained(task, reward, 16, 16, registry, "here")


def test_a_trial_measures_what_its_suite_asks_for_and_learns_the_same() -> None:
    of = trial("mce-irl", "maze", steps=3200, seconds=300.0)
    of = replace(of, hyperparameters={**of.hyperparameters, "iterations": 3})
    plain = play(of, QUICK).record
    assert (plain.changed, plain.retrained) == ({}, {})
    asked = Evaluations(**{**vars(QUICK), "changed": True, "retrain_steps": 100})
    record = play(of, asked).record
    assert record.changed.keys() == {"maze-blocked"} and record.retrained.keys() == {"maze", "maze-blocked"}
    assert len(record.retrained["maze"]["returns"]) == 5
    assert record.changed["maze-blocked"]["anchors"]["expert"] == pytest.approx(0.643, abs=0.001)
    known = {"changed": {}, "retrained": {}}
    assert {**timeless(record), **known} == timeless(plain)


def test_a_policy_is_scored_by_what_it_would_do_under_changed_dynamics() -> None:
    task, changed = load().task("maze"), load().task("maze-blocked")
    record = play(trial("expert", "maze"), Evaluations(**{**vars(QUICK), "changed": True})).record
    again = evaluate(ExpertPolicy(task, task.expert()), changed, 7, 5)
    assert record.changed["maze-blocked"]["returns"] == again.returns.tolist()
    assert record.retrained == {}
