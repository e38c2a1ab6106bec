"""Small animations of the best and the worst policy of each task, kept beside the trials for the report to embed.

    DIR/clips/<id>.gif      episode 1 of the final evaluation, the same start for all policies of a task and seed

The report itself loads no policy, since loading runs code: these are made by whoever ran the suite.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from benchmarks import film, planned, store
from benchmarks.api import FAMILIES
from benchmarks.pool import Job, Local, each
from benchmarks.preload import ALWAYS
from benchmarks.record import Record, Trial
from benchmarks.registry import load, plugins_of
from benchmarks.run import Means
from benchmarks.scores import worth
from benchmarks.stop import Stop
from benchmarks.worker import Limits

FOLDER = "clips"
PICTURES, SECONDS, WIDTH, SIZE = 36, 4.0, 220, 120_000  # at most: frames, seconds, pixels, bytes
PATIENCE = 60.0  # seconds for one clip


@dataclass(frozen=True)
class Pair:
    """The trials with the highest and the lowest score of a task, of those whose policies are stored."""

    best: Record
    worst: Record | None  # None where only one policy is stored


def pairs(directory: Path, records: Iterable[Record]) -> dict[str, Pair]:
    """Of each task; learners only, ties by the order of names. Tasks without a stored policy are left out."""
    found: dict[str, list[tuple[float, str, Record]]] = {}
    for record in records:
        value = worth(record)
        if record.family != FAMILIES[0] and value == value:
            found.setdefault(record.trial.task, []).append((value, str(record.trial), record))
    made = {}
    for task, scored in sorted(found.items()):
        scored.sort(key=lambda item: item[:2])
        worst = next((record for *_, record in scored if has_policy(directory, record.trial)), None)
        best = next((record for *_, record in reversed(scored) if has_policy(directory, record.trial)), None)
        if best is not None:
            made[task] = Pair(best, worst if worst is not best else None)
    return made


def has_policy(directory: Path, trial: Trial) -> bool:
    return store.path_of(directory, trial).with_suffix(".zip").exists()


def path_of(directory: Path, trial: Trial) -> Path:
    return directory / FOLDER / f"{trial.id}.gif"


def make(directory: Path, means: Means, plugins: tuple[str, ...] = ()) -> list[str]:
    """Make the clips that are not there yet; returns what could not be done, a sentence each."""
    plan = planned.read(directory)
    registry = load(plugins_of((*plan.plugins, *plugins)))
    stored = store.read(directory).records
    counted = [stored[trial.id] for trial in plan.trials if trial.id in stored]
    chosen = [record for pair in pairs(directory, counted).values() for record in (pair.best, pair.worst) if record]
    wanted = [
        record.trial for record in chosen
        if not path_of(directory, record.trial).exists() and record.trial.task in registry.tasks
        and film.drawable(registry.task(record.trial.task))
    ]  # fmt: skip
    if not wanted:
        return []
    (directory / FOLDER).mkdir(exist_ok=True)
    troubles = []
    jobs = each(
        Job(trial, "benchmarks.clips:make_one", (str(directory), trial.id, registry.plugins)) for trial in wanted
    )
    with Stop() as stop, Local(means.processes, Limits(PATIENCE, means.limits.memory), stop) as pool:
        if means.preload:
            pool.warm_up(ALWAYS)
        for ended in pool.run(jobs):
            error = ended.answer.error if ended.answer else None
            trouble = ended.death.message if ended.death else error["message"] if error else ""
            if trouble:
                troubles.append(f"No animation of {ended.job.key}: {trouble.rstrip('.')}.")
    return troubles


def make_one(directory: str, identity: str, plugins: tuple[str, ...]) -> None:
    """Play a trial's policy and write its clip, with less and less in it until it is small enough."""
    from benchmarks.policy_file import unpack
    from benchmarks.watch import chosen

    viewing = chosen(Path(directory), identity, plugins)
    policy, trial, task = unpack(viewing.path.with_suffix(".zip").read_bytes()), viewing.record.trial, viewing.task
    played = film.episode(task, policy, trial.seed, viewing.episodes)
    for share in (1.0, 0.7, 0.5, 0.35, 0.25):
        shown, seconds, faster = film.moments(played.steps, task.step_seconds, int(PICTURES * share), SECONDS)
        told = json.dumps({"return": played.value, "steps": played.steps, "faster": round(faster, 1)})
        data = film.gif(film.pictures(task, played.states[shown], WIDTH), seconds, 32, told)
        if len(data) <= SIZE:
            break
    path_of(Path(directory), trial).write_bytes(data)
