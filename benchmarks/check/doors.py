"""The session's front door: what lies behind it is the harness's, and whoever else reaches for it is noted."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from types import FunctionType
from typing import Any

from benchmarks.check.verdict import place
from benchmarks.session import TrialSession
from benchmarks.twin import TwinEnv

MISSING = object()
READS = {  # what no learner reads or changes
    TrialSession: ("_world", "_card", "_prices", "_played", "_log", "_before_effort", "transcript", "tallies"),
    TwinEnv: ("task", "tracks", "_rng", "_states", "_reward", "_show_objectives"),
}
WRITES = {  # what a learner may read, but not change
    TrialSession: ("env", "rng", "budget", "spec", "seconds", "logs"),
    TwinEnv: ("steps", "taken", "_age", "_actions"),
}
NAMES = {TrialSession: "session", TwinEnv: "session.env"}


class Door:
    """A descriptor over one attribute: the values stay where they are, and strangers are noted."""

    def __init__(self, name: str, path: str, guests: list[str], may_look: bool) -> None:
        self.name, self.path, self.guests, self.may_look = name, path, guests, may_look

    def __get__(self, instance: Any, owner: type) -> Any:
        if instance is None:
            raise AttributeError(self.name)
        if not self.may_look and (where := _stranger()):
            self.guests.append(f"{where} reads {self.path}")
        try:
            return instance.__dict__[self.name]
        except KeyError:
            raise AttributeError(self.name) from None

    def __set__(self, instance: Any, value: Any) -> None:
        if where := _stranger():
            self.guests.append(f"{where} changes {self.path}")
        instance.__dict__[self.name] = value


@contextmanager
def watched() -> Iterator[list[str]]:
    """Inside, whoever is not of the harness and reaches behind a session is written into the list."""
    guests: list[str] = []
    with ExitStack() as stack:
        for table, may_look in ((READS, False), (WRITES, True)):
            for cls, names in table.items():
                for name in names:
                    door = Door(name, f"{NAMES[cls]}.{name}", guests, may_look)
                    stack.enter_context(put(cls, name, door))
        yield guests


@contextmanager
def put(cls: type, name: str, value: Any) -> Iterator[None]:
    """Inside, the class has this attribute, in place of its own or of none."""
    before = cls.__dict__.get(name, MISSING)
    setattr(cls, name, value)
    try:
        yield
    finally:
        if before is MISSING:
            delattr(cls, name)
        else:
            setattr(cls, name, before)


def harness() -> dict[str, int]:
    """Which functions and classes the harness is made of now: "module.name" -> identity."""
    parts: dict[str, int] = {}
    for module_name, module in list(sys.modules.items()):
        if module_name.startswith("benchmarks.") and module is not None:
            for name, value in list(vars(module).items()):
                if isinstance(value, (FunctionType, type)):
                    parts[f"{module_name}.{name}"] = id(value)
                if isinstance(value, type) and value.__module__ == module_name:
                    own = {key: id(part) for key, part in vars(value).items() if callable(part)}
                    parts |= {f"{module_name}.{name}.{key}": part for key, part in own.items()}
    return parts


def replaced(before: dict[str, int]) -> list[str]:
    """Who is another than before."""
    now = harness()
    return [f"it replaces {name}" for name, part in before.items() if now.get(name) != part]


def _stranger() -> str:
    """"my.py, line 12" if the code that reached for an attribute is not the harness's; "" if it is.

    Wrappers of stable-baselines3 hand attributes through: whoever used the wrapper counts.
    """
    frame = sys._getframe(2)
    while frame.f_back is not None and _module(frame).startswith("stable_baselines3."):
        frame = frame.f_back
    return "" if _module(frame).startswith("benchmarks.") else place(frame.f_code.co_filename, frame.f_lineno)


def _module(frame: Any) -> str:
    return str(frame.f_globals.get("__name__", ""))
