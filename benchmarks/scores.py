"""Records -> tidy tables: one row a trial, a curve point, a human budget, or a kind of question. Pure functions.

The score of a policy is its mean true return between two fixed anchors of the task, never between competitors:

    score = (return - random) / (expert - random)        0 = the random policy, 1 = the expert

It may leave [0, 1]. A trial that did not end `ok` has no score (NaN); it keeps its row, so that whoever counts
rows counts it. Nothing here picks the best checkpoint: a trial is worth its last policy.

**Curves.** A point says what the last policy offered by then was worth, so a curve is a right-continuous step
function: 0 (the random anchor) before the first point, then the last value holds. Of points at one place the
last counts. The final evaluation is of the last policy as well, with more episodes, and takes the last point's
place. The same points are read against environment steps or against the person's seconds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import fsum
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.record import Record, Trial

Array = np.ndarray[Any, np.dtype[Any]]

SCORES = (
    "task", "oracle", "algorithm", "family", "seed", "status", "score", "return", "auc_steps", "auc_effort",
    "human_seconds", "asked", "answered", "skipped", "env_steps", "wall_seconds", "cpu_seconds",
)  # fmt: skip
QUALITIES = [
    "accuracy", "step_correlation", "return_correlation", "utility_correlation", "epic", "calibration_error",
    "learned_return",
]  # fmt: skip
TRANSFERS = ["dynamics", "own", "retrained"]
KEYS = ["task", "oracle", "algorithm", "family", "seed"]
MINUTES = (1.0, 3.0, 10.0, 30.0)
MISSING = "missing"
COUNTS = ("asked", "answered", "skipped", "env_steps")


@dataclass(frozen=True)
class Steps:
    """A step function: `values[i]` holds from `places[i]` on, and 0 before the first; places never fall."""

    places: Array
    values: Array

    def at(self, where: Any) -> Array:
        """The value at each of `where`."""
        last = np.searchsorted(self.places, np.asarray(where, dtype=float) + 1e-9, side="right")
        return np.concatenate([[0.0], self.values])[last]

    def area(self, end: float) -> float:
        """The mean height over [0, end], (1 / end) * integral of the function; its last value where end = 0."""
        if not len(self.values):
            return float("nan")
        if end <= 0:
            return float(self.values[-1])
        edges = np.clip(np.append(self.places, end), 0.0, end)
        return float(np.diff(edges) @ self.values / end)


def score(value: float, anchors: dict[str, float]) -> float:
    """(value - random) / (expert - random); NaN where an anchor is missing or both are the same."""
    low, high = anchors.get("random", np.nan), anchors.get("expert", np.nan)
    return float((value - low) / (high - low)) if high != low else float("nan")


def worth(record: Record) -> float:
    """The score of a trial: of its last policy, by its final evaluation; NaN unless it ended ok."""
    if record.status != "ok" or record.final is None:
        return float("nan")
    return score(_mean(record.final["returns"]), record.anchors)


def over_steps(record: Record) -> Steps:
    """Score over environment steps."""
    return _steps(record, "steps")


def over_effort(record: Record) -> Steps:
    """Score over the person's seconds. Of a learner that asks nothing it is its final score everywhere:

    all its points stand at 0 seconds, and the last of them counts.
    """
    return _steps(record, "human_seconds")


def scores(
    records: Iterable[Record], planned: Iterable[Trial] = (), families: Mapping[str, str] | None = None
) -> pd.DataFrame:
    """One row a trial, with exactly the columns `SCORES`, sorted by task, oracle, algorithm and seed.

    auc_steps    area under score over steps, divided by the steps that the trial was given: a number
                 comparable with a score, the mean score over the budget
    auc_effort   the same over the person's seconds. A learner that asks nothing gets its final score, since
                 whatever it can do it can do after 0 seconds. So the column ranks among those who ask;
                 beside a reference row it says only what that row reached without anybody's time
    asked ...    questions of all kinds together

    A `planned` trial without a record gets a row with the status "missing" and nothing measured in it; its
    algorithm's family comes from another record or from `families`.
    """
    known = list(records)
    named = {**(families or {}), **{record.trial.algorithm: record.family for record in known}}
    done = {record.trial.id for record in known}
    rows = [_row(record) for record in known]
    for trial in planned:
        if trial.id not in done:
            rows.append({**_keys(trial, named.get(trial.algorithm, "")), "status": MISSING})
    table = pd.DataFrame(rows, columns=list(SCORES))
    table = table.astype({name: "Int64" for name in COUNTS})
    floats = [name for name in SCORES[6:] if name not in COUNTS]
    table = table.astype({name: float for name in floats})
    return table.sort_values(["task", "oracle", "algorithm", "seed"], kind="stable", ignore_index=True)


def curves(records: Iterable[Record]) -> pd.DataFrame:
    """One row a curve point of every trial, ended well or not: the keys, status, steps, human_seconds, score."""
    rows = [
        {**_keys(record.trial, record.family), "status": record.status, **point}
        for record in records
        for point in _points(record)
    ]
    return pd.DataFrame(rows, columns=[*KEYS, "status", "steps", "human_seconds", "score"])


def reward_quality(records: Iterable[Record]) -> pd.DataFrame:
    """One row a trial whose learner revealed a reward: the keys, the trial's score and the quality at the end."""
    rows = [
        {**_keys(record.trial, record.family), "score": worth(record), **record.reward_model}
        for record in records
        if record.reward_model
    ]
    table = pd.DataFrame(rows, columns=[*KEYS, "score", *QUALITIES])
    return table.astype({name: float for name in QUALITIES}).sort_values(KEYS, kind="stable", ignore_index=True)


