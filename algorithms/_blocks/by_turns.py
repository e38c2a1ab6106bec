"""A call that reports on its way, as an iterator: for libraries that keep the loop to themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from queue import SimpleQueue
from threading import Thread


class Abandoned(BaseException):
    """Raised in `work` at its next report when nobody iterates any more."""


def by_turns(work: Callable[[Callable[[], None]], object]) -> Iterator[None]:
    """Run `work(report)`; each `report()` is one item, and what `work` raises is raised here.

    It runs in a thread, but never while its reader does: either waits for the other, so that all chance, global
    generators included, is drawn in one order.
    """
    turns: SimpleQueue[bool] = SimpleQueue()  # to go on, or not
    told: SimpleQueue[BaseException | None] = SimpleQueue()  # None is a report

    def report() -> None:
        told.put(None)
        if not turns.get():
            raise Abandoned

    def run() -> None:
        try:
            if turns.get():
                work(report)
                told.put(StopIteration())
        except BaseException as error:  # the reader's to deal with, whatever it is
            told.put(error)

    thread = Thread(target=run, daemon=True)
    thread.start()
    try:
        while True:
            turns.put(True)
            match told.get():
                case None:
                    yield
                case StopIteration():
                    return
                case error:
                    raise error
    finally:
        turns.put(False)
        thread.join()
