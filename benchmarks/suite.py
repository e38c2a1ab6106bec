"""A suite is data: tasks, people, learners, seeds and budgets. `plan` makes trials of it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from benchmarks.api import QUERIES
from benchmarks.errors import RequestError, unknown
from benchmarks.hyperparameters import checked, defaults
from benchmarks.record import Evaluations, Prices, Trial
from benchmarks.registry import Registry
from benchmarks.task import Task

ALL = "all"


@dataclass(frozen=True)
class TaskBudget:
    """What a learner may use on a task."""

    steps: int  # environment steps
    minutes: float  # of the person's time
    envs: int = 16  # that run side by side


@dataclass(frozen=True)
class Override:
    """Hyper-parameters that differ from the defaults, and what it took to find them."""

    values: Mapping[str, Any]
    tuning: str = ""


@dataclass(frozen=True)
class Variant:
    """A learner under another name, with hyper-parameters of its own."""

    of: str
    values: Mapping[str, Any]


@dataclass(frozen=True)
class Somebody:
    """A person of the suite's own: a Rationality, and the minutes that this one has (None: the task's)."""

    rationality: Any
    minutes: float | None = None


@dataclass(frozen=True)
class Exclusion:
    """Combinations that a suite leaves out; "all" stands for every task, oracle or algorithm."""

    reason: str
    task: str = ALL
    oracle: str = ALL
    algorithm: str = ALL

    def meets(self, task: str, oracle: str, algorithm: str) -> bool:
        pairs = ((self.task, task), (self.oracle, oracle), (self.algorithm, algorithm))
        return all(mine in (ALL, theirs) for mine, theirs in pairs)


@dataclass(frozen=True)
class Suite:
    """Everything a suite file says, checked, with the names that "all" stands for."""

    name: str
    description: str
    text: str  # the file, word for word
    seeds: tuple[int, ...]
    tasks: tuple[str, ...]
    oracles: tuple[str, ...]
    algorithms: tuple[str, ...]
    budget: TaskBudget
    budgets: Mapping[str, TaskBudget] = field(default_factory=dict)  # of tasks that have one of their own
    more_seeds: Mapping[str, int] = field(default_factory=dict)  # of tasks whose outcomes vary most
    prices: Prices = Prices()
    evaluations: Evaluations = Evaluations()
    variants: Mapping[str, Variant] = field(default_factory=dict)  # by their own names
    people: Mapping[str, Somebody] = field(default_factory=dict)  # the suite's own oracles
    overrides: Mapping[tuple[str, str], Override] = field(default_factory=dict)  # by (algorithm, task or "all")
    leaves_out: tuple[Exclusion, ...] = ()
    settings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # of `--set`, by algorithm

    def seeds_of(self, task: str) -> tuple[int, ...]:
        """The suite's seeds, and as many further ones as the task is to have."""
        return extended(self.seeds, max(len(self.seeds), self.more_seeds.get(task, 0)))

    def learner(self, algorithm: str) -> str:
        """The name under which the registry knows an algorithm of the suite."""
        return self.variants[algorithm].of if algorithm in self.variants else algorithm

    def person(self, registry: Registry, oracle: str) -> Somebody:
        """An oracle of the suite's own or of the registry's."""
        return self.people[oracle] if oracle in self.people else Somebody(registry.oracle(oracle))

    def hyperparameters(self, registry: Registry, algorithm: str, task: str) -> dict[str, Any]:
        """Defaults, then the suite's overrides for all tasks and for this one, then the variant's, then `--set`."""
        learner = self.learner(algorithm)
        values = defaults(learner, registry.algorithm(learner))
        for place in (ALL, task):
            if (learner, place) in self.overrides:
                values |= self.overrides[learner, place].values
        if algorithm in self.variants:
            values |= self.variants[algorithm].values
        return values | dict(self.settings.get(algorithm, {}))


def extended(seeds: tuple[int, ...], count: int) -> tuple[int, ...]:
    """The first `count` of the seeds, followed where they are fewer by the smallest numbers not among them."""
    beyond = (seed for seed in range(count + len(seeds)) if seed not in seeds)
    return (*seeds, *beyond)[:count]


@dataclass(frozen=True)
class LeftOut:
    """A combination that cannot be, and why."""

    task: str
    oracle: str
    algorithm: str
    reason: str


def kinds_answered(task: Task) -> frozenset[str]:
    """The kinds of query a person can answer on this task: all, but weighing needs objectives to weigh."""
    kinds = frozenset(query.kind for query in QUERIES)
    return kinds if len(task.objectives) >= 2 else kinds - {"weigh"}


