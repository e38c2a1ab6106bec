"""Ends a learner that would never end: one that takes no notice of a spent budget, or of the time."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from benchmarks.api import BudgetSpent

REFUSALS = 100  # steps and questions refused one after another, nothing being granted between
IDLE = 200  # policies offered one after another, nothing being spent between
RINGS = 5  # times that the watchdog barks before it bites


class Halt(BaseException):
    """Stops a learner; no Exception, so that `except Exception` does not catch it."""


class Endless(Halt):
    """The learner would not have stopped by itself; the message says why."""


class Patience:
    """Counts what leads nowhere."""

    def __init__(self) -> None:
        self.refusals = self.idle = 0

    def counted(self, call: Callable[..., Any]) -> Callable[..., Any]:
        """`session.env.step_wait` or `session.ask`, with its refusals counted."""

        def counted(*arguments: Any) -> Any:
            try:
                result = call(*arguments)
            except BudgetSpent:
                self.refusals += 1
                if self.refusals > REFUSALS:
                    raise Endless(
                        f"it goes on when the budget is spent, and was refused {REFUSALS} times in a row"
                    ) from None
                raise
            self.refusals = self.idle = 0
            return result

        return counted

    def offered(self) -> None:
        self.idle += 1
        if self.idle > IDLE:
            raise Endless(f"it offers {IDLE} policies in a row without taking a step or asking a question")


@contextmanager
def watchdog(seconds: float) -> Iterator[None]:
    """After so many seconds the code inside is ended by Endless. Only the main thread hears of it."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    rings = 0

    def ring(number: int, frame: Any) -> None:
        nonlocal rings
        rings += 1
        sentence = f"it still runs after {seconds:g} seconds on a budget that takes a few"
        if rings > RINGS:  # a bare `except:` in an endless loop catches everything
            print(f"error: {sentence}, and catches whatever is raised to end it.", file=sys.stderr, flush=True)
            os._exit(1)
        raise Endless(sentence)

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds, 1.0)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, before)
