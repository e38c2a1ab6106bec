"""The advice family's formulas, held to numbers worked by hand."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from math import log
from typing import Any, get_args

import gymnasium
import numpy as np
import pytest

from algorithms._blocks.committee import Committee
from algorithms._blocks.mlp import Array
from algorithms._blocks.value_nets import columns
from algorithms.advice.action_advice import ActionAdvice, Rule, acted, importance
from algorithms.advice.corrections import preferences
from algorithms.advice.human_gated import doubt_threshold, took_over
from algorithms.advice.takeover import Takeover, Trend, corrected, side
from algorithms.advice.thrifty_dagger import Gates, Success, discrepancy, novelty
from benchmarks.api import Segments, Spec
from benchmarks.hyperparameters import defaults
from benchmarks.record import Evaluations, Trial
from benchmarks.registry import load
from benchmarks.trial import play

QUICK = Evaluations(final_episodes=1, curve_episodes=1, points=1, minutes=())
STATES = np.zeros((2, 2), np.float32)


def spec(discrete: bool) -> Spec:
    seen = gymnasium.spaces.Box(-1, 1, (2,), np.float32)
    act: Any = gymnasium.spaces.Discrete(3) if discrete else gymnasium.spaces.Box(-2, 4, (1,), np.float32)
    return Spec(seen, act, 10, 0.9, 0.1, 1, frozenset())


@dataclass(frozen=True)
class Sure:
    """A member that gives every state its row of these probabilities, or of actions."""

    rows: Any
    std: Any = None
    low: Any = None
    high: Any = None
    observation_shape: tuple[int, ...] = (2,)

    def probabilities(self, observations: Array) -> Array:
        return np.array(self.rows)

    def predict(self, observations: Array, deterministic: bool = False) -> Any:
        return np.array(self.rows, np.float32), None


def committee(*rows: Any, discrete: bool = True) -> Committee:
    low, high, std = (None if discrete else np.array([x], np.float32) for x in (-2.0, 4.0, 0.5))
    return Committee(tuple(Sure(one, std, low, high) for one in rows), discrete)


UNLIKE = committee([[0.8, 0.1, 0.1], [0.2, 0.4, 0.4]], [[0.6, 0.3, 0.1], [0.2, 0.4, 0.4]])
APART = committee([[1.0], [4.0]], [[3.0], [4.0]], discrete=False)


def segments(actions: Any, observations: Any = None) -> Segments:
    actions = np.array(actions)
    n, length = actions.shape[:2]
    seen = np.zeros((n, length + 1, 2)) if observations is None else observations
    return Segments(seen, actions, np.stack([np.arange(n), np.zeros(n, int)], axis=1), "lived")


# ---- action-advice


def test_importance_is_the_range_of_what_the_advice_says_of_q() -> None:
    """Mean policies (0.7, 0.2, 0.1) and (0.2, 0.4, 0.4): log 7 and log 2."""
    np.testing.assert_allclose(importance(UNLIKE, STATES), [log(7), log(2)], rtol=1e-12)


def test_importance_of_a_gaussian_is_that_of_the_farthest_bound() -> None:
    """In [-2, 4], sigma 0.5: mean 2 lies 4 from -2, 4^2 / (2 * 0.25) = 32; mean 4 lies 6 from it, 36 / 0.5 = 72."""
    np.testing.assert_allclose(importance(APART, STATES), [32, 72], rtol=1e-6)


def test_the_rules_pick_different_environments() -> None:
    """Doubt is 0.3 in the first state and 0.6 in the second; importance is the other way round."""
    doubt = UNLIKE.consult(STATES)[1]
    np.testing.assert_allclose(doubt, [0.3, 0.6])
    picks = {rule: ActionAdvice(rule=rule, asking=1).picked(UNLIKE, STATES, doubt).tolist() for rule in get_args(Rule)}
    assert picks == {"uncertainty": [1], "early": [0, 1], "importance": [0], "mistake-correcting": [0]}


def test_an_action_is_judged_at_the_place_where_it_is_done() -> None:
    here = Segments(np.ones((1, 1, 2)), np.empty((1, 0), int), np.array([[2, 7]]), "lived")
    done = acted(here, np.array([0, 1, 2]))
    assert done.length == 1
    assert done.actions.tolist() == [[2]]
    assert done.places.tolist() == [[2, 7]]


def asked(rule: str, task: str, **more: Any) -> dict[str, Any]:
    """What comes of one person's minute with a rule: the questions asked, and the steps taken."""
    registry = load()
    settings = {**defaults("action-advice", ActionAdvice), "rule": rule, "updates": 5, **more}
    person = asdict(registry.oracle("typical"))
    record = play(Trial(task, "typical", "action-advice", 1000, 4_000, 60.0, settings, person, envs=8), QUICK).record
    assert record.status == "ok", record.error
    return {kind: tally["asked"] for kind, tally in record.feedback.items()} | {"steps": record.spent["env_steps"]}


