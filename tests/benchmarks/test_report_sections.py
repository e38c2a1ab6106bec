"""The sections that are there only if the trials hold the data: by hand, and on the page."""

from __future__ import annotations

from dataclasses import replace
from math import inf
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom
from synthetic import record, store, trial

from benchmarks.record import Record
from benchmarks.report import goals, page, raters, rewards, robustness, write
from benchmarks.scores import reward_quality, scores

NAMES = ("cpl", "pref-ppo", "random")


def person(**changes: Any) -> dict[str, Any]:
    return {"error": 0.0, "mistake": 0.0, "equal": 0.05, **changes}


# ---- errors


def asked(rates: dict[str, float], field: str = "error") -> list[Record]:
    """cpl loses twice the rate on maze, and nothing elsewhere; pref-ppo nothing anywhere."""
    return [
        record(trial(task, name, seed, oracle, rationality=person(**{field: rate})), level)
        for oracle, rate in rates.items()
        for task in ("maze", "pendulum")
        for seed in range(3)
        for name, level in (("cpl", 0.9 - 2 * rate * (task == "maze")), ("pref-ppo", 0.5), ("random", 0.0))
    ]


def test_a_series_is_people_who_differ_in_one_rate_only() -> None:
    records = asked({"typical-0": 0.0, "typical-10": 0.1, "typical-40": 0.4, "far": 0.2})
    records = [r if r.trial.oracle != "far" else replace(r, trial=replace(r.trial, seconds=5.0)) for r in records]
    found = robustness.series(record.trial for record in records)
    assert [(one.name, one.oracles) for one in found] == [
        ("typical", ((0.0, "typical-0"), (0.1, "typical-10"), (0.4, "typical-40")))
    ]
    both = robustness.series(r.trial for r in [*records, *asked({"m-1": 0.1, "m-3": 0.3}, "mistake")])
    assert [one.rates for one in both] == [(0.0, 0.1, 0.4), (0.0, 0.1, 0.3)]  # who never errs is of both
    assert [one.label(one.rates[1]) for one in both] == ["10 %", "10 %"]
    assert robustness.series(r.trial for r in records if r.trial.oracle in ("typical-0", "typical-10")) == []


def test_the_area_is_the_mean_over_the_rates() -> None:
    records = asked({"t-0": 0.0, "t-10": 0.1, "t-40": 0.4})
    found = robustness.areas(scores(records), robustness.series(r.trial for r in records)).set_index("algorithm")
    assert found.loc["pref-ppo", "area"] == pytest.approx(0.5)
    # on maze 0.9 falls to 0.7 and 0.1: (0.8 * 0.1 + 0.4 * 0.3) / 0.4 = 0.5; the IQM of three 0.5 and three 0.9
    assert found.loc["cpl", "area"] == pytest.approx(0.7) and found.loc["cpl", "worlds"] == 6
    less = [r for r in records if (r.trial.oracle, r.trial.algorithm, r.trial.seed) != ("t-10", "cpl", 0)]
    found = robustness.areas(scores(less), robustness.series(r.trial for r in less)).set_index("algorithm")
    assert found.loc["cpl", "worlds"] == 4


def test_more_time_is_a_series_too() -> None:
    records = [
        record(trial("maze", "cpl", seed, f"m-{minutes}", rationality=person(), seconds=60.0 * minutes), level)
        for minutes, level in ((1, 0.0), (10, 0.4), (100, 1.0)) for seed in range(2)
    ]  # fmt: skip
    (found,) = robustness.series(one.trial for one in records)
    assert (found.name, found.field, found.label(10.0)) == ("m", "minutes", "10 min")
    area = robustness.areas(scores(records), [found]).loc[0, "area"]
    assert area == pytest.approx((0.2 + 0.7) / 2)  # a factor of ten is the same way everywhere


def test_of_many_people_one_of_each_series_is_told_of() -> None:
    names = [f"{kind}-{rate}" for kind in "abcde" for rate in (0, 10, 40)]
    found = [
        robustness.Series(kind, "error", ((0.0, f"{kind}-0"), (0.1, f"{kind}-10"), (0.4, f"{kind}-40")))
        for kind in "abcde"
    ]
    told = ["a-10", "b-10", "c-10", "d-10", "e-10"]
    assert robustness.one_by_one([*names, "alone"], found) == [*told, "alone"]
    assert robustness.one_by_one(names[:6], found[:2]) == names[:6]


