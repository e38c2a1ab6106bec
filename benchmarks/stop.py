"""Ctrl-C and SIGTERM as a request to end well, instead of an exception somewhere in the middle of a write."""

from __future__ import annotations

import os
import signal
import threading
from types import FrameType
from typing import Any

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Stop:
    """Inside `with Stop() as stop`, the first signal sets `requested` and wakes whoever waits on `stop`.

    A second Ctrl-C raises KeyboardInterrupt as ever, for whoever cannot wait.
    """

    def __init__(self) -> None:
        self.requested = False
        self._before: dict[int, Any] = {}
        self._read, self._write = os.pipe()

    def fileno(self) -> int:
        """Readable once a stop was requested."""
        return self._read

    def request(self) -> None:
        if not self.requested:
            self.requested = True
            os.write(self._write, b"x")

    def __enter__(self) -> Stop:
        if threading.current_thread() is threading.main_thread():
            self._before = {number: signal.signal(number, self._hear) for number in SIGNALS}
        return self

    def __exit__(self, *error: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        os.close(self._read)
        os.close(self._write)

    def _hear(self, number: int, frame: FrameType | None) -> None:
        if self.requested and number == signal.SIGINT:
            raise KeyboardInterrupt
        self.request()
