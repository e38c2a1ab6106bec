"""The laws of an oracle."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import Any

import numpy as np

from benchmarks.check.verdict import Verdict, described, judged
from benchmarks.log import mixed_log
from benchmarks.oracles.person import Person
from benchmarks.oracles.rationality import Rationality
from benchmarks.oracles.reference import Reference
from benchmarks.oracles.reply import Reply
from benchmarks.record import canonical
from benchmarks.registry import Registry
from benchmarks.suite_file import read
from benchmarks.task import Trajectories

SUITE = "smoke"
LENGTH = 25  # steps of the clips
SIZE = 1000  # fresh reference questions
BOUND = 4.5  # standard deviations: a law that holds fails once in 150,000 times


def laws(name: str, registry: Registry) -> Iterator[Verdict]:
    """What each law says of an oracle, on the smallest of the smoke suite's tasks that has outcomes to weigh."""
    make = registry.oracles[name].target
    trouble = declared(make)
    yield judged("declaration", trouble, "it returns a Rationality, always the same, which a record can hold")
    if trouble:
        return
    rationality = make()
    tasks = (registry.task(task) for task in read(SUITE, registry).tasks)
    task = min((task for task in tasks if len(task.objectives) > 1), key=lambda task: len(task.objectives))
    log = mixed_log(task, task.expert())
    questions = fresh(Reference(task, task.expert(), log, SIZE, name="fresh"))
    asked = {kind: subjects for kind, subjects in questions.items() if kind in rationality.kinds}

    def person() -> Person:
        return Person(task, task.expert(), rationality, 0, log)

    def told(law: str, look: Callable[[], str], holds: str) -> Verdict:
        try:
            return judged(law, look(), holds)
        except Exception as error:
            return Verdict(law, "FAILED", f"on {task.name} it fails with {described(error)}")

    yield told("answers", lambda: unanswered(person(), asked), f"on {task.name} it answers every kind it declares")
    yield told("chance", lambda: moody(person(), person(), asked), "the same question has the same answer elsewhere")
    yield told("rates", lambda: off(rationality, person(), asked), "on fresh questions it errs and ties as declared")


def declared(make: Any) -> str:
    try:
        one, other = make(), make()
    except Exception as error:
        return f"it cannot be made: {described(error)}"
    if not isinstance(one, Rationality):
        return f"it returns a {type(one).__name__}: a function under @oracle returns a Rationality"
    if one != other:
        return "made twice it is not equal to itself: its numbers must be fixed"
    try:
        canonical(asdict(one))
    except (TypeError, ValueError) as error:
        return f"a record cannot hold it: {error}"
    return ""


def fresh(reference: Reference) -> dict[str, tuple[Any, ...]]:
    """Questions of every kind that nobody was calibrated on: kind -> subjects, `SIZE` of each or a few dear ones."""
    task, size = reference.task, reference.size
    clips = reference.clips(min(LENGTH, task.horizon))
    left, right, third = clips[:size], clips[size:], clips[np.roll(np.arange(size), 1)]
    states, actions = reference.decisions()
    following = task.transition(states, actions)
    none = np.zeros((size, 1))
    acts = Trajectories(
        np.stack([states, following], axis=1), actions[:, None], following[:, None], none, none.astype(bool)
    )
    here = Trajectories(states[:, None], actions[:, None][:, :0], following[:, None][:, :0], none[:, :0], none[:, :0])
    outcomes = reference.outcomes()
    few = slice(0, 8)
    return {
        "compare": (left, right),
        "rate": (left,),
        "judge": (acts,),
        "rank": (left, right, third),
        "advise": (here,),
        "weigh": (outcomes[:size], outcomes[size:]),
        "demonstrate": (np.full(8, LENGTH),),
        "correct": (left[few],),
    }


def unanswered(person: Person, asked: dict[str, tuple[Any, ...]]) -> str:
    for kind in sorted(person.rationality.kinds):
        if kind not in asked:
            return f"there is no question of the kind {kind!r}"
        n, reply = len(asked[kind][0]), person.answer(kind, *asked[kind])
        values = reply.values
        if len(values) != n or len(reply.raters) != n:
            return f"{n} questions of the kind {kind!r} have {len(values)} answers"
        if isinstance(values, Trajectories):
            continue
        given = values[~np.isnan(values).reshape(n, -1).any(axis=1)]
        most = len(asked[kind]) - 1 if kind == "rank" else 1
        if kind != "advise" and ((given < 0) | (given > most)).any():
            return f"an answer to {kind!r} is outside of 0 to {most}"
    return ""


def moody(one: Person, other: Person, asked: dict[str, tuple[Any, ...]]) -> str:
    """Two people with the same seed: the second is asked everything in the opposite order."""
    first = {kind: one.answer(kind, *subjects) for kind, subjects in asked.items()}
    for kind, subjects in reversed(asked.items()):
        if not same(first[kind], other.answer(kind, *subjects)):
            return f"the same {kind!r} questions have other answers in another session"
    return ""


def same(one: Reply, other: Reply) -> bool:
    mine, theirs = one.values, other.values
    if isinstance(mine, Trajectories):
        assert isinstance(theirs, Trajectories)
        return np.array_equal(mine.states, theirs.states) and np.array_equal(mine.actions, theirs.actions)
    return np.array_equal(mine, np.asarray(theirs), equal_nan=True)


def off(rationality: Rationality, person: Person, asked: dict[str, tuple[Any, ...]]) -> str:
    """A declared rate that does not hold. Where many questions are worth the same, more may tie or be skipped."""
    if rationality.as_published or rationality.error is None or rationality.delay:
        return ""  # declared by other means than by rates
    error, mistake = rationality.error, rationality.mistake
    expected = error * (1 - mistake) + mistake * (1 - error)
    kinds = ("compare", "rate", "judge", "weigh", "rank")
    for kind in kinds[:4] if rationality.skip else kinds:  # of three clips, fewer are all too bad than of two
        reply = person.answer(kind, *asked[kind])
        share = reply.errors / max(reply.decidable, 1)
        if not held(share, expected, max(reply.decidable, 1)):
            return f"it errs in {share:.1%} of fresh {kind!r} questions, and {expected:.1%} are declared"
    reply = person.answer("compare", *asked["compare"])
    called, declared = reply.ties / len(reply), rationality.equal
    if not held(called, max(declared, 1 - reply.decidable / len(reply)), len(reply)):  # some pairs are worth the same
        return f"it calls {called:.1%} of fresh pairs equal, and {declared:.1%} are declared"
    return ""


def held(realised: float, declared: float, n: int, calibrated: int = 10_000) -> bool:
    """Within `BOUND` deviations of a binomial share that was drawn twice: here and in calibration."""
    spread = np.sqrt(declared * (1 - declared) * (1 / n + 1 / calibrated))
    return bool(abs(realised - declared) <= BOUND * spread + 1e-9)
