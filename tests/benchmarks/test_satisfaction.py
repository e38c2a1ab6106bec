"""What raters get: utilities of outcomes by hand, and what a record keeps of them."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.fronts import FrontError
from benchmarks.log import mixed_log
from benchmarks.oracles.outcomes import RHO, STEEP, OutcomeUtility
from benchmarks.oracles.person import Person
from benchmarks.oracles.rationality import Rationality
from benchmarks.registry import load
from benchmarks.satisfaction import learned_weights, measured

OUTCOMES = np.array([(8.0, -3.0), (24.0, -13.0)])
W = np.array([1.0, 2.0])
EPISODES = np.array([(4.0, -1.0), (24.0, -11.0), (3.0, -1.0), (0.0, -100.0)])  # the last two are dominated


def test_utilities_of_outcomes_by_hand() -> None:
    np.testing.assert_allclose(OutcomeUtility("linear", W, EPISODES)(OUTCOMES), [2.0, -2.0])
    # z = (24, -1), r = (20, 10): max(16 / 20, 2 * 2 / 10) and max(0, 2 * 12 / 10); ties by 8 / 20 - 2 * 3 / 10, ...
    worth = OutcomeUtility("chebyshev", W, EPISODES)(OUTCOMES)
    np.testing.assert_allclose(worth, [-0.8 - RHO * 0.2, -2.4 - RHO * 1.4])
    # within the limit of 6 steps time is free, beyond it each step costs STEEP * 2
    np.testing.assert_allclose(OutcomeUtility("threshold", W, EPISODES)(OUTCOMES), [8.0, 24 - STEEP * 2 * 7])


def person(**declared) -> Person:
    task = load().task("deep-sea-treasure")
    return Person(task, task.expert(), Rationality(**declared), seed=0, reference=mixed_log(task, task.expert()))


def test_regret_is_from_the_best_known_to_random() -> None:
    one = person()
    kept = measured(one.task, one, np.array([8.2, -3.0]), [], [])
    assert kept["regret"] == pytest.approx(0.0) and kept["agreement"] == 1.0
    assert kept["utility"] == pytest.approx((8.2 - 2.5 * 3) / 3.5)
    worse = measured(one.task, one, np.array([0.7, -1.0]), [], [{"weight_treasure": 2.0, "weight_time": 5.0}])
    rater = worse["raters"][0]
    assert worse["regret"] == pytest.approx((rater["best"] - (0.7 - 2.5) / 3.5) / (rater["best"] - rater["random"]))
    assert worse["angle"] == pytest.approx(0.0, abs=1e-5)


def test_every_rater_of_a_crowd_is_served_or_not() -> None:
    crowd = person(crowd=4, taste=5.0)
    kept = measured(crowd.task, crowd, np.array([23.7, -19.0]), [], [])
    assert len(kept["raters"]) == 4
    assert kept["worst_regret"] > kept["regret"] >= 0.0
    assert 0.5 < kept["agreement"] < 1.0


def test_the_front_is_measured_and_held_against_the_known_one() -> None:
    one = person()
    kept = measured(one.task, one, np.array([8.2, -3.0]), [np.array([8.2, -3.0]), np.array([0.7, -1.0])], [])
    assert kept["hypervolume"] == pytest.approx(0.7 * 24 + 7.5 * 22)
    assert kept["reference_point"] == [0.0, -25.0]
    with pytest.raises(FrontError, match=r"deep-sea-treasure has the point \(9\.0, -3\.0\)"):
        measured(one.task, one, np.array([8.2, -3.0]), [np.array([9.0, -3.0])], [])


def test_episodes_of_the_reference_end_at_events() -> None:
    episodes = person().reference.episodes()
    assert (episodes[:, 0] > 0).all() or (episodes[episodes[:, 0] == 0, 1] == -100).all()
    assert set(np.unique(episodes[:, 0]).round(1)) <= {0.0, 0.7, 8.2, 11.5, 14.0, 15.1, 16.1, 19.6, 20.3, 22.4, 23.7}


def test_the_last_weights_that_were_logged_count() -> None:
    logs = [{"weight_a": 1.0, "weight_b": 0.0}, {"weight_a": 0.0, "weight_b": 1.0}, {"loss": 1.0}]
    assert learned_weights(("a", "b"), logs).tolist() == [0.0, 1.0]
    assert learned_weights(("a", "c"), logs) is None


def test_a_trial_of_the_linear_person_keeps_its_old_id() -> None:
    assert "outcome" not in Rationality(error=0.1).declared()
    assert Rationality(error=0.1, outcome="threshold").declared()["outcome"] == "threshold"
