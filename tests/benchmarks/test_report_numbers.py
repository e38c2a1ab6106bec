"""Every number in the page's tables is what follows from the records, by formulas written out a second time."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import page_numbers
import pytest
from page_numbers import Page, Records, Table
from synthetic import realistic, store

from benchmarks.report import write

REFERENCE = Path(__file__).resolve().parents[2] / "results" / "reference"
COMMITTED = sorted(path.parent.name for path in REFERENCE.glob("*/suite.json"))
ALGORITHMS = (
    "random", "rl-true-reward", "rl-constant-positive", "bc", "dagger", "cpl", "pref-ppo", "reinforce-judge",
)  # fmt: skip


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A made run with failures and missing trials; pref-ppo says what it takes to be rewarded."""
    records = []
    for one in realistic(("acrobot", "maze", "pendulum"), ALGORITHMS, 5):
        if one.trial.algorithm == "pref-ppo" and one.status == "ok":
            for place, point in enumerate(one.curve):
                point["reward_model"] = {"learned_return": float(np.sin(place + one.trial.seed))}
            one = replace(one, reward_model={"accuracy": 0.7, "learned_return": 0.1})
        records.append(one)
    trials = [one.trial for one in records]
    directory = store(tmp_path_factory.mktemp("numbers") / "classic", records[:-2], trials)
    write(directory)
    return directory


def check(table: Table, expected: page_numbers.Expected) -> int:
    """Compare a table's cells with what they must be; returns how many were."""
    for (name, place), value in expected.items():
        cells = next(cells for row, cells in table.rows if row == name)
        cell = cells[place]
        if np.isnan(value):
            assert cell.text.startswith("–") or not cell.value, (table.section, name, place)
            continue
        assert cell.number == pytest.approx(value, rel=1e-9, abs=1e-9), (table.section, name, table.heads[place + 1])
        shown = cell.text.replace("of", " of")
        if "graphic" in cell.kind or shown.startswith(">") or re.match(r"\d+ +of", shown):
            continue
        assert abs(page_numbers.said(cell.text) - value) <= page_numbers.rounding(cell.text), (name, cell.text)
    return len(expected)


@pytest.mark.parametrize("where", ["made", *COMMITTED])
def test_every_number_follows_from_the_records(where: str, request: pytest.FixtureRequest) -> None:
    directory = request.getfixturevalue("made") if where == "made" else REFERENCE / where
    page = Page((directory / "report" / "index.html").read_text())
    records = Records(directory)
    seen: dict[tuple[str, str], int] = {}
    for person, table, answered in page_numbers.parts(page, records):
        first = (table.section, person) not in seen
        if table.section in page_numbers.SECTIONS and first:  # later ones of a section show parts of the first
            seen[table.section, person] = check(table, page_numbers.SECTIONS[table.section](answered, table))
            if table.section == "minutes":  # a column a mark, not a task
                assert seen[table.section, person] == len(table.rows) * (len(table.heads) - 1)
            if table.section == "against":  # each learner against each other
                assert seen[table.section, person] == len(table.rows) * (len(table.rows) - 1)
    sections = {section for section, _ in seen}
    assert {"leaderboard", "minutes", "tasks", "informative", "costs"} <= sections
    assert where != "made" or {"against", "goals", "rewards"} <= sections
    assert where != "multi-objective" or "fronts" in sections
    of_tasks = {key: count for key, count in seen.items() if key[0] not in ("rewards", "fronts", "minutes", "against")}
    assert all(count >= len(records.tasks) for count in of_tasks.values())


def test_no_table_with_numbers_escapes_the_check(made: Path) -> None:
    """Tables of numbers are in sections that are checked here, or that show what was set, not what came of it."""
    page = Page((made / "report" / "index.html").read_text())
    numbered = {table.section for table in page.tables for _, cells in table.rows for cell in cells if cell.value}
    assert numbered - set(page_numbers.SECTIONS) <= {"people"}  # rates: see test_report.py


def test_counts_and_rates_of_answers_follow_from_the_records(made: Path) -> None:
    page, records = Page((made / "report" / "index.html").read_text()), Records(made)
    table = next(one for one in page.tables if one.section == "people")
    kinds = [head.split(" | ")[0].split("error")[0].strip() for head in table.heads[1:]]
    for task, cells in table.rows:
        for kind, cell in zip(kinds, cells, strict=True):
            tallies = [
                one["feedback"][kind] for one in records.all if one["trial"]["task"] == task and kind in one["feedback"]
            ]
            asked, answered, skipped, ties, decidable, errors = (
                sum(tally[key] for tally in tallies)
                for key in ("asked", "answered", "skipped", "ties", "decidable", "errors")
            )
            rates = [100 * errors / decidable, 100 * ties / answered, 100 * skipped / asked]
            assert cell.text == " · ".join(f"{rate:.1f}" for rate in rates)


def test_the_check_sees_a_changed_number(made: Path, tmp_path: Path) -> None:
    html, records = (made / "report" / "index.html").read_text(), Records(made)
    table = next(one for one in Page(html).tables if one.section == "leaderboard")
    _, cells = table.rows[0]
    place = table.heads[1:].index("IQM")
    cells[place].value = str(cells[place].number + 0.01)
    with pytest.raises(AssertionError):
        check(table, page_numbers.leaderboard(records, table))