def test_early_advice_is_spent_in_the_first_steps() -> None:
    """60 s buy 30 pieces of advice at 2 s: 8 in each of three steps, and the 6 left in the fourth."""
    assert asked("early", "pendulum") == {"advise": 30, "steps": 4 * 8}


@pytest.mark.parametrize("task", ["cartpole", "pendulum"])
def test_mistakes_are_judged_and_then_corrected(task: str) -> None:
    heard = asked("mistake-correcting", task, asking=3)
    assert heard["judge"] > heard["advise"] > 0


# ---- thrifty-dagger


def test_novelty_is_the_variance_over_the_members() -> None:
    """(0.8, 0.6), (0.1, 0.3), (0.1, 0.1): variances 0.01, 0.01, 0; continuous, of 1 and 3: 1."""
    np.testing.assert_allclose(novelty(UNLIKE, STATES), [0.02 / 3, 0], atol=1e-12)
    np.testing.assert_allclose(novelty(APART, STATES), [1, 0])


def test_discrepancy_is_from_the_mean_policy() -> None:
    np.testing.assert_allclose(discrepancy(spec(True), UNLIKE, STATES, np.array([0, 1])), [0.3, 0.6])
    np.testing.assert_allclose(discrepancy(spec(False), APART, STATES, np.array([[0.5], [4.0]])), [1.5**2, 0])


def test_gates_open_in_the_declared_share_of_what_was_met() -> None:
    """Of 0, 1, ..., 100 the upper tenth lies above 90."""
    met = np.arange(101.0)
    gates = Gates.of(met, met / 100, np.array([1.0, 2.0, 6.0]), 0.1)
    assert (gates.novelty, gates.risk, gates.discrepancy, gates.safe) == pytest.approx((90.0, 0.9, 3.0, 0.5))
    assert gates.opened(met, np.zeros(101)).sum() == gates.opened(np.zeros(101), met / 100).sum() == 11  # 90 to 100
    assert not Gates.of(met, met, met, 0.0).opened(met, met).any()


def test_gates_open_for_a_novice_who_meets_the_same_few_states_again_and_again() -> None:
    met = np.repeat([0.2, 0.7], 50)
    assert (Gates.of(met, np.zeros(100), met, 0.05).opened(met, np.full(100, -1.0)) == (met == 0.7)).all()


def test_the_slope_of_q_is_that_of_the_squared_error() -> None:
    """One step of Adam moves every parameter by the learning rate against its slope, here found by differences."""
    success = Success(spec(True), (4,), 1e-3, np.random.default_rng(0))
    x = columns(np.random.default_rng(1).normal(size=(6, 5)).astype(np.float32))
    y = np.array([0.0, 1.0, 0.2, 0.9, 0.5, 0.3])

    def loss() -> float:
        return float(np.mean((1 / (1 + np.exp(-success.net.forward(x)[0].astype(float))) - y) ** 2))

    theta = success.net.theta
    slopes = np.empty(len(theta))
    for i, before in enumerate(theta.copy()):
        theta[i] = before + 1e-2
        up = loss()
        theta[i] = before - 1e-2
        slopes[i] = (up - loss()) / 2e-2
        theta[i] = before
    before = theta.copy()
    success.step(x, y)
    clear = np.abs(slopes) > 1e-3
    assert clear.sum() > 10
    np.testing.assert_allclose((before - theta)[clear], 1e-3 * np.sign(slopes[clear]), rtol=1e-2)


