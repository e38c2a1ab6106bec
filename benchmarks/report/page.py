"""The page: everything that it shows as plain values, and the templates that show it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from benchmarks.record import Trial
from benchmarks.report import goals, provenance, rewards, wording
from benchmarks.report.against import Ranking
from benchmarks.report.animations import animations
from benchmarks.report.drawing import FLOOR, TOP
from benchmarks.report.errata import ERRATA
from benchmarks.report.fronts import CAPTIONS, QUESTIONS
from benchmarks.report.robustness import Series, one_by_one
from benchmarks.report.study import Study
from benchmarks.report.style import COLOURS, DARK, REFERENCES, Look, family_order
from benchmarks.report.tables import CONTROLS, TRUE_REWARD
from benchmarks.report.verdicts import Verdict
from benchmarks.statistics import DRAWS

TEMPLATES = Path(__file__).resolve().parent / "templates"
MARKS = {  # the markers of the plots, as paths about (0, 0) with a radius of 4
    "o": "M4 0A4 4 0 1 1-4 0A4 4 0 1 1 4 0Z", "s": "M-3.5-3.5H3.5V3.5H-3.5Z", "^": "M0-4.4L4.2 3.4H-4.2Z",
    "v": "M0 4.4L4.2-3.4H-4.2Z", "D": "M0-4.8L4.2 0L0 4.8L-4.2 0Z", "x": "M-3.2-3.2L3.2 3.2M-3.2 3.2L3.2-3.2",
    "P": "M-1.5-4.4H1.5V-1.5H4.4V1.5H1.5V4.4H-1.5V1.5H-4.4V-1.5H-1.5Z", "*": "M0-4.6L4.4 3.2H-4.4Z",
}  # fmt: skip
DOUBTS = {
    "no": "not informative",
    "saturated": "saturated by cloning",
    "not shown": "not shown to be informative",
    "unknown": "not known to be informative",
}


@dataclass(frozen=True)
class Numbers:
    """The tables that the page shows; see `benchmarks.report.tables` for each."""

    scores: pd.DataFrame
    board: pd.DataFrame
    cells: pd.DataFrame
    minutes: pd.DataFrame
    verdicts: pd.DataFrame
    teachers: pd.DataFrame
    costs: pd.DataFrame
    improvements: pd.DataFrame
    rankings: Mapping[str, Ranking]
    profiles: pd.DataFrame
    winners: Sequence[Verdict]
    goals: pd.DataFrame
    series: Sequence[Series]
    areas: pd.DataFrame
    quality: pd.DataFrame
    paths: pd.DataFrame
    over: pd.DataFrame
    raters: pd.DataFrame
    transfers: pd.DataFrame
    elsewhere: pd.DataFrame
    fronts: pd.DataFrame
    learned: pd.DataFrame


@dataclass(frozen=True)
class Pictures:
    """Figures as SVG elements, by oracle: over human minutes, and one a task over steps and over minutes."""

    minutes: Mapping[str, str]
    steps: Mapping[str, Mapping[str, str]]
    effort: Mapping[str, Mapping[str, str]]
    against: Mapping[str, Mapping[str, str]]  # profiles and ranks of each oracle
    fronts: Mapping[str, Mapping[str, str]]  # of each oracle, by the names of `fronts.figures`
    robustness: str = ""  # these where the trials hold the data
    quality: str = ""
    paths: str = ""


def render(study: Study, numbers: Numbers, looks: Mapping[str, Look], pictures: Pictures) -> str:
    """The whole page as one HTML text that asks nothing of the network."""
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES), autoescape=jinja2.select_autoescape(["html", "j2"]),
        trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined,
    )  # fmt: skip
    environment.filters |= {
        "number": wording.number, "percent": wording.percent, "count": wording.count, "duration": wording.duration,
        "each": wording.each, "plain": wording.plain, "listed": wording.listed, "amounts": wording.amounts,
        "family": lambda name: looks[name].family, "place": _place,
    }  # fmt: skip
    environment.globals |= {"interval": wording.interval, "things": wording.things, "marks": MARKS}
    template = environment.get_template("index.html.j2")
    return template.render(**_context(study, numbers, looks), pictures=pictures)


def _context(study: Study, numbers: Numbers, looks: Mapping[str, Look]) -> dict[str, Any]:
    scores = numbers.scores
    answered = set(scores["oracle"])
    people = [name for name in dict.fromkeys(trial.oracle for trial in study.trials) if name in answered]
    oracles = one_by_one(people, numbers.series)
    failed = [record for record in study.records if record.status != "ok"]
    return {
        "study": study,
        "everybody": people,
        "oracles": oracles,
        "otherwise": otherwise(study, oracles),
        "tasks": sorted(scores["task"].unique()),
        "looks": looks,
        "families": sorted({look.family for look in looks.values()}, key=family_order),
        "colours": COLOURS,
        "dark": DARK,
        "references": REFERENCES,
        "true_reward": TRUE_REWARD,
        "controls": CONTROLS,
        "facts": _facts(study, scores),
        "boards": {oracle: _rows(numbers.board, oracle=oracle) for oracle in oracles},
        "leaders": {o: wording.leader(numbers.board[numbers.board["oracle"] == o]) for o in oracles},
        "verdict_lines": numbers.winners,
        "rankings": {oracle: found for oracle, found in numbers.rankings.items() if oracle in oracles},
        "told_apart": {oracle: wording.told_apart(found) for oracle, found in numbers.rankings.items()},
        "improvements": _lookup(numbers.improvements.rename(columns={"p": "value"}), ["oracle", "a", "b"]),
        "budgets": sorted(numbers.minutes["minutes"].unique().tolist()),
        "minutes": _lookup(numbers.minutes, ["oracle", "algorithm", "minutes"]),
        "quickest": _quickest(numbers.minutes, oracles),
        "elsewhere": _lookup(numbers.elsewhere, ["oracle", "algorithm", "policy", "where"]),
        "cells": _lookup(numbers.cells, ["oracle", "algorithm", "task"]),
        "verdicts": _rows(numbers.verdicts),
        "learned": _nested(numbers.learned, "oracle", "algorithm", "task", "questions"),
        "questions": QUESTIONS,
        "fronts": {o: rows for o in oracles if (rows := _rows(numbers.fronts, oracle=o))},
        "captions": CAPTIONS,
        "doubtful": {(row["oracle"], row["task"]): DOUBTS.get(row["verdict"], "") for row in _rows(numbers.verdicts)},
        "told": {o: wording.told(numbers.verdicts[numbers.verdicts["oracle"] == o]) for o in oracles},
        "teachers": _rows(numbers.teachers),
        "costs": sorted(_rows(numbers.costs), key=lambda row: list(looks).index(row["algorithm"])),
        "total": numbers.costs.drop(columns=["algorithm", "family"]).sum().to_dict(),
        "animations": animations(study),
        "errata": ERRATA,
        **_sections(numbers),
        "failed": [(provenance.plain_trial(r.trial), r.status, _last_line(r.error), r.error or {}) for r in failed],
        "missing": _grouped(study.missing),
        "left_out": _reasons(study),
        "anchors": provenance.tasks(study),
        "people": provenance.people(study),
        "prices": provenance.prices(study),
        "hyperparameters": provenance.hyperparameters(study),
        "overrides": provenance.overrides(study.plan),
        "stamp": provenance.stamp(study.records),
        "command": provenance.command(study),
        "draws": DRAWS,
        "scale": {"low": FLOOR, "high": TOP},
    }


def otherwise(study: Study, oracles: Sequence[str]) -> list[str]:
    """The people whose utility is no weighted sum: what they want is not the return that scores are made of."""
    forms = {trial.oracle: trial.rationality.get("outcome", "linear") for trial in study.trials}
    return [oracle for oracle in oracles if forms[oracle] != "linear"]


def _sections(numbers: Numbers) -> dict[str, Any]:
    """What the sections show that are there only if the trials hold the data."""
    least = goals.channels(numbers.goals)
    board = numbers.board.rename(columns={"iqm": "value", "iqm_low": "low", "iqm_high": "high"})
    return {
        "goal": goals.GOAL,
        "infinite": float("inf"),
        "goals": _nested(numbers.goals, "oracle", "algorithm", "task"),
        "channels": {oracle: {} for oracle in numbers.goals["oracle"]} | _nested(least, "oracle", "channel", "task"),
        "series": numbers.series,
        "areas": _rows(numbers.areas),
        "on_board": _lookup(board, ["oracle", "algorithm"]),
        "reference_names": sorted(numbers.board.loc[numbers.board["family"] == REFERENCES, "algorithm"].unique()),
        "qualities": list(dict.fromkeys(numbers.quality["algorithm"])),
        "rewards_agree": rewards.agreement(numbers.quality),
        "over": _rows(numbers.over),
        "fall": rewards.FALL,
        "raters": _raters(numbers.raters),
    }


def _nested(table: pd.DataFrame, *keys: str) -> dict[Any, Any]:
    """{a: {b: {c: row}}} by the values of the columns."""
    found: dict[Any, Any] = {}
    for row in _rows(table):
        inner = found
        for key in keys[:-1]:
            inner = inner.setdefault(row[key], {})
        inner[row[keys[-1]]] = row
    return found


def _raters(table: pd.DataFrame) -> dict[tuple[str, str], dict[str, Any]]:
    """By (oracle, task): the raters' numbers, whether they agree, and {algorithm: {rater: row}}."""
    return {
        (oracle, task): {
            "numbers": sorted({row["rater"] for mine in rows.values() for row in mine.values()}),
            "agreement": next(row["agreement"] for mine in rows.values() for row in mine.values()),
            "rows": rows,
        }
        for (oracle, task), part in table.groupby(["oracle", "task"], sort=True)
        for rows in [_nested(part, "algorithm", "rater")]
    }