# ---- minutes


def test_minutes_to_a_goal_by_hand() -> None:
    def one(seed: int, *points: tuple[float, float]) -> Record:
        feedback = {"compare": {"asked": 1}, "demonstrate": {"asked": 1}}
        made = [(float(i), 60.0 * minutes, score) for i, (minutes, score) in enumerate(points)]
        return record(trial("maze", "cpl", seed), points[-1][1], made, feedback=feedback)

    records = [one(0, (1, 0.2), (3, 0.85), (9, 0.7)), one(1, (1, 0.9)), one(2, (1, 0.1), (30, 0.7))]
    assert [goals.minutes_to(r, 0.8) for r in records] == [3.0, 1.0, inf]
    row = goals.goals(records).iloc[0]
    assert (row["minutes"], row["low"], row["high"], row["reached"], row["runs"]) == (3.0, 1.0, inf, 2, 3)
    assert row["channel"] == "comparisons + demonstrations"
    silent = record(trial("maze", "sft"), 0.9, [(1.0, 0.0, 0.9)])
    assert len(goals.goals([silent])) == 0  # it asked nothing


@pytest.mark.parametrize("n", [2, 3, 5, 6, 9, 20])
def test_the_interval_of_a_median_covers_what_it_says(n: int) -> None:
    low, high = goals.bounds(np.arange(n))
    d = int(low) + 1
    assert high == n - d
    covers = 1 - 2 * binom.cdf(d - 1, n, 0.5)
    wider = 1 - 2 * binom.cdf(d, n, 0.5)
    assert (covers >= 0.95 or d == 1) and (wider < 0.95 or 2 * (d + 1) > n)


def test_a_median_beyond_the_last_number_is_infinite() -> None:
    assert goals.middle([1.0, 2.0, inf]) == 2.0 and goals.middle([1.0, inf]) == inf
    assert goals.middle([1.0, 2.0]) == 1.5 and goals.middle([inf, inf]) == inf


def test_the_best_of_each_channel_is_named() -> None:
    rows = [
        ("typical", "maze", name, "direct", channel, minutes, 1.0, high, 3, 3, 30.0)
        for name, channel, minutes, high in (
            ("a", "x", 3.0, 3.0), ("b", "x", 2.0, 4.0), ("c", "y", inf, inf), ("curious", "x", 0.0, 0.0),
            ("d", "x", 2.0, 2.5),
        )
    ]  # fmt: skip
    found = goals.channels(pd.DataFrame(rows, columns=goals.COLUMNS))
    assert found[["channel", "algorithm", "minutes"]].to_numpy().tolist() == [["x", "d", 2.0]]


# ---- people


def test_people_whose_utility_is_no_weighted_sum_are_named() -> None:
    forms = {"typical": {}, "even": {"outcome": "linear"}, "threshold": {"outcome": "threshold"}}
    trials = [replace(trial("maze", "bc", 0), oracle=name, rationality=given) for name, given in forms.items()]
    assert page.otherwise(SimpleNamespace(trials=trials), list(forms)) == ["threshold"]


# ---- rewards


def rewarded(seed: int, levels: list[float], learned: list[float], task: str = "maze", accuracy: float = 0.8) -> Record:
    one = record(trial(task, "pref-ppo", seed), levels[-1], [(float(i), 60.0 * i, y) for i, y in enumerate(levels)])
    for point, value in zip(one.curve, learned, strict=True):
        point["reward_model"] = {"learned_return": value}
    return replace(one, reward_model={"accuracy": accuracy, "learned_return": learned[-1]})


def test_a_reward_is_overoptimised_where_it_praises_a_fall() -> None:
    records = [
        rewarded(0, [0.1, 0.9, 0.5], [0.0, 1.0, 2.0]),  # it is
        rewarded(1, [0.1, 0.9, 0.5], [0.0, 2.0, 1.0]),  # its reward saw the fall
        rewarded(2, [0.1, 0.5, 0.9], [0.0, 1.0, 2.0]),  # all is well
        rewarded(3, [0.1, 0.9, 0.88], [0.0, 1.0, 2.0]),  # a fall too small to speak of
    ]
    row = rewards.overoptimised(rewards.paths(records)).iloc[0]
    assert (row["overoptimised"], row["trials"]) == (1, 4)
    assert row["peak"] == pytest.approx(0.9) and row["final"] == pytest.approx((0.5 + 0.5 + 0.9 + 0.88) / 4)
    assert row["learned_at_peak"] == pytest.approx(1.5) and row["learned_at_end"] == pytest.approx(1.75)


