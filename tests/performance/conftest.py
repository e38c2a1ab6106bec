"""What every comparison here uses, and the one table that `make bench` writes.

Nothing is asserted about time: as ordinary tests the comparisons run once, tiny, and both sides must have done
the same work.
"""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from benchmarks.stamp import stamp
from tests.performance.side_by_side import apart, once, summary

ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))
TABLE = Path(os.environ.get("BENCH_TABLE", "results/reference/bench"))
COLUMNS = ("what", "theirs", "CPU ratio", "95 %", "wall ratio", "our CPU s", "their CPU s", "rounds")

Compare = Callable[..., None]


@pytest.fixture
def compare(benchmark: Any) -> Compare:
    """compare(what, ours, theirs, settings, tiny): measure both sides with `settings`, or try them with `tiny`.

    `their_name` is what the other side is called in the table, `rounds` how often each is measured, and
    `their_python` what runs it if this Python cannot.
    """

    def run(
        what: str,
        ours: str,
        theirs: str,
        settings: Mapping[str, Any],
        tiny: Mapping[str, Any],
        their_name: str = "stable-baselines3",
        rounds: int = ROUNDS,
        their_python: str | None = None,
    ) -> None:
        if not benchmark.enabled:
            mine, other = once(ours, tiny), apart(theirs, tiny, their_python) if their_python else once(theirs, tiny)
            assert mine.done == other.done
            benchmark.pedantic(lambda: None)
            return
        found: dict[str, list[Any]] = {ours: [], theirs: []}

        def measure(side: str) -> None:
            found[side].append(apart(side, settings, their_python if side == theirs else None))

        benchmark.pedantic(measure, args=(ours,), setup=lambda: measure(theirs), rounds=rounds)
        for mine, other in zip(found[ours], found[theirs], strict=True):
            assert mine.done == other.done
        benchmark.extra_info |= {"what": what, "theirs": their_name, **summary(found[ours], found[theirs])}

    return run


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    measured = getattr(getattr(session.config, "_benchmarksession", None), "benchmarks", ())
    rows = [{"name": one.name, **one.extra_info} for one in measured if one.extra_info]
    if rows and session.config.getoption("benchmark_enable", False):
        write(rows, TABLE)


def write(rows: list[dict[str, Any]], folder: Path) -> None:
    """bench.json and bench.md. Rows measured before and not now are kept, each with its own machine and date."""
    folder.mkdir(parents=True, exist_ok=True)
    here = machine()
    file = folder / "bench.json"
    kept = json.loads(file.read_text())["rows"] if file.exists() else []
    fresh = {row["name"]: {**row, "machine": here} for row in rows}
    rows = [fresh.pop(row["name"], row) for row in kept] + list(fresh.values())
    file.write_text(json.dumps({"rows": rows}, indent=1) + "\n")
    (folder / "bench.md").write_text(markdown(rows))


def machine() -> dict[str, Any]:
    libraries = ("numpy", "torch", "stable-baselines3", "gymnasium", "imitation")
    found = stamp()
    return {
        "processor": found["machine"]["processor"],
        "cores": os.cpu_count(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "versions": {name: version(name) for name in libraries},
        "commit": found["commit"],
        "date": datetime.now(UTC).isoformat(timespec="minutes"),
        "load": [round(load, 2) for load in os.getloadavg()],
    }


def markdown(rows: list[dict[str, Any]]) -> str:
    lines = [
        "# Speed, side by side",
        "",
        "`make bench` writes this: A B A B in fresh processes, one thread each, equal settings; a ratio says how",
        "many times as long theirs takes, the median over the rounds with its 95 % bootstrap interval.",
        "",
    ]
    passing = ("load", "date", "commit")
    machines = {json.dumps({k: v for k, v in row["machine"].items() if k not in passing}): row for row in rows}
    for one in (row["machine"] for row in machines.values()):
        versions = ", ".join(f"{name} {number}" for name, number in one["versions"].items())
        lines += [f"{one['processor']}, {one['cores']} cores; Python {one['python']}, {versions}.", ""]
    dates = sorted(row["machine"]["date"] for row in rows)
    loads = [row["machine"]["load"][0] for row in rows]
    lines += [f"Measured from {dates[0]} to {dates[-1]}; load afterwards {min(loads):g} to {max(loads):g}.", ""]
    lines += [f"| {' | '.join(COLUMNS)} |", "|:---|:---|---:|---:|---:|---:|---:|---:|"]
    for row in (row for row in rows if "cpu_ratio" in row):
        cells = [
            row["what"], row["theirs"], f"{row['cpu_ratio']:.1f}", f"{row['cpu_low']:.1f}–{row['cpu_high']:.1f}",
            f"{row['wall_ratio']:.1f}", f"{row['our_cpu']:.3g}", f"{row['their_cpu']:.3g}", str(row["rounds"]),
        ]  # fmt: skip
        lines.append(f"| {' | '.join(cells)} |")
    others = [row for row in rows if "cpu_ratio" not in row]
    if others:
        lines += ["", "| what | measured |", "|:---|:---|"]
    for row in others:
        numbers = {key: value for key, value in row.items() if key not in ("name", "what", "machine")}
        told = ", ".join(f"{key.replace('_', ' ')} {value:.3g}" for key, value in numbers.items())
        lines.append(f"| {row.get('what', row['name'])} | {told} |")
    return "\n".join(lines) + "\n"