def _facts(study: Study, scores: pd.DataFrame) -> dict[str, Any]:
    spent = scores[["human_seconds", "cpu_seconds", "wall_seconds"]].sum()
    evaluation = sum(float(record.spent.get("evaluation_seconds") or 0.0) for record in study.records)
    return {
        "planned": len(study.trials),
        "ok": int((scores["status"] == "ok").sum()),
        "failed": len(study.records) - int((scores["status"] == "ok").sum()),
        "missing": len(study.missing),
        "algorithms": scores["algorithm"].nunique(),
        "tasks": scores["task"].nunique(),
        "seeds": sorted(scores["seed"].unique().tolist()),
        "asked": int(scores["asked"].fillna(0).sum()),
        "env_steps": int(scores["env_steps"].fillna(0).sum()),
        "evaluation_seconds": evaluation,
        **{name: float(value) for name, value in spent.items()},
    }


def _rows(table: pd.DataFrame, **where: Any) -> list[dict[str, Any]]:
    for key, value in where.items():
        table = table[table[key] == value]
    return [{str(key): value for key, value in row.items()} for row in table.to_dict("records")]


def _lookup(table: pd.DataFrame, keys: Sequence[str]) -> dict[tuple[Any, ...], dict[str, Any]]:
    return {tuple(row[key] for key in keys): row for row in _rows(table)}


