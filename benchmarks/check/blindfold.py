"""A world without truth: all rewards, weights and values are NaN, nothing is an event, and no expert answers.

It is put over the classes, so that it holds for every object, by whatever way a learner may get at one: the
session's own, a task from the registry or from an import, one found by the garbage collector.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, NoReturn

import numpy as np

from benchmarks.check.doors import put
from benchmarks.ledger import Tracks
from benchmarks.oracles.reply import Reply
from benchmarks.task import Expert, Task, Trajectories

View = Callable[[Any], Any]


class Veil:
    """A descriptor over one attribute: whatever is stored or was stored before, this is what is seen."""

    def __init__(self, name: str, view: View) -> None:
        self.name, self.view = name, view

    def __get__(self, instance: Any, owner: type) -> Any:
        if instance is None or self.name not in instance.__dict__:
            raise AttributeError(self.name)
        return self.view(instance.__dict__[self.name])

    def __set__(self, instance: Any, value: Any) -> None:
        instance.__dict__[self.name] = self.view(value)


@contextmanager
def blindfold(expert: Expert, objectives: bool) -> Iterator[None]:
    """Inside, there is no truth. `objectives`: the learner is told those, so that they stay."""
    veils: list[tuple[type, str, View]] = [
        (Trajectories, "rewards", nothing), (Trajectories, "event", never),
        (Tracks, "event", never), (Tracks, "objectives", nothing),
        (Reply, "truth", nothing), (Reply, "wrong", never),
    ]  # fmt: skip
    methods: list[tuple[type, str, Any]] = [
        (type(expert), name, _refuse) for name in ("value", "q", "q_of", "act")
    ]
    for cls in family(Task):
        for name in ("weights", "original_weights"):
            if cls is Task or name in vars(cls):
                veils.append((cls, name, unknown))
        if "expert" in vars(cls):
            methods.append((cls, "expert", _refuse))
        for name in ("reward", "original_reward"):
            if name in vars(cls):
                methods.append((cls, name, _blank))
        if "phi" in vars(cls) and not objectives:
            methods.append((cls, "phi", _blind(vars(cls)["phi"])))
    if not objectives:
        veils += [(Trajectories, "following", nothing), (Tracks, "following", nothing)]
    with ExitStack() as stack:
        for cls, name, view in veils:
            stack.enter_context(put(cls, name, Veil(name, view)))
        for cls, name, method in methods:
            stack.enter_context(put(cls, name, method))
        yield


def family(cls: Any) -> Iterator[type]:
    """The class and all that derive from it."""
    yield cls
    for child in cls.__subclasses__():
        yield from family(child)


def nothing(value: Any) -> Any:
    return None if value is None else np.full_like(value, np.nan)


def never(value: Any) -> Any:
    return np.zeros_like(value)


def unknown(value: Any) -> Any:
    return (math.nan,) * len(value)


def _blind(phi: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *arguments: nothing(np.asarray(phi(*arguments), dtype=float))


def _blank(task: Task, states: Any, actions: Any, following: Any) -> Any:
    return np.full(len(states), np.nan)


def _refuse(*arguments: Any) -> NoReturn:
    raise PermissionError("the expert is not here to be asked: only learners tagged for it are given one")
