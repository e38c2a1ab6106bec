"""The laws of an algorithm."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from benchmarks.check.imports import allowed_in, forbidden
from benchmarks.check.meters import elsewhere, overspent
from benchmarks.check.offers import unkept
from benchmarks.check.rehearsal import Change, Run, Theatre
from benchmarks.check.traces import parting
from benchmarks.check.verdict import Verdict, described, judged
from benchmarks.errors import RequestError
from benchmarks.hyperparameters import configured, defaults
from benchmarks.record import Trial
from benchmarks.registry import Registry
from benchmarks.suite import TaskBudget, narrowed, plan
from benchmarks.suite_file import read

SUITE = "smoke"
BUDGET = TaskBudget(steps=4_000, minutes=2.0, envs=8)
PATIENCE = 300.0  # seconds for one run
TRUTH = ("sparse_reward", "true_reward", "oracle_utility", "expert")  # who is given these is not held to do without
ALONE = {  # law: the one change that it is about, how a message names it, and what to mend
    "determinism": (
        Change(), "when it is played again",
        "draw all chance from session.rng or from the global generators, which are seeded, and keep nothing "
        "from one run to the next",
    ),
    "clock": (
        Change(clock=True), "when the clocks are wrong",
        "count steps, questions or session.left instead of seconds, and draw all chance from session.rng",
    ),
    "evaluation": (
        Change(unseen=True), "when its policies are not scored",
        "a policy must share no generator and no other state with the learner",
    ),
    "reward": (
        Change(rewards=True), "when session.env returns other rewards than NaN",
        "no learner is given a reward, learn from answers to questions",
    ),
    "non-interference": (
        Change(blind=True), "when the same answers are given in a world whose true reward is NaN",
        "learn from answers alone",
    ),
}  # fmt: skip
HOLDS = {
    "determinism": "played twice, it takes the same steps, asks the same and offers the same",
    "clock": "wrong clocks change nothing",
    "evaluation": "whether and how often its policies are scored changes nothing",
    "reward": "the rewards of session.env change nothing",
    "non-interference": "without the truth and with the same answers it does the same, to the last action",
}


@dataclass(frozen=True)
class Rehearsed:
    """A learner on one task: a run as in a suite, and what `Change` makes of it."""

    theatre: Theatre
    run: Run

    @property
    def trial(self) -> Trial:
        return self.theatre.trial

    def parted(self, change: Change) -> str:
        return parting(self.run, self.theatre.play(change, self.run), self.theatre.probes)


def laws(
    name: str,
    registry: Registry,
    budget: TaskBudget = BUDGET,
    patience: float = PATIENCE,
    tasks: tuple[str, ...] = (),
) -> Iterator[Verdict]:
    """What each law says of an algorithm, on `tasks` or on all of the smoke suite that it can live on."""
    entry = registry.algorithms[name]
    trouble = undeclared(name, entry.target)
    yield judged("declaration", trouble, "a frozen dataclass whose fields have defaults that a record can hold")
    source = Path(entry.file).read_text(encoding="utf-8") if entry.file.endswith(".py") else ""
    foreign = forbidden(source, allowed_in(entry.file, registry))
    yield judged(
        "imports",
        f"it imports {foreign}: an algorithm knows benchmarks.api, and nothing else of the harness" if foreign else "",
        "of the project it imports benchmarks.api and algorithms._blocks only",
    )
    if trouble:
        return
    try:
        chosen = trials(name, registry, budget, tasks)
    except RequestError as error:
        yield Verdict("runs", "FAILED", str(error))
        return
    theatres = [Theatre(trial, registry, patience) for trial in chosen]
    played = [Rehearsed(theatre, theatre.play()) for theatre in theatres]
    yield from watched(played)
    yield from changed(played, registry.algorithm(name).card.uses)


def undeclared(name: str, target: Any) -> str:
    """What is wrong with the class and its fields."""
    try:
        values = defaults(name, target)
        again = configured(target, json.loads(json.dumps(values)))
        if again != target():
            return "its fields are not the same after they were written as JSON: use numbers, texts and tuples"
    except RequestError as error:
        return str(error)
    except Exception as error:
        return f"it cannot be made: {described(error)}"
    if not target.__dataclass_params__.frozen:
        return "it is not frozen: put @dataclass(frozen=True) under @algorithm, and keep what changes inside learn()"
    return ""


def trials(name: str, registry: Registry, budget: TaskBudget, tasks: tuple[str, ...] = ()) -> list[Trial]:
    """One for each smoke task that the algorithm can live on. Raises RequestError if there is none."""
    suite = narrowed(read(SUITE, registry), registry, seeds=1, algorithms=(name,), tasks=tasks)
    found, left_out = plan(replace(suite, budget=budget, budgets={}, leaves_out=()), registry)
    if not found:
        raise RequestError(f"It claims none of the smoke tasks: {left_out[0].reason}.")
    return found


def watched(played: list[Rehearsed]) -> Iterator[Verdict]:
    """What is seen in the first runs."""
    tasks = ", ".join(one.trial.task for one in played)

    def law(name: str, look: Callable[[Rehearsed], str], holds: str) -> Verdict:
        return judged(name, next((f"on {one.trial.task} {found}" for one in played if (found := look(one))), ""), holds)

    yield law("runs", _failed, f"it runs on {tasks} and offers policies")
    yield law(
        "policies",
        lambda one: one.run.illegal or _unkept(one),
        "its policies act on single and on batched observations, and can be stored and read back",
    )
    yield law("snapshots", _mutable, "a policy does not change after it was offered")
    yield law("queries", lambda one: one.run.undeclared, "it asks and uses what its tag declares")
    yield law("budget", lambda one: overspent(one.run, one.trial), "it spends what it has and ends when that is spent")
    yield law(
        "front door",
        lambda one: _guests(one.run) or elsewhere(one.run, one.trial, one.theatre.task),
        "it sees and changes nothing behind the session",
    )


def changed(played: list[Rehearsed], uses: frozenset[str]) -> Iterator[Verdict]:
    """What changes that no learner may notice do: all at once, and one by one where that makes a difference."""
    privileges = [privilege for privilege in TRUTH if privilege in uses]
    blind = not privileges
    laws = {law: alone for law, alone in ALONE.items() if blind or not (alone[0].blind or alone[0].rewards)}
    found: dict[str, str] = {}
    whole = [one for one in played if one.run.whole]
    for one in whole:
        if not (together := one.parted(Change(unseen=True, clock=True, rewards=blind, blind=blind))):
            continue
        for law, (change, when, mend) in laws.items():
            if law not in found and (apart := one.parted(change)):
                found[law] = f"on {one.trial.task} {apart} {when}: {mend}"
                if law == "determinism":
                    break
        if not found:
            _, when, mend = ALONE["determinism"]
            found["determinism"] = f"on {one.trial.task} {together} {when}: {mend}"
        if "determinism" in found:
            break
    for law in ALONE:
        if law not in laws:
            yield Verdict(law, "ok", f"exempt, since it declares uses={{{', '.join(map(repr, privileges))}}}")
        elif law in found:
            yield Verdict(law, "FAILED", found[law])
        elif not whole or "determinism" in found:
            yield Verdict(law, "open", "it can be told once the laws above are kept")
        else:
            yield Verdict(law, "ok", HOLDS[law])


def _failed(one: Rehearsed) -> str:
    if not one.run.error:
        return ""
    hint = ": the rewards of session.env are NaN, so learn from answers" if "NaN" in one.run.error else ""
    return f"it fails with {one.run.error}{hint}"


def _unkept(one: Rehearsed) -> str:
    """Of the last policy only: they are of one kind."""
    last = one.run.offers.get(len(one.run.policies) - 1)
    return unkept(last.policy, one.theatre.probes) if last else ""


def _mutable(one: Rehearsed) -> str:
    for i, offer in one.run.offers.items():
        if offer.changed(one.theatre.probes):
            return f"its policy {i + 1} acts otherwise at the end than when it was offered: yield a copy"
    return ""


def _guests(run: Run) -> str:
    if not run.guests:
        return ""
    return f"{run.guests[0]}: a learner sees what benchmarks.api.Session says, and nothing behind it"
