"""What is stored is absent or whole, whatever happens while it is written."""

from __future__ import annotations

import errno
import json
import math
import os
import subprocess
import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from benchmarks import planned, store
from benchmarks.errors import RequestError
from benchmarks.lock import locked
from benchmarks.planned import Planned
from benchmarks.record import Evaluations, Record, Trial
from benchmarks.suite import LeftOut

TRIAL = Trial("corridor", "typical", "walks", 3, 1000, 60.0, {"width": 5, "layers": (4, 4)}, {"error": 0.1})


def record(trial: Trial = TRIAL, **changes: Any) -> Record:
    body = dict(
        trial=trial,
        status="ok",
        family="evaluative",
        curve=[{"steps": 10, "human_seconds": 0.5, "returns": [1.0, 2.5]}],
        final={"returns": [3.0]},
        anchors={"random": 0.0, "expert": 4.0},
        spent={"env_steps": 1000},
        feedback={"compare": {"asked": 3}},
    )
    return Record(**{**body, **changes})  # type: ignore[arg-type]


def put(directory: Path, item: Record, policy: bytes = b"policy", transcript: bytes = b"said") -> Path:
    store.write(directory, item.trial, store.encode(item), policy, transcript)
    return store.path_of(directory, item.trial)


def files(directory: Path) -> dict[str, bytes]:
    return {str(path.relative_to(directory)): path.read_bytes() for path in directory.rglob("*") if path.is_file()}


def test_what_is_written_is_read(tmp_path: Path) -> None:
    path = put(tmp_path, record())
    assert path == tmp_path / f"trials/corridor/typical/walks/3-{TRIAL.id}.json"
    assert path.with_suffix(".zip").read_bytes() == b"policy"
    assert path.with_suffix(".jsonl.gz").read_bytes() == b"said"
    stored = store.read(tmp_path)
    assert not stored.damaged and list(stored.records) == [TRIAL.id]
    assert stored.records[TRIAL.id].as_json() == json.loads(json.dumps(record().as_json()))
    assert len(files(tmp_path)) == 3


def test_what_is_no_number_is_null() -> None:
    odd = record(logs=[{"loss": math.nan, "kl": math.inf, "steps": 1.0}], reward_model={"r": -math.inf})
    body = json.loads(store.encode(odd))
    assert body["logs"] == [{"loss": None, "kl": None, "steps": 1.0}] and body["reward_model"] == {"r": None}
    assert store.decode(store.encode(odd)).logs[0]["loss"] is None


def test_what_json_has_no_word_for_is_refused() -> None:
    with pytest.raises(TypeError):
        store.encode(record(logs=[{"loss": object()}]))


WHOLE = store.encode(record())


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "it is empty"),
        (WHOLE[: len(WHOLE) // 2], "it is not whole JSON"),
        (b"\x00" * 100, "it is not whole JSON"),
        (b"[1]", "it is not a record of format 1"),
        (WHOLE.replace(b'"format":1', b'"format":9'), "it is not a record of format 1"),
        (WHOLE.replace(b'"status":"ok"', b'"status":"fine"'), "its status is 'fine'"),
        (WHOLE.replace(b'"seed":3', b'"seed":4'), "its id is"),
        (WHOLE.replace(b'"task":"corridor",', b""), "its trial cannot be read"),
        (WHOLE.replace(b'"curve":[', b'"curves":['), "its 'curve' is missing or of the wrong type"),
        (WHOLE.replace(b'"anchors":{', b'"anchors":3,"x":{'), "its 'anchors' is missing or of the wrong type"),
    ],
)
def test_damaged_records_are_named_and_set_aside(tmp_path: Path, data: bytes, reason: str) -> None:
    assert data != WHOLE
    good = put(tmp_path, record(replace(TRIAL, seed=8)))
    path = put(tmp_path, record())
    path.write_bytes(data)
    stored = store.read(tmp_path)
    assert list(stored.records) == [replace(TRIAL, seed=8).id] and good.exists()
    assert [item.path for item in stored.damaged] == [path]
    assert stored.damaged[0].reason.startswith(reason)
    aside = store.set_aside(stored.damaged[0])
    assert aside.name == f"3-{TRIAL.id}.json.damaged" and aside.read_bytes() == data
    assert not store.read(tmp_path).damaged and not path.exists()


def test_a_renamed_record_is_damaged(tmp_path: Path) -> None:
    path = put(tmp_path, record())
    path.rename(path.with_name("4-0123456789ab.json"))
    assert store.read(tmp_path).damaged[0].reason == "its name is not that of its trial"


@pytest.mark.parametrize("call", ["fsync", "replace"])
@pytest.mark.parametrize("turn", [1, 2, 3])
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO])
def test_a_full_disk_damages_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, turn: int, number: int
) -> None:
    """The write of policy, transcript or record fails, before or at the renaming."""
    put(tmp_path, record(status="failed"), b"old policy", b"old words")
    before = files(tmp_path)
    true, calls = getattr(os, call), []

    def failing(*arguments: Any) -> Any:
        calls.append(arguments)
        if len(calls) >= turn:
            raise OSError(number, os.strerror(number))
        return true(*arguments)

    monkeypatch.setattr(os, call, failing)
    with pytest.raises(store.StoreError) as caught:
        put(tmp_path, record(), b"new policy", b"new words")
    monkeypatch.undo()
    assert str(tmp_path) in str(caught.value) and os.strerror(number) in str(caught.value)
    assert ("make room there" in str(caught.value)) == (number == errno.ENOSPC)
    after = files(tmp_path)
    assert after.keys() == before.keys()
    assert store.read(tmp_path).records[TRIAL.id].status == "failed"
    put(tmp_path, record(), b"new policy", b"new words")
    assert store.read(tmp_path).records[TRIAL.id].status == "ok"


