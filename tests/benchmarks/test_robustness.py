"""Whatever happens to a run, what is stored is whole, and the same command ends where an undisturbed run ends."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from multiprocessing import forkserver as servers
from pathlib import Path
from typing import Any

import pytest

from benchmarks import planned, store
from benchmarks.errors import RequestError
from benchmarks.pool import Job, Local, each
from benchmarks.record import Record
from benchmarks.run import Means, Outcome, Request, run
from benchmarks.verify import Numbers, Scores, differences, verify
from benchmarks.worker import Limits

pytestmark = pytest.mark.usefixtures("forkserver")

TINY = Path(__file__).with_name("tiny.py")
SUITE = """\
seeds = 2
tasks = ["corridor"]
oracles = ["perfect"]
algorithms = ["walks", "compares", "raises", "exits", "dies", "hangs", "hungers", "wanders"]
[budget]
steps = 400
minutes = 1.0
envs = 4
[evaluation]
final_episodes = 4
curve_episodes = 2
points = 3
minutes = [0.5]
"""
FAULTS = {
    "raises": ("failed", "ArithmeticError", "two and two are five"),
    "exits": ("failed", "SystemExit", "I have had enough"),
    "dies": ("crashed", "SIGKILL", "the process was ended by SIGKILL"),
    "hangs": ("timeout", "time limit", "ended after 3 s"),
    "hungers": ("failed", "MemoryError", "Unable to allocate"),
    "wanders": ("failed", "ValueError", "NaN"),
}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A plug-in, a suite, and room for results; `faults` beside the plug-in says who misbehaves."""
    folder = tmp_path_factory.mktemp("robust")
    shutil.copy(TINY, folder / "tiny.py")
    (folder / "tiny.toml").write_text(SUITE)
    return folder


@pytest.fixture(scope="module")
def undisturbed(place: Path) -> dict[str, Record]:
    return dict(play(place, "undisturbed", jobs=1).records)


@pytest.fixture
def faults(place: Path) -> Iterator[Path]:
    (place / "faults").write_text(" ".join(FAULTS))
    yield place / "faults"
    (place / "faults").unlink(missing_ok=True)


def play(place: Path, out: str, jobs: int = 2, **selection: Any) -> Outcome:
    """The suite, in this process with this process's forkserver."""
    request = Request(str(place / "tiny.toml"), str(place / out), plugins=(str(place / "tiny.py"),), **selection)
    return run(request, Means(jobs, Limits(3.0, 2_000_000_000), preload=False))


def assert_same(records: dict[str, Record], reference: dict[str, Record]) -> None:
    """Equal in everything but the times and the stamp."""
    assert records.keys() == reference.keys()
    for key, record in records.items():
        one, other = record.as_json() | {"stamp": {}}, reference[key].as_json() | {"stamp": {}}
        assert not list(differences(one, other, 0.0))


def same_tables(directory: Path, reference: Path) -> bool:
    from benchmarks.scores import SCORES, scores

    columns = [name for name in SCORES if name not in ("wall_seconds", "cpu_seconds")]
    tables = []
    for place in (directory, reference):
        plan, stored = planned.read(place), store.read(place)
        tables.append(scores(stored.records.values(), plan.trials)[columns].to_csv())
    return tables[0] == tables[1]


def test_faults_cost_their_own_trial_only_and_are_mended_by_the_next_run(
    place: Path, undisturbed: dict[str, Record], faults: Path
) -> None:
    outcome = play(place, "faulty")
    assert not outcome.stopped and len(outcome.records) == 16
    for record in outcome.records.values():
        status, kind, message = FAULTS.get(record.trial.algorithm, ("ok", "", ""))
        assert record.status == status, record
        error = record.error or {"kind": "", "message": "", "traceback": ""}
        assert error["kind"] == kind and message in error["message"]
        if record.trial.algorithm == "dies":
            assert "these are my last words" in error["traceback"]
        if record.trial.algorithm in ("raises", "exits", "hangs", "hungers"):
            assert "tiny.py" in error["traceback"], "it says where"
    stored = store.read(place / "faulty")
    assert not stored.damaged and len(stored.records) == 16
    faults.unlink()
    again = play(place, "faulty")
    assert again.ok == 16
    assert_same(dict(again.records), undisturbed)
    assert same_tables(place / "faulty", place / "undisturbed")


