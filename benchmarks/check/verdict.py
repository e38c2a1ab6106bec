"""What a law says of a plug-in."""

from __future__ import annotations

import traceback
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Verdict:
    """A law, whether it is kept, and one sentence: what holds, or what is broken and how to mend it.

    "open" is a law that could not be looked at, because of another one that is broken.
    """

    law: str
    status: Literal["ok", "FAILED", "open"]
    sentence: str

    @property
    def broken(self) -> bool:
        return self.status == "FAILED"

    def __str__(self) -> str:
        return f"{self.status:<6}  {self.law:<16}  {self.sentence.rstrip('.')}."


def judged(law: str, trouble: str, holds: str) -> Verdict:
    """Kept if there is no trouble."""
    return Verdict(law, "FAILED", trouble) if trouble else Verdict(law, "ok", holds)


def described(error: BaseException, files: Iterable[str] = ()) -> str:
    """An error in a few words, with the last line that it came through of these files, if any."""
    message = " ".join(str(error).split())
    text = f"{type(error).__name__}: {message}" if message else type(error).__name__
    known, frames = set(files), traceback.extract_tb(error.__traceback__)
    mine = [frame for frame in frames if frame.filename in known] or frames
    return f"{text} ({place(mine[-1].filename, mine[-1].lineno)})" if mine else text


def place(file: str, line: int | None) -> str:
    return f"{file.rpartition('/')[2]}, line {line}"
