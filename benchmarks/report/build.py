"""Store -> `DIR/report/`: the tables, the figures and the page, all or nothing."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from benchmarks import scores
from benchmarks.report import (
    against,
    against_plots,
    curves,
    export,
    fronts,
    goals,
    page,
    pictures,
    plots,
    raters,
    rewards,
    robustness,
    tables,
    verdicts,
)
from benchmarks.report.curves import Line
from benchmarks.report.drawing import drawing
from benchmarks.report.study import Study, read
from benchmarks.report.style import REFERENCES, Look, looks

FOLDER = "report"


def write(directory: Path) -> Path:
    """Write the report of what is stored in a directory, and return its `index.html`.

    The same records give the same bytes. Raises RequestError, naming what is missing, where there is nothing.
    """
    directory = Path(directory)
    study = read(directory)
    numbers = _numbers(study)
    chosen = looks(_order(numbers.board))
    new = directory / f".{FOLDER}.new"
    shutil.rmtree(new, ignore_errors=True)
    with drawing():
        shown = _draw(study, numbers, chosen, new / "plots")
    _export(numbers, study.name, new / "tables")
    (new / "index.html").write_text(page.render(study, numbers, chosen, shown), encoding="utf-8")
    shutil.rmtree(directory / FOLDER, ignore_errors=True)
    new.rename(directory / FOLDER)
    return directory / FOLDER / "index.html"


def human_budgets(study: Study) -> list[float]:
    """The minutes at which learners are compared: 1, 3, 10, 30 as far as the budget goes, and its end."""
    end = max((trial.seconds / 60.0 for trial in study.trials), default=0.0)
    return sorted({minutes for minutes in (*scores.MINUTES, end) if 0.0 < minutes <= end})


def _numbers(study: Study) -> page.Numbers:
    rows = scores.scores(study.records, study.trials, study.families)
    board, cells = tables.leaderboard(rows), tables.cells(rows)
    reached = scores.at_minutes(study.records, human_budgets(study))
    people, paths = robustness.series(study.trials), rewards.paths(study.records)
    transfers = scores.transfers(study.records)
    return page.Numbers(
        scores=rows,
        board=board,
        cells=cells,
        minutes=tables.by_minutes(reached, rows),
        verdicts=tables.informative(rows),
        teachers=tables.teachers(scores.feedback(study.records)),
        costs=tables.costs(rows),
        improvements=against.improvements(rows),
        rankings=against.rankings(rows),
        profiles=against.profiles(rows),
        winners=verdicts.verdicts(rows, reached, cells, board, goals.told_by(study.records)),
        goals=goals.goals(study.records),
        series=people,
        areas=robustness.areas(rows, people),
        quality=scores.reward_quality(study.records),
        paths=paths,
        over=rewards.overoptimised(paths),
        raters=raters.raters(study.records),
        transfers=transfers,
        elsewhere=tables.elsewhere(transfers),
        fronts=fronts.measures(study.records),
        learned=fronts.learned(study.records),
    )


def _order(board: pd.DataFrame) -> list[tuple[str, str]]:
    """(algorithm, family), learners first, the best of all people together first."""
    mean = board.groupby(["algorithm", "family"], as_index=False)["iqm"].mean()
    return list(tables.in_order(mean.assign(oracle=""))[["algorithm", "family"]].itertuples(index=False, name=None))


def _draw(study: Study, numbers: page.Numbers, chosen: Mapping[str, Look], folder: Path) -> page.Pictures:
    """Write every figure to the folder; return those that the page shows."""
    oracles = robustness.one_by_one(sorted(numbers.scores["oracle"].unique()), numbers.series)
    board = numbers.board[numbers.board["oracle"].isin(oracles)]
    pictures.save(plots.leaderboard(board, chosen), folder, "leaderboard")
    minutes: dict[str, str] = {}
    steps: dict[str, dict[str, str]] = {}
    effort: dict[str, dict[str, str]] = {}
    rivals: dict[str, dict[str, str]] = {}
    found_fronts: dict[str, dict[str, str]] = {}
    for oracle in oracles:
        tail = f"-{oracle}" if len(oracles) > 1 else ""
        mine = {name: look for name, look in chosen.items() if name in set(_of(numbers.board, oracle)["algorithm"])}
        pictures.save(plots.heat_map(_of(numbers.cells, oracle), mine), folder, f"heatmap{tail}")
        table = _of(numbers.minutes, oracle)
        if table.loc[table["family"] != REFERENCES, "value"].notna().any():
            pictures.save(plots.by_minutes(table, mine, legend=True), folder, f"minutes{tail}")
            minutes[oracle] = pictures.inline(
                plots.by_minutes(table, mine), f"minutes{tail}", f"Score over minutes of human time, {oracle}"
            )
        if oracle in numbers.rankings:
            rivals[oracle] = _draw_rivals(numbers, oracle, mine, folder, tail)
        answered = [record for record in study.records if record.trial.oracle == oracle]
        found_fronts[oracle] = fronts.drawn(answered, mine, folder, tail)
        for axis, words, kept in (("steps", "environment steps", steps), ("minutes", "human minutes", effort)):
            panels = _panels(study, oracle, axis, list(mine))
            kept[oracle] = {
                task: pictures.inline(
                    curves.curve_figure(found, mine, axis),
                    f"{axis}{tail}-{task}",
                    f"Score over {words} on {task}: {_told(found)}",
                )
                for task, found in panels.items()
            }
            if panels:
                pictures.save(curves.curves(panels, mine, axis), folder, f"curves-{axis}{tail}")
    return page.Pictures(minutes, steps, effort, rivals, found_fronts, **_draw_sections(numbers, chosen, folder))


def _draw_sections(numbers: page.Numbers, looks: Mapping[str, Look], folder: Path) -> dict[str, str]:
    """The figures that are there only if the trials hold the data, as files and for the page."""
    quality = numbers.quality.dropna(subset=["accuracy", "score"])
    found = {
        "robustness": (robustness.figure, (numbers.series, numbers.board), bool(numbers.series)),
        "quality": (rewards.scatter, (quality,), bool(len(quality))),
        "paths": (rewards.path_figure, (numbers.paths,), bool(len(numbers.paths))),
    }
    labels = {
        "robustness": "Score over the rate of wrong answers or the minutes; the tables below have the numbers",
        "quality": "The accuracy of each trial's learned reward against its policy's score",
        "paths": "Learned return against true return along training, by task",
    }
    shown = {}
    for name, (draw, data, there) in found.items():
        if there:
            pictures.save(draw(*data, looks, legend=True), folder, name)
            shown[name] = pictures.inline(draw(*data, looks), name, labels[name])
    return shown


def _draw_rivals(
    numbers: page.Numbers, oracle: str, looks: Mapping[str, Look], folder: Path, tail: str
) -> dict[str, str]:
    """Learners held against each other by one person's answers, as files and, but for the matrix, for the page."""
    found, table = numbers.rankings[oracle], _of(numbers.profiles, oracle)
    matrix = against_plots.improvement_matrix(_of(numbers.improvements, oracle), list(found.order))
    pictures.save(matrix, folder, f"improvement{tail}")
    pictures.save(against_plots.profiles(table, looks, legend=True), folder, f"profiles{tail}")
    pictures.save(against_plots.mean_ranks(found, looks), folder, f"ranks{tail}")
    ranks = ", ".join(f"{name} {rank:.1f}" for name, rank in zip(found.order, found.mean_ranks, strict=True))
    return {
        "profiles": pictures.inline(
            against_plots.profiles(table, looks), f"profiles{tail}", "The share of runs above each score"
        ),
        "ranks": pictures.inline(against_plots.mean_ranks(found, looks), f"ranks{tail}", f"Mean ranks: {ranks}"),
    }


