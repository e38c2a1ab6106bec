"""The numbers of a report's page, read from its HTML, and the same recomputed from the records' JSON alone.

Nothing of `benchmarks` is imported: the formulas are written out a second time.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from copy import copy
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np

Row = dict[str, Any]
UNITS = {"s": 1.0, "min": 60.0, "h": 3600.0}
BLIND = ("random", "rl-constant-positive", "rl-constant-negative", "rl-random-reward")


@dataclass
class Cell:
    kind: str
    value: str | None  # data-v
    text: str = ""

    @property
    def number(self) -> float:
        return float(self.value) if self.value else float("nan")


@dataclass
class Table:
    section: str
    title: str = ""  # the last heading above it, of those within its section
    heads: list[str] = field(default_factory=list)
    rows: list[tuple[str, list[Cell]]] = field(default_factory=list)


class Page(HTMLParser):
    """Sections with their tables; the first cell of a row is its heading, by its `span` or its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tables: list[Table] = []
        self.section, self.title, self._titled = "", "", False
        self._where, self._cell, self._skip = "", Cell("", None), 0
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in ("abbr", "em", "details", "svg") and self._where:
            self._skip += 1
        if tag == "section":
            self.section, self.title = given.get("id") or "", ""
        elif tag == "h3":
            self.title, self._titled = "", True
        elif tag == "table":
            self.tables.append(Table(self.section, self.title.strip()))
        elif tag in ("thead", "tbody", "tfoot"):
            self._where = tag
        elif tag == "tr" and self._where == "tbody" and "head" not in (given.get("class") or ""):
            self.tables[-1].rows.append(("", []))
        elif tag in ("th", "td") and self.tables:
            self._cell = Cell(given.get("class") or "", given.get("data-v"))
        elif tag == "small" and self._where:
            self._cell.text += " | "

    def handle_endtag(self, tag: str) -> None:
        if tag in ("abbr", "em", "details", "svg") and self._where:
            self._skip -= 1
        if tag in ("th", "td") and self.tables:
            self._cell.text = re.sub(r"\s+", " ", self._cell.text).strip()
            table = self.tables[-1]
            if self._where == "thead":
                table.heads.append(self._cell.text)
            elif self._where == "tbody" and table.rows:
                name, cells = table.rows[-1]
                if not name and not cells and tag == "th":
                    table.rows[-1] = (self._cell.text.split(" | ")[0], cells)
                else:
                    cells.append(self._cell)
            self._cell = Cell("", None)
        elif tag == "h3":
            self._titled = False
        elif tag in ("thead", "tbody", "tfoot"):
            self._where = ""

    def handle_data(self, data: str) -> None:
        if self._titled:
            self.title += data
        elif not self._skip:
            self._cell.text += data


class Records:
    """The stored records of a run, or of one person's part of it, and what follows from them."""

    def __init__(self, directory: Path) -> None:
        plan = json.loads((directory / "suite.json").read_text())
        self.planned = [one for one in plan["trials"]]
        found = [json.loads(path.read_bytes()) for path in sorted((directory / "trials").rglob("*.json"))]
        wanted = {json.dumps(one, sort_keys=True) for one in self.planned}
        self.all = [one for one in found if json.dumps(one["trial"], sort_keys=True) in wanted]
        self.ok = [one for one in self.all if one["status"] == "ok"]
        self.tasks = sorted({one["task"] for one in self.planned})
        self.oracles = sorted({one["oracle"] for one in self.planned})

    def answered_by(self, oracle: str) -> Records:
        """The part that this person answered."""
        part = copy(self)
        part.all, part.ok = ([one for one in some if one["trial"]["oracle"] == oracle] for some in (self.all, self.ok))
        return part

    def on(self, task: str) -> Records:
        """The part that was played on this task."""
        part = copy(self)
        part.all, part.ok = ([one for one in some if one["trial"]["task"] == task] for some in (self.all, self.ok))
        return part

    def of(self, algorithm: str, task: str | None = None) -> list[Row]:
        return [
            one for one in self.ok
            if one["trial"]["algorithm"] == algorithm and task in (None, one["trial"]["task"])
        ]  # fmt: skip

    def strata(self, algorithm: str, value: Callable[[Row], float]) -> list[list[float]]:
        parts = [[value(one) for one in self.of(algorithm, task)] for task in self.tasks]
        return [part for part in parts if part]

    def worlds(self, algorithm: str) -> dict[tuple[str, int], float]:
        return {(one["trial"]["task"], one["trial"]["seed"]): score(one) for one in self.of(algorithm)}


