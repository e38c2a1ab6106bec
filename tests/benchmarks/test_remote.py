"""A cluster's nodes die, answer in any order, or are gone altogether; the driver loses nothing and doubts nobody."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from benchmarks import remote, store
from benchmarks.node import Errand, carry_out, version
from benchmarks.pool import Ended, Job, PoolError, each
from benchmarks.record import Record
from benchmarks.remote import NodeLost, Remote
from benchmarks.run import Means, Outcome, Request, run
from benchmarks.stop import Stop
from benchmarks.verify import differences
from benchmarks.worker import Answer, Limits

TINY = Path(__file__).with_name("tiny.py")
SUITE = """\
seeds = 3
tasks = ["corridor"]
oracles = ["perfect"]
algorithms = ["walks", "raises", "dies", "hangs"]
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
STATUS = {"walks": "ok", "raises": "failed", "dies": "crashed", "hangs": "timeout"}


def echo(errand: Errand) -> Ended:
    return Ended(errand.job, 1.0, answer=Answer(errand.job.key))


class Toy:
    """A cluster in this process. Errands are carried out when they are waited for, the latest first.

    Node 0 dies with all that it was given once `dies_after` errands have ended; whatever bears a key of `deadly`
    takes its node along, which a new one replaces.
    """

    def __init__(self, nodes: int = 2, dies_after: int = -1, deadly: tuple[Any, ...] = (), do: Any = echo) -> None:
        self.nodes, self.dies_after, self.deadly, self.do = list(range(nodes)), dies_after, deadly, do
        self.flying: dict[int, tuple[Errand, int]] = {}
        self.submitted, self.most, self.ended = 0, 0, 0
        self.cancelled: list[Any] = []

    def cpus(self) -> int:
        return len(self.nodes)

    def submit(self, errand: Errand) -> int:
        self.submitted += 1
        node = self.nodes[self.submitted % len(self.nodes)] if self.nodes else -1
        self.flying[self.submitted] = errand, node
        self.most = max(self.most, len(self.flying))
        return self.submitted

    def wait(self, handles: Sequence[int], seconds: float) -> Sequence[int]:
        assert set(handles) == set(self.flying)
        if self.ended == self.dies_after:
            self.nodes, self.dies_after = self.nodes[1:], -1
        if not self.nodes:
            return []
        return [handle for handle in handles if self.flying[handle][1] not in self.nodes] or [max(handles)]

    def result(self, handle: int) -> Ended:
        errand, node = self.flying.pop(handle)
        if node not in self.nodes or errand.job.key in self.deadly:
            raise NodeLost("its node died")
        self.ended += 1
        return self.do(errand)

    def cancel(self, handle: int) -> None:
        self.cancelled.append(self.flying.pop(handle)[0].job.key)


def jobs(*keys: Any) -> Any:
    return each(Job(key, "builtins:str", ()) for key in keys)


def values(ended: list[Ended]) -> list[Any]:
    return [item.answer.value for item in ended if item.answer]


def test_all_is_done_once_and_no_more_than_so_many_are_on_their_way() -> None:
    cluster = Toy()
    with Remote(cluster, 3) as pool:
        assert sorted(values(list(pool.run(jobs(*range(10)))))) == list(range(10))
    assert cluster.submitted == 10 and cluster.most == 3 and not cluster.cancelled


def test_what_a_dead_node_was_given_is_tried_again_elsewhere() -> None:
    cluster, said, started = Toy(dies_after=2), [], []
    with Remote(cluster, 4, say=said.append) as pool:
        ended = list(pool.run(jobs(*range(10)), lambda job: started.append(job.key)))
    assert sorted(values(ended)) == list(range(10)) and not [item for item in ended if item.death]
    assert cluster.submitted == 10 + len(said) and 1 <= len(said) <= 4
    assert sorted(started) == sorted([*range(10), *(int(text.split(":")[0]) for text in said)])
    assert all(text.endswith(": its node died; it is tried again elsewhere.") for text in said)


def test_a_trial_that_takes_every_node_along_is_the_culprit() -> None:
    cluster = Toy(deadly=(3,))
    with Remote(cluster, 2, say=lambda text: None) as pool:
        ended = list(pool.run(jobs(*range(6))))
    (culprit,) = [item for item in ended if item.death]
    assert sorted(values(ended)) == [0, 1, 2, 4, 5] and culprit.job.key == 3 and cluster.submitted == 5 + remote.TRIES
    assert culprit.death is not None and (culprit.death.status, culprit.death.kind) == ("crashed", "node lost")
    assert culprit.death.message == "whoever played it was lost 3 times, the last time so: its node died"


