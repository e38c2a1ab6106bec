"""The report of made-up runs: its files, that its numbers are those of the records, and what it says of gaps."""

from __future__ import annotations

import json
import re
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import trim_mean
from synthetic import ALGORITHMS, TEXT, realistic, record, store, trial

from benchmarks.errors import RequestError
from benchmarks.record import Record
from benchmarks.report import compare, export, tables, wording, write
from benchmarks.report.provenance import command
from benchmarks.report.study import read
from benchmarks.scores import scores

TASKS = ("acrobot", "maze", "mountain-car-continuous", "pendulum")
FIGURES = ("leaderboard", "heatmap", "minutes", "curves-steps", "curves-minutes")
VOID = {"meta", "br", "path", "line", "use", "rect", "img", "link", "input"}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Record]]:
    """A run with failures, a method that failed on a whole task, and two trials that were not run."""
    records = realistic(tasks=TASKS, seeds=4)
    gone = {("maze", "dagger", 0), ("maze", "dagger", 3)}
    kept = [r for r in records if (r.trial.task, r.trial.algorithm, r.trial.seed) not in gone]
    directory = store(tmp_path_factory.mktemp("run") / "classic", kept, [r.trial for r in records])
    write(directory)
    return directory, kept


@pytest.fixture(scope="module")
def html(run: tuple[Path, list[Record]]) -> str:
    return (run[0] / "report" / "index.html").read_text()


