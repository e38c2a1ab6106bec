"""Records -> tidy tables, against hand-worked records."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from synthetic import record, trial

from benchmarks.record import Record
from benchmarks.scores import (
    SCORES,
    Steps,
    at_minutes,
    curves,
    feedback,
    over_effort,
    over_steps,
    reward_quality,
    score,
    scores,
    transfers,
)

LEARNER = record(  # of 1,000 steps and 100 s: .4 from a quarter on, .8 from the half on; the last point is final
    trial("maze", "pref-ppo", steps=1000, seconds=100.0),
    score=0.8,
    points=[(250, 10.0, 0.4), (500, 60.0, 0.6)],
    feedback={
        "compare": {
            "asked": 20,
            "answered": 16,
            "skipped": 4,
            "ties": 2,
            "decidable": 16,
            "errors": 4,
            "seconds": 60.0,
        },
        "judge": {"asked": 5, "answered": 5, "skipped": 0, "ties": 0, "decidable": 5, "errors": 0, "seconds": 7.5},
    },
    spent={"env_steps": 1000, "human_seconds": 67.5, "wall_seconds": 3.0, "cpu_seconds": 2.0},
)
ASKS_NOTHING = record(
    trial("maze", "rl-true-reward", steps=1000, seconds=100.0), 0.9, [(0, 0.0, 0.1), (500, 0.0, 0.5), (1000, 0.0, 0.7)]
)
FAILED = record(trial("maze", "cpl", 1), status="failed", points=[(10, 1.0, 0.3)])
SPENT_NOTHING = record(
    trial("maze", "cpl", 2), status="crashed", family="direct", spent={"wall_seconds": 4.0}, anchors={}
)


def row(of: Record) -> pd.Series:
    return scores([of]).iloc[0]


def test_the_columns_are_fixed() -> None:
    table = scores([LEARNER, FAILED])
    assert list(table) == [
        "task", "oracle", "algorithm", "family", "seed", "status", "score", "return", "auc_steps", "auc_effort",
        "human_seconds", "asked", "answered", "skipped", "env_steps", "wall_seconds", "cpu_seconds",
    ] == list(SCORES)  # fmt: skip
    assert list(scores([])) == list(SCORES)


def test_a_score_stands_between_its_anchors() -> None:
    anchors = {"random": -200.0, "expert": -100.0}
    assert [score(value, anchors) for value in (-200, -100, -150, -90, -210)] == pytest.approx([0, 1, 0.5, 1.1, -0.1])
    assert np.isnan(score(1.0, {"random": 2.0, "expert": 2.0})) and np.isnan(score(1.0, {}))


def test_a_row_by_hand() -> None:
    found = row(LEARNER)
    assert found["score"] == pytest.approx(0.8)
    assert found["return"] == pytest.approx(-58.3 + 0.8 * (9.1 + 58.3))
    assert found["auc_steps"] == pytest.approx(0.25 * 0.4 + 0.5 * 0.8)  # 0 before the first point
    assert found["auc_effort"] == pytest.approx(0.5 * 0.4 + 0.4 * 0.8)
    assert [found[key] for key in ("asked", "answered", "skipped", "env_steps")] == [25, 21, 4, 1000]
    assert [found[key] for key in ("human_seconds", "wall_seconds", "cpu_seconds")] == [67.5, 3.0, 2.0]


def test_who_asks_nothing_needs_no_time() -> None:
    found = row(ASKS_NOTHING)
    assert found["auc_effort"] == pytest.approx(found["score"]) == pytest.approx(0.9)
    assert found["auc_steps"] == pytest.approx(0.5 * 0.1 + 0.5 * 0.5)
    assert at_minutes([ASKS_NOTHING])["score"].tolist() == pytest.approx([0.9] * 4)


def test_scores_at_human_minutes() -> None:
    table = at_minutes([LEARNER, FAILED], [0.1, 1 / 6, 0.99, 1.0, 30.0])
    assert table["score"].tolist() == pytest.approx([0.0, 0.4, 0.4, 0.8, 0.8])
    assert set(table["algorithm"]) == {"pref-ppo"}  # a failed trial has no score at any budget


def test_a_failed_trial_keeps_its_row_and_has_no_score() -> None:
    for one, status in ((FAILED, "failed"), (SPENT_NOTHING, "crashed")):
        found = row(one)
        assert found["status"] == status
        assert found[["score", "return", "auc_steps", "auc_effort"]].isna().all()
    assert row(SPENT_NOTHING)[["human_seconds", "env_steps", "cpu_seconds"]].isna().all()


def test_a_planned_trial_without_record_is_missing() -> None:
    absent = trial("maze", "pref-ppo", 7)
    stranger = trial("acrobot", "tamer")
    table = scores([LEARNER], [LEARNER.trial, absent, stranger], {"tamer": "evaluative"})
    assert table[["task", "algorithm", "family", "seed", "status"]].to_numpy().tolist() == [
        ["acrobot", "tamer", "evaluative", 0, "missing"],
        ["maze", "pref-ppo", "preferences", 0, "ok"],
        ["maze", "pref-ppo", "preferences", 7, "missing"],
    ]
    assert table["asked"].isna().tolist() == [True, False, True]


def test_curves_are_one_row_a_point_and_end_with_the_final_evaluation() -> None:
    table = curves([LEARNER, FAILED])
    assert table["score"].tolist() == pytest.approx([0.4, 0.8, 0.3])
    assert table["steps"].tolist() == [250, 500, 10]
    assert table["status"].tolist() == ["ok", "ok", "failed"]


def test_a_learner_without_points_is_worth_its_final_policy_from_the_start() -> None:
    lone = record(trial("maze", "bc"), 0.6)
    assert row(lone)["auc_steps"] == pytest.approx(0.6)


def test_returns_that_json_could_not_hold_give_no_score() -> None:
    broken = record(trial("maze", "bc"), final={"returns": [None, 1.0], "lengths": [1, 1]})
    assert np.isnan(row(broken)["score"])


def test_what_people_were_like() -> None:
    table = feedback([LEARNER, ASKS_NOTHING]).set_index("kind")
    assert table.loc["compare", ["error_rate", "tie_rate", "skip_rate"]].tolist() == [0.25, 0.125, 0.2]
    assert table.loc["judge", ["error_rate", "seconds"]].tolist() == [0.0, 7.5]
    assert len(table) == 2 and feedback([]).empty
    unanswered = record(trial("maze", "cpl"), feedback={"compare": {"asked": 2, "answered": 0, "skipped": 2}})
    assert feedback([unanswered])[["error_rate", "tie_rate"]].isna().all(axis=None)


def test_of_points_at_one_place_the_last_counts() -> None:
    steps = Steps(np.array([0.0, 5.0, 5.0]), np.array([0.1, 0.9, 0.3]))
    assert steps.at([-1.0, 0.0, 4.9, 5.0, 9.0]).tolist() == [0.0, 0.1, 0.1, 0.3, 0.3]
    assert steps.area(10.0) == pytest.approx(0.5 * 0.1 + 0.5 * 0.3)
    assert steps.area(4.0) == pytest.approx(0.1)  # what lies beyond the budget is not counted
    assert steps.area(0.0) == 0.3


@given(st.lists(st.tuples(st.floats(0, 100), st.floats(-1, 2)), min_size=1, max_size=8), st.floats(1, 100))
def test_an_area_is_the_mean_height(points: list[tuple[float, float]], end: float) -> None:
    points = sorted(points, key=lambda point: point[0])
    steps = Steps(np.array([x for x, _ in points]), np.array([y for _, y in points]))
    heights = [0.0, *steps.values]
    assert min(heights) - 1e-9 <= steps.area(end) <= max(heights) + 1e-9
    grid = (np.arange(20_000) + 0.5) * end / 20_000
    assert steps.area(end) == pytest.approx(steps.at(grid).mean(), abs=2e-3)


def test_curves_of_a_record_are_read_two_ways() -> None:
    assert over_steps(LEARNER).at([249, 250, 500]).tolist() == pytest.approx([0.0, 0.4, 0.8])
    assert over_effort(LEARNER).at([9, 10, 60]).tolist() == pytest.approx([0.0, 0.4, 0.8])


def test_the_quality_of_a_revealed_reward_has_a_row_a_trial_that_revealed_one() -> None:
    found = {"accuracy": 0.9, "epic": 0.25, "step_correlation": None}
    records = [record(trial("maze", "pref-ppo", 1), 0.5, reward_model=found), record(trial("maze", "bc"), 0.7)]
    (row,) = reward_quality(records).to_dict("records")
    assert (row["algorithm"], row["seed"], row["accuracy"], row["epic"]) == ("pref-ppo", 1, 0.9, 0.25)
    assert row["score"] == pytest.approx(0.5)
    assert np.isnan(row["step_correlation"]) and np.isnan(row["calibration_error"])
    assert reward_quality(records[1:]).empty


def test_a_row_for_each_dynamics_says_what_the_policy_and_the_recovered_reward_are_worth_there() -> None:
    blocked = {"returns": [-1.0, 1.0], "anchors": {"random": -2.0, "expert": 2.0}}
    own = {"returns": [0.0, 0.0], "anchors": {"random": 0.0, "expert": 2.0}}
    records = [
        record(trial("maze", "airl", 1), 0.5, changed={"blocked": blocked}, retrained={"maze": own}),
        record(trial("maze", "bc"), 0.7, changed={"blocked": own}),
        record(trial("maze", "sqil"), 0.7),
    ]
    table = transfers(records).drop(columns=["task", "oracle", "family"])
    assert list(table) == ["algorithm", "seed", "dynamics", "own", "retrained"]
    expected = [("airl", 1, "maze", 0.5, 0.0), ("airl", 1, "blocked", 0.5, None), ("bc", 0, "maze", 0.7, None)]
    for row, wanted in zip(table.itertuples(index=False), [*expected, ("bc", 0, "blocked", 0.0, None)], strict=True):
        assert tuple(row)[:3] == wanted[:3]
        assert list(row)[3:] == pytest.approx([np.nan if x is None else x for x in wanted[3:]], nan_ok=True)
    assert transfers(records[2:]).empty
