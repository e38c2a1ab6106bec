"""`--executor ray` on real Ray: two nodes of which one dies, and the sentences where there is no cluster."""

from __future__ import annotations

import importlib.util
import os
import signal
import socket
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from benchmarks import planned, ray_cluster, store
from benchmarks.cli import main
from benchmarks.scores import SCORES, scores

TINY = Path(__file__).with_name("tiny.py")
SUITE = """\
seeds = 4
tasks = ["corridor"]
oracles = ["perfect"]
algorithms = ["walks", "raises", "dies"]
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


def table(directory: Path) -> str:
    """scores.csv but its times."""
    plan, stored = planned.read(directory), store.read(directory)
    columns = [name for name in SCORES if name not in ("wall_seconds", "cpu_seconds")]
    return scores(stored.records.values(), plan.trials)[columns].to_csv()


def kill_a_node(cluster: Any, node: Any, directory: Path) -> None:
    """As when its power fails, in the middle of a trial that has a second to go, once one is stored."""
    raylet = node.all_processes["raylet"][0].process.pid
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        before = descendants(raylet)
        time.sleep(0.3)  # longer than what raises or dies
        after = descendants(raylet)
        if before[3] & after[3] and list((directory / "trials").rglob("*.json")):
            for process in [process for generation in after for process in generation]:  # the trial last: no word of it
                with suppress(ProcessLookupError):
                    os.kill(process, signal.SIGKILL)
            cluster.remove_node(node, allow_graceful=False)
            return


def descendants(raylet: int) -> list[set[int]]:
    """The processes of a node: raylet, Ray's workers, their forkservers, the trials."""
    generations = [{raylet}]
    for _ in range(3):
        generations.append({child for parent in generations[-1] for child in children(parent)})
    return generations


def children(process: int) -> list[int]:
    found = []
    for path in Path(f"/proc/{process}/task").glob("*/children"):
        with suppress(OSError):
            found += [int(word) for word in path.read_text().split()]
    return found


@pytest.mark.slow
def test_a_node_that_dies_changes_no_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("ray")
    from ray.cluster_utils import Cluster

    (tmp_path / "small.toml").write_text(SUITE)
    (tmp_path / "tiny.py").write_text(TINY.read_text().replace("if FAULTS.exists() else False", "if 0 else True"))
    options = ["--suite", str(tmp_path / "small.toml"), "--plugin", str(tmp_path / "tiny.py"), "--no-report"]
    options += ["--algorithms", "walks,raises,dies", "--set", "walks.pause=0.25", "--jobs", "2"]
    command = ["run", *options, "--out"]
    assert main([*command, str(tmp_path / "here")]) == 1, "what dies does so everywhere"
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False})
    try:
        nodes = [cluster.add_node(num_cpus=1) for _ in range(2)]
        killer = threading.Thread(target=kill_a_node, args=(cluster, nodes[1], tmp_path / "there"))
        killer.start()
        assert main([*command, str(tmp_path / "there"), "--executor", "ray", "--address", cluster.address]) == 1
        killer.join()
    finally:
        cluster.shutdown()
    said = capsys.readouterr()
    assert "it is tried again elsewhere." in said.out and "aylet" not in said.out + said.err
    assert "[12/12]" in said.out and len(store.read(tmp_path / "there").records) == 12
    assert table(tmp_path / "there") == table(tmp_path / "here")


@pytest.fixture
def installed() -> None:
    pytest.importorskip("ray")


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("somewhere", "--address takes HOST:PORT, as `ray start --head` names it, not 'somewhere'."),
        ("ray://head:10001", "--address takes HOST:PORT, as `ray start --head` names it, not 'ray://head:10001'."),
        ("127.0.0.1:1", "No Ray cluster answers at 127.0.0.1:1 (Connection refused): start one with `ray start"),
    ],
)
def test_no_cluster_there_is_one_sentence(
    address: str, sentence: str, installed: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert main(["run", "--suite", "smoke", "--out", str(out), "--executor", "ray", "--address", address]) == 2
    assert capsys.readouterr().err.startswith(f"error: {sentence}") and not out.exists()


def test_a_server_that_is_no_cluster_is_not_waited_for_long(
    installed: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(ray_cluster, "PATIENCE", 1.0)
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"127.0.0.1:{server.getsockname()[1]}"
        assert main(["run", "--suite", "smoke", "--executor", "ray", "--address", address]) == 2
    assert f"No Ray cluster answers at {address} (no answer within 1 s)" in capsys.readouterr().err


def test_a_node_of_another_version_is_named() -> None:
    ours = {"feedback-bench": "aa", "numpy": "2.4.6", "torch": "2.13.0"}
    assert ray_cluster.difference("10.0.0.2", ours, dict(ours)) == []
    assert ray_cluster.difference("10.0.0.2", ours, {**ours, "feedback-bench": "bb", "numpy": "2.4.5"}) == [
        "The node 10.0.0.2 has another version of feedback-bench, numpy than this machine: what is played there may "
        "come out differently."
    ]


def test_without_ray_one_sentence_names_the_extra(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = importlib.util.find_spec
    monkeypatch.setattr(ray_cluster, "find_spec", lambda name: None if name == "ray" else before(name))
    assert main(["run", "--suite", "smoke", "--executor", "ray"]) == 2
    said = capsys.readouterr()
    assert said.err == (
        "error: --executor ray takes the extra `cluster`, which is not installed: "
        "`make setup LOCK=requirements-all.lock` installs it.\n"
    )
    assert not said.out
