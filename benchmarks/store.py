"""What is stored: one JSON file a trial, absent or whole, with the policy and the transcript beside it.

    DIR/trials/<task>/<oracle>/<algorithm>/<seed>-<id>.json     the record
                                           <seed>-<id>.zip      the policy
                                           <seed>-<id>.jsonl.gz the transcript

Each is written to a temporary name beside, synced and renamed, the record last. Only the process that holds
the directory's lock (see `benchmarks.lock`) writes.
"""

from __future__ import annotations

import errno
import gc
import hashlib
import json
import math
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.record import STATUSES, Record, Trial, canonical

TRIALS = "trials"
TEMPORARY = ".tmp"
DAMAGED = ".damaged"
TYPES: dict[str, tuple[type, ...]] = {
    "family": (str,),
    "error": (dict, type(None)),
    "curve": (list,),
    "final": (dict, type(None)),
    "anchors": (dict,),
    "spent": (dict,),
    "feedback": (dict,),
    "logs": (list,),
    "objectives": (dict,),
    "stamp": (dict,),
}


class StoreError(Exception):
    """Nothing more can be stored; what is stored is whole. The message is one sentence with the mend."""


@dataclass(frozen=True)
class Damaged:
    """A record that cannot be read, and why."""

    path: Path
    reason: str


@dataclass(frozen=True)
class Stored:
    """Everything in a directory: the records by the trial's id, and the files that are none."""

    records: dict[str, Record]
    damaged: tuple[Damaged, ...] = ()


def path_of(directory: Path, trial: Trial) -> Path:
    """Where the record of a trial is or will be."""
    return directory / TRIALS / trial.task / trial.oracle / trial.algorithm / f"{trial.seed}-{trial.id}.json"


def encode(record: Record) -> bytes:
    """The record as JSON, NaN and infinity as null. Raises TypeError for what JSON has no word for."""
    body = record.as_json()
    try:
        text = json.dumps(body, separators=(",", ":"), allow_nan=False)
    except ValueError:
        text = json.dumps(_finite(body), separators=(",", ":"), allow_nan=False)
    return text.encode()


def decode(data: bytes) -> Record:
    """The record in these bytes. Raises ValueError, saying what is wrong with them."""
    try:
        body = json.loads(data)
    except ValueError as error:
        raise ValueError("it is empty" if not data else f"it is not whole JSON ({error})") from None
    if not isinstance(body, dict) or body.get("format") != 1:
        raise ValueError("it is not a record of format 1")
    if body.get("status") not in STATUSES:
        raise ValueError(f"its status is {body.get('status')!r}")
    for key, types in TYPES.items():
        if not isinstance(body.get(key, ...), types):
            raise ValueError(f"its {key!r} is missing or of the wrong type")
    try:
        record = Record.from_json(body)
        identity = identity_of(body["trial"])
    except (TypeError, KeyError, ValueError) as error:
        raise ValueError(f"its trial cannot be read ({type(error).__name__}: {error})") from None
    if body.get("id") != identity:
        raise ValueError(f"its id is {body.get('id')!r}, but its trial's is {identity!r}")
    vars(record.trial)["id"] = identity  # where the trial keeps it: to find it again takes longer than all else
    return record


def identity_of(trial: Mapping[str, Any]) -> str:
    """The id of a trial that is JSON already, as `Trial.id` makes it."""
    return hashlib.sha256(canonical(trial).encode()).hexdigest()[:12]


def read(directory: Path) -> Stored:
    """All records of a directory, damaged ones named; nothing is changed."""
    records: dict[str, Record] = {}
    damaged: list[Damaged] = []
    with _no_collection():
        for path in _files(directory, ".json"):
            try:
                record = decode(path.read_bytes())
                if path.name != f"{record.trial.seed}-{record.trial.id}.json":
                    raise ValueError("its name is not that of its trial")
            except (ValueError, OSError) as error:
                damaged.append(Damaged(path, str(error)))
            else:
                records[record.trial.id] = record
    return Stored(records, tuple(damaged))


def write(directory: Path, trial: Trial, record: bytes, policy: bytes | None, transcript: bytes | None) -> None:
    """Store a trial: policy and transcript first, the record last. Raises StoreError."""
    path = path_of(directory, trial)
    with _storing(directory):
        path.parent.mkdir(parents=True, exist_ok=True)
        for suffix, data in ((".zip", policy), (".jsonl.gz", transcript), (".json", record)):
            if data is not None:
                _write_whole(path.with_suffix(suffix), data)
        _sync(path.parent)


def copy(source: Path, directory: Path, trial: Trial) -> None:
    """Store a trial of one directory in another. Raises StoreError."""
    path = path_of(source, trial)
    files = {suffix: path.with_suffix(suffix) for suffix in (".json", ".zip", ".jsonl.gz")}
    data = {suffix: file.read_bytes() if file.exists() else None for suffix, file in files.items()}
    write(directory, trial, data[".json"] or b"", data[".zip"], data[".jsonl.gz"])


def write_text(directory: Path, name: str, text: str) -> None:
    """Store a file of the directory itself, whole. Raises StoreError."""
    with _storing(directory):
        _write_whole(directory / name, text.encode())


def clean(directory: Path) -> None:
    """Take away what a killed run left half-written. Only under the lock."""
    for path in (*_files(directory, TEMPORARY), *directory.glob(f".*{TEMPORARY}")):
        path.unlink(missing_ok=True)


def set_aside(damaged: Damaged) -> Path:
    """Rename a damaged record, so that its trial is played again. Only under the lock."""
    aside = damaged.path.with_name(damaged.path.name + DAMAGED)
    with _storing(damaged.path.parent):
        os.replace(damaged.path, aside)
    return aside


@contextmanager
def _no_collection() -> Iterator[None]:
    """Without garbage collection: JSON has no cycles, and looking for them takes a third of the time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _files(directory: Path, suffix: str) -> Iterator[Path]:
    """The files of the trials with this ending, sorted."""
    for folder, folders, names in os.walk(directory / TRIALS):
        folders.sort()
        yield from (Path(folder, name) for name in sorted(names) if name.endswith(suffix))


def _write_whole(path: Path, data: bytes) -> None:
    temporary = path.with_name(f".{path.name}.{os.getpid()}{TEMPORARY}")
    try:
        with open(temporary, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise


def _sync(folder: Path) -> None:
    """Make the renames in a folder last through a power cut, where the file system can."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _storing(directory: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        mend = "make room there" if error.errno in (errno.ENOSPC, errno.EDQUOT) else "mend that"
        raise StoreError(
            f"Nothing more can be stored in {directory} ({error.strerror}): {mend} and run the same command "
            "again; what is stored is whole, and the run goes on from there."
        ) from error


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(item) for item in value]
    return value
