"""An episode of a policy as pictures: what `watch` shows and the report embeds."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.api import Policy
from benchmarks.task import Array, Task

if TYPE_CHECKING:
    from PIL.Image import Image

    from benchmarks.evaluate import Worth

TICK = 0.02  # seconds: viewers show nothing faster, and slow down what asks for it


@dataclass(frozen=True)
class Episode:
    """states [steps + 1, d] of one episode of the original, and its published return."""

    states: Array
    value: float

    @property
    def steps(self) -> int:
        return len(self.states) - 1


def drawable(task: Task) -> bool:
    """The task knows how to draw its states."""
    return type(task).render is not Task.render


def episode(task: Task, policy: Policy, seed: int, episodes: int, number: int = 0) -> Episode:
    """One of the `episodes` that a trial's final evaluation plays, so that its return is the one in the record."""
    from benchmarks.evaluate import evaluate  # which needs torch: a report, which only reads films, does without

    return cut(task, evaluate(policy, task, seed, episodes), number)


def cut(task: Task, worth: Worth, number: int) -> Episode:
    """The states of one episode out of all that were visited, the one after the last action included."""
    assert worth.visited is not None
    alive = np.arange(worth.lengths.max())[:, None] < worth.lengths
    mine = np.nonzero(alive)[1] == number  # `visited` goes step by step, each with the episodes that still last
    states, actions = task.recover(worth.visited[0][mine]), worth.visited[1][mine]
    last = task.transition(states[-1:], actions[-1:])
    return Episode(np.concatenate([states, last]), float(worth.returns[number]))


def moments(steps: int, step_seconds: float, most: int, longest: float) -> tuple[Array, float, float]:
    """Which states to show, the seconds of each picture, and how many times faster than life that is.

    At most `most` pictures in `longest` seconds, none shorter than a TICK; the last state is always among them.
    """
    seconds = min(steps * step_seconds, longest)
    count = int(max(2, min(steps + 1, most, seconds / TICK)))
    shown = np.unique(np.linspace(0, steps, count).round().astype(int))
    each = max(TICK, round(seconds / len(shown), 2))
    return shown, each, steps * step_seconds / (each * len(shown))


def pictures(task: Task, states: Array, width: int | None = None) -> list[Image]:
    """One picture a state, so many pixels wide or as the task draws it."""
    from PIL import Image

    found = []
    for state in states:
        picture = Image.fromarray(task.render(state))
        if width is not None and picture.width > width:
            picture = picture.resize((width, round(picture.height * width / picture.width)), Image.Resampling.LANCZOS)
        found.append(picture)
    return found


def gif(shown: Sequence[Image], seconds: float, colours: int = 64, comment: str = "") -> bytes:
    """An animation that goes on for ever, and rests a second at its end; one palette for all of it."""
    from PIL import Image

    first, middle, last = shown[0], shown[len(shown) // 2], shown[-1]
    sheet = Image.new("RGB", (first.width, 3 * first.height))
    for place, picture in enumerate((first, middle, last)):
        sheet.paste(picture, (0, place * first.height))
    palette = sheet.quantize(colours, dither=Image.Dither.NONE)
    frames = [picture.quantize(palette=palette, dither=Image.Dither.NONE) for picture in shown]
    durations = [round(1000 * seconds)] * (len(frames) - 1) + [1000]
    buffer = io.BytesIO()
    frames[0].save(
        buffer, "GIF", save_all=True, append_images=frames[1:], duration=durations, loop=0, optimize=False,
        comment=comment.encode(),
    )  # fmt: skip
    return buffer.getvalue()


@lru_cache(maxsize=8)
def read(data: bytes) -> tuple[str, bytes]:
    """The comment of a GIF, and its middle frame as PNG, for those who want nothing to move."""
    from PIL import Image

    with Image.open(io.BytesIO(data)) as image:
        comment: Any = image.info.get("comment", b"")
        image.seek(getattr(image, "n_frames", 1) // 2)
        buffer = io.BytesIO()
        image.convert("RGB").quantize(32).save(buffer, "PNG", optimize=True)
    return comment.decode(), buffer.getvalue()