def test_nothing_is_done_twice(place: Path, undisturbed: dict[str, Record], capsys: pytest.CaptureFixture[str]) -> None:
    before = {
        path: path.stat().st_mtime_ns for path in (place / "undisturbed").rglob("*.json") if path.name != "suite.json"
    }
    assert play(place, "undisturbed").ok == 16
    assert "16 trials of tiny, all stored in" in capsys.readouterr().out
    assert {path: path.stat().st_mtime_ns for path in before} == before


def test_a_damaged_record_is_named_set_aside_and_played_again(
    place: Path, undisturbed: dict[str, Record], capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(place / "undisturbed", place / "damaged")
    half, empty, *_ = sorted((place / "damaged" / "trials").rglob("*.json"))
    half.write_bytes(half.read_bytes()[:100])
    empty.write_bytes(b"")
    (half.parent / f".{half.name}.99.tmp").write_bytes(b"half")
    outcome = play(place, "damaged")
    said = capsys.readouterr().out
    for path in (half, empty):
        assert f"{path} is damaged: " in said and path.with_name(f"{path.name}.damaged").exists()
    assert "16 trials of tiny, 14 of them stored already" in said
    assert not list((place / "damaged").rglob("*.tmp"))
    assert_same(dict(outcome.records), undisturbed)


def test_a_full_disk_ends_the_run_and_the_next_one_goes_on(
    place: Path, undisturbed: dict[str, Record], monkeypatch: pytest.MonkeyPatch
) -> None:
    true, calls = os.fsync, []

    def fsync(descriptor: int) -> None:
        calls.append(descriptor)
        if len(calls) > 20:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        true(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(store.StoreError, match=r"No space left on device.*make room there"):
        play(place, "full")
    monkeypatch.undo()
    stored = store.read(place / "full")
    assert 0 < len(stored.records) < 16 and not stored.damaged and not list((place / "full").rglob("*.tmp"))
    assert_same(dict(play(place, "full").records), undisturbed)


def test_a_narrower_run_adds_to_what_is_there(place: Path, undisturbed: dict[str, Record]) -> None:
    play(place, "parts", algorithms=("walks",))
    play(place, "parts", algorithms=("compares",), seeds=1)
    assert len(planned.read(place / "parts").trials) == 3
    assert planned.read(place / "parts").families == {"walks": "evaluative", "compares": "preferences"}
    stored = store.read(place / "parts").records
    assert_same(dict(stored), {key: undisturbed[key] for key in stored})


def test_what_another_run_holds_is_copied_with_all_its_files(
    place: Path, undisturbed: dict[str, Record], capsys: pytest.CaptureFixture[str]
) -> None:
    outcome = play(place, "reusing", algorithms=("walks", "compares"), reuse=(str(place / "undisturbed"),))
    said = capsys.readouterr().out
    assert f"4 trials copied from {place / 'undisturbed'}." in said and "4 trials of tiny, all stored" in said
    assert {key: record.as_json() for key, record in outcome.records.items()} == {
        key: undisturbed[key].as_json() for key in outcome.records
    }
    copies = [path for path in (place / "reusing" / "trials").rglob("*") if path.is_file()]
    assert len(copies) == 12, "record, policy and transcript of each"
    for path in copies:
        assert path.read_bytes() == (place / "undisturbed" / path.relative_to(place / "reusing")).read_bytes()


def test_other_evaluations_are_not_copied(place: Path, undisturbed: dict[str, Record]) -> None:
    (place / "finer.toml").write_text(SUITE.replace("points = 3", "points = 4"))
    request = Request(
        str(place / "finer.toml"),
        str(place / "finer"),
        plugins=(str(place / "tiny.py"),),
        reuse=(str(place / "undisturbed"),),
    )
    with pytest.raises(RequestError, match=r"scored by other \[evaluation\] settings"):
        run(request, Means(1, preload=False))


def test_verify_agrees_and_sees_a_change(
    place: Path, undisturbed: dict[str, Record], capsys: pytest.CaptureFixture[str]
) -> None:
    means = Means(2, preload=False)
    assert verify(place / "undisturbed", means, 4) == 0
    said = capsys.readouterr().out
    assert said.count(": the same") == 4 and "All 4 are the same" in said
    shutil.copytree(place / "undisturbed", place / "changed")
    for path in (place / "changed" / "trials").rglob("*.json"):
        record = store.decode(path.read_bytes())
        assert record.final is not None
        record.final["returns"][0] += 0.125
        path.write_bytes(store.encode(record))
    assert verify(place / "changed", means, 2) == 1
    assert "DIFFERS: final.returns[0] was" in capsys.readouterr().out
    assert verify(place / "changed", means, 2, Numbers(0.5)) == 0
    capsys.readouterr()
    assert verify(place / "undisturbed", means, 4, Scores(0.05)) == 0
    said = capsys.readouterr().out
    assert "The scores are equivalent within 0.05: now - then = 0.000 [0.000, 0.000]" in said and "4 trials." in said


# ---- the whole command, as a process of its own


def command(place: Path, out: str) -> list[str]:
    options = ["--suite", "tiny.toml", "--plugin", "tiny.py", "--out", out, "--jobs", "2", "--no-report"]
    return [sys.executable, "-m", "benchmarks", "run", *options, "--set", "walks.pause=0.15", "--seeds", "12",
            "--algorithms", "walks"]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("how", ["SIGINT", "SIGTERM", "SIGKILL"])
def test_the_whole_run_may_be_ended_at_any_time(place: Path, how: str) -> None:
    """SIGINT goes to the whole process group, as a terminal's Ctrl-C does."""
    process = subprocess.Popen(
        command(place, how),
        cwd=place,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    said = []
    for line in process.stdout:
        said.append(line)
        if line.startswith("[3/12]"):
            break
    while len(family := descendants(process.pid)) < 4:  # two workers, the forkserver and its tracker
        assert process.poll() is None
        time.sleep(0.02)
    if how == "SIGINT":
        os.killpg(process.pid, signal.SIGINT)
    else:
        process.send_signal(signal.Signals[how])
    said += process.stdout.read().splitlines()
    status = process.wait(20)
    deadline = time.monotonic() + 10
    while any(Path(f"/proc/{pid}").exists() for pid in family) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not [pid for pid in family if Path(f"/proc/{pid}").exists()], "no worker outlives its run"
    stored = store.read(place / how)
    assert not stored.damaged and 3 <= len(stored.records) < 12
    assert {record.status for record in stored.records.values()} == {"ok"}
    if how == "SIGKILL":
        assert status == -signal.SIGKILL
    else:
        assert status == 1
        assert said[-1].startswith(f"Stopped: {len(stored.records)} of 12 trials are stored in {how}.")
        assert "Traceback" not in "".join(said)
    settings = {"settings": (("walks", "pause", 0.15),), "seeds": 12, "algorithms": ("walks",)}
    outcome = play(place, how, **settings)
    assert outcome.ok == 12 and not list((place / how).rglob("*.tmp"))


def descendants(pid: int) -> list[int]:
    """All processes below a process."""
    children: dict[int, list[int]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        children.setdefault(int(fields[1]), []).append(int(path.parent.name))
    found, waiting = [], [pid]
    while waiting:
        below = children.get(waiting.pop(), [])
        found += below
        waiting += below
    return found


def test_the_forkserver_may_die_too() -> None:
    """Its workers are lost with it; the next ones get a new one. The last test, since that has nothing imported."""

    def kill(started: Job) -> None:
        if started.call == "time:sleep":
            os.kill(servers._forkserver._forkserver_pid, signal.SIGKILL)  # type: ignore[attr-defined]

    jobs = [Job(call, call, arguments) for call, *arguments in (("os:getppid",), ("time:sleep", 30), ("os:getpid",))]
    with Local(1) as pool:
        ended = list(pool.run(each(jobs), kill))
    assert [item.death is None for item in ended] == [True, False, True]
    assert ended[1].death is not None and ended[1].death.status == "crashed" and ended[1].seconds < 20
