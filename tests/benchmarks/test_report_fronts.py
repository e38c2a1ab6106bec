"""Figures of fronts and weights: what they draw, and that they stay away where there is nothing to draw."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import synthetic

from benchmarks.record import Record, Trial
from benchmarks.report import fronts, write
from benchmarks.report.drawing import drawing
from benchmarks.report.style import looks

RATERS = [{"weights": [1.0, 1.0], "utility": 1.0, "regret": regret} for regret in (0.2, 0.8)]
OUTCOMES = {"objectives": ["gold", "time"], "weights": [1.0, 0.0], "scale": [1.0, 1.0], "raters": RATERS}
LOGS = [{"steps": 1, "human_seconds": 4.0 * n, "questions": n, "weight_gold": 1.0, "weight_time": w}
        for n, w in ((1, 1.0), (2, 0.0))]  # fmt: skip
LOOKS = looks([("pareto-q", "multi-objective")])


def record(**more) -> Record:
    trial = Trial("treasures", "divided", "pareto-q", 0, 100, 60.0)
    return Record(trial, "ok", "multi-objective", objectives={"gold": 3.0, "time": -1.0}, **more)


def test_angles_by_hand() -> None:
    asked, off = fronts.angles(record(logs=LOGS, outcomes=OUTCOMES))
    assert asked.tolist() == [1, 2]
    np.testing.assert_allclose(off, [45.0, 0.0], atol=1e-5)


def test_each_figure_is_drawn_where_its_data_are() -> None:
    from matplotlib import pyplot

    full = record(
        logs=LOGS, outcomes=OUTCOMES, front=[[3.0, -1.0], [5.0, -4.0]], anchors={"random": 0.0, "expert": 1.0},
        curve=[{"steps": 100, "human_seconds": 8.0, "wall_seconds": 1.0, "cpu_seconds": 1.0, "returns": [0.5]}],
    )  # fmt: skip
    with drawing():
        drawn = dict(fronts.figures([full], LOOKS))
        assert list(drawn) == ["fronts", "weights", "utility", "raters"]
        lines = drawn["raters"].axes[0].lines
        np.testing.assert_allclose(lines[0].get_ydata(), [0.2, 0.8])
        assert drawn["fronts"].axes[0].lines[0].get_xydata().tolist() == [[3.0, -1.0], [5.0, -4.0]]
        pyplot.close("all")


@pytest.mark.parametrize("more", [{}, {"outcomes": {**OUTCOMES, "raters": RATERS[:1]}}])
def test_nothing_is_drawn_of_nothing(more) -> None:
    assert list(fronts.figures([record(**more)], LOOKS)) == []


def test_measures_are_means_over_seeds() -> None:
    worth = {"points": 2.0, "hypervolume": 6.0, "regret": 0.5}
    one = record(outcomes=OUTCOMES | worth, front=[[3.0, -1.0]])
    two = replace(one, trial=replace(one.trial, seed=1), outcomes=OUTCOMES | worth | {"hypervolume": 8.0})
    (row,) = fronts.measures([one, two]).to_dict("records")
    assert (row["seeds"], row["points"], row["hypervolume"], row["regret"]) == (2, 2.0, 7.0, 0.5)
    assert np.isnan(row["igd_plus"])  # nobody knows this task's front
    assert fronts.measures([record(outcomes=OUTCOMES), record()]).empty  # neither a front nor weights


def test_the_page_shows_fronts_where_there_are_some(tmp_path: Path) -> None:
    names = ("random", "weights-from-preferences")
    plain = synthetic.realistic(tasks=("maze",), algorithms=names, seeds=1, failing=False)
    page = write(synthetic.store(tmp_path / "plain", plain)).read_text()
    assert 'id="fronts"' not in page
    assert not (tmp_path / "plain" / "report" / "tables" / "fronts.csv").exists()
    outcomes = OUTCOMES | {"raters": RATERS[:1], "hypervolume": 7.25, "angle": 4.0}
    told = {"front": [[3.0, -1.0], [5.0, -4.0]], "outcomes": outcomes}
    found = [replace(r, objectives={"gold": 3.0, "time": -1.0}, **told) for r in plain if r.family == "multi-objective"]
    page = write(synthetic.store(tmp_path / "found", [plain[0], *found])).read_text()
    shown = page[page.index('<section id="fronts">') :].split("</section>")[0]
    assert "<td>maze</td>" in shown and ">7.2<" in shown and shown.count("<svg") > 2
    assert (tmp_path / "found" / "report" / "plots" / "fronts.svg").exists()
