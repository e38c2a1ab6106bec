"""Streams of chance, each hashed from the coordinates that it may depend on, and from nothing else.

world       (task, seed)          start states of the twin
person      (task, oracle, seed)  the simulated human
evaluation  (task, seed)          start states of the scoring episodes
learner     (everything)          the learner's own generator, and torch's, numpy's and python's global ones

So all learners meet the same worlds and the same person, and differences are paired by seed.
"""

from __future__ import annotations

import hashlib
import random
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from benchmarks.record import canonical


def entropy(*coordinates: str | int) -> int:
    """A number of 128 bits, the hash of the coordinates."""
    return int.from_bytes(hashlib.sha256(canonical(list(coordinates)).encode()).digest()[:16])


def stream(*coordinates: str | int) -> np.random.Generator:
    return np.random.default_rng(entropy(*coordinates))


def seed_globals(*coordinates: str | int) -> None:
    """Seed python's, numpy's and, if it was imported, torch's global generators."""
    seed = entropy(*coordinates) % 2**32
    random.seed(seed)
    np.random.seed(seed)
    if "torch" in sys.modules:
        sys.modules["torch"].manual_seed(seed)


@contextmanager
def aside(*coordinates: str | int) -> Iterator[None]:
    """Inside, the global generators are on a stream of their own; afterwards they go on as if nothing had been."""
    torch = sys.modules.get("torch")
    kept = random.getstate(), np.random.get_state(), None if torch is None else torch.get_rng_state()
    seed_globals(*coordinates)
    try:
        yield
    finally:
        random.setstate(kept[0])
        np.random.set_state(kept[1])
        if torch is not None and kept[2] is not None:
            torch.set_rng_state(kept[2])
