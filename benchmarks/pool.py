"""Many jobs on n processes of this machine: one process a job, so that a death costs that job only.

A forkserver imports the heavy libraries once and forks the workers. Each sends one Answer through a pipe, or
dies: by a signal, by the time limit, or without a word. The pool says which; it writes nothing itself.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import pickle
import shutil
import signal
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any, Protocol

from benchmarks import preload
from benchmarks.stop import Stop
from benchmarks.worker import THREADS, Answer, Limits, serve

GRACE = 0.5  # seconds after the time limit in which a worker says where it hung
NO_LIMITS = Limits()
QUOTED = 4000  # characters of a dead worker's last words


class PoolError(Exception):
    """No worker can be started; the message is one sentence."""


@dataclass(frozen=True)
class Job:
    """Something to be done in a process of its own: `call` is "module:function"."""

    key: Any
    call: str
    arguments: tuple[Any, ...]


@dataclass(frozen=True)
class Ended:
    """What came of a job. Exactly one of `answer` and `death` is there."""

    job: Job
    seconds: float
    answer: Answer | None = None
    death: Death | None = None


@dataclass(frozen=True)
class Death:
    """How a worker ended that sent no answer."""

    status: str  # "crashed" or "timeout"
    kind: str  # the signal's name, "exit" or "time limit"
    message: str
    last_words: str  # the end of what it printed


class Executor(Protocol):
    """Whoever carries jobs out, with what it takes to start: `Local`, or a cluster's `Remote`."""

    def __enter__(self) -> Executor: ...

    def __exit__(self, *error: object) -> None: ...

    def warm_up(self, modules: Sequence[str]) -> None:
        """Make ready, with these modules imported where jobs will run."""
        ...

    def run(self, jobs: Callable[[], Job | None], started: Callable[[Job], None]) -> Iterator[Ended]:
        """Carry out what `jobs` hands out until it hands out None; yield what ended, in order of ending."""
        ...


class Local:
    """The pool of this machine: an `Executor`. Use it from one thread."""

    def __init__(self, processes: int, limits: Limits = NO_LIMITS, stop: Stop | None = None) -> None:
        self.processes, self.limits, self.stop = processes, limits, stop
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(["benchmarks.preload"])
        try:
            self._outputs = Path(tempfile.mkdtemp(prefix="feedback-bench-"))
        except OSError as error:
            raise PoolError(f"There is no room for temporary files ({error}): make some and run again.") from error
        self._workers: list[_Worker] = []

    def __enter__(self) -> Local:
        return self

    def __exit__(self, *error: object) -> None:
        for worker in self._workers:
            worker.kill()
        os.environ.pop(preload.VARIABLE, None)
        shutil.rmtree(self._outputs, ignore_errors=True)

    def warm_up(self, modules: Sequence[str]) -> None:
        """Start the forkserver, with these modules imported, and wait for it or for a stop."""
        os.environ[preload.VARIABLE] = json.dumps(list(modules))  # for the next forkserver too, if this one dies
        ready, done = os.pipe()
        threading.Thread(target=self._first, args=(done,), daemon=True).start()  # may be left waiting by a stop
        wait([ready, *self._stops()])
        os.close(ready)

    def run(self, jobs: Callable[[], Job | None], started: Callable[[Job], None] = lambda job: None) -> Iterator[Ended]:
        """See `Executor`. After a stop it yields what was done by then, and ends; the rest is killed."""
        more = True
        while True:
            while more and len(self._workers) < self.processes and not self._stopped():
                job = jobs()
                if job is None:
                    more = False
                else:
                    self._workers.append(self._start(job))
                    started(job)
            if not self._workers:
                return
            self._wait()
            for worker in list(self._workers):
                if (ended := worker.ended()) is not None:
                    self._workers.remove(worker)
                    yield ended
            if self._stopped():
                for worker in self._workers:
                    worker.kill()
                self._workers.clear()
                return

    def _wait(self) -> None:
        """Until a worker has something to say, dies, has used up its time, or a stop is requested."""
        now = time.monotonic()
        deadlines = [worker.deadline - now for worker in self._workers if worker.deadline is not None]
        handles = [handle for worker in self._workers for handle in (worker.pipe, worker.process.sentinel)]
        wait([*handles, *self._stops()], max(0.0, min(deadlines)) if deadlines else None)

    def _start(self, job: Job) -> _Worker:
        os.environ.update(dict.fromkeys(THREADS, "1"))  # before the forkserver starts, and so for all workers
        for patience in (0.1, 0.5, 2.0, None):
            try:
                return _Worker(self._context, job, self.limits, self._outputs)
            except (OSError, EOFError) as error:  # the forkserver died; once it is gone, a start makes a new one
                if patience is None:
                    raise PoolError(
                        f"No worker process can be started ({error}): is the machine out of memory?"
                    ) from error
                time.sleep(patience)
        raise AssertionError

    def _first(self, done: int) -> None:
        os.environ.update(dict.fromkeys(THREADS, "1"))
        with suppress(OSError, EOFError):
            process = self._context.Process(target=_nothing, daemon=True)
            process.start()
            process.join()
        with suppress(OSError):
            os.close(done)

    def _stopped(self) -> bool:
        return self.stop is not None and self.stop.requested

    def _stops(self) -> list[Any]:
        return [] if self.stop is None else [self.stop]


