"""Where questions arrive: noted, priced anew, and answered by the person or from a first run."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

import numpy as np

from benchmarks.record import Prices
from benchmarks.session import Question
from benchmarks.task import Trajectories


@dataclass(frozen=True)
class Asked:
    """A question's content, what it costs by the price list, and what was said."""

    kind: str
    content: bytes
    steps: int  # taken before it
    seconds: float
    reply: Any


def content(question: Question) -> bytes:
    """Equal for equal questions."""
    digest = blake2b(question.kind.encode(), digest_size=16)
    for subject in question.subjects:
        parts = (subject.states, subject.actions) if isinstance(subject, Trajectories) else (subject,)
        for part in parts:
            digest.update(str(part.shape).encode() + np.ascontiguousarray(part).tobytes())
    return digest.digest()


def price(prices: Prices, question: Question, step_seconds: float) -> float:
    """Reckoned anew from what the person was shown: the session's own reckoning is in the learner's reach."""
    kind, first = question.kind, question.subjects[0]
    clips = [subject for subject in question.subjects if isinstance(subject, Trajectories)]
    steps = sum(len(clip) * clip.length for clip in clips) * (2 if kind == "correct" else 1)
    if kind == "demonstrate":
        steps = int(np.sum(first))
    count = len(first) * (len(clips) if kind == "rank" else 1)
    return float(count * getattr(prices, kind) + steps * step_seconds)


def again(first: list[Asked], i: int, question: Question) -> Any:
    """What was said to question i the first time; None if that was another one."""
    same = i < len(first) and first[i].content == content(question)
    return first[i].reply if same else None
