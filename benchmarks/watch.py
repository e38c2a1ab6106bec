"""`watch`: plays the stored policy of a trial, on the original task, as an animation or in a window.

Loading a policy runs code that is in it: watch results that you trust.
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks import film, planned, store
from benchmarks.errors import RequestError
from benchmarks.policy_file import unpack
from benchmarks.record import Record
from benchmarks.registry import load, plugins_of
from benchmarks.task import Task

MOST, LONGEST = 400, 20.0  # pictures, and seconds, of an animation
FEW = 5  # trials that an error names


@dataclass(frozen=True)
class Viewing:
    """What is to be watched."""

    record: Record
    path: Path
    task: Task
    episodes: int


def watch(
    directory: Path, name: str, out: Path | None, window: bool, number: int = 1, plugins: tuple[str, ...] = ()
) -> str:
    """Show episode `number` of a trial's last policy; returns what there is to say. Raises RequestError."""
    viewing = chosen(directory, name, plugins)
    if not 1 <= number <= viewing.episodes:
        raise RequestError(
            f"--episode takes 1 to {viewing.episodes}, the episodes of the final evaluation, not {number}."
        )
    before = os.environ.get("SDL_VIDEODRIVER")
    policy = unpack(viewing.path.with_suffix(".zip").read_bytes())
    task, trial = viewing.task, viewing.record.trial
    played = film.episode(task, policy, trial.seed, viewing.episodes, number - 1)
    shown, seconds, faster = film.moments(played.steps, task.step_seconds, MOST, LONGEST)
    pictures = film.pictures(task, played.states[shown])
    told = f"{trial}: episode {number} of {viewing.episodes}, return {played.value:.2f} in {played.steps} steps"
    told += f", {faster:.1f} times as fast as in life." if faster > 1.05 else "."
    if window:
        _show(pictures, seconds, str(trial), before)
        return told
    out = out or viewing.path.with_suffix(".gif")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_bytes(film.gif(pictures, seconds, comment=told))
    except OSError as error:
        raise RequestError(f"{out} cannot be written: {error.strerror}.") from None
    return f"{told}\nThe animation is {out}."


def chosen(directory: Path, name: str, plugins: tuple[str, ...] = ()) -> Viewing:
    """The trial of that name, with its policy and its task. Raises RequestError where one of them is missing."""
    plan = planned.read(directory)
    path = find(directory, name)
    try:
        record = store.decode(path.read_bytes())
    except ValueError as error:
        raise RequestError(f"{path} is damaged: {error}.") from None
    if not path.with_suffix(".zip").exists():
        why = "it ended without one" if record.final is None else "only those of some trials are kept"
        raise RequestError(f"No policy of {record.trial} is stored in {directory}: {why}.")
    registry = load(plugins_of((*plan.plugins, *plugins)))
    task: Task = registry.task(record.trial.task)
    if task.version != record.trial.task_version:
        raise RequestError(
            f"{record.trial} was played on version {record.trial.task_version} of {task.name}, and this is version "
            f"{task.version}: run it again, or watch it with the code that made it."
        )
    if not film.drawable(task):
        raise RequestError(f"The task {task.name} cannot be drawn: it has no render().")
    return Viewing(record, path, task, plan.evaluations.final_episodes)


def find(directory: Path, name: str) -> Path:
    """The record of the one trial that a name fits: the beginning of its id, or some of
    algorithm:task:oracle:seed, in any order. Raises RequestError.
    """
    paths = sorted((directory / store.TRIALS).glob("*/*/*/*-*.json"))
    by_id = [path for path in paths if identity(path).startswith(name)] if name else []
    words = set(name.split(":"))
    found = by_id or [path for path in paths if words <= set(words_of(path))]
    if len(found) == 1:
        return found[0]
    if found:
        raise RequestError(f"{name!r} fits {len(found)} trials in {directory}: {_some(found)}; say more of one.")
    if not paths:
        raise RequestError(f"There is no trial stored in {directory}.")
    names = {short(path): path for path in paths}
    close = difflib.get_close_matches(name, names, n=1, cutoff=0.6)
    hint = f"did you mean {close[0]!r}?" if close else f"there are {_some(paths)}."
    raise RequestError(f"There is no trial {name!r} in {directory}: {hint}")


def identity(path: Path) -> str:
    return path.stem.partition("-")[2]


def words_of(path: Path) -> tuple[str, str, str, str]:
    """algorithm, task, oracle and seed, by where the record lies."""
    task, oracle, algorithm = path.parts[-4:-1]
    return algorithm, task, oracle, path.stem.partition("-")[0]


def short(path: Path) -> str:
    algorithm, task, _, seed = words_of(path)
    return f"{algorithm}:{task}:{seed}"


def _some(paths: Sequence[Path]) -> str:
    named = ", ".join(f"{':'.join(words_of(path))} ({identity(path)})" for path in paths[:FEW])
    return f"{named} and {len(paths) - FEW} more" if len(paths) > FEW else named


def _show(pictures: Sequence[object], seconds: float, title: str, driver: str | None) -> None:
    """Play the pictures in a window until it is closed. Raises RequestError where there is no screen."""
    import pygame

    if driver is None:
        os.environ.pop("SDL_VIDEODRIVER", None)  # drawing into memory has set it
    pygame.display.quit()
    frames = [pygame.image.frombuffer(p.tobytes(), p.size, "RGB") for p in pictures]  # type: ignore[attr-defined]
    try:
        pygame.display.init()
        screen = pygame.display.set_mode(frames[0].get_size())
    except pygame.error as error:
        raise RequestError(f"There is no screen to show a window on ({error}): leave --window away.") from None
    pygame.display.set_caption(title)
    clock, place = pygame.time.Clock(), 0
    while not any(event.type == pygame.QUIT for event in pygame.event.get()):
        screen.blit(frames[place], (0, 0))
        pygame.display.flip()
        place = (place + 1) % len(frames)
        clock.tick(1 / seconds if place else 1)
    pygame.display.quit()
