"""Transcripts as datasets that other libraries read: what was compared, and what was demonstrated.

    OUT/preferences/<task>/         Hugging Face `datasets.load_from_disk`
    OUT/preferences/<task>.pkl      imitation's `PreferenceDataset.load`
    OUT/demonstrations/<task>/      imitation's `serialize.load`, which is a Hugging Face dataset as well

The rewards that imitation's types ask for are NaN: a transcript knows none.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import store, transcript
from benchmarks.errors import RequestError
from benchmarks.record import Record

Row = dict[str, Any]
Said = tuple[Record, dict[str, Any]]  # one entry of the transcript of a trial


def preferences(directory: Path, out: Path) -> list[Path]:
    """Every answered comparison, one a row: both segments, P(left better), who was asked, and by whom."""
    from datasets import Dataset, disable_progress_bars

    disable_progress_bars()
    made = []
    for task, said in _by_task(directory, "compare").items():
        rows = [row for record, entry in said for row in _compared(record, entry)]
        folder = out / "preferences" / task
        Dataset.from_list(rows).save_to_disk(folder)
        _for_imitation(rows, folder.with_suffix(".pkl"))
        made += [folder, folder.with_suffix(".pkl")]
    return made


def demonstrations(directory: Path, out: Path) -> list[Path]:
    """Every demonstration as a trajectory; infos name the trial that it was given in."""
    from datasets import disable_progress_bars
    from imitation.data import serialize
    from imitation.data.types import TrajectoryWithRew

    disable_progress_bars()
    made = []
    for task, said in _by_task(directory, "demonstrate").items():
        folder = out / "demonstrations" / task
        trajectories = [
            TrajectoryWithRew(
                obs=seen, acts=done, infos=np.array([_origin(record)] * len(done)), terminal=False,
                rews=np.full(len(done), np.nan),
            )
            for record, entry in said
            for seen, done in zip(entry["answer"]["observations"], entry["answer"]["actions"], strict=True)
        ]  # fmt: skip
        serialize.save(folder, trajectories)
        made.append(folder)
    return made


def _by_task(directory: Path, kind: str) -> Mapping[str, list[Said]]:
    """The exchanges of one kind in all transcripts of a directory. Raises RequestError where there are none."""
    found: dict[str, list[Said]] = defaultdict(list)
    without = 0
    for record in store.read(directory).records.values():
        path = store.path_of(directory, record.trial).with_suffix(".jsonl.gz")
        if not path.exists():
            without += 1
            continue
        for entry in transcript.load(path.read_bytes()):
            if entry["kind"] == kind:
                found[record.trial.task].append((record, entry))
    if not found:
        why = f"{without} of its trials have no transcript beside them" if without else "nobody asked for one"
        raise RequestError(f"There is no answer of the kind {kind!r} in {directory}: {why}.")
    return found


def _compared(record: Record, entry: Mapping[str, Any]) -> Iterator[Row]:
    left, right = entry["segments"]
    answers = entry["answer"]
    for i in np.flatnonzero(~np.isnan(answers["values"])):
        yield {
            **_origin(record),
            "left_observations": left["observations"][i],
            "left_actions": left["actions"][i],
            "right_observations": right["observations"][i],
            "right_actions": right["actions"][i],
            "preference": float(answers["values"][i]),
            "rater": int(answers["raters"][i]),
        }


def _for_imitation(rows: list[Row], path: Path) -> None:
    from imitation.algorithms.preference_comparisons import PreferenceDataset
    from imitation.data.types import TrajectoryWithRew

    def fragment(row: Row, side: str) -> Any:
        done = row[f"{side}_actions"]
        return TrajectoryWithRew(
            obs=row[f"{side}_observations"], acts=done, infos=None, terminal=False, rews=np.full(len(done), np.nan)
        )

    dataset = PreferenceDataset()
    pairs = [(fragment(row, "left"), fragment(row, "right")) for row in rows]
    dataset.push(pairs, np.array([row["preference"] for row in rows], dtype=np.float32))
    dataset.save(path)


def _origin(record: Record) -> Row:
    trial = record.trial
    return {"task": trial.task, "oracle": trial.oracle, "algorithm": trial.algorithm, "seed": trial.seed}
