"""The contract, for everything that comes with the project: each algorithm on the smoke tasks that it can live
on, each task, each oracle. What the laws are, and that they catch who breaks them: tests/benchmarks/test_check.py.
"""

from __future__ import annotations

import pytest

from benchmarks.check import learners, verdicts
from benchmarks.check.verdict import Verdict
from benchmarks.registry import load
from benchmarks.suite import TaskBudget

REGISTRY = load()
BUDGET = TaskBudget(steps=3_600, minutes=1.0, envs=8)  # three rollouts of PPO, two demonstrations of the longest


@pytest.mark.parametrize("name", REGISTRY.algorithms)
def test_an_algorithm_keeps_every_law(name: str) -> None:
    kept(list(learners.laws(name, REGISTRY, BUDGET)))


@pytest.mark.parametrize("name", REGISTRY.tasks)
def test_a_task_keeps_every_law(name: str) -> None:
    kept(list(verdicts("task", name, REGISTRY)))


@pytest.mark.parametrize("name", REGISTRY.oracles)
def test_an_oracle_keeps_every_law(name: str) -> None:
    kept(list(verdicts("oracle", name, REGISTRY)))


def kept(laws: list[Verdict]) -> None:
    assert all(verdict.status == "ok" for verdict in laws), "\n" + "\n".join(map(str, laws))