class Reader(HTMLParser):
    """Checks that elements are closed in order, and gathers the tables' cells by their row's heading."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag

    def all(self, key: str) -> list[str]:
        return [attrs[key] or "" for _, attrs in self.found if key in attrs]


def section(html: str, name: str) -> str:
    return html[html.index(f'<section id="{name}">') :].split("</section>")[0]


def text_of(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def score_of(one: Record) -> float:
    low, high = one.anchors["random"], one.anchors["expert"]
    return (np.mean(one.final["returns"]) - low) / (high - low)  # type: ignore[index]


# ---- files


def test_all_files_are_there(run: tuple[Path, list[Record]]) -> None:
    report = run[0] / "report"
    for name in ("scores", "leaderboard"):
        assert {(report / "tables" / f"{name}.{kind}").exists() for kind in ("csv", "md", "tex")} == {True}
    assert {path.name for path in (report / "plots").iterdir()} == {f"{n}.{k}" for n in FIGURES for k in ("png", "svg")}
    assert all((report / "plots" / f"{name}.png").read_bytes().startswith(b"\x89PNG") for name in FIGURES)
    assert not list(run[0].glob(".report*"))


def test_the_columns_are_fixed(run: tuple[Path, list[Record]]) -> None:
    folder = run[0] / "report" / "tables"
    assert (folder / "scores.csv").read_text().splitlines()[0] == (
        "task,oracle,algorithm,family,seed,status,score,return,auc_steps,auc_effort,"
        "human_seconds,asked,answered,skipped,env_steps,wall_seconds,cpu_seconds"
    )
    assert (folder / "leaderboard.csv").read_text().splitlines()[0] == (
        "algorithm,family,oracle,iqm,iqm_low,iqm_high,mean,median,trials_ok,trials_planned,human_seconds,cpu_seconds"
    )


def test_the_same_records_give_the_same_bytes(run: tuple[Path, list[Record]]) -> None:
    directory = run[0]
    before = {path: path.read_bytes() for path in sorted((directory / "report").rglob("*.*"))}
    (directory / "report" / "plots" / "old.png").touch()
    assert write(directory) == directory / "report" / "index.html"
    assert {path: path.read_bytes() for path in sorted((directory / "report").rglob("*.*"))} == before


def test_tables_in_other_clothes() -> None:
    table = pd.DataFrame({"algorithm": ["a_b|c", "d"], "iqm": [0.12345, np.nan], "n": [3, 4]})
    assert export.markdown(table).splitlines() == [
        "| algorithm | iqm | n |", "| :--- | ---: | ---: |", "| a_b\\|c | 0.123 | 3 |", "| d |  | 4 |",
    ]  # fmt: skip
    tex = export.latex(table, "100 % of it")
    assert r"\begin{tabular}{lrr}" in tex and r"a\_b|c & 0.123 & 3 \\" in tex and r"\caption{100 \% of it}" in tex
    assert all(rule in tex for rule in (r"\toprule", r"\midrule", r"\bottomrule"))
    assert r"\begin{longtable}" in export.latex(pd.concat([table] * 30), "long")


# ---- numbers


def test_the_leaderboard_is_that_of_the_records(run: tuple[Path, list[Record]]) -> None:
    """Where no trial is missing, 16 runs leave 8 in the middle, and scipy says the same."""
    directory, records = run
    board = pd.read_csv(directory / "report" / "tables" / "leaderboard.csv").set_index("algorithm")
    for name in ("bc", "rl-true-reward", "action-advice", "random"):
        mine = [score_of(one) for one in records if one.trial.algorithm == name]
        assert len(mine) == 16
        assert board.loc[name, "iqm"] == pytest.approx(trim_mean(mine, 0.25))
        assert board.loc[name, "mean"] == pytest.approx(np.mean(mine))
        assert board.loc[name, "median"] == pytest.approx(np.median(mine))
        assert board.loc[name, "iqm_low"] <= board.loc[name, "iqm"] <= board.loc[name, "iqm_high"]
    for name in ALGORITHMS:
        assert board.loc[name, "trials_planned"] == 16
        assert board.loc[name, "trials_ok"] == sum(r.trial.algorithm == name and r.status == "ok" for r in records)


def test_the_numbers_on_the_page_are_those_of_the_tables(run: tuple[Path, list[Record]], html: str) -> None:
    folder = run[0] / "report" / "tables"
    board = pd.read_csv(folder / "leaderboard.csv")
    shown = section(html, "leaderboard")
    rows = {name: row for row in shown.split("<tr")[1:] for name in re.findall(r'class="name" data-v="([^"]+)"', row)}
    assert set(rows) == set(ALGORITHMS)
    for line in board.itertuples():
        values = re.findall(r'data-v="([^"]*)"', rows[line.algorithm])
        assert [float(values[i]) for i in (2, 3, 4, 5, 6)] == pytest.approx(
            [line.iqm, line.iqm, line.iqm_low, line.mean, line.median]
        )
        assert f"{line.trials_ok} of {line.trials_planned}</td>" in rows[line.algorithm]
        assert wording.number(line.iqm) in rows[line.algorithm]
    cells = pd.read_csv(folder / "tasks.csv").pivot(index="algorithm", columns="task", values="value")
    for row in section(html, "tasks").split("<tr")[2:]:
        name = re.findall(r"</svg><span>([^<]+)", row)[0]
        values = [float(value or "nan") for value in re.findall(r'class="heat[^"]*" data-v="([^"]*)"', row)]
        assert values == pytest.approx(cells.loc[name, list(TASKS)].tolist(), nan_ok=True)


def test_nobodys_numbers_move_when_another_method_is_added() -> None:
    table = scores(realistic(tasks=("maze", "pendulum"), seeds=3))
    few = tables.leaderboard(table[table["algorithm"].isin(["bc", "pref-ppo"])])
    many = tables.leaderboard(table)
    for row in few.drop(columns="mean_rank").itertuples(index=False):
        there = many[many["algorithm"] == row.algorithm].drop(columns="mean_rank").iloc[0]
        assert list(row) == there.tolist()


def test_learners_stand_before_references(run: tuple[Path, list[Record]]) -> None:
    board = pd.read_csv(run[0] / "report" / "tables" / "leaderboard.csv")
    assert (board["family"] == "references").is_monotonic_increasing
    learners = board[board["family"] != "references"]
    assert learners["iqm"].is_monotonic_decreasing


def test_a_task_is_informative_where_rl_beats_every_control() -> None:
    def rows(task: str, **levels: list[float]) -> list[Record]:
        names = {"rl": "rl-true-reward", "bc": "bc", "constant": "rl-constant-positive"}
        return [record(trial(task, names[k], i), v) for k, values in levels.items() for i, v in enumerate(values)]

    table = scores(
        rows("maze", rl=[0.9, 0.95, 0.92], bc=[0.5, 0.52, 0.55], constant=[0.1, 0.1, 0.1])
        + rows("cartpole", rl=[0.9, 0.95, 0.92], bc=[0.99, 1.0, 1.0])
        + rows("pendulum", rl=[0.9, 0.2, 0.9], bc=[0.5, 0.6, 0.1])
        + rows("acrobot", bc=[0.5])
        + rows("cartpole-hard", rl=[0.9, 0.95, 0.92], bc=[0.99, 1.0, 1.0], constant=[0.1, 0.12, 0.1])
        + rows("mountain-car", rl=[0.9], bc=[0.1])
    )
    found = tables.informative(table).set_index("task")
    assert found["verdict"].to_dict() == {
        "maze": "yes", "cartpole": "no", "pendulum": "not shown", "acrobot": "unknown", "mountain-car": "not shown",
        "cartpole-hard": "saturated",
    }  # fmt: skip
    assert found.loc["maze", "control"] == "bc"
    assert found.loc["maze", "difference"] == pytest.approx(np.mean([0.4, 0.43, 0.37]))


# ---- what is missing


def test_missing_trials_are_counted_and_named(html: str) -> None:
    page = text_of(html)
    assert "263 of 272" in page  # 4 trials failed in one cell, 3 elsewhere, 2 were not run
    assert "9 trials of 272 have no score : 7 ended badly, 2 were not run" in page
    board = text_of(section(html, "leaderboard"))
    assert "14 of 16" in board and "15 of 16" in board and "12 of 16" in board and "3 of 4" in board
    gaps = text_of(section(html, "gaps"))
    assert "Trials that did not end well: 7" in gaps and "Planned and not run: 2" in gaps
    assert "maze typical dagger 0, 3" in gaps
    assert "crashed Crash: the process ended with signal 9 (SIGKILL)" in gaps
    assert "mountain-car-continuous · typical · sft · seed 2 failed ValueError: seed 2 went astray" in gaps
    assert "Left out of the plan: 2" in gaps and "tamer takes hours maze" in gaps
    assert "0 of 4" in text_of(section(html, "tasks"))


def test_a_method_on_fewer_tasks_is_set_apart(html: str) -> None:
    apart = section(html, "leaderboard").split("On fewer tasks")[1]
    assert "<span>sft" in apart and apart.index("<span>sft") < apart.index("References and controls")


def test_people_costs_settings_and_anchors(run: tuple[Path, list[Record]], html: str) -> None:
    records = [r for r in run[1] if r.trial.task == "maze" and "compare" in r.feedback]
    answered = sum(r.feedback["compare"]["answered"] for r in records)
    errors = sum(r.feedback["compare"]["errors"] for r in records)
    assert wording.percent(errors / answered) in section(html, "people")
    asked = sum(tally["asked"] for r in run[1] for tally in r.feedback.values())
    assert f"{asked:,}" in section(html, "costs")
    settings = text_of(section(html, "settings"))
    assert "pref-ppo pendulum learning_rate = 0.0003 3 values on seeds 100-102" in settings
    assert "utility = progress" in settings and "compare 3, rate 2.5" in settings
    reading = text_of(section(html, "reading"))
    assert "maze 1 −58.3 9.1 100,000 30 16" in reading
    assert "0123456789ab" in section(html, "again")


def test_error_messages_are_shown_not_run(tmp_path: Path) -> None:
    wicked = record(trial("maze", "bc", 1), status="failed")
    wicked.error["message"] = "<script>alert('x')</script>"  # type: ignore[index]
    page = write(store(tmp_path, [wicked, record(trial("maze", "bc"))])).read_text()
    assert "<script>alert" not in page and "&lt;script&gt;alert" in page


@pytest.mark.parametrize("seeds", [0, 1])
def test_a_run_without_scores_or_with_one_seed_is_reported(tmp_path: Path, seeds: int) -> None:
    made = realistic(tasks=("maze",), algorithms=("bc", "random", "rl-true-reward"), seeds=1)
    broken = [record(trial("maze", "cpl", 5), status="failed", family="", anchors={}, spent={"wall_seconds": 1.0})]
    page = text_of(write(store(tmp_path, made * seeds + broken)).read_text())
    if seeds:
        assert "one seed a task gives no interval" in page and "not shown to be: maze" in page
    else:
        assert "No learner has a score yet" in page and "0 of 1" in page


def test_two_people_are_kept_apart(tmp_path: Path) -> None:
    names = ("rl-true-reward", "bc", "pref-ppo")
    path = write(store(tmp_path, realistic(("maze",), names, 2, ("noisy", "typical"))))
    board = pd.read_csv(path.parent / "tables" / "leaderboard.csv")
    assert board["oracle"].tolist() == ["noisy"] * 3 + ["typical"] * 3
    assert {"heatmap-noisy.svg", "curves-steps-typical.png"} <= {p.name for p in (path.parent / "plots").iterdir()}
    assert path.read_text().count("has the highest IQM") + path.read_text().count("has the highest mean") == 2


def test_without_a_plan_the_newest_record_of_a_cell_counts(tmp_path: Path) -> None:
    stamps = [{"time": f"2030-01-0{day}"} for day in (1, 2)]
    old = record(trial("maze", "bc", steps=10), 0.1, stamp=stamps[0])
    new = record(trial("maze", "bc", steps=20), 0.7, stamp=stamps[1])
    study = read(store(tmp_path, [new, old], plan=False))
    assert [r.trial.steps for r in study.records] == [20] and len(study.others) == 1
    assert "not known: there is no suite.json" in text_of(write(tmp_path).read_text()).lower()


def test_records_of_other_plans_and_damaged_files_are_named(tmp_path: Path) -> None:
    mine, other = record(trial("maze", "bc")), record(trial("maze", "bc", steps=5))
    store(tmp_path, [mine, other], [mine.trial])
    (tmp_path / "trials" / "maze" / "typical" / "bc" / "9-x.json").write_text("{half")
    gaps = text_of(section(write(tmp_path).read_text(), "gaps"))
    assert "Stored, and not counted: 1" in gaps and "Damaged files: 1" in gaps and "9-x.json" in gaps


def test_nothing_to_report_is_one_clear_sentence(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="There is no directory"):
        write(tmp_path / "nowhere")
    with pytest.raises(RequestError, match="holds no run"):
        write(tmp_path)
    store(tmp_path / "planned", [], [trial("maze", "bc", seed) for seed in range(3)])
    with pytest.raises(RequestError, match="none of its 3 planned trials has ended"):
        write(tmp_path / "planned")
    assert not (tmp_path / "planned" / "report").exists()


def test_the_command_runs_the_same_again(tmp_path: Path) -> None:
    text = 'seeds = 5\ntasks = ["maze", "pendulum"]\nalgorithms = "all"\n' + TEXT
    done = [record(trial("maze", "bc", seed)) for seed in range(2)]
    typed = "python -m benchmarks run --suite classic --algorithms bc --set bc.epochs=3"
    study = read(store(tmp_path, done, text=text, left_out=(), plugins=("/home/me/mine.py",), command=typed))
    assert command(study) == (
        f"python -m benchmarks run --suite classic --seeds 2 --tasks maze --plugin /home/me/mine.py --out {tmp_path}"
    )
    page = text_of(write(tmp_path).read_text())
    assert f"It was last started with {typed} ." in page and "bc all epochs = 3 set by hand (--set)" in page


# ---- the page


def test_the_page_asks_nothing_of_the_network(html: str) -> None:
    assert not re.search(r"https?:|//[a-z]+\.|@import|<link|<iframe|<object", html)
    page = Reader(html)
    assert page.all("src") == []
    assert all(value.startswith("#") for value in page.all("href"))
    assert all(value.startswith("#") for value in re.findall(r"url\(([^)]*)\)", html))


def test_the_page_is_well_formed_and_can_be_heard(html: str) -> None:
    page = Reader(html)
    repeated = {name: n for name, n in Counter(page.all("id")).items() if n > 1}
    assert not repeated
    assert {value[1:] for value in page.all("href")} <= set(page.all("id"))
    pictures = [attrs for tag, attrs in page.found if tag == "svg"]
    assert all(attrs.get("aria-label") or attrs.get("aria-hidden") for attrs in pictures)
    heard = [attrs.get("aria-label") or "" for attrs in pictures]
    assert any(label.startswith("Score over environment steps on maze: ") for label in heard)
    assert page.found[0][1].get("lang") == "en" and 'name="viewport"' in html


def test_every_method_can_be_picked_out_of_every_figure(html: str) -> None:
    curves = section(html, "curves")
    assert set(re.findall(r'data-method="([^"]+)"', curves)) == set(ALGORITHMS)
    assert min(curves.count(f'class="m m-{name}"') for name in ALGORITHMS) >= len(TASKS)


def test_colours_follow_the_page(html: str) -> None:
    drawn = "".join(re.findall(r"<figure>.*?</figure>", html, flags=re.DOTALL))
    assert "var(--ink)" in drawn and "var(--f-preferences)" in drawn
    assert not re.search(r"(fill|stroke): #", drawn)


# ---- two methods


@pytest.fixture(scope="module")
def duel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """cpl beats sft on maze at every seed, ties once and loses once on pendulum; two trials have no partner."""
    levels = {"maze": [(0.9, 0.5), (0.8, 0.5), (0.7, 0.6)], "pendulum": [(0.5, 0.5), (0.2, 0.4)]}
    made = [
        record(trial(task, name, seed), level)
        for task, pairs in levels.items()
        for seed, pair in enumerate(pairs)
        for name, level in zip(("cpl", "sft"), pair)
    ]
    made += [record(trial("pendulum", "cpl", 2), 1.0), record(trial("pendulum", "sft", 2), status="failed")]
    made += [record(trial("acrobot", "bc"), 0.3)]
    return store(tmp_path_factory.mktemp("duel"), made)


def test_compare_by_hand(duel: Path) -> None:
    lines = {line.split("  ")[0]: line.split() for line in compare(duel, "cpl", "sft").splitlines() if line}
    assert lines["maze"][1] == "1.00" and lines["maze"][-3:] == ["3", "of", "3"]
    assert lines["pendulum"][1] == "0.25" and lines["pendulum"][-3:] == ["2", "of", "3"]
    assert lines["all"][1] in ("0.62", "0.63") and lines["all"][-3:] == ["5", "of", "6"]
    there, back = compare(duel, "cpl", "sft"), compare(duel, "sft", "cpl")
    assert "cannot be told apart" in there and "cannot be told apart" in back


def test_compare_says_which_way(tmp_path: Path) -> None:
    made = [record(trial(t, n, s), v) for t in TASKS for s in range(3) for n, v in (("cpl", 0.9), ("sft", 0.2))]
    store(tmp_path, made)
    assert "cpl improves on sft: P = 1.00 [0.76, 1.00], over 12 pairs on 4 cells." in compare(tmp_path, "cpl", "sft")
    assert "sft does not improve on cpl, cpl is the better one: P = 0.00" in compare(tmp_path, "sft", "cpl")


def test_compare_tells_whether_they_are_equivalent(tmp_path: Path) -> None:
    made = [
        record(trial(t, n, s), 0.5 + 0.01 * s * sign)
        for t in TASKS for s in range(6) for n, sign in (("cpl", 1), ("sft", -1))
    ]  # fmt: skip
    store(tmp_path, made)
    wide, narrow = compare(tmp_path, "cpl", "sft", margin=0.2), compare(tmp_path, "cpl", "sft", margin=0.05)
    assert "Over all they are equivalent within 0.2: A - B = 0.050 [" in wide and wide.count("yes") == 5
    assert "Over all they are not shown to be equivalent within 0.05" in narrow and narrow.count("not shown") >= 5
    assert "mean score over the steps" in compare(tmp_path, "cpl", "sft", by="auc_steps")


def test_compare_refuses_clearly(duel: Path) -> None:
    with pytest.raises(RequestError, match="did you mean 'cpl'"):
        compare(duel, "cpll", "sft")
    with pytest.raises(RequestError, match="no trial in common"):
        compare(duel, "cpl", "bc")
    with pytest.raises(RequestError, match="itself"):
        compare(duel, "cpl", "cpl")


def test_the_plan_is_read_as_the_run_wrote_it(run: tuple[Path, list[Record]]) -> None:
    body = json.loads((run[0] / "suite.json").read_text())
    assert len(body["trials"]) == len(read(run[0]).trials) == 272