def _panels(study: Study, oracle: str, axis: str, names: Sequence[str]) -> dict[str, list[Line]]:
    records = [record for record in study.records if record.trial.oracle == oracle]
    found = {
        task: curves.lines([record for record in records if record.trial.task == task], axis, names)
        for task in sorted({record.trial.task for record in records})
    }
    return {task: drawn for task, drawn in found.items() if drawn}


def _told(found: Sequence[Line]) -> str:
    """The ends of the curves in words, for whoever does not see them."""
    ends = sorted(((line.mean[-1], line.algorithm) for line in found), reverse=True)
    return ", ".join(f"{name} ends at {value:.2f}" for value, name in ends)


def _export(numbers: page.Numbers, name: str, folder: Path) -> None:
    board = numbers.board[tables.LEADERBOARD]
    export.write_table(numbers.scores, folder, "scores", f"Every trial of {name}.")
    export.write_table(board, folder, "leaderboard", f"Leaderboard of {name}: IQM with its 95 % interval.")
    export.write_table(numbers.cells, folder, "tasks", f"Score of each method on each task of {name}.")
    export.write_table(numbers.minutes, folder, "minutes", f"IQM over all tasks of {name} by minutes of human time.")
    export.write_table(numbers.improvements, folder, "improvement", f"Probability of improvement of {name}, paired.")
    families = dict(board[["algorithm", "family"]].itertuples(index=False, name=None))
    ranked = against.ranked(dict(numbers.rankings), families)
    export.write_table(ranked, folder, "ranks", f"Mean ranks of the learners of {name}.")
    export.write_table(numbers.profiles, folder, "profiles", f"Performance profiles of {name}.")
    winners = verdicts.table(list(numbers.winners))
    export.write_table(winners, folder, "verdicts", f"Who wins on each task and in each family of {name}.")
    export.write_table(numbers.verdicts, folder, "informative", f"Which tasks of {name} are informative.")
    if len(numbers.fronts):
        export.write_table(numbers.fronts, folder, "fronts", f"Fronts and weights of {name}: means over seeds.")
    export.write_table(numbers.teachers, folder, "people", f"What the simulated people of {name} were like.")
    export.write_table(numbers.goals, folder, "goals", f"Human minutes of {name} to a score of {goals.GOAL}.")
    for table, file, caption in (
        (numbers.quality, "reward_quality", f"How good the rewards of {name} are."),
        (numbers.over, "overoptimised", f"Trials of {name} whose reward was optimised too far."),
        (numbers.areas, "robustness", f"Mean score of {name} over the rates at which people err, or their minutes."),
        (numbers.learned, "weights", f"Degrees between the weights learned in {name} and the person's."),
        (numbers.raters, "raters", f"Regret of each rater of {name}."),
        (numbers.transfers, "retraining", f"Policies and recovered rewards of {name} under changed dynamics."),
        (numbers.elsewhere, "elsewhere", f"Scores of {name} under changed dynamics, of policies and rewards."),
    ):
        if len(table):
            export.write_table(table, folder, file, caption)


def _of(table: pd.DataFrame, oracle: str) -> pd.DataFrame:
    return table[table["oracle"] == oracle]