def test_a_really_full_disk(tmp_path: Path) -> None:
    """A file system of 64 KB; skipped where none can be mounted."""
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(tmp_path)], capture_output=True)
    if mounted.returncode != 0:
        pytest.skip("no file system can be mounted here")
    try:
        for seed in range(100):
            try:
                put(tmp_path, record(replace(TRIAL, seed=seed)), os.urandom(5000))
            except store.StoreError as error:
                assert "No space left on device" in str(error)
                break
        stored = store.read(tmp_path)
        assert 0 < len(stored.records) == seed < 100 and not stored.damaged
        assert not [name for name in files(tmp_path) if name.endswith(store.TEMPORARY)]
    finally:
        subprocess.run(["umount", str(tmp_path)], check=True)


def test_leftovers_of_a_killed_run_are_taken_away(tmp_path: Path) -> None:
    path = put(tmp_path, record())
    for left in (path.with_name(f".{path.name}.123.tmp"), tmp_path / ".suite.json.123.tmp"):
        left.write_bytes(b"half")
    store.clean(tmp_path)
    assert len(files(tmp_path)) == 3


def test_two_runs_at_once_are_one_too_many(tmp_path: Path) -> None:
    with locked(tmp_path):
        with (
            pytest.raises(RequestError, match=rf"Another run \(process {os.getpid()}\) is writing to"),
            locked(tmp_path),
        ):
            pass
        assert (tmp_path / ".lock").exists()
    with locked(tmp_path):
        pass
    assert not (tmp_path / ".lock").exists()


def test_the_lock_of_a_killed_run_is_no_lock(tmp_path: Path) -> None:
    code = f"""
import os, pathlib
from benchmarks.lock import locked
with locked(pathlib.Path({str(tmp_path)!r})):
    os.kill(os.getpid(), 9)
"""
    assert subprocess.run([sys.executable, "-c", code]).returncode == -9
    assert (tmp_path / ".lock").exists()
    with locked(tmp_path):
        pass


def test_a_directory_that_is_none_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    for path in (tmp_path / "file", tmp_path / "file" / "below"):
        with (
            pytest.raises(RequestError, match="is a file, or lies in one: give a directory with --out"),
            locked(path),
        ):
            pass

    def refuse(*arguments: Any, **keywords: Any) -> int:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr(os, "open", refuse)  # a read-only directory is none for root
    with pytest.raises(RequestError, match=r"cannot be written to \(Read-only file system\)"), locked(tmp_path):
        pass


# ---- suite.json


def plan(*trials: Trial, **changes: Any) -> Planned:
    body = dict(suite="mine", description="", text="x = 1\n", evaluations=Evaluations(minutes=(1.0,)), trials=trials)
    return Planned(**{**body, **changes})


def test_a_plan_is_read_as_it_was_written(tmp_path: Path) -> None:
    left = (LeftOut("corridor", "typical", "pushes", "it cannot be"),)
    whole = plan(
        TRIAL,
        replace(TRIAL, seed=4),
        left_out=left,
        families={"walks": "evaluative"},
        plugins=("/a.py",),
        command="run",
    )
    store.write_text(tmp_path, planned.FILE, planned.dump(whole))
    again = planned.read(tmp_path)
    assert [trial.id for trial in again.trials] == [trial.id for trial in whole.trials]
    assert asdict(replace(again, trials=())) == asdict(replace(whole, trials=()))
    empty = plan()
    store.write_text(tmp_path, planned.FILE, planned.dump(empty))
    assert planned.read(tmp_path) == empty


def test_a_directory_without_a_plan_or_with_a_damaged_one_is_named(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match=r"holds no run: there is no suite\.json in it"):
        planned.read(tmp_path)
    (tmp_path / "suite.json").write_text("{")
    with pytest.raises(RequestError, match=r"suite\.json is damaged .* run the suite again"):
        planned.read(tmp_path)


def test_a_narrower_run_adds_to_the_plan() -> None:
    other = replace(TRIAL, task="pendulum")
    before = plan(TRIAL, other, left_out=(LeftOut("corridor", "typical", "pushes", "no"),))
    changed = replace(TRIAL, hyperparameters={"width": 6})
    assert planned.merged(before, plan(changed)).trials == (other, changed)
    assert planned.merged(before, plan(changed)).left_out == before.left_out
    longer = replace(TRIAL, seed=4, steps=2000)
    assert planned.merged(before, plan(longer)).trials == (other, longer), "another budget cannot stand beside it"
    seldom = replace(TRIAL, algorithm="compares")
    assert planned.merged(before, plan(seldom)).trials == (TRIAL, other, seldom)


def test_what_cannot_stand_together_is_refused() -> None:
    for other in (plan(suite="other"), plan(evaluations=Evaluations(points=3))):
        with pytest.raises(RequestError, match="--out"):
            planned.refuse_mixture(Path("d"), plan(), other)
    planned.refuse_mixture(Path("d"), plan(), plan(TRIAL))