def parts(page: Page, records: Records) -> Iterator[tuple[str, Table, Records]]:
    """The tables person by person, each with the records it is about: (person, table, records)."""
    for table in page.tables:
        if table.section == "fronts":
            answered = records.answered_by(table.title or records.oracles[0])
            column = table.heads.index("task") - 1
            heads = [head for head in table.heads if head != "task"]
            for task in records.tasks:
                rows = [
                    (name, cells[:column] + cells[column + 1 :])
                    for name, cells in table.rows if cells[column].text == task
                ]  # fmt: skip
                yield f"{table.title} {task} {heads[1]}", Table("fronts", table.title, heads, rows), answered.on(task)
        elif "person" in table.heads:
            column = table.heads.index("person") - 1
            heads = [head for head in table.heads if head != "person"]
            for oracle in records.oracles:
                rows = [
                    (name, cells[:column] + cells[column + 1 :])
                    for name, cells in table.rows if cells[column].text == oracle
                ]  # fmt: skip
                yield oracle, Table(table.section, oracle, heads, rows), records.answered_by(oracle)
        elif table.title in records.oracles:
            yield table.title, table, records.answered_by(table.title)
        else:
            yield "", table, records


def score(record: Row, returns: list[float] | None = None) -> float:
    low, high = record["anchors"]["random"], record["anchors"]["expert"]
    return float((np.mean(record["final"]["returns"] if returns is None else returns) - low) / (high - low))


def points(record: Row) -> list[tuple[float, float, float]]:
    """(steps, human seconds, score); the last is the final evaluation's."""
    found = [(p["steps"], p["human_seconds"], score(record, p["returns"])) for p in record["curve"]]
    if not found:
        return [(0.0, 0.0, score(record))]
    return [*found[:-1], (*found[-1][:2], score(record))]


def at(record: Row, seconds: float) -> float:
    """What the last policy offered by then was worth; 0 where none was."""
    there = [value for _, spent, value in points(record) if spent <= seconds + 1e-9]
    return there[-1] if there else 0.0


def centre(strata: Iterable[list[float]]) -> float:
    """The interquartile mean, every task the same weight; under four runs the mean."""
    parts = [part for part in strata if part]
    if not parts:
        return float("nan")
    pairs = sorted((value, 1.0 / len(parts) / len(part)) for part in parts for value in part)
    if len(pairs) < 4:
        return sum(value * weight for value, weight in pairs)
    total, inside, until = 0.0, 0.0, 0.0
    for value, weight in pairs:
        share = max(0.0, min(until + weight, 0.75) - max(until, 0.25))
        until += weight
        total, inside = total + share * value, inside + share
    return total / inside


def pooled_mean(strata: Iterable[list[float]]) -> float:
    parts = [np.mean(part) for part in strata if part]
    return float(np.mean(parts)) if parts else float("nan")


def said(text: str) -> float:
    """The number that a cell shows, in seconds where it has a unit; NaN for a dash."""
    match = re.match(r"(>?) ?(−?[\d,]+(?:\.\d+)?) ?(s|min|h)?(?![\w])", text)
    if not match:
        return float("nan")
    return float(match[2].replace("−", "-").replace(",", "")) * UNITS.get(match[3] or "", 1.0)


def rounding(text: str) -> float:
    """Half of the last digit that is shown, in the same unit."""
    match = re.match(r"−?[\d,]+(?:\.(\d+))? ?(s|min|h)?(?![\w])", text)
    assert match, text
    return 0.5000001 * 10.0 ** -len(match[1] or "") * UNITS.get(match[2] or "", 1.0)


