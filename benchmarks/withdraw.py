"""`withdraw`: a trial once more, from its transcript, as if one rater had never answered; and what that changes.

People may take their feedback back at any time. The learner meets the same world and is given the stored answer
to every question that it puts as it did before, but where the rater that withdraws had answered, the question counts
as skipped. From there on it may ask other questions: the crowd that is left answers those, and again what would have
been this rater's is skipped. Time that was given stays given.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import planned, store, transcript
from benchmarks.errors import RequestError
from benchmarks.record import Record, Trial
from benchmarks.registry import load, plugins_of
from benchmarks.scores import worth
from benchmarks.session import Question
from benchmarks.task import Array, Task, Trajectories
from benchmarks.verify import configured, outdated
from benchmarks.watch import find

PLAYED = ("demonstrate", "correct")  # whoever plays a clip gives it whole: there is no skipped one


@dataclass
class Count:
    """Questions of the second run: answered as stored, put for the first time, and left without their answer."""

    stored: int = 0
    new: int = 0
    without: int = 0


@dataclass
class Desk:
    """Answers questions from a transcript where it can, from the crowd where not, and never as the rater who left."""

    task: Task
    gone: int
    person: Any  # Question -> Reply
    said: dict[bytes, list[tuple[Any, int]]]
    count: Count = field(default_factory=Count)

    def answer(self, question: Question) -> Any:
        reply = self.person(question)
        values, raters = np.array(reply.values, dtype=float), np.array(reply.raters)
        for row, key in enumerate(keys(question.kind, _shown(self.task, question))):
            if known := self.said.get(key):
                values[row], raters[row] = known.pop(0)
                self.count.stored += 1
            else:
                self.count.new += 1
        mine = raters == self.gone
        values[mine] = np.nan
        self.count.without += int(mine.sum())
        return replace(
            reply, values=values, raters=raters, skipped=np.isnan(values.reshape(len(values), -1)).any(axis=1),
            wrong=np.where(mine, 0.0, reply.wrong), tied=reply.tied | mine, equal=reply.equal & ~mine,
        )  # fmt: skip


@dataclass(frozen=True)
class Withdrawal:
    """A trial with all its answers and without those of one rater, and how many they were."""

    before: Record
    after: Record
    taken: int
    answers: int
    count: Count


def withdraw(directory: Path, name: str, rater: int, plugins: tuple[str, ...] = ()) -> str:
    """Play a trial again without rater 1, 2, ... of its crowd; a table of what changes. Raises RequestError."""
    found = without(directory, name, rater, plugins)
    trial = found.before.trial
    told = (
        f"{trial}, without rater {rater} of {trial.rationality['crowd']}: {found.taken} of {found.answers} stored "
        "answers are taken back."
    )
    return "\n".join([told, "", *_table(found.before, found.after), "", _questions(found.count)])


def without(directory: Path, name: str, rater: int, plugins: tuple[str, ...] = ()) -> Withdrawal:
    """Play a trial again without rater 1, 2, ... of its crowd. Raises RequestError."""
    plan = planned.read(directory)
    path = find(directory, name)
    registry = load(plugins_of((*plan.plugins, *plugins)))
    record = store.decode(path.read_bytes())
    trial, kept = record.trial, path.with_suffix(".jsonl.gz")
    crowd = int(trial.rationality.get("crowd", 1))
    if crowd < 2:
        raise RequestError(f"{trial} has a single rater, without whom nothing is left: withdraw from a crowd's trial.")
    if not 1 <= rater <= crowd:
        raise RequestError(f"--rater takes 1 to {crowd}, the raters of {trial.oracle}, not {rater}.")
    if record.status != "ok" or not kept.exists():
        why = "it did not end ok" if record.status != "ok" else "its transcript is not stored"
        raise RequestError(f"{trial} cannot be played again from its transcript: {why}.")
    if outdated(trial, registry):
        raise RequestError(f"{trial} was made by another version of its task or algorithm: run it again first.")
    said = transcript.load(kept.read_bytes())
    played = sorted({entry["kind"] for entry in said} & set(PLAYED))
    if played:
        raise RequestError(
            f"{trial} was told by {' and '.join(played)}: a played clip cannot be taken out of a question for several."
        )
    after, count = again(configured(trial, registry), plan, registry.plugins, said, rater - 1)
    answers = [number for entry in said for number in entry["answer"]["raters"]]
    return Withdrawal(record, after, sum(number == rater - 1 for number in answers), len(answers), count)


def again(
    trial: Trial, plan: planned.Planned, plugins: tuple[str, ...], said: list[dict[str, Any]], gone: int
) -> tuple[Record, Count]:
    """The trial from its transcript, without the answers of rater `gone` (from 0). Raises RequestError if it fails."""
    from benchmarks.trial import Stage

    stage = Stage(trial, plan.evaluations, plugins, answer=lambda question: desk.answer(question))
    desk = Desk(stage.true_task, gone, stage.ask_person, _by_question(said))
    stage.learn()
    if stage.curve.policy is None:
        raise RequestError(f"Without that rater {trial} ends without offering a policy.")
    stage.measure()
    return stage.record("ok"), desk.count


def keys(kind: str, parts: list[Array]) -> Iterator[bytes]:
    """One for each question of a batch, the same for the same question; `parts` are what it shows, [n, ...] each."""
    for row in range(len(parts[0])):
        digest = blake2b(kind.encode(), digest_size=16)
        for part in parts:
            one = np.ascontiguousarray(part[row])
            digest.update(f"{one.shape}{one.dtype.str}".encode() + one.tobytes())
        yield digest.digest()


def _by_question(said: list[dict[str, Any]]) -> dict[bytes, list[tuple[Any, int]]]:
    found: dict[bytes, list[tuple[Any, int]]] = defaultdict(list)
    for entry in said:
        parts = [part[name] for part in entry.get("segments", ()) for name in ("observations", "actions")]
        parts = parts or [np.asarray(vector, dtype=float) for vector in entry["vectors"]]
        answer = entry["answer"]
        for key, value, rater in zip(keys(entry["kind"], parts), answer["values"], answer["raters"], strict=True):
            found[key].append((value, int(rater)))
    return found


def _shown(task: Task, question: Question) -> list[Array]:
    """What the transcript keeps of a question: observations and actions, or the vectors."""
    parts: list[Array] = []
    for subject in question.subjects:
        if isinstance(subject, Trajectories):
            n, columns, width = subject.states.shape
            seen = task.observe(subject.states.reshape(-1, width))
            parts += [seen.reshape(n, columns, *seen.shape[1:]), subject.actions]
        else:
            parts.append(np.asarray(subject, dtype=float))
    return parts


def _table(before: Record, after: Record) -> list[str]:
    def asked(record: Record, what: str) -> float:
        return sum(float(tally[what]) for tally in record.feedback.values())

    rows = [("", "with", "without", "change")]
    numbers = [("score", worth(before), worth(after))]
    numbers += [(name, asked(before, name), asked(after, name)) for name in ("asked", "answered")]
    numbers.append(("human minutes", *(record.spent["human_seconds"] / 60 for record in (before, after))))
    both = zip(before.outcomes.get("raters", ()), after.outcomes.get("raters", ()))
    numbers += [(f"regret of rater {i}", one["regret"], other["regret"]) for i, (one, other) in enumerate(both, 1)]
    for name, one, other in numbers:
        digits = 0 if name in ("asked", "answered") else 2
        rows.append((name, f"{one:.{digits}f}", f"{other:.{digits}f}", f"{other - one:+.{digits}f}"))
    return [f"{row[0]:<18}" + "".join(f"{cell:>10}" for cell in row[1:]) for row in rows]


def _questions(count: Count) -> str:
    return (
        f"Of the second run's questions {count.stored} were put before and answered as stored, {count.new} are new, "
        f"and {count.without} went without the answer of the rater who left. Regret is 0 for the best that is known "
        "for a rater, 1 for random."
    )
