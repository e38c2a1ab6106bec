"""Solved arrays, kept between runs: one .npz a key, written whole or not at all."""

from __future__ import annotations

import hashlib
import os
import tempfile
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks.task import Array

DIGITS = 16  # of the key's hash in a file's name


def folder() -> Path:
    """`$FEEDBACK_BENCH_CACHE`, else `feedback-bench` in `$XDG_CACHE_HOME` or `~/.cache`."""
    if own := os.environ.get("FEEDBACK_BENCH_CACHE"):
        return Path(own)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "feedback-bench"


def path(name: str, key: str) -> Path:
    """The file of `name`; the key is everything that the arrays depend on, spelt out."""
    return folder() / f"{name}-{hashlib.sha256(key.encode()).hexdigest()[:DIGITS]}.npz"


def forget(name: str) -> None:
    """Delete what is kept of `name`, whatever it depended on."""
    for file in folder().glob(f"{name}-{'[0-9a-f]' * DIGITS}.npz"):
        file.unlink(missing_ok=True)


def kept(file: Path, names: tuple[str, ...], make: Callable[[], dict[str, Array]]) -> dict[str, Array]:
    """The named arrays in `file`; where there is none, or a damaged one, they are made and put there."""
    try:
        with file.open("rb") as stream, np.load(stream, allow_pickle=False) as stored:
            return {name: stored[name] for name in names}
    except (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile):
        arrays = make()
    try:
        write(file, arrays)
    except OSError as error:
        warnings.warn(f"{file} could not be written, so it will be solved again next time: {error}", stacklevel=2)
    return arrays


def write(file: Path, arrays: dict[str, Array]) -> None:
    """Write beside and rename, so that a reader in another process sees the whole file or none."""
    file.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(prefix=file.stem, suffix=".part", dir=file.parent)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            np.savez(stream, allow_pickle=False, **arrays)
        os.replace(temporary, file)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