def transfers(records: Iterable[Record]) -> pd.DataFrame:
    """One row an ok trial and dynamics, the task's own and the changed ones, where these were measured.

    dynamics   the task that the policies were scored on, between its anchors
    own        score of the last policy that the learner offered, which never lived under changed dynamics
    retrained  score of a policy trained there from scratch on the recovered reward, if there is one
    """
    rows = []
    for record in records:
        if not (record.changed or record.retrained):
            continue
        name = record.trial.task
        own = {name: {**(record.final or {}), "anchors": record.anchors}, **record.changed}
        for dynamics in (name, *sorted({*record.changed, *record.retrained} - {name})):
            found = {"own": own.get(dynamics), "retrained": record.retrained.get(dynamics)}
            known = {key: score(_mean(it["returns"]), it["anchors"]) for key, it in found.items() if it}
            rows.append({**_keys(record.trial, record.family), "dynamics": dynamics, **known})
    table = pd.DataFrame(rows, columns=[*KEYS, *TRANSFERS]).astype({"own": float, "retrained": float})
    return table.sort_values(KEYS, kind="stable", ignore_index=True)


def at_minutes(records: Iterable[Record], minutes: Sequence[float] = MINUTES) -> pd.DataFrame:
    """One row an ok trial and human budget m: what the last policy offered by then was worth.

    That is the score of the last point with human_seconds <= 60 m, however many environment steps it had taken;
    0 where nothing was offered yet; the final score for a learner that asks nothing, and for any budget that
    is as large as the trial's.
    """
    rows = []
    for record in records:
        if record.status == "ok":
            values = over_effort(record).at(60.0 * np.asarray(minutes))
            keys = _keys(record.trial, record.family)
            rows += [{**keys, "minutes": m, "score": value} for m, value in zip(minutes, values.tolist())]
    return pd.DataFrame(rows, columns=[*KEYS, "minutes", "score"])


def feedback(records: Iterable[Record]) -> pd.DataFrame:
    """One row a trial and kind of question: counts, seconds, and what the person turned out to be like.

    error_rate = errors / decidable, tie_rate = ties / answered, skip_rate = skipped / asked; NaN of nothing.
    Decidable are the questions that have a right answer: those between equals have none.
    """
    names = ["asked", "answered", "skipped", "ties", "decidable", "errors", "seconds"]
    rows = [
        {**_keys(record.trial, record.family), "kind": kind, **{name: float(tally.get(name, 0)) for name in names}}
        for record in records
        for kind, tally in sorted(record.feedback.items())
    ]
    return rates(pd.DataFrame(rows, columns=[*KEYS, "kind", *names]).astype({name: float for name in names}))


def rates(tallies: pd.DataFrame) -> pd.DataFrame:
    """The same table with error_rate, tie_rate and skip_rate from its counts."""
    some = tallies[["asked", "answered", "decidable"]].replace(0, np.nan)
    return tallies.assign(
        error_rate=tallies["errors"] / some["decidable"],
        tie_rate=tallies["ties"] / some["answered"],
        skip_rate=tallies["skipped"] / some["asked"],
    )


def _keys(trial: Trial, family: str) -> dict[str, Any]:
    return {
        "task": trial.task, "oracle": trial.oracle, "algorithm": trial.algorithm, "family": family, "seed": trial.seed
    }  # fmt: skip


def _row(record: Record) -> dict[str, Any]:
    ok = record.status == "ok" and record.final is not None
    value = _mean(record.final["returns"]) if ok and record.final else float("nan")
    tallies, spent = list(record.feedback.values()), record.spent
    return {
        **_keys(record.trial, record.family),
        "status": record.status,
        "score": score(value, record.anchors),
        "return": value,
        "auc_steps": over_steps(record).area(record.trial.steps) if ok else float("nan"),
        "auc_effort": over_effort(record).area(record.trial.seconds) if ok else float("nan"),
        "human_seconds": spent.get("human_seconds"),
        **{name: int(sum(tally.get(name, 0) for tally in tallies)) for name in ("asked", "answered", "skipped")},
        "env_steps": None if spent.get("env_steps") is None else int(spent["env_steps"]),
        "wall_seconds": spent.get("wall_seconds"),
        "cpu_seconds": spent.get("cpu_seconds"),
    }


def _points(record: Record) -> list[dict[str, float]]:
    points = list(record.curve)
    if record.final is not None:
        at = points[-1] if points else {"steps": 0, "human_seconds": 0.0}
        spent = {"steps": at["steps"], "human_seconds": at["human_seconds"]}
        points = [*points[:-1], {**spent, "returns": record.final["returns"]}]
    return [
        {
            "steps": float(point["steps"]),
            "human_seconds": float(point["human_seconds"]),
            "score": score(_mean(point["returns"]), record.anchors),
        }
        for point in points
    ]


def _steps(record: Record, axis: str) -> Steps:
    """Read off once, and kept with the record: several tables and figures ask for it."""
    kept = vars(record).setdefault("_read", {})
    if not kept:
        points = _points(record)
        values = np.array([point["score"] for point in points], dtype=float)
        for name in ("steps", "human_seconds"):
            places = np.array([point[name] for point in points], dtype=float)
            kept[name] = Steps(np.maximum.accumulate(places), values)
    found: Steps = kept[axis]
    return found


def _mean(returns: Sequence[float | None]) -> float:
    """Of one number an episode; what JSON has no word for (NaN) was stored as null."""
    known = [value for value in returns if value is not None]
    return fsum(known) / len(known) if known and len(known) == len(returns) else float("nan")
