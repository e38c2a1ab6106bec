"""`report` on made-up trials: 300, and 30,000."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import pytest

from benchmarks.report import build
from tests.benchmarks import synthetic


@pytest.mark.parametrize("trials", [300, 30_000])
def test_report(trials: int, benchmark: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cells = len(synthetic.TASKS) * len(synthetic.ALGORITHMS)
    seeds = -(-trials // cells) if benchmark.enabled else 1
    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", lambda descriptor: None)  # made up: it may be lost
        records = synthetic.realistic(seeds=seeds)
        synthetic.store(tmp_path, records)
    many = len(records)
    del records  # a `report` of one's own has no second copy of them for the garbage collection to walk through
    cpu = time.process_time()
    page = benchmark.pedantic(build.write, args=(tmp_path,), rounds=1)
    assert page.is_file()
    benchmark.extra_info |= {
        "what": f"`report` on {many:,} trials", "trials": many,
        "cpu_seconds": time.process_time() - cpu,
    }  # fmt: skip
