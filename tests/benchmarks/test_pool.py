"""Whatever a job does, the others end, and the pool says what happened."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from benchmarks.pool import Ended, Job, Local, each
from benchmarks.preload import imports
from benchmarks.record import Record, Trial
from benchmarks.schedule import LongestFirst
from benchmarks.stop import Stop
from benchmarks.worker import Limits

pytestmark = pytest.mark.usefixtures("forkserver")


def job(call: str, *arguments: Any) -> Job:
    return Job(call, call, arguments)


def done(jobs: list[Job], processes: int = 2, **limits: Any) -> list[Ended]:
    with Local(processes, Limits(**limits)) as pool:
        return list(pool.run(each(jobs)))


def test_jobs_are_done_in_processes_of_their_own() -> None:
    ended = done([job("os:getpid") for _ in range(4)])
    values = {item.answer.value for item in ended if item.answer}
    assert len(values) == 4 and os.getpid() not in values


def test_what_ends_first_comes_first() -> None:
    ended = done([job("time:sleep", 0.6), job("time:sleep", 0.0)])
    assert [item.job.arguments for item in ended] == [(0.0,), (0.6,)]


def test_big_answers_come_whole() -> None:
    (ended,) = done([job("builtins:bytes", 20_000_000)])
    assert ended.answer is not None and ended.answer.value == bytes(20_000_000)


def test_workers_have_one_thread() -> None:
    for item in done([job("os:getenv", "OMP_NUM_THREADS"), job("torch:get_num_threads")]):
        assert item.answer is not None and int(item.answer.value) == 1


@pytest.mark.parametrize("name", ["SIGKILL", "SIGSEGV", "SIGTERM", "SIGABRT"])
def test_a_death_by_signal_is_named_and_the_others_end(name: str) -> None:
    ended = {item.job.call: item for item in done([job("signal:raise_signal", signal.Signals[name]), job("os:getpid")])}
    death = ended["signal:raise_signal"].death
    assert death is not None and (death.status, death.kind) == ("crashed", name)
    assert f"ended by {name}" in death.message and "\n" not in death.message
    assert ("memory" in death.message) == (name == "SIGKILL")
    if name == "SIGSEGV":
        assert "Segmentation fault" in death.last_words, "the worker says where"
    assert ended["os:getpid"].answer is not None


def test_an_end_without_a_word_is_a_crash() -> None:
    (ended,) = done([job("os:_exit", 7)])
    assert ended.death is not None and ended.death.kind == "exit" and "exit status 7" in ended.death.message


def test_errors_come_with_their_traceback() -> None:
    for item in done([job("builtins:int", "seven"), job("sys:exit", "enough"), job("no.such.module:at_all")]):
        error = item.answer.error if item.answer else None
        assert error is not None and error["kind"] in ("ValueError", "SystemExit", "ModuleNotFoundError")
        assert error["kind"] in error["traceback"] and error["message"]


def test_an_answer_that_cannot_be_sent_is_an_error() -> None:
    (ended,) = done([job("threading:Lock")])
    assert ended.answer is not None and ended.answer.error is not None and ended.answer.error["kind"] == "TypeError"


def test_the_time_limit_ends_what_hangs_and_says_where() -> None:
    begun = time.monotonic()
    ended = {item.job.call: item for item in done([job("time:sleep", 60), job("os:getpid")], seconds=0.5)}
    assert time.monotonic() - begun < 10
    death = ended["time:sleep"].death
    assert death is not None and (death.status, death.kind) == ("timeout", "time limit")
    assert death.message == "ended after 0.5 s, the time limit" and "worker.py" in death.last_words
    assert ended["os:getpid"].answer is not None


def test_the_memory_limit_is_an_error_of_the_job() -> None:
    ended = {
        item.job.call: item for item in done([job("builtins:bytearray", 3_000_000_000), job("os:getpid")], memory=10**9)
    }
    answer = ended["builtins:bytearray"].answer
    assert answer is not None and answer.error is not None and answer.error["kind"] == "MemoryError"
    assert ended["os:getpid"].answer is not None


def test_what_a_job_started_ends_with_it() -> None:
    mark = f"9{os.getpid()}.5"
    done([job("subprocess:call", ["sleep", mark])], seconds=0.5)
    _until(lambda: not _running(mark))


def test_a_stop_ends_the_workers_and_keeps_what_is_done() -> None:
    mark = f"8{os.getpid()}.5"
    with Stop() as stop, Local(2, stop=stop) as pool:
        jobs = [job("os:getpid"), job("subprocess:call", ["sleep", mark]), *[job("time:sleep", 60)] * 3]
        ended = []
        for item in pool.run(each(jobs)):
            ended.append(item)
            _until(lambda: _running(mark))
            threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT)).start()
        assert [item.job.call for item in ended] == ["os:getpid"] and stop.requested
    _until(lambda: not _running(mark))


def test_a_second_ctrl_c_is_for_those_who_cannot_wait() -> None:
    before = signal.getsignal(signal.SIGINT)
    with Stop() as stop:
        os.kill(os.getpid(), signal.SIGINT)
        assert stop.requested
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(1)
    assert signal.getsignal(signal.SIGINT) is before


def _running(mark: str) -> bool:
    """Whether a process with this argument runs."""
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if mark in path.read_bytes().decode(errors="replace").split("\0"):
                return True
        except OSError:
            continue
    return False


def _until(condition: Any, seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)


# ---- which trial is next


def trial(algorithm: str, task: str, seed: int = 0, steps: int = 100) -> Trial:
    return Trial(task, "typical", algorithm, seed, steps, 60.0)


def test_unknown_trials_come_first_and_then_the_longest() -> None:
    trials = [trial(name, task, seed) for name in ("a", "b", "c") for task in ("x", "y") for seed in (0, 1)]
    schedule = LongestFirst(trials)
    taken = []
    for seconds in (1.0, 5.0, 3.0):
        taken.append(schedule.take())
        schedule.learn(Record(taken[-1], "ok", "direct"), seconds)  # type: ignore[arg-type]
    assert taken == [trial("a", "x"), trial("b", "x"), trial("c", "x")], "one of each first"
    assert schedule.remaining() == pytest.approx(3 * (1.0 + 5.0 + 3.0))
    schedule.learn(Record(trial("c", "y"), "ok", "direct"), 9.0)
    schedule.learn(Record(trial("a", "x"), "failed", "direct"), 0.0)
    order = []
    while (item := schedule.take()) is not None:
        order.append((item.algorithm, item.task))
    assert order[:2] == [("c", "y")] * 2, "9 s"
    assert order[2] == ("c", "x") or order[2] == ("b", "x")
    assert order[-3:] == [("a", "x"), ("a", "y"), ("a", "y")]
    assert len(order) == 9 and len(schedule) == 0


def test_stored_records_tell_how_long_trials_take() -> None:
    known = Record(trial("slow", "x", steps=50), "ok", "direct", spent={"wall_seconds": 4.0, "evaluation_seconds": 1.0})
    schedule = LongestFirst([trial("slow", "y"), trial("new", "y")], [known])
    assert schedule.seconds(trial("slow", "y")) == 10.0
    assert schedule.take() == trial("new", "y")


# ---- what is imported before the workers are forked


def test_imports_are_found_inside_functions_too(tmp_path: Path) -> None:
    file = tmp_path / "learner.py"
    file.write_text("import numpy as np\ndef learn():\n    from scipy import stats\n    import algorithms._blocks\n")
    assert set(imports([str(file), "nowhere.py"])) == {"numpy", "scipy", "scipy.stats", "algorithms._blocks"}