def plan(suite: Suite, registry: Registry) -> tuple[list[Trial], list[LeftOut]]:
    """The trials of a suite, and the combinations that are none. All learners meet the same seeds."""
    trials: list[Trial] = []
    left_out: list[LeftOut] = []
    tasks = {name: registry.task(name) for name in suite.tasks}
    people = {name: suite.person(registry, name) for name in suite.oracles}
    for name in (*tasks, *people, *suite.algorithms):
        if not re.fullmatch(r"[A-Za-z0-9][\w.-]*", name):
            raise RequestError(f"The name {name!r} cannot name a file: use letters, digits, hyphens and dots.")
    for task_name, task in tasks.items():
        budget = suite.budgets.get(task_name, suite.budget)
        for algorithm in suite.algorithms:
            learner = suite.learner(algorithm)
            card = registry.algorithm(learner).card
            values = suite.hyperparameters(registry, algorithm, task_name)
            for oracle, person in people.items():
                reason = _obstacle(card, task_name, task) or _silence(card, oracle, person.rationality)
                reason = reason or _excluded(suite, task_name, oracle, algorithm)
                if reason:
                    left_out.append(LeftOut(task_name, oracle, algorithm, reason))
                    continue
                trials += [
                    Trial(
                        task=task_name,
                        oracle=oracle,
                        algorithm=algorithm,
                        seed=seed,
                        steps=budget.steps,
                        seconds=60.0 * (person.minutes or budget.minutes),
                        hyperparameters=values,
                        rationality=person.rationality.declared(),
                        prices=suite.prices,
                        envs=budget.envs,
                        task_version=task.version,
                        algorithm_version=card.version,
                        of=learner if learner != algorithm else "",
                    )
                    for seed in suite.seeds_of(task_name)
                ]
    return trials, left_out


def narrowed(
    suite: Suite,
    registry: Registry,
    seeds: int | None = None,
    algorithms: Iterable[str] = (),
    tasks: Iterable[str] = (),
    oracles: Iterable[str] = (),
) -> Suite:
    """The suite with these names in place of its own, and with the first `seeds` of its seeds or more."""
    chosen: dict[str, Any] = {}
    if seeds is not None:
        chosen |= {"seeds": extended(suite.seeds, seeds), "more_seeds": {}}
    if names := tuple(dict.fromkeys(algorithms)):
        _all_known("algorithm", names, (*registry.algorithms, *suite.variants))
        chosen["algorithms"] = names
    if names := tuple(dict.fromkeys(tasks)):
        _all_known("task", names, registry.tasks)
        chosen["tasks"] = names
    if names := tuple(dict.fromkeys(oracles)):
        _all_known("oracle", names, (*registry.oracles, *suite.people))
        chosen["oracles"] = names
    return replace(suite, **chosen)


def with_settings(suite: Suite, registry: Registry, settings: Iterable[tuple[str, str, Any]]) -> Suite:
    """The suite with hyper-parameters set by hand, each (algorithm, field, value) checked."""
    chosen: dict[str, dict[str, Any]] = {name: dict(values) for name, values in suite.settings.items()}
    for algorithm, name, value in settings:
        learner = suite.learner(algorithm)
        target = registry.algorithm(learner)
        if algorithm not in suite.algorithms:
            raise RequestError(
                f"--set {algorithm}.{name} sets nothing: {algorithm} is not among this run's algorithms."
            )
        chosen.setdefault(algorithm, {})[name] = checked(learner, target, name, value)
    return replace(suite, settings=chosen)


def _obstacle(card: Any, name: str, task: Task) -> str:
    """Why this learner cannot live on this task; "" if it can."""
    kind = "discrete" if hasattr(task.action_space, "n") else "continuous"
    if kind not in card.spaces:
        return f"{card.name} takes {' and '.join(sorted(card.spaces))} actions, and those of {name} are {kind}"
    if card.tabular and not task.tabular:
        return f"{card.name} counts states, and {name} has too many"
    if unanswered := sorted(card.asks - kinds_answered(task)):
        return f"{card.name} asks people to {unanswered[0]}, and {name} has one objective only"
    if "objectives" in card.uses and len(task.objectives) < 2:
        return f"{card.name} learns from several objectives, and {name} has one"
    return ""


def _silence(card: Any, name: str, person: Any) -> str:
    """Which question of the learner this person never answers; "" if there is none."""
    unanswered = sorted(card.asks - getattr(person, "kinds", card.asks))
    return f"{card.name} asks people to {unanswered[0]}, which the oracle {name} does not answer" if unanswered else ""


def _excluded(suite: Suite, task: str, oracle: str, algorithm: str) -> str:
    return next((item.reason for item in suite.leaves_out if item.meets(task, oracle, algorithm)), "")


def _all_known(kind: str, names: Iterable[str], known: Collection[str]) -> None:
    for name in names:
        if name not in known:
            raise unknown(kind, name, known)
