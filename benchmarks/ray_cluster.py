"""A Ray cluster (https://docs.ray.io) as a `Cluster`. Ray is imported here only, and only when it is asked for."""

from __future__ import annotations

import logging
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from importlib.util import find_spec
from typing import Any

from benchmarks.arguments import cores
from benchmarks.errors import RequestError
from benchmarks.node import Errand, carry_out, version
from benchmarks.pool import Ended
from benchmarks.remote import NodeLost

PATIENCE = 30.0  # seconds in which a cluster has to answer
LOCAL = "local"  # the address that makes Ray start on this machine
QUIET = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0"}
REACH = "import ray, sys; ray.init(address=sys.argv[1], log_to_driver=False)"


class RayCluster:
    """The Ray cluster at "HOST:PORT", or, at "local", one that is started on this machine and ends with the driver.

    Raises RequestError where there is none, and where Ray is not installed.
    """

    def __init__(self, address: str = LOCAL) -> None:
        require()
        os.environ.update({name: os.environ.get(name, value) for name, value in QUIET.items()})
        self.notes: list[str] = []  # what whoever runs trials on it should know
        if address != LOCAL:
            _reach(address)
        import ray

        own = {"num_cpus": cores()} if address == LOCAL else {}
        before = signal.getsignal(signal.SIGTERM)  # Ray sets its own
        try:
            ray.init(
                address=address,
                include_dashboard=False if address == LOCAL else None,
                log_to_driver=False,
                logging_level=logging.CRITICAL,
                **own,
            )
        except Exception as error:
            raise _unreachable(address, str(error)) from error
        finally:
            signal.signal(signal.SIGTERM, before)
        ray._private.worker.print_to_stdstream = _silent  # a dying node's debugging output: no setting stops it
        self._ray = ray
        self._carry_out = ray.remote(num_cpus=1, max_retries=0)(carry_out)  # retries are the driver's to count

    def __enter__(self) -> RayCluster:
        try:
            self._compare_versions()
        except BaseException:
            self._ray.shutdown()
            raise
        return self

    def __exit__(self, *error: object) -> None:
        self._ray.shutdown()

    def cpus(self) -> int:
        return sum(int(node["Resources"].get("CPU", 0)) for node in self._nodes())

    def submit(self, errand: Errand) -> Any:
        return self._carry_out.remote(errand)

    def wait(self, handles: Sequence[Any], seconds: float) -> Sequence[Any]:
        done: list[Any] = self._ray.wait(list(handles), num_returns=1, timeout=seconds)[0]
        return done

    def result(self, handle: Any) -> Ended:
        try:
            ended: Ended = self._ray.get(handle)
        except Exception as error:
            raise NodeLost(_explained(error)) from error
        return ended

    def cancel(self, handle: Any) -> None:
        with suppress(Exception):
            self._ray.cancel(handle, force=True)

    def _nodes(self) -> list[dict[str, Any]]:
        return [node for node in self._ray.nodes() if node["Alive"]]

    def _compare_versions(self) -> None:
        """Raises RequestError where a node cannot import the project; notes where it has another version of it."""
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

        ask = self._ray.remote(num_cpus=0, max_retries=0)(version)
        asked = {
            node["NodeManagerAddress"]: ask.options(
                scheduling_strategy=NodeAffinitySchedulingStrategy(node["NodeID"], soft=False)
            ).remote()
            for node in self._nodes()
            if node["Resources"].get("CPU")
        }
        ours = version()
        for place, handle in asked.items():
            try:
                theirs = self._ray.get(handle, timeout=PATIENCE)
            except Exception as error:
                raise RequestError(
                    f"The node {place} cannot carry out anything ({_explained(error)}): install this version of "
                    "feedback-bench there, with the same Python, or take the node out of the cluster."
                ) from error
            self.notes += difference(place, ours, theirs)


def difference(place: str, ours: Mapping[str, str], theirs: Mapping[str, str]) -> list[str]:
    """What to say about a node of these versions; nothing if they are ours."""
    differing = [name for name, release in ours.items() if theirs.get(name) != release]
    return differing and [
        f"The node {place} has another version of {', '.join(differing)} than this machine: what is played there "
        "may come out differently."
    ]


def require() -> None:
    """Raises RequestError where Ray is not installed."""
    if find_spec("ray") is None:
        raise RequestError(
            "--executor ray takes the extra `cluster`, which is not installed: "
            "`make setup LOCK=requirements-all.lock` installs it."
        )


def _reach(address: str) -> None:
    """Raises RequestError unless a cluster answers soon. Another process asks: where none does, Ray ends the asker."""
    host, colon, port = address.rpartition(":")
    if not (colon and host and "/" not in host and port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        raise RequestError(f"--address takes HOST:PORT, as `ray start --head` names it, not {address!r}.")
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=5).close()
    except OSError as error:
        raise _unreachable(address, error.strerror or str(error)) from error
    try:
        asked = subprocess.run(
            [sys.executable, "-c", REACH, address], capture_output=True, text=True, timeout=PATIENCE
        )
    except subprocess.TimeoutExpired as error:
        raise _unreachable(address, f"no answer within {PATIENCE:g} s") from error
    if asked.returncode != 0:
        lines = [line for line in asked.stderr.splitlines() if "Error: " in line]
        raise _unreachable(address, lines[-1].partition("Error: ")[2] if lines else "it closed the connection")


def _silent(*arguments: Any, **keywords: Any) -> None:
    """Prints nothing."""


def _unreachable(address: str, why: str) -> RequestError:
    why = " ".join(why.split()).rstrip(".")
    if address == LOCAL:
        return RequestError(f"Ray does not start on this machine ({why}).")
    return RequestError(
        f"No Ray cluster answers at {address} ({why}): start one with `ray start --head`, or give the address that "
        "it named, from a machine that is part of it."
    )


def _explained(error: Exception) -> str:
    """What Ray's errors say, in a few words."""
    from ray.exceptions import NodeDiedError, OutOfMemoryError, RayTaskError, WorkerCrashedError

    if isinstance(error, RayTaskError):
        return " ".join(str(error).strip().splitlines()[-1].split()).rstrip(".")
    if isinstance(error, OutOfMemoryError):
        return "its node ran out of memory"
    if isinstance(error, (NodeDiedError, WorkerCrashedError)):
        return "its node died" if isinstance(error, NodeDiedError) else "the process that watched over it died"
    return f"it was lost with its node ({type(error).__name__})"
