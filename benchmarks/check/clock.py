"""Clocks that are wrong: months ahead, and an hour later each time somebody looks."""

from __future__ import annotations

import datetime
import itertools
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from types import ModuleType
from typing import Any
from unittest.mock import patch

COUNTERS = ("time", "monotonic", "perf_counter", "process_time", "thread_time")  # each has a twin in nanoseconds
CALENDARS = ("localtime", "gmtime", "ctime")  # of a given time, or of the present
AHEAD, LATER = 1e7, 3600.0  # seconds


@contextmanager
def wrong_clocks(modules: list[ModuleType]) -> Iterator[None]:
    """Inside, `time` and `datetime` are wrong, and so is what these modules imported from them by name."""
    clocks = _clocks()
    wrong = {id(true): replacement for _, _, true, replacement in clocks}
    with ExitStack() as stack:
        for home, name, _, replacement in clocks:
            stack.enter_context(patch.object(sys.modules[home], name, replacement))
        for module in modules:
            for name, value in list(vars(module).items()):
                if id(value) in wrong:
                    stack.enter_context(patch.object(module, name, wrong[id(value)]))
        yield


def _clocks() -> list[tuple[str, str, Any, Any]]:
    """(module, name, the true clock, the wrong one)."""
    looks = itertools.count()

    def counter(read: Callable[[], Any], unit: float) -> Callable[[], Any]:
        return lambda: read() + type(read())((AHEAD + LATER * next(looks)) / unit)

    now = counter(time.time, 1.0)
    clocks: list[tuple[str, str, Any, Any]] = []
    for name in COUNTERS:
        for full, unit in ((name, 1.0), (f"{name}_ns", 1e-9)):
            true = getattr(time, full)
            clocks.append(("time", full, true, counter(true, unit)))
    for name in CALENDARS:
        true = getattr(time, name)
        clocks.append(("time", name, true, lambda when=None, true=true: true(now() if when is None else when)))
    local, strftime = time.localtime, time.strftime
    clocks.append(("time", "strftime", strftime, lambda text, when=None: strftime(text, when or local(now()))))
    true_datetime, true_date = datetime.datetime, datetime.date

    class Datetime(datetime.datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return true_datetime.fromtimestamp(now(), tz)

        @classmethod
        def today(cls) -> Any:
            return cls.now()

        @classmethod
        def utcnow(cls) -> Any:
            return cls.now(datetime.UTC).replace(tzinfo=None)

    class Date(datetime.date):
        @classmethod
        def today(cls) -> Any:
            return true_date.fromtimestamp(now())

    return [*clocks, ("datetime", "datetime", true_datetime, Datetime), ("datetime", "date", true_date, Date)]