@pytest.mark.parametrize("rating", [0.2, 0.9])
def test_q_of_steady_ratings_is_the_rating(rating: float) -> None:
    """q = (1 - gamma) g + gamma q has the solution g: a discounted mean, not a sum."""
    success = Success(spec(True), (8,), 1e-2, np.random.default_rng(0))
    rated = [(segments([[0, 1, 2]] * 2), np.full(2, rating))]
    always_first = committee([[1.0, 0.0, 0.0]] * 6)
    success.follow(rated, always_first, 0.5, np.random.default_rng(0), 800, 6)
    np.testing.assert_allclose(success.of(STATES, np.array([0, 1])), rating, atol=0.03)


# ---- human-gated


def test_a_clip_that_came_back_as_it_was_is_no_take_over() -> None:
    shown, played = segments([[0, 1], [0, 1], [2, 2]]), segments([[0, 1], [0, 2], [1, 2]])
    assert took_over(shown, played).tolist() == [False, True, True]
    shown, played = segments([[[0.5]], [[0.5]]]), segments([[[0.5]], [[0.6]]])
    assert took_over(shown, played).tolist() == [False, True]


def test_the_doubt_threshold_is_the_mean_of_the_last_quarter() -> None:
    assert doubt_threshold([9, 9, 9, 9, 9, 9, 2, 4]) == 3
    assert doubt_threshold([5]) == 5


# ---- corrections


def test_a_correction_is_preferred_to_what_it_corrects() -> None:
    data = preferences_of([[0, 1], [2, 2]], [[0, 1], [2, 0]])
    assert data.answers.tolist() == [1.0]  # the first segment was left as it was
    one_hot = data.features[0, :, :, 2:].argmax(axis=2)
    assert one_hot.tolist() == [[2, 0], [2, 2]]  # left the corrected one, right the learner's own


def preferences_of(shown: Any, played: Any) -> Any:
    class Session:
        spec = spec(True)

    return preferences(Session(), segments(shown), segments(played))  # type: ignore[arg-type]


# ---- takeover


def test_a_person_with_two_keys_says_left_right_or_nothing() -> None:
    """In [-2, 4] half of the range is 3, and a dead band of 0.1 of it 0.3."""
    actions, better = np.array([[1.0], [1.0], [1.0]]), np.array([[0.0], [1.2], [4.0]])
    assert side(spec(False), actions, better, 0.1).tolist() == [[-1], [0], [1]]


def test_a_correction_moves_the_action_within_its_box() -> None:
    """a + 3 * length * h: 1 - 1.5, 1 + 0, and 3.5 + 1.5 cut at 4."""
    h, lengths = np.array([[-1.0], [0.0], [1.0]]), np.full((3, 1), 0.5)
    moved = corrected(spec(False), np.array([[1.0], [1.0], [3.5]]), h, lengths)
    assert moved.tolist() == [[-0.5], [1.0], [4.0]]


def test_steps_are_long_where_corrections_agree_and_short_where_they_do_not() -> None:
    """H is 1 where the person always says right, 0 where they say both: |H| + 0.25, at most 1."""
    trend = Trend(spec(False), (16,), 1e-2, np.random.default_rng(0))
    states = np.array([[1.0, 0.0], [1.0, 0.0], [-1.0, 0.0], [-1.0, 0.0]])
    sides = np.array([[1.0], [1.0], [1.0], [-1.0]])
    trend.follow(states, sides, np.tile(np.arange(4), (600, 1)))
    np.testing.assert_allclose(trend.of(states[[0, 2]]), [[1], [0]], atol=0.02)
    lengths = Takeover(floor=0.25).strength(trend, states[[0, 2]])
    np.testing.assert_allclose(lengths, [[1], [0.25]], atol=0.02)