def _quickest(table: pd.DataFrame, oracles: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
    """For each oracle, the learner with the highest IQM at each human budget, of those on as many tasks as any."""
    known = table[(table["family"] != REFERENCES) & table["value"].notna()]
    known = known[known["tasks"] == known.groupby("oracle")["tasks"].transform("max")]
    best = known.loc[known.groupby(["oracle", "minutes"])["value"].idxmax()] if len(known) else known
    return {oracle: _rows(best, oracle=oracle) for oracle in oracles}


def _grouped(missing: Sequence[Trial]) -> list[dict[str, Any]]:
    """Trials not run, one row a task, oracle and algorithm, with their seeds."""
    found: dict[tuple[str, str, str], list[int]] = {}
    for trial in missing:
        found.setdefault((trial.task, trial.oracle, trial.algorithm), []).append(trial.seed)
    return [dict(task=t, oracle=o, algorithm=a, seeds=sorted(seeds)) for (t, o, a), seeds in sorted(found.items())]


def _reasons(study: Study) -> list[dict[str, Any]]:
    """What was left out, one row an algorithm and reason, with the tasks and people that it concerns."""
    found: dict[tuple[str, str], list[Any]] = {}
    for item in study.plan.left_out if study.plan else ():
        found.setdefault((item.algorithm, item.reason), []).append(item)
    return [
        {
            "algorithm": algorithm,
            "reason": reason,
            "tasks": sorted({item.task for item in items}),
            "oracles": sorted({item.oracle for item in items}),
        }
        for (algorithm, reason), items in sorted(found.items())
    ]


def _last_line(error: Mapping[str, str] | None) -> str:
    """The last line of what went wrong."""
    if not error:
        return "no error was recorded"
    lines = [line.strip() for line in str(error.get("message", "")).splitlines() if line.strip()]
    return f"{error.get('kind', 'error')}: {lines[-1] if lines else 'without a message'}"


def _place(value: float, width: float) -> float:
    """Where a score stands on an axis of this width; beyond the axis, at its end."""
    share = (float(value) - FLOOR) / (TOP - FLOOR)
    return round(width * min(1.0, max(0.0, share)), 1)
