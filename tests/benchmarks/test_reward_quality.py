"""The quality of a learned reward: measures worked by hand, EPIC's laws on every task, and that no learner notices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from test_trial import QUICK, timeless, trial

from benchmarks import reward_quality
from benchmarks.evaluate import Worth
from benchmarks.log import mixed_log
from benchmarks.oracles.person import Person
from benchmarks.oracles.rationality import Rationality
from benchmarks.registry import load
from benchmarks.reward_quality import (
    accuracy,
    calibration_error,
    called,
    canonical,
    decidedness,
    epic,
    learned_return,
    ranks,
    spearman,
    weighed,
    yardstick,
)
from benchmarks.session import TrialSession
from benchmarks.trial import play

NOWHERE = Worth(np.zeros(1), np.zeros((1, 1)), np.ones(1))


def array(*values: float) -> Any:
    return np.array(values, dtype=float)


def test_accuracy_leaves_ties_of_the_truth_out_and_counts_those_of_the_model_half() -> None:
    # pairs (0,1) right, (0,2) tied by the model, (1,2) wrong, and all with 3 but (2,3), which is a tie of the truth.
    assert accuracy(array(1, 2, 1, 0), array(0, 1, 2, 2)) == pytest.approx((1 + 0.5 + 0 + 0 + 0) / 5)
    assert accuracy(array(1, 2), array(3, 3)) is None


def test_equal_numbers_share_their_mean_rank() -> None:
    assert ranks(array(5, 1, 5, 0)).tolist() == [2.5, 1.0, 2.5, 0.0]
    # Of 3 places: sum d^2 = 2, so rho = 1 - 6 * 2 / (3 * 8) = 1/2.
    assert spearman(array(1, 2, 3), array(10, 400, 30)) == pytest.approx(0.5)
    assert spearman(array(1, 2, 3), array(4, 4, 4)) is None


def test_calibration_error_by_hand() -> None:
    # bin [0, .1): mean p .05, one answer of two is yes; bin [.9, 1]: p 1, yes.
    assert calibration_error(array(0.02, 0.08, 1.0), array(0, 1, 1)) == pytest.approx(2 / 3 * 0.45)
    assert calibration_error(array(), array()) is None


def test_a_canonical_reward_by_hand() -> None:
    # two transitions; E R(s, A, S') = (1, 3), so that E R(S, A, S') = 2, and E R(s', A, S') = (3, 5).
    found = canonical(array(10, 20), before=array(1, 3), after=array(3, 5), discount=0.5)
    assert found.tolist() == [10 + 1.5 - 1 - 1, 20 + 2.5 - 3 - 1]


def test_epic_by_hand() -> None:
    one = array(0, 1, 2)
    assert epic(one, 7 * one + 3) == pytest.approx(0)
    assert epic(one, -one) == pytest.approx(1)
    assert epic(one, array(1, 0, 1)) == pytest.approx(np.sqrt(0.5))  # uncorrelated
    assert epic(one, array(4, 4, 4)) == pytest.approx(np.sqrt(0.5))


@pytest.mark.parametrize("discount", [0.5, 0.99])
def test_potentials_and_scale_do_not_matter_to_epic_and_a_sign_is_all_of_it(discount: float) -> None:
    """R'(s, a, s') = 3 R + gamma phi(s') - phi(s), over tables of 4 states and 3 actions."""
    rng = np.random.default_rng(0)
    table, potential = rng.normal(size=(4, 3, 4)), rng.normal(size=4)
    shaped = 3 * table + discount * potential - potential[:, None, None]
    starts, actions = np.array([0, 0, 1, 3, 2, 1]), np.array([0, 2, 1, 1, 0, 2])
    ends = np.array([1, 2, 3, 0, 0, 2])

    def of(reward: Any) -> Any:
        expected = reward[:, :, starts].mean(axis=(1, 2))  # S' as the departures of the transitions
        return canonical(reward[starts, actions, ends], expected[starts], expected[ends], discount)

    np.testing.assert_allclose(of(shaped), 3 * of(table), atol=1e-12)
    assert epic(of(shaped), of(table)) == pytest.approx(0, abs=1e-6)
    assert epic(of(-shaped), of(table)) == pytest.approx(1)


def prepared(name: str) -> tuple[Any, Any]:
    task = load().task(name)
    expert = task.expert()
    person = Person(task, expert, Rationality(error=0.1), 3, mixed_log(task, expert))
    return task, yardstick(task, expert, person, compares=True, seed=0)


@pytest.mark.parametrize("name", ["pendulum", "maze"])
def test_the_true_reward_of_an_observation_and_an_action_is_the_best_there_is(name: str) -> None:
    """Pendulum's depends on nothing else; the maze's on where the action leads, which is certain there."""
    task, measured = prepared(name)

    def true(observations: Any, actions: Any) -> Any:
        states = task.recover(observations)
        return task.reward(states, actions, task.transition(states, actions))

    found = measured.measure(true, False, NOWHERE)
    assert found["step_correlation"] == pytest.approx(1)
    assert found["return_correlation"] == pytest.approx(1)
    assert found["epic"] < (1e-3 if name == "pendulum" else 0.5)
    opposite = measured.measure(lambda o, a: -2 * true(o, a), False, NOWHERE)
    assert opposite["step_correlation"] == pytest.approx(-1)
    assert opposite["epic"] > (1 - 1e-3 if name == "pendulum" else 0.5)


def test_the_persons_utility_is_always_accurate_and_its_odds_are_the_better_calibrated_the_truer_they_are() -> None:
    _, measured = prepared("maze")
    told = np.repeat(measured.utility, len(measured.rewards) // len(measured.utility))
    length = len(measured.rewards) // len(measured.utility)

    def reward(scale: float) -> Any:
        return lambda o, a: scale * told / length if len(a) == len(told) else np.zeros(len(a))

    found = measured.measure(reward(1.0), True, NOWHERE)
    assert found["accuracy"] == 1 and found["utility_correlation"] == pytest.approx(1)
    errors = [measured.measure(reward(scale), True, NOWHERE)["calibration_error"] for scale in (0.0, 1e6)]
    said = measured.answers[~np.isnan(measured.answers)]
    assert errors[0] == pytest.approx(abs(said.mean() - 0.5))  # all at 1/2
    margin = measured.utility[measured.pairs[:, 0]] - measured.utility[measured.pairs[:, 1]]
    wrong = np.abs((margin > 0) - measured.answers) * (np.abs(margin) > 1e-9)
    assert 0.03 < np.nanmean(wrong) < 0.25  # the person errs in some tenth
    assert errors[1] == pytest.approx(np.nanmean(wrong), abs=0.05)  # all sure


def test_a_policys_learned_return_is_in_deviations_from_the_mean_of_the_clips() -> None:
    worth = Worth(np.zeros(1), np.zeros((1, 1)), np.ones(1), (np.full((3, 1), 4.0), np.zeros(3)))
    reward = lambda seen, done: seen[:, 0]  # noqa: E731
    assert learned_return(reward, array(0, 2), worth) == pytest.approx(3)
    assert learned_return(reward, array(2, 2), worth) is None


@dataclass
class Dice:
    rng: Any

    def predict(self, observation: Any, state: Any = None, episode_start: Any = None, deterministic: bool = False):
        return self.rng.integers(4, size=len(observation)), state


def test_two_draws_of_a_policy_agree_by_chance_and_leave_no_trace_in_it() -> None:
    worth = Worth(np.zeros(1), np.zeros((1, 1)), np.ones(1), (np.zeros((1000, 1)), np.zeros(1000)))
    dice = Dice(np.random.default_rng(0))
    assert decidedness(dice, worth)["agreement"] == pytest.approx(0.25, abs=0.05)
    assert dice.rng.random() == np.random.default_rng(0).random()


@pytest.mark.parametrize("name", ["pendulum", "maze", "deep-sea-treasure", "mountain-car-continuous"])
def test_a_reward_in_weights_of_the_objectives_is_measured_as_what_it_comes_to(name: str) -> None:
    task = load().task(name)
    person = Person(task, task.expert(), Rationality(), 0, mixed_log(task, task.expert()))
    measure = yardstick(task, task.expert(), person, False, 0)
    worth = Worth(np.zeros(1), np.zeros((1, len(task.objectives))), np.ones(1, int))
    found = measure.measure(weighed(task, np.array(task.weights)), False, worth)
    assert found["step_correlation"] == pytest.approx(1.0) and found["return_correlation"] == pytest.approx(1.0)
    opposite = measure.measure(weighed(task, -np.array(task.weights)), False, worth)
    assert opposite["step_correlation"] == pytest.approx(-1.0)


@pytest.mark.parametrize("wrong", [np.zeros(2), np.array([[0.0]]), np.array([np.nan])])
def test_what_is_no_reward_is_named(wrong: Any) -> None:
    with pytest.raises(ValueError, match="finite numbers"):
        called(lambda o, a: wrong, np.zeros((1, 2)), np.zeros(1))


def test_a_learner_that_reveals_its_reward_is_measured_and_plays_as_if_it_were_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    measured = play(trial("pref-ppo"), QUICK)
    found = measured.record.reward_model
    assert found is not None and 0.5 < found["accuracy"] <= 1 and 0 <= found["epic"] <= 1
    assert found["calibration_error"] < 0.5
    points = measured.record.curve
    assert all(0 < point["entropy"] <= np.log(2) + 1e-6 for point in points)
    assert points[-1]["reward_model"] == found
    monkeypatch.setattr(TrialSession, "reveal", lambda *arguments, **keywords: None)
    monkeypatch.setattr("benchmarks.trial.decidedness", lambda policy, worth: {})
    unmeasured = play(trial("pref-ppo"), QUICK)
    assert unmeasured.record.reward_model is None
    assert unmeasured.policy == measured.policy and unmeasured.transcript == measured.transcript
    plain = timeless(unmeasured.record)
    stripped = timeless(measured.record)
    for point in stripped["curve"]:
        del point["entropy"], point["reward_model"]
    assert {**stripped, "reward_model": None} == plain


def test_a_reward_that_uses_up_the_learners_chance_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    once = play(trial("reinforce-judge"), QUICK)
    ordinary = TrialSession.ask

    def ask(self: Any, query: Any) -> Any:
        def greedy(seen: Any, done: Any) -> Any:
            torch.rand(3), np.random.rand(3)
            return self.rng.random(len(done))

        self.reveal(greedy)
        return ordinary(self, query)

    monkeypatch.setattr(TrialSession, "ask", ask)
    again = play(trial("reinforce-judge"), QUICK)
    assert again.record.reward_model is not None and once.record.reward_model is None
    assert again.policy == once.policy and again.transcript == once.transcript


def test_the_yardstick_is_the_same_for_every_learner_and_held_out_of_the_log() -> None:
    task, one = prepared("maze")
    _, other = prepared("maze")
    np.testing.assert_array_equal(one.observations, other.observations)
    np.testing.assert_array_equal(one.answers, other.answers)
    log = mixed_log(task, task.expert())
    held = mixed_log(task, task.expert(), reward_quality.EPISODES, seed=1)
    assert not (log.actions[: len(held)] == held.actions).all(axis=1).any()
