"""Policies at work: the episode is the one that was scored, the name finds one trial, clips are small and shown."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import synthetic
from PIL import Image

from benchmarks import clips, film, store, watch
from benchmarks.cli import main
from benchmarks.errors import RequestError
from benchmarks.evaluate import Worth
from benchmarks.oracles.presets import perfect
from benchmarks.planned import FILE, Planned
from benchmarks.record import Evaluations, Record, Trial
from benchmarks.registry import load
from benchmarks.report import write
from benchmarks.run import Means
from benchmarks.trial import play

EVALUATIONS = Evaluations(final_episodes=4, curve_episodes=2, points=1, minutes=())


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Record]]:
    """Three trials on maze and pendulum as a run stores them, policies beside them; a fourth has none."""
    directory = tmp_path_factory.mktemp("watched") / "out"
    registry, records = load(), []
    cells = ("maze", "reinforce-judge", 0), ("maze", "reinforce-judge", 1), ("pendulum", "bc", 0)
    for task, algorithm, seed in cells:
        version = registry.algorithm(algorithm).card.version
        quick = {"updates": 20} if algorithm == "bc" else {}
        trial = Trial(
            task, "perfect", algorithm, seed, 400, 60.0, quick, perfect().declared(), envs=4,
            task_version=registry.task(task).version, algorithm_version=version,
        )  # fmt: skip
        played = play(trial, EVALUATIONS)
        store.write(directory, trial, store.encode(played.record), played.policy, None)
        records.append(played.record)
    bare = synthetic.record(synthetic.trial("acrobot", "bc", oracle="perfect"))
    store.write(directory, bare.trial, store.encode(bare), None, None)
    trials = tuple(record.trial for record in (*records, bare))
    plan = Planned("watched", "", "", EVALUATIONS, trials, families={r.trial.algorithm: r.family for r in records})
    (directory / FILE).write_text(json.dumps(plan.as_json()))
    return directory, records


def test_the_film_is_the_episode_that_was_scored(run: tuple[Path, list[Record]]) -> None:
    directory, records = run
    for record in records:
        viewing = watch.chosen(directory, record.trial.id)
        policy = watch.unpack(viewing.path.with_suffix(".zip").read_bytes())
        for number, value in enumerate(record.final["returns"]):  # type: ignore[index]
            shown = film.episode(viewing.task, policy, record.trial.seed, 4, number)
            assert shown.value == value and shown.steps == record.final["lengths"][number]  # type: ignore[index]
            if viewing.task.name == "maze":  # one cell at a time
                assert np.abs(np.diff(shown.states, axis=0)).sum(axis=1).max() <= 1


def test_an_episode_is_cut_out_of_those_played_side_by_side() -> None:
    """Two episodes of 3 and 1 steps: visited goes step by step, 0a 1a 0b 0c."""

    class Line:
        def recover(self, observations: np.ndarray) -> np.ndarray:
            return observations * 10

        def transition(self, states: np.ndarray, actions: np.ndarray) -> np.ndarray:
            return states + actions[:, None]

    visited = np.array([[1.0], [7.0], [2.0], [3.0]]), np.array([5, 6, 8, 9])
    worth = Worth(np.array([1.5, 2.5]), np.zeros((2, 1)), np.array([3, 1]), visited)
    first, second = (film.cut(Line(), worth, number) for number in (0, 1))  # type: ignore[arg-type]
    assert first.states[:, 0].tolist() == [10, 20, 30, 39] and first.value == 1.5 and first.steps == 3
    assert second.states[:, 0].tolist() == [70, 76] and second.value == 2.5


def test_moments_are_few_and_end_with_the_last_state() -> None:
    shown, seconds, faster = film.moments(500, 0.02, 36, 4.0)
    assert len(shown) == 36 and shown[0] == 0 and shown[-1] == 500 and seconds == pytest.approx(0.11)
    assert faster == pytest.approx(10.0 / (0.11 * 36))
    shown, seconds, faster = film.moments(3, 0.5, 36, 4.0)
    assert shown.tolist() == [0, 1, 2, 3] and faster == pytest.approx(1.0, abs=0.02)
    assert len(film.moments(1, 0.02, 36, 4.0)[0]) == 2


def test_watch_writes_an_animation_and_says_the_return(
    run: tuple[Path, list[Record]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    directory, records = run
    out = tmp_path / "deep" / "a.gif"
    assert main(["watch", str(directory), "pendulum:bc", "--out", str(out), "--episode", "2"]) == 0
    value = records[2].final["returns"][1]  # type: ignore[index]
    said = capsys.readouterr().out
    assert f"bc on pendulum with perfect, seed 0: episode 2 of 4, return {value:.2f} in 200 steps" in said
    with Image.open(out) as image:
        assert image.n_frames > 50 and image.size == (500, 500)  # type: ignore[attr-defined]
    assert main(["watch", str(directory), records[0].trial.id[:8]]) == 0
    assert store.path_of(directory, records[0].trial).with_suffix(".gif").stat().st_size > 1000
    store.path_of(directory, records[0].trial).with_suffix(".gif").unlink()


def test_a_window_shows_it_until_it_is_closed(
    run: tuple[Path, list[Record]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import pygame

    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    seen: list[int] = []
    events = lambda: seen.append(1) or ([pygame.event.Event(pygame.QUIT)] if len(seen) > 3 else [])  # type: ignore[func-returns-value]  # noqa: E731
    monkeypatch.setattr(pygame.event, "get", events)
    assert main(["watch", str(run[0]), "maze:1", "--window"]) == 0
    assert len(seen) == 4 and "seed 1: episode 1 of 4" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("bcc:pendulum:0", "There is no trial 'bcc:pendulum:0' in .*: did you mean 'bc:pendulum:0'?"),
        ("zzzzzzzz", "there are bc:acrobot:perfect:0 "),
        ("maze", r"'maze' fits 2 trials in .*: reinforce-judge:maze:perfect:0 \(.*\), .*; say more of one."),
        ("acrobot", "No policy of bc on acrobot with perfect, seed 0 is stored in .*: only those of some trials"),
    ],
)
def test_a_name_that_fits_none_or_several_is_one_sentence(
    run: tuple[Path, list[Record]], name: str, sentence: str
) -> None:
    with pytest.raises(RequestError, match=sentence):
        watch.chosen(run[0], name)


def test_what_cannot_be_watched_is_refused(run: tuple[Path, list[Record]], tmp_path: Path) -> None:
    directory, records = run
    with pytest.raises(RequestError, match="--episode takes 1 to 4"):
        watch.watch(directory, "pendulum", None, False, 5)
    with pytest.raises(RequestError, match="cannot be written"):
        watch.watch(directory, "pendulum", Path("/proc/no/a.gif"), False)
    old = replace(records[0], trial=replace(records[0].trial, task_version=0))
    plan = Planned("old", "", "", EVALUATIONS, (old.trial,))
    store.write(tmp_path, old.trial, store.encode(old), b"-", None)
    (tmp_path / FILE).write_text(json.dumps(plan.as_json()))
    with pytest.raises(RequestError, match="was played on version 0 of maze, and this is version"):
        watch.chosen(tmp_path, "maze")


@pytest.mark.usefixtures("forkserver")
def test_the_report_shows_the_best_and_the_worst(run: tuple[Path, list[Record]]) -> None:
    directory, records = run
    pairs = clips.pairs(directory, records)
    scores = [np.mean(record.final["returns"]) for record in records[:2]]  # type: ignore[index]
    best = records[int(np.argmax(scores))] if scores[0] != scores[1] else records[1]
    assert pairs["maze"].best is best and pairs["maze"].worst is not best and pairs["pendulum"].worst is None
    page = write(directory).read_text()
    assert "<img" not in page and "makes those of the best and worst policies" in page
    assert clips.make(directory, Means(2, preload=False)) == []
    assert clips.make(directory, Means(2, preload=False)) == []
    sizes = [path.stat().st_size for path in (directory / clips.FOLDER).iterdir()]
    assert len(sizes) == 3 and max(sizes) <= clips.SIZE
    page = write(directory).read_text()
    assert page.count('<img src="data:image/gif;base64,') == 3
    assert page.count('<source media="(prefers-reduced-motion: reduce)" srcset="data:image/png;base64,') == 3
    assert f'alt="Animation: the best policy on maze, of reinforce-judge, seed {best.trial.seed}: return' in page


def test_without_policies_the_report_says_so(tmp_path: Path) -> None:
    page = write(synthetic.store(tmp_path, synthetic.realistic(("maze",), ("bc", "cpl"), 2, failing=False)))
    assert "no learner's policy is stored beside these trials" in page.read_text()


def test_a_still_is_in_the_gif() -> None:
    shown = [Image.new("RGB", (20, 10), (level, 0, 0)) for level in (0, 90, 250)]
    comment, still = film.read(film.gif(shown, 0.1, comment="said"))
    assert comment == "said"
    with Image.open(io.BytesIO(still)) as image:
        assert image.size == (20, 10) and image.convert("RGB").getpixel((3, 3)) == (90, 0, 0)
