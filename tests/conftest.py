"""One thread a process, as in the pool: set before numpy is imported anywhere."""

from __future__ import annotations

import os

import pytest

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"


@pytest.fixture(scope="session")
def forkserver() -> None:
    """The forkserver of this process, with the libraries imported: there is one for all pools of all tests."""
    from benchmarks.pool import Local
    from benchmarks.preload import ALWAYS

    with Local(1) as pool:
        pool.warm_up(ALWAYS)
