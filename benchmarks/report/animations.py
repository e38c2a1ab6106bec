"""The best and the worst policy of each task as small animations, out of `DIR/clips/`; see `benchmarks.clips`."""

from __future__ import annotations

import json
from base64 import b64encode
from dataclasses import dataclass

from benchmarks import clips, film
from benchmarks.record import Record
from benchmarks.report.study import Study
from benchmarks.report.wording import number
from benchmarks.scores import worth


@dataclass(frozen=True)
class Animation:
    """One clip for the page: as a GIF, and as a still for who wants nothing to move."""

    task: str
    place: str  # "best" or "worst"
    algorithm: str
    oracle: str
    seed: int
    score: float
    value: float  # the return of the episode that is shown
    steps: int
    faster: float  # than in life
    moving: str  # data: URLs
    still: str

    @property
    def label(self) -> str:
        return (
            f"Animation: the {self.place} policy on {self.task}, of {self.algorithm}, seed {self.seed}: return "
            f"{number(self.value, 1)} in {self.steps} steps"
        )


@dataclass(frozen=True)
class Animations:
    """Those that there are by task, and the tasks whose policies are stored but have no animation."""

    tasks: dict[str, list[Animation]]
    without: tuple[str, ...]
    policies: bool  # any policy of a learner is stored at all


def animations(study: Study) -> Animations:
    found: dict[str, list[Animation]] = {}
    pairs = clips.pairs(study.directory, study.records)
    for task, pair in pairs.items():
        shown = [_animation(study, name, record) for name, record in (("best", pair.best), ("worst", pair.worst))]
        if any(shown):
            found[task] = [one for one in shown if one]
    return Animations(found, tuple(task for task in pairs if task not in found), bool(pairs))


def _animation(study: Study, place: str, record: Record | None) -> Animation | None:
    path = clips.path_of(study.directory, record.trial) if record else None
    if record is None or path is None or not path.exists():
        return None
    data = path.read_bytes()
    comment, still = film.read(data)
    told, trial = json.loads(comment), record.trial
    return Animation(
        task=trial.task, place=place, algorithm=trial.algorithm, oracle=trial.oracle, seed=trial.seed,
        score=worth(record), value=told["return"], steps=told["steps"], faster=told["faster"],
        moving=f"data:image/gif;base64,{b64encode(data).decode()}",
        still=f"data:image/png;base64,{b64encode(still).decode()}",
    )  # fmt: skip
