"""One run at a time writes to a directory of results."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from benchmarks.errors import RequestError

FILE = ".lock"


@contextmanager
def locked(directory: Path) -> Iterator[None]:
    """The directory, made if need be, for this process alone. Raises RequestError."""
    try:
        directory.mkdir(parents=True, exist_ok=True)
        descriptor = _lock(directory / FILE)
    except (FileExistsError, NotADirectoryError):
        raise RequestError(f"{directory} is a file, or lies in one: give a directory with --out.") from None
    except OSError as error:
        raise RequestError(f"{directory} cannot be written to ({error.strerror}): give another with --out.") from None
    try:
        yield
    finally:
        with suppress(OSError):
            os.unlink(directory / FILE)
        os.close(descriptor)


def _lock(path: Path) -> int:
    """A descriptor that holds the lock; the lock is gone with the process, however that ends."""
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.path.samestat(os.fstat(descriptor), os.stat(path)):
                os.ftruncate(descriptor, 0)
                os.write(descriptor, f"{os.getpid()}\n".encode())
                return descriptor
        except BlockingIOError:
            process = os.read(descriptor, 32).decode(errors="replace").strip()
            os.close(descriptor)
            raise RequestError(
                f"Another run (process {process}) is writing to {path.parent}: wait until it ends, or give another "
                "directory with --out."
            ) from None
        except FileNotFoundError:
            pass
        os.close(descriptor)  # its owner took the file away just now: try the new one
