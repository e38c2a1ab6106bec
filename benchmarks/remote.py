"""Many jobs on the nodes of a cluster: an `Executor` that outlives its nodes, whatever kind of cluster it is.

The driver hands out errands, a bounded number at a time, and takes in what ended; nobody else writes. What a
trial does to its own process is found out on the node (see `benchmarks.node`) and is the trial's. What happens to
the node is not: its errands are tried again elsewhere.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from benchmarks.node import Errand
from benchmarks.pool import NO_LIMITS, Death, Ended, Job, PoolError
from benchmarks.stop import Stop
from benchmarks.worker import Limits

TRIES = 3  # a trial that takes so many nodes with it is the culprit itself
TURN = 0.2  # seconds between two looks at a requested stop
PATIENCE = 30.0  # seconds to wait for a node when none is left


class NodeLost(Exception):
    """Whoever carried an errand out is gone, or could not begin; the message says why."""


class Cluster(Protocol):
    """The little that is asked of a cluster. A handle stands for an errand that was handed out."""

    def cpus(self) -> int:
        """How many errands it can carry out at once just now; 0 when no node is left."""
        ...

    def submit(self, errand: Errand) -> Any: ...

    def wait(self, handles: Sequence[Any], seconds: float) -> Sequence[Any]:
        """Those that ended, as soon as there is one; none when the time is over."""
        ...

    def result(self, handle: Any) -> Ended:
        """What came of an errand that ended. Raises NodeLost."""
        ...

    def cancel(self, handle: Any) -> None:
        """Kill it, wherever it is."""
        ...


@dataclass(frozen=True)
class _Flight:
    """An errand on its way, for the how manieth time."""

    job: Job
    tries: int = 1


class Remote:
    """The pool of a cluster: an `Executor`. Use it from one thread."""

    def __init__(
        self,
        cluster: Cluster,
        processes: int,
        limits: Limits = NO_LIMITS,
        stop: Stop | None = None,
        files: Mapping[str, bytes] | None = None,
        say: Callable[[str], None] = print,
    ) -> None:
        self.cluster, self.processes, self.stop = cluster, processes, stop
        self._errand = Errand(Job(None, "", ()), limits, files=files or {})
        self._say = say
        self._flying: dict[Any, _Flight] = {}
        self._alone = 0.0  # since when there has been no node

    def __enter__(self) -> Remote:
        return self

    def __exit__(self, *error: object) -> None:
        self._end()

    def warm_up(self, modules: Sequence[str]) -> None:
        """Each process of the cluster imports these with its first errand."""
        self._errand = replace(self._errand, modules=tuple(modules))

    def run(self, jobs: Callable[[], Job | None], started: Callable[[Job], None] = lambda job: None) -> Iterator[Ended]:
        """See `Executor`. After a stop it ends, and cancels what runs. Raises PoolError when no node is left."""
        again: deque[_Flight] = deque()
        more = True
        while not self._stopped():
            while len(self._flying) < self.processes and (again or more):
                flight = again.popleft() if again else None
                if flight is None:
                    job = jobs()
                    if job is None:
                        more = False
                        break
                    flight = _Flight(job)
                self._flying[self.cluster.submit(replace(self._errand, job=flight.job))] = flight
                started(flight.job)
            if not self._flying:
                return
            done = self.cluster.wait(list(self._flying), TURN)
            for handle in done:
                flight = self._flying.pop(handle)
                try:
                    ended = replace(self.cluster.result(handle), job=flight.job)  # ours knows its own paths
                except NodeLost as lost:
                    if flight.tries < TRIES:
                        self._say(f"{flight.job.key}: {lost}; it is tried again elsewhere.")
                        again.append(replace(flight, tries=flight.tries + 1))
                        continue
                    message = f"whoever played it was lost {TRIES} times, the last time so: {lost}"
                    ended = Ended(flight.job, 0.0, death=Death("crashed", "node lost", message, ""))
                yield ended
            self._look_for_nodes(bool(done))
        self._end()

    def _look_for_nodes(self, alive: bool) -> None:
        if alive or self.cluster.cpus():
            self._alone = 0.0
            return
        now = time.monotonic()
        self._alone = self._alone or now
        if now - self._alone >= PATIENCE:
            raise PoolError(
                f"No node of the cluster has been left for {PATIENCE:g} s: start one and run the same command again; "
                "what was done is stored, and the run goes on from there."
            )

    def _end(self) -> None:
        for handle in self._flying:
            self.cluster.cancel(handle)
        self._flying.clear()

    def _stopped(self) -> bool:
        return self.stop is not None and self.stop.requested