def test_no_node_left_is_one_sentence_after_some_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote, "PATIENCE", 0.05)
    cluster = Toy(nodes=1, dies_after=2)
    ended = []
    with (
        pytest.raises(PoolError, match=r"^No node of the cluster has been left for 0.05 s: start one and run"),
        Remote(cluster, 2, say=lambda text: None) as pool,
    ):
        ended.extend(pool.run(jobs(*range(4))))
    assert len(cluster.cancelled) == 2, "nothing is left behind"


def test_a_node_that_comes_back_in_time_goes_on() -> None:
    cluster = Toy(nodes=1)
    before, cluster.nodes = cluster.nodes, []
    asked = []

    def cpus() -> int:
        asked.append(1)
        if len(asked) == 3:
            cluster.nodes = before
            cluster.flying = {handle: (errand, before[0]) for handle, (errand, _) in cluster.flying.items()}
        return len(cluster.nodes)

    cluster.cpus = cpus  # type: ignore[method-assign]
    with Remote(cluster, 2, say=lambda text: None) as pool:
        assert sorted(values(list(pool.run(jobs(0, 1, 2))))) == [0, 1, 2]


def test_a_stop_cancels_what_runs_and_keeps_what_is_done() -> None:
    cluster, ended = Toy(), []
    with Stop() as stop, Remote(cluster, 3, stop=stop) as pool:
        for item in pool.run(jobs(*range(10))):
            ended.append(item)
            if len(ended) == 2:
                os.kill(os.getpid(), signal.SIGINT)
    assert values(ended) == [2, 3] and sorted(cluster.cancelled) == [0, 1] and not cluster.flying


# ---- what happens on a node


@pytest.fixture
def node(forkserver: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """This process as a node: what `carry_out` changes in it is put back."""
    monkeypatch.setenv("PYTHONPATH", os.environ.get("PYTHONPATH", ""))
    monkeypatch.setitem(vars(sys.modules["__main__"]), "__file__", None)  # put back, or taken away, afterwards


def test_a_node_finds_the_plugins_text_at_a_path_of_its_own(node: None) -> None:
    files = {"/nowhere/a.py": b"one = 1\n", "/elsewhere/b.py": b"two = 2\n"}
    ended = carry_out(Errand(Job("x", "builtins:tuple", (tuple(files),)), files=files))
    assert ended.answer is not None
    there = [Path(path) for path in ended.answer.value]
    assert [(path.name, path.read_bytes()) for path in there] == [("a.py", b"one = 1\n"), ("b.py", b"two = 2\n")]
    there[0].write_text("something else")
    again = carry_out(Errand(Job("x", "builtins:tuple", (tuple(files),)), files=files))
    assert again.answer is not None and again.answer.value == ended.answer.value
    assert there[0].read_bytes() == b"one = 1\n"


def test_a_node_keeps_the_limits(node: None) -> None:
    ended = carry_out(Errand(Job("x", "time:sleep", (60,)), Limits(seconds=0.3)))
    assert ended.death is not None and ended.death.status == "timeout"


def test_versions_tell_code_and_libraries() -> None:
    assert {"feedback-bench", "numpy", "torch"} <= version().keys() and version() == version()


def test_a_run_on_a_cluster_stores_what_a_run_here_stores(node: None, tmp_path: Path) -> None:
    """Faults, another order and a dying node included. The plug-in's own folder is not looked at by the nodes."""
    (tmp_path / "tiny.toml").write_text(SUITE)
    (tmp_path / "tiny.py").write_text(TINY.read_text().replace("if FAULTS.exists() else False", "if 0 else True"))
    here, there = tmp_path / "here", tmp_path / "there"
    one = play(tmp_path, here, Means(2, Limits(1.0), preload=False))
    cluster = Toy(dies_after=3, do=carry_out)
    other = play(tmp_path, there, Means(3, Limits(1.0), preload=False, cluster=cluster))
    assert len(one.records) == 12 and cluster.submitted > 12
    assert_same(dict(one.records), dict(other.records))
    assert {record.status for record in other.records.values()} == set(STATUS.values())
    assert store.read(there).records.keys() == one.records.keys()


def play(place: Path, out: Path, means: Means) -> Outcome:
    names = tuple(STATUS)
    return run(Request(str(place / "tiny.toml"), str(out), algorithms=names, plugins=(str(place / "tiny.py"),)), means)


def assert_same(records: dict[str, Record], reference: dict[str, Record]) -> None:
    """Equal in everything but the times, the stamp, and the places that a traceback names."""
    assert records.keys() == reference.keys()
    for key, record in records.items():
        assert record.status == STATUS[record.trial.algorithm]
        pair = [item.as_json() | {"stamp": {}} for item in (record, reference[key])]
        for body in pair:
            body["error"] = body["error"] and {**body["error"], "traceback": ""}
        assert not list(differences(*pair, 0.0))
