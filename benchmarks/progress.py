"""What one sees of a run: one live display on a terminal, plain lines anywhere else."""

from __future__ import annotations

import sys
import time
from typing import Any, Protocol

from benchmarks.record import Record, Trial
from benchmarks.schedule import LongestFirst

BAR = 60  # characters


class Progress(Protocol):
    """Told what happens, in the order in which it happens."""

    def __enter__(self) -> Progress: ...

    def __exit__(self, *error: object) -> None: ...

    def say(self, text: str) -> None:
        """Something worth a line of its own."""

    def doing(self, text: str) -> None:
        """What is being done while no trial runs; "" for nothing any more."""

    def started(self, trial: Trial) -> None: ...

    def ended(self, record: Record, seconds: float) -> None: ...


def progress(total: int, stored: int, schedule: LongestFirst, processes: int) -> Progress:
    """The one that fits where the output goes: `total` trials, of which `stored` were there before."""
    tally = Tally(total, stored, schedule, processes)
    return Live(tally) if sys.stdout.isatty() else Lines(tally)


class Tally:
    """The numbers behind both displays."""

    def __init__(self, total: int, stored: int, schedule: LongestFirst, processes: int) -> None:
        self.total, self.done, self.failed = total, stored, 0
        self.running: dict[str, tuple[Trial, float]] = {}
        self.best: dict[str, tuple[float, str]] = {}  # by algorithm: score and task
        self._schedule, self._processes = schedule, processes

    def start(self, trial: Trial) -> None:
        self.running[trial.id] = trial, time.monotonic()

    def end(self, record: Record, seconds: float) -> None:
        trial = record.trial
        self.running.pop(trial.id, None)
        self.done += 1
        self.failed += record.status != "ok"
        self._schedule.learn(record, seconds)
        worth = score(record)
        if worth is not None and worth > self.best.get(trial.algorithm, (float("-inf"), ""))[0]:
            self.best[trial.algorithm] = worth, trial.task

    def seconds_left(self) -> float:
        now = time.monotonic()
        running = sum(max(0.0, self._schedule.seconds(trial) - now + begun) for trial, begun in self.running.values())
        return (self._schedule.remaining() + running) / self._processes


class Lines:
    """A line for each trial that ended."""

    def __init__(self, tally: Tally) -> None:
        self.tally = tally

    def __enter__(self) -> Lines:
        return self

    def __exit__(self, *error: object) -> None: ...

    def say(self, text: str) -> None:
        print(text, flush=True)

    def doing(self, text: str) -> None:
        if text:
            self.say(f"{text} ...")

    def started(self, trial: Trial) -> None:
        self.tally.start(trial)

    def ended(self, record: Record, seconds: float) -> None:
        tally = self.tally
        tally.end(record, seconds)
        left = f", about {duration(tally.seconds_left())} left" if tally.done < tally.total else ""
        self.say(f"[{tally.done}/{tally.total}] {outcome(record, seconds)}{left}")


class Live:
    """One display that renews itself: trials done, running and failed, time left, the best scores so far."""

    def __init__(self, tally: Tally) -> None:
        from rich.live import Live as RichLive

        self.tally, self._doing = tally, ""
        self._live = RichLive(get_renderable=self._picture, refresh_per_second=4, transient=True)

    def __enter__(self) -> Live:
        self._live.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self._live.__exit__(None, None, None)

    def say(self, text: str) -> None:
        self._live.console.print(text, markup=False, highlight=False)

    def doing(self, text: str) -> None:
        self._doing = text

    def started(self, trial: Trial) -> None:
        self.tally.start(trial)

    def ended(self, record: Record, seconds: float) -> None:
        self.tally.end(record, seconds)
        if record.status != "ok":
            self.say(outcome(record, seconds))

    def _picture(self) -> Any:
        from rich.console import Group
        from rich.table import Table
        from rich.text import Text

        tally, now = self.tally, time.monotonic()
        head = Text(f"{tally.done} of {tally.total} trials", style="bold")
        if tally.failed:
            head.append(f"  {tally.failed} failed", style="bold red")
        if left := tally.seconds_left():
            head.append(f"  about {duration(left)} left", style="dim")
        full = BAR * tally.done // max(1, tally.total)
        parts: list[Any] = [head, Text("━" * full, "green") + Text("━" * (BAR - full), "dim")]
        if self._doing:
            parts.append(Text(f"{self._doing} ...", style="italic"))
        for trial, begun in list(tally.running.values()):
            line = f"  running  {trial}  ({duration(now - begun)})"
            parts.append(Text(line, no_wrap=True, overflow="ellipsis"))
        if tally.best:
            table = Table("algorithm", "best score so far", "on", box=None, header_style="dim", padding=(0, 2))
            room = max(3, self._live.console.height - len(parts) - 4)
            for name, (worth, task) in sorted(tally.best.items(), key=lambda item: -item[1][0])[:room]:
                table.add_row(name, f"{worth:.2f}", task)
            parts.append(table)
        return Group(*parts)


def score(record: Record) -> float | None:
    """The normalised score of the final evaluation: 0 is the random policy, 1 the expert."""
    returns = [value for value in (record.final or {}).get("returns", []) if value is not None]
    low, high = record.anchors.get("random"), record.anchors.get("expert")
    if record.status != "ok" or not returns or low is None or high is None or low == high:
        return None
    return float((sum(returns) / len(returns) - low) / (high - low))


def outcome(record: Record, seconds: float) -> str:
    """One line on how a trial ended."""
    worth = score(record)
    if record.status == "ok":
        result = "ok" if worth is None else f"ok, score {worth:.2f}"
    else:
        error = record.error or {}
        message = (error.get("message") or "").strip().partition("\n")[0]
        kind = f"{error.get('kind')}: " if record.status == "failed" else ""
        result = f"{record.status}: {kind}{message}"
    return f"{record.trial}: {result} ({duration(seconds)})"


def count(number: int, noun: str) -> str:
    """ "1 trial", "2 trials"."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def duration(seconds: float) -> str:
    """Seconds as a person says them."""
    if seconds < 60:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    if seconds < 3600:
        return f"{seconds / 60:.0f} min"
    return f"{seconds // 3600:.0f} h {seconds % 3600 / 60:.0f} min"