def test_reward_and_policy_agree_task_by_task() -> None:
    up = [rewarded(i, [0.1, 0.1 * i], [0.0, 1.0], "maze", 0.5 + 0.05 * i) for i in range(6)]
    down = [rewarded(i, [0.1, 1 - 0.1 * i], [0.0, 1.0], "pendulum", 0.5 + 0.05 * i) for i in range(6)]
    assert rewards.agreement(reward_quality(up)) == pytest.approx(1.0)
    assert rewards.agreement(reward_quality(up + down)) == pytest.approx(0.0)
    assert np.isnan(rewards.agreement(reward_quality(up[:2])))


# ---- raters


def served(seed: int, regrets: list[float], name: str = "weights-from-preferences") -> Record:
    told = {
        "raters": [{"regret": regret} for regret in regrets], "worst_regret": max(regrets), "agreement": 0.7,
        "objectives": ["goal", "time"], "weights": [1.0, 0.0], "scale": [1.0, 1.0],
    }  # fmt: skip
    return record(trial("maze", name, seed, "divided"), 0.5, outcomes=told)


def test_each_rater_and_whoever_is_worst_off() -> None:
    found = raters.raters([served(0, [0.1, 0.5]), served(1, [0.3, 0.2]), served(2, [0.2, 0.8])])
    assert found["rater"].tolist() == [1, 2] and found["regret"].tolist() == pytest.approx([0.2, 0.5])
    assert found["worst"].tolist() == pytest.approx([(0.5 + 0.3 + 0.8) / 3] * 2)
    assert (found["low"] < found["regret"]).all() and (found["regret"] < found["high"]).all()
    assert len(raters.raters([served(0, [0.1])])) == 0


# ---- the page


def test_the_page_shows_what_there_is_and_nothing_else(tmp_path: Path) -> None:
    bare = write(store(tmp_path / "bare", [record(trial("maze", name), 0.5) for name in NAMES])).read_text()
    for name in ("robustness", "rewards", "raters", "goals", "clips"):
        assert f'<section id="{name}">' not in bare and f'href="#{name}"' not in bare
    records = asked({"t-0": 0.0, "t-10": 0.1, "t-40": 0.4})
    records += [rewarded(i, [0.1, 0.9, 0.5], [0.0, 1.0, 2.0], accuracy=0.6 + 0.1 * i) for i in range(4)]
    records += [served(seed, [0.1, 0.5]) for seed in range(2)]
    records.append(record(trial("maze", "bc"), 0.9, [(1.0, 90.0, 0.9)], feedback={"demonstrate": {"asked": 2}}))
    page = write(store(tmp_path / "full", records))
    text = page.read_text()
    for name in ("robustness", "rewards", "raters", "goals"):
        assert f'<section id="{name}">' in text and f'href="#{name}"' in text
    assert {"robustness.png", "quality.svg", "paths.svg"} <= {path.name for path in (page.parent / "plots").iterdir()}
    tables = {path.stem for path in (page.parent / "tables").glob("*.csv")}
    assert {"robustness", "raters", "overoptimised", "reward_quality", "goals", "verdicts"} <= tables
    assert "4 of 4</td>" in text and ">1.5</b>" in text


def test_the_page_of_many_people_tells_of_the_middle_ones_and_tables_of_all(tmp_path: Path) -> None:
    rates = {f"t-{percent}": percent / 100 for percent in range(0, 18, 2)}
    index = write(store(tmp_path, asked(rates)))
    text, pictures = index.read_text(), {path.name for path in (index.parent / "plots").iterdir()}
    assert "<dd>9</dd>" in text and "the middle one is told of below:\n  t-8." in text
    assert "curves-steps-t-8.png" not in pictures  # one person needs no name
    assert "curves-steps.png" in pictures and "robustness.png" in pictures
    board = pd.read_csv(index.parent / "tables" / "leaderboard.csv")
    assert set(board["oracle"]) == set(rates)
