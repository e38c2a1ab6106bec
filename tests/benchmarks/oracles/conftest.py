from __future__ import annotations

import importlib
import pkgutil
from dataclasses import dataclass, field, replace
from functools import cache

import numpy as np
import pytest
from toys import corridor, slider

import envs
from benchmarks.log import mixed_log
from benchmarks.oracles.person import Person
from benchmarks.oracles.rater import Rater
from benchmarks.oracles.reference import Reference
from envs.rollouts import RolloutExpert


@cache
def tasks():
    """Every task of the suite, found by its tag."""
    found = {}
    for module in pkgutil.iter_modules(envs.__path__):
        for made in vars(importlib.import_module(f"envs.{module.name}")).values():
            if hasattr(made, "task_name"):
                found[made.task_name] = made()
    return found


@cache
def prepared(name):
    task = {"corridor": corridor, "slider": slider}[name]() if name in ("corridor", "slider") else tasks()[name]
    if isinstance(task.expert(), RolloutExpert):  # whose values take long: a fifth of the log holds the same laws
        task = replace(task, horizon=task.horizon // 5)
    expert = task.expert()
    if isinstance(expert, RolloutExpert):
        expert = Remembering(expert.task, expert.policy, expert.actions, expert.longest, expert.v0)
    return task, expert, mixed_log(task, expert)


@dataclass(frozen=True, eq=False)
class Remembering(RolloutExpert):
    """Plays no state out twice; all questions of a test are about one log."""

    known: dict[bytes, np.ndarray] = field(default_factory=dict)

    def q(self, states):
        keys = [state.tobytes() for state in np.ascontiguousarray(states, dtype=float)]
        first = {key: place for place, key in enumerate(keys) if key not in self.known}
        self.known.update(zip(first, super().q(states[list(first.values())]), strict=True))
        return np.array([self.known[key] for key in keys]).reshape(len(keys), len(self.actions))


def pytest_generate_tests(metafunc):
    # experts that take seconds to solve where they are not cached
    slow = {"acrobot", "cartpole-hard", "cartpole-leak", "cartpole-absorbing"}
    if "any_task" in metafunc.fixturenames:
        names = ["corridor", "slider", *sorted(tasks())]
        marked = [pytest.param(name, marks=pytest.mark.slow) if name in slow else name for name in names]
        metafunc.parametrize("any_task", marked)


@pytest.fixture
def person_of():
    def make(name, rationality, seed=0):
        task, expert, log = prepared(name)
        return Person(task, expert, rationality, seed, log)

    return make


@pytest.fixture
def rater_of():
    def make(name, rationality):
        return Rater(rationality, Reference(*prepared(name), size=2000))

    return make


@pytest.fixture
def fresh():
    """Reference questions that nobody was calibrated on."""

    def make(name, size=1000):
        return Reference(*prepared(name), size=size, name="fresh")

    return make
