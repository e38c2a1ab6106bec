"""What happens inside a worker: one process, one job, one thread, one answer through the pipe."""

from __future__ import annotations

import faulthandler
import importlib
import os
import pickle
import signal
import sys
import threading
import traceback
from dataclasses import dataclass
from multiprocessing import connection, parent_process
from typing import Any

from benchmarks.record import Evaluations, Trial

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")


@dataclass(frozen=True)
class Limits:
    """What a job may use; None is no limit."""

    seconds: float | None = None
    memory: int | None = None  # bytes


@dataclass(frozen=True)
class Answer:
    """What a job came to: a value, or the error that ended it."""

    value: Any = None
    error: dict[str, str] | None = None  # kind, message, traceback


def serve(pipe: Any, output: str, call: str, arguments: tuple[Any, ...], limits: Limits) -> None:
    """The main function of a worker: carry out `call`, a "module:function", and send its Answer."""
    os.setsid()  # a group of its own: Ctrl-C does not reach it, and what it starts ends with it
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _redirect(output)
    faulthandler.enable()
    if limits.seconds is not None:
        faulthandler.dump_traceback_later(limits.seconds)  # says where it hung; the pool ends it soon after
    threading.Thread(target=_end_with_parent, daemon=True).start()
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(1)
    try:
        with _Memory(limits.memory):
            data = pickle.dumps(Answer(value=_function(call)(*arguments)))
    except BaseException as error:  # SystemExit too: nothing that a learner does may look like an answer
        data = pickle.dumps(Answer(error=describe(error)))
    pipe.send_bytes(data)
    os._exit(0)  # no clean-up of libraries: it takes longer than many trials


def describe(error: BaseException) -> dict[str, str]:
    """An error as a record holds it."""
    lines = "".join(traceback.format_exception(error))
    return {"kind": type(error).__name__, "message": str(error) or type(error).__name__, "traceback": lines}


def play(
    function: str, trial: Trial, evaluations: Evaluations, plugins: tuple[str, ...]
) -> tuple[bytes, bytes | None, bytes | None]:
    """Play a trial and encode it here: record, policy, transcript."""
    from benchmarks.store import encode

    played = _function(function)(trial, evaluations, plugins)
    return encode(played.record), played.policy, played.transcript


def solve_expert(task: str, plugins: tuple[str, ...]) -> None:
    """Solve the expert of a task, so that all trials find it in the cache."""
    from benchmarks.registry import load

    load(plugins).task(task).expert()


class _Memory:
    """A limit on the process's memory while the job runs; what the job could not have, its epitaph can."""

    def __init__(self, limit: int | None) -> None:
        self.limit = limit

    def __enter__(self) -> None:
        if self.limit is not None:
            self._set(self.limit)

    def __exit__(self, *error: object) -> None:
        if self.limit is not None:
            self._set(None)

    def _set(self, limit: int | None) -> None:
        import resource

        _, hard = resource.getrlimit(resource.RLIMIT_DATA)
        soft = hard if limit is None else limit if hard == resource.RLIM_INFINITY else min(limit, hard)
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))


def _function(name: str) -> Any:
    module, _, function = name.partition(":")
    return getattr(importlib.import_module(module), function)


def _redirect(output: str) -> None:
    """Whatever the job prints goes to a file, which the pool quotes if the worker dies."""
    try:
        file = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    except OSError:
        file = os.open(os.devnull, os.O_WRONLY)
    os.dup2(file, 1)
    os.dup2(file, 2)
    os.close(file)


def _end_with_parent() -> None:
    """Nobody is left to take the answer once the driver is gone, even by SIGKILL."""
    parent = parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os.killpg(0, signal.SIGKILL)
