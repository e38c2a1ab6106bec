"""What is stored, as other libraries read it: loaded there."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks.cli import main
from benchmarks.excerpt import best
from benchmarks.record import Record
from benchmarks.store import read
from tests.benchmarks.synthetic import record, trial

SUITE = """\
seeds = 1
tasks = ["pendulum"]
oracles = ["typical"]
algorithms = ["pref-ppo", "bc"]
[budget]
steps = 3_000
minutes = 1.5
envs = 4
[evaluation]
final_episodes = 2
curve_episodes = 2
points = 2
"""


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("exports")
    (folder / "little.toml").write_text(SUITE)
    out = folder / "run"
    assert main(["run", "--suite", str(folder / "little.toml"), "--out", str(out), "--jobs", "1"]) == 0
    return out


def asked(directory: Path, kind: str) -> dict[str, float]:
    records: list[Record] = list(read(directory).records.values())
    (found,) = [record.feedback[kind] for record in records if kind in record.feedback]
    return found


def test_preferences_are_read_by_datasets_and_by_imitation(directory: Path) -> None:
    from datasets import load_from_disk
    from imitation.algorithms.preference_comparisons import PreferenceDataset

    assert main(["export", str(directory), "preferences"]) == 0
    folder = directory / "export" / "preferences" / "pendulum"
    rows = load_from_disk(str(folder)).with_format("numpy")
    answered = asked(directory, "compare")["answered"]
    assert len(rows) == answered > 0 and set(rows["preference"]) <= {0.0, 0.5, 1.0}
    assert rows[0]["left_observations"].shape == (26, 3) and rows[0]["right_actions"].shape == (25, 1)
    pairs = PreferenceDataset.load(folder.with_suffix(".pkl"))
    (left, right), preference = pairs[0]
    assert len(pairs) == answered and preference == rows[0]["preference"]
    assert np.allclose(left.obs, rows[0]["left_observations"]) and np.allclose(right.acts, rows[0]["right_actions"])


def test_demonstrations_are_read_by_imitation_and_by_datasets(directory: Path) -> None:
    from datasets import load_from_disk
    from imitation.data import rollout, serialize

    assert main(["export", str(directory), "demonstrations", "--out", str(directory / "there")]) == 0
    folder = directory / "there" / "demonstrations" / "pendulum"
    trajectories = serialize.load(str(folder))
    assert len(trajectories) == len(load_from_disk(str(folder))) == asked(directory, "demonstrate")["asked"] > 0
    assert rollout.flatten_trajectories(trajectories).obs.shape[1:] == (3,)


def test_tensorboard_shows_scores_and_what_learners_logged(directory: Path) -> None:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    for _ in range(2):  # a second time takes the first one's place
        assert main(["export", str(directory), "tensorboard"]) == 0
    events = EventAccumulator(str(directory / "export/tensorboard/pendulum/typical/pref-ppo/0"))
    events.Reload()
    names = events.Tags()["scalars"]
    assert {"evaluation/score", "spent/human_minutes", "learner/reward_loss"} <= set(names)
    (record,) = [r for r in read(directory).records.values() if r.trial.algorithm == "pref-ppo"]
    assert len(events.Scalars("evaluation/score")) == len(record.curve)


def test_an_excerpt_is_a_run_without_transcripts_and_with_one_policy_a_cell(directory: Path, tmp_path: Path) -> None:
    assert main(["export", str(directory), "excerpt", "--out", str(tmp_path)]) == 0
    small = tmp_path / "little"
    assert read(small) == read(directory) and not list(small.glob("trials/**/*.jsonl.gz"))
    assert len(list(small.glob("trials/**/*.zip"))) == 2  # of two learners with one seed
    assert main(["report", str(small)]) == 0
    assert main(["export", str(directory), "excerpt", "--out", str(tmp_path)]) == 2  # nothing is overwritten


def test_an_excerpt_keeps_the_policy_of_the_best_seed() -> None:
    records = [record(trial("maze", "bc", seed), score) for seed, score in enumerate((0.2, 0.9, 0.4))]
    assert best([*records, record(trial("maze", "random"), 1.0)]) == [records[1]]


def test_nothing_to_export_is_a_sentence(directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for path in directory.glob("trials/**/*.jsonl.gz"):
        path.rename(path.with_suffix(".away"))
    try:
        assert main(["export", str(directory), "preferences"]) == 2
        assert "no transcript beside them" in capsys.readouterr().err
    finally:
        for path in directory.glob("trials/**/*.away"):
            path.rename(path.with_suffix(".gz"))
    assert main(["export", str(directory), "rewards"]) == 2


def test_the_tables_are_parquet_too(directory: Path) -> None:
    import pandas as pd

    tables = directory / "report" / "tables"
    one, other = pd.read_csv(tables / "scores.csv"), pd.read_parquet(tables / "scores.parquet")
    assert len(one) == len(other) == 2 and list(one.columns) == list(other.columns)
    assert one["score"].to_numpy() == pytest.approx(other["score"].to_numpy())

