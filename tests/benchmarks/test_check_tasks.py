"""The laws of tasks and oracles catch who breaks them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.check import people, verdicts
from benchmarks.check.verdict import Verdict
from benchmarks.log import mixed_log
from benchmarks.oracles.person import Person
from benchmarks.oracles.rationality import Rationality
from benchmarks.oracles.reference import Reference
from benchmarks.registry import Entry, Registry, load

TINY = str(Path(__file__).with_name("tiny.py"))
CORRIDOR = load((TINY,)).task("corridor")
Corridor = type(CORRIDOR)


def broken(laws: dict[str, Verdict]) -> set[str]:
    return {law for law, verdict in laws.items() if verdict.broken}


def told(kind: str, make: Any, name: str = "mine") -> dict[str, Verdict]:
    entries = {name: Entry(name, make, __file__)}
    registry = Registry(tasks=entries) if kind == "task" else replace(load(), oracles={**load().oracles, **entries})
    return {verdict.law: verdict for verdict in verdicts(kind, name, registry)}


def test_a_task_that_is_one_keeps_every_law() -> None:
    assert not broken(told("task", lambda: CORRIDOR, "corridor"))


class ChangesStates(Corridor):
    def transition(self, states: Any, actions: Any) -> Any:
        states[:] = super().transition(states, actions)
        return states.copy()


class Rolls(Corridor):
    def transition(self, states: Any, actions: Any) -> Any:
        return np.clip(super().transition(states, actions) + np.random.random(), 0, 8)


class Mixes(Corridor):
    def transition(self, states: Any, actions: Any) -> Any:
        return np.clip(super().transition(states, actions) + states.mean() / 100, 0, 8)


class Mute(Corridor):
    def observe(self, states: Any) -> Any:
        return np.zeros((len(states), 1), np.float32)


class Double(Corridor):
    def observe(self, states: Any) -> Any:
        return states / 8


class Loud(Corridor):
    def observe(self, states: Any) -> Any:
        return (states / 4).astype(np.float32)


class Infinite(Corridor):
    def phi(self, states: Any, actions: Any, following: Any) -> Any:
        return np.full_like(following, np.inf)


class Wide(Corridor):
    def phi(self, states: Any, actions: Any, following: Any) -> Any:
        return np.hstack([following, following])


class Bonus(Corridor):
    def reward(self, states: Any, actions: Any, following: Any) -> Any:
        return super().reward(states, actions, following) + 1


class StartsAtTheEnd(Corridor):
    def event(self, states: Any) -> Any:
        return states[:, 0] == 0


class Obstinate(Corridor):
    def starts(self, n: int, rng: Any) -> Any:
        return np.random.randint(0, 9, size=(n, 1)).astype(float)


class Loses(type(CORRIDOR.expert())):  # type: ignore[misc]
    def act(self, states: Any) -> Any:
        return np.zeros(len(states), dtype=int)


class Boasts(type(CORRIDOR.expert())):  # type: ignore[misc]
    def value(self, states: Any) -> Any:
        return super().value(states) + 5


class LosingTask(Corridor):
    def expert(self) -> Any:
        return Loses(self)


class BoastingTask(Corridor):
    def expert(self) -> Any:
        return Boasts(self)


def of(cls: Any, **changes: Any) -> Any:
    return lambda: cls(**{**vars(CORRIDOR), **changes})


@pytest.mark.parametrize(
    "make, law, words",
    [
        (lambda: {"a": 1}, "declaration", "it returns a dict: a function under @task returns a benchmarks.task.Task"),
        (of(Corridor, name="other"), "declaration", "its name is 'other', and its tag says 'mine': make them one"),
        (of(Corridor, weights=(1.0, 2.0)), "declaration", "1 objectives, 2 weights and 1 original weights"),
        (of(Corridor, weights=(-1.0,)), "declaration", "a weight is negative: more of each objective is better"),
        (of(Corridor, discount=1.5), "declaration", "its discount must be between 0 and 1"),
        (of(Corridor, after_event="explode"), "declaration", "after_event is 'explode'"),
        (of(Corridor, weights=[1.0]), "declaration", "it fails with TypeError: unhashable type: 'list'"),
        (of(Loud), "spaces", "is not in its observation space"),
        (of(Obstinate), "starts", "draw from the generator that is given"),
        (of(StartsAtTheEnd), "starts", "a start state is an event"),
        (of(ChangesStates), "dynamics", "its methods change the arrays they are given: work on copies"),
        (of(Rolls), "dynamics", "transition() must be pure"),
        (of(Mixes), "dynamics", "rows must not touch each other"),
        (of(Mute), "observations", "the observation must show all of the state"),
        (of(Double), "observations", "observe() must give float32 [n, ...] of its space, not float64"),
        (of(Wide), "reward", "phi() must give [n, 1], a column for each objective"),
        (of(Infinite), "reward", "an objective is not finite"),
        (of(Bonus), "reward", "its reward is not weights . phi"),
        (of(StartsAtTheEnd), "events", "after an event it does not go on from a start state"),
        (of(LosingTask), "expert", "by its own q_of() its expert acts worse than at random"),
        (of(LosingTask), "scores", "scores need an expert that is better than random"),
        (of(BoastingTask), "expert", "its expert's value() is not the largest of q()"),
    ],
)
def test_a_broken_task_is_told_what_is_wrong(make: Any, law: str, words: str) -> None:
    if words.startswith("its name"):
        laws = told("task", make)
    else:
        laws = told("task", make, "corridor")
    assert laws[law].broken and words in laws[law].sentence, "\n".join(map(str, laws.values()))


def test_a_broken_oracle_is_told_what_is_wrong() -> None:
    assert not broken(told("oracle", lambda: Rationality(error=0.15, equal=0.1)))
    assert "it returns a dict: a function under @oracle" in told("oracle", dict)["declaration"].sentence
    drawn = told("oracle", lambda: Rationality(error=round(float(np.random.random()) / 4, 9)))["declaration"]
    assert drawn.broken and "its numbers must be fixed" in drawn.sentence
    raised = told("oracle", lambda: Rationality(error=0.9))["declaration"]
    assert raised.broken and "error must be within [0, 0.5]" in raised.sentence
    blind = told("oracle", lambda: Rationality(bias=(("beauty", 2.0),)))
    assert broken(blind) == {"answers", "chance", "rates"} and "no objective 'beauty'" in blind["answers"].sentence


def test_rates_that_do_not_hold_are_found() -> None:
    task = load().task("deep-sea-treasure")
    log = mixed_log(task, task.expert())
    asked = people.fresh(Reference(task, task.expert(), log, people.SIZE, name="fresh"))
    person = Person(task, task.expert(), Rationality(error=0.2, equal=0.05), 0, log)
    assert people.off(Rationality(error=0.2, equal=0.05), person, asked) == ""
    assert "are declared" in people.off(Rationality(error=0.1, equal=0.05), person, asked)
    off = people.off(Rationality(error=0.2, equal=0.2), person, asked)
    assert "of fresh pairs equal, and 20.0% are declared" in off