# ---- what each section's tables must say ---------------------------------------------------------------------

Expected = dict[tuple[str, int], float]  # (row, column counted among the cells with a number) -> value


def leaderboard(records: Records, table: Table) -> Expected:
    found: Expected = {}
    places = {head: i for i, head in enumerate(table.heads[1:])}
    for name, _ in table.rows:
        strata = records.strata(name, score)
        mine = records.of(name)
        values = sorted(value for part in strata for value in part)
        found[name, places["IQM"]] = found[name, places["IQM"] - 1] = centre(strata)
        found[name, places["mean"]] = pooled_mean(strata)
        if len({len(part) for part in strata}) == 1:
            found[name, places["median"]] = float(np.median(values))
        found[name, places["trials"]] = len(mine)
        found[name, places["tasks"]] = len(strata)
        found[name, places["human time"]] = mean([one["spent"]["human_seconds"] for one in mine])
        found[name, places["CPU"]] = mean([one["spent"]["cpu_seconds"] for one in mine])
    return found


def minutes(records: Records, table: Table) -> Expected:
    found: Expected = {}
    for name, _ in table.rows:
        for place, head in enumerate(table.heads[1:-1]):
            limit = 60.0 * float(head.removesuffix(" min"))
            found[name, place] = centre(records.strata(name, lambda one, limit=limit: at(one, limit)))  # type: ignore[misc]
        found[name, len(table.heads) - 2] = len(records.of(name))
    return found


def tasks(records: Records, table: Table) -> Expected:
    return {
        (name, place): centre([[score(one) for one in records.of(name, task)]])
        for name, _ in table.rows
        for place, task in enumerate(records.tasks)
    }


def informative(records: Records, table: Table) -> Expected:
    found: Expected = {}
    for task, _ in table.rows:
        scores = {n: {s: v for (t, s), v in records.worlds(n).items() if t == task} for n in (*BLIND, "bc")}
        there = {name: values for name, values in scores.items() if values}
        truth = {s: v for (t, s), v in records.worlds("rl-true-reward").items() if t == task}
        if not truth or not there:  # nothing to be told apart
            found[task, 3] = found[task, 4] = float("nan")
            continue
        best = max(there, key=lambda name: mean(list(there[name].values())))
        found[task, 1], found[task, 3] = mean(list(truth.values())), mean(list(there[best].values()))
        both = truth.keys() & there[best].keys()
        found[task, 4] = mean([truth[seed] - there[best][seed] for seed in both])
        found[task, 6] = len(both)
    return found


def against(records: Records, table: Table) -> Expected:
    found: Expected = {}
    for a, _ in table.rows:
        for place, b in enumerate(table.heads[1:]):
            if a != b:
                wins: dict[str, list[float]] = defaultdict(list)
                ours, theirs = records.worlds(a), records.worlds(b)
                for world in ours.keys() & theirs.keys():
                    wins[world[0]].append(float(np.heaviside(ours[world] - theirs[world], 0.5)))
                found[a, place] = pooled_mean(wins.values())
    return found