class _Worker:
    """One process and its job."""

    def __init__(self, context: Any, job: Job, limits: Limits, outputs: Path) -> None:
        self.job = job
        self.pipe, theirs = context.Pipe(duplex=False)
        self._output = Path(tempfile.mktemp(dir=outputs))  # in a folder of our own
        self._begun = time.monotonic()
        self.process = context.Process(
            target=serve, args=(theirs, str(self._output), job.call, job.arguments, limits), daemon=False
        )
        try:
            self.process.start()
        finally:
            theirs.close()
        self._limit = limits.seconds
        self.deadline = None if limits.seconds is None else self._begun + limits.seconds + GRACE

    def ended(self) -> Ended | None:
        """What came of the job, if it ended; the process is gone then."""
        alive = self.process.is_alive()  # asked first: an answer may come and the process end in between
        try:
            if self.pipe.poll():
                answer: Answer = pickle.loads(self.pipe.recv_bytes())
                self.kill()
                return Ended(self.job, self._seconds(), answer=answer)
        except (EOFError, OSError):  # the pipe ends without a whole answer
            alive = False
        if not alive:
            return Ended(self.job, self._seconds(), death=self._death())
        if self.deadline is not None and time.monotonic() >= self.deadline:
            words = self._words()
            self.kill()
            message = f"ended after {self._limit:g} s, the time limit"
            return Ended(self.job, self._seconds(), death=Death("timeout", "time limit", message, words))
        return None

    def kill(self) -> None:
        """End the process and whatever it started."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.kill()  # it may not have made its group yet
        self.process.join(10)
        self.pipe.close()
        self._output.unlink(missing_ok=True)

    def _death(self) -> Death:
        self.process.join(5)
        code = self.process.exitcode
        words = self._words()
        self.kill()
        if code is not None and code < 0:
            name = signal.Signals(-code).name if -code in set(signal.Signals) else f"signal {-code}"
            hint = ", as a system does whose memory runs out" if name == "SIGKILL" else ""
            return Death("crashed", name, f"the process was ended by {name}{hint}", words)
        return Death("crashed", "exit", f"the process ended without an answer, with exit status {code}", words)

    def _seconds(self) -> float:
        return time.monotonic() - self._begun

    def _words(self) -> str:
        try:
            return self._output.read_bytes()[-QUOTED:].decode(errors="replace").strip()
        except OSError:
            return ""


def each(jobs: Iterable[Job]) -> Callable[[], Job | None]:
    """Hands out these jobs in order."""
    waiting = iter(jobs)
    return lambda: next(waiting, None)


def _nothing() -> None:
    """What the first worker does: it is there to wait for the forkserver."""