def goals(records: Records, table: Table) -> Expected:
    found: Expected = {}
    for name, _ in table.rows:
        for place, task in enumerate(records.tasks):
            mine = records.of(name, task)
            if not mine:
                continue
            times = sorted(
                next((spent / 60.0 for _, spent, value in points(one) if value >= 0.8), np.inf) for one in mine
            )
            middle = (times[(len(times) - 1) // 2] + times[len(times) // 2]) / 2
            found[name, place] = middle if np.isfinite(middle) else 1e9
    return found


def costs(records: Records, table: Table) -> Expected:
    found: Expected = {}
    for name, _ in table.rows:
        mine = [one for one in records.all if one["trial"]["algorithm"] == name]
        tallies = [tally for one in mine for tally in one["feedback"].values()]
        spent = {key: sum(one["spent"].get(key) or 0.0 for one in mine) for key in ("human_seconds", "env_steps")}
        asked = [sum(tally[key] for tally in tallies) for key in ("asked", "answered", "skipped")]
        times = [sum(one["spent"].get(key) or 0.0 for one in mine) for key in ("cpu_seconds", "wall_seconds")]
        for place, value in enumerate([len(mine), spent["human_seconds"], *asked, spent["env_steps"], *times], start=1):
            found[name, place] = value
    return found


def rewards(records: Records, table: Table) -> Expected:
    found: Expected = {}
    for name, _ in table.rows:
        ends = []
        for one in records.of(name):
            way = [
                (score(one, p["returns"]), p["reward_model"]["learned_return"])
                for p in one["curve"] if (p.get("reward_model") or {}).get("learned_return") is not None
            ]  # fmt: skip
            if one.get("reward_model") and len(way) > 1:
                peak = max(way, key=lambda point: point[0])
                ends.append((*peak, *way[-1]))
        far = [last <= best - 0.05 and after > before for best, before, last, after in ends]
        found[name, 0] = sum(far) / len(far)
        for place, column in ((1, 0), (2, 2), (3, 1), (4, 3)):
            found[name, place] = mean([end[column] for end in ends])
    return found


def elsewhere(records: Records, table: Table) -> Expected:
    def reached(one: Row, policy: str, same: bool) -> list[float]:
        here, task = one["trial"]["task"] if same else None, one["trial"]["task"]
        measured = {task: {**one["final"], "anchors": one["anchors"]}, **one["changed"]}
        found = one["retrained"] if policy == "retrained" else measured
        return [score(it, it["returns"]) for name, it in found.items() if (name == here if same else name != task)]

    columns = [("own", True), ("own", False), ("retrained", True), ("retrained", False)]
    return {
        (name, place): centre(
            [[v for one in records.of(name, task) for v in reached(one, *column)] for task in records.tasks]
        )
        for name, _ in table.rows
        for place, column in enumerate(columns)
    }


def fronts(records: Records, table: Table) -> Expected:
    """Of one task: the measures of fronts as the records have them, or the learned weights after so many questions."""
    measures = {"points": "points", "hypervolume": "hypervolume", "share of the known": "hypervolume_share",
                "IGD+": "igd_plus", "weights off": "angle", "regret": "regret"}  # fmt: skip
    found: Expected = {}
    for name, _ in table.rows:
        mine = [one for one in records.of(name) if one["front"] or "angle" in (one["outcomes"] or {})]
        for place, head in enumerate(table.heads[1:]):
            if head in measures:
                values = [one["outcomes"].get(measures[head], np.nan) for one in mine]
                found[name, place] = mean([value for value in values if not np.isnan(value)])
            elif head == "seeds":
                found[name, place] = len(mine)
            else:
                limit = int(head.removeprefix("after "))
                found[name, place] = mean([off for one in records.of(name) for off in degrees(one, limit)])
    return found


def degrees(record: Row, limit: int) -> list[float]:
    """[] if fewer questions were asked, or none by then."""
    told = record["outcomes"]
    logged = [entry for entry in record["logs"] if f"weight_{told['objectives'][0]}" in entry and "questions" in entry]
    before = [entry for entry in logged if entry["questions"] <= limit]
    if not before or logged[-1]["questions"] < limit:
        return []
    ours = np.array([before[-1][f"weight_{name}"] for name in told["objectives"]]) * told["scale"]
    true = np.array(told["weights"]) * told["scale"]
    cosine = ours @ true / np.sqrt(ours @ ours) / np.sqrt(true @ true)
    return [float(np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0))))]


def mean(values: list[float]) -> float:
    return float(np.mean(values)) if values else float("nan")


SECTIONS: dict[str, Callable[[Records, Table], Expected]] = {
    "leaderboard": leaderboard, "minutes": minutes, "tasks": tasks, "informative": informative, "against": against,
    "goals": goals, "costs": costs, "rewards": rewards, "elsewhere": elsewhere,
    "fronts": fronts,
}  # fmt: skip
