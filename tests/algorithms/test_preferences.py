"""What learners from preferences make of answers, against hand-worked numbers."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from gymnasium import spaces

from algorithms._blocks.asking import Sessions
from algorithms._blocks.comparing import Comparing
from algorithms._blocks.reward_losses import BradleyTerry, plackett_luce
from algorithms._blocks.reward_model import Comparisons
from algorithms.preferences.d_rex import DRex, acted, ranked_by_noise
from algorithms.preferences.t_rex import snippets


def test_plackett_luce_by_hand() -> None:
    # returns (log 2, 0, log 3): 2 of 6, then 1 of 4.
    rewards = np.log([[[2.0, 1.0], [1.0, 1.0], [1.5, 2.0]]])
    losses, _ = plackett_luce(rewards, np.ones(1))
    assert losses[0] == pytest.approx(-(np.log(2 / 6) + np.log(1 / 4)) / 2)


def test_plackett_luce_of_two_is_bradley_and_terrys() -> None:
    rewards = np.random.default_rng(0).normal(size=(5, 2, 4))
    ours, theirs = plackett_luce(rewards, np.ones(5)), BradleyTerry()(rewards, np.ones(5))
    np.testing.assert_allclose(ours[0], theirs[0])
    np.testing.assert_allclose(ours[1], theirs[1])


def test_the_gradient_of_plackett_luce_is_that_of_its_loss() -> None:
    rng = np.random.default_rng(1)
    rewards, step = rng.normal(size=(2, 4, 3)), 1e-6
    _, slopes = plackett_luce(rewards, np.ones(2))
    for place in [(0, 0, 0), (0, 3, 2), (1, 2, 1)]:
        up, down = rewards.copy(), rewards.copy()
        up[place] += step
        down[place] -= step
        difference = (plackett_luce(up, np.ones(2))[0] - plackett_luce(down, np.ones(2))[0]).sum() / (2 * step)
        assert slopes[place] == pytest.approx(difference, abs=1e-7)


def test_snippets_come_from_two_trajectories_of_a_ranking_the_better_one_left() -> None:
    places = np.array([[2, 0, 1], [0, 1, 2]])
    steps = np.arange(6.0)
    features = np.zeros((2, 3, 6, 2))
    features[..., 0] = places[:, :, None] + 10 * np.arange(2)[:, None, None]  # ten times the ranking, and the place
    features[..., 1] = steps
    drawn = snippets(features, places, 50, 3, np.random.default_rng(0))
    left, right = drawn.features[:, 0], drawn.features[:, 1]
    assert left.shape == (100, 3, 2) and (drawn.answers == 1).all()
    assert (left[:, 0, 0] < right[:, 0, 0]).all()
    assert (left[:, 0, 0] // 10 == right[:, 0, 0] // 10).all()
    assert (np.diff(drawn.features[..., 1], axis=2) == 1).all()
    assert {(a % 10, b % 10) for a, b in zip(left[:, 0, 0], right[:, 0, 0])} == {(0, 1), (0, 2), (1, 2)}


def test_less_noise_is_better_by_a_margin() -> None:
    levels = np.array([0.0, 0.2, 0.6])
    rollouts = np.broadcast_to(levels[:, None, None, None], (3, 5, 2, 1))
    drawn = ranked_by_noise(rollouts, levels, 0.3, 200, np.random.default_rng(0))
    pairs = set(map(tuple, drawn.features[:, :, 0, 0].tolist()))
    assert pairs == {(0.0, 0.6), (0.2, 0.6)} and (drawn.answers == 1).all()


def a_session(step_seconds: float, horizon: int = 100) -> Any:
    spec = SimpleNamespace(
        step_seconds=step_seconds,
        horizon=horizon,
        discrete=True,
        observation_space=spaces.Box(-1, 1, (2,)),
        action_space=spaces.Discrete(3),
    )
    return SimpleNamespace(spec=spec, rng=np.random.default_rng(0))


def test_a_rate_of_noise_is_not_read_from_the_action() -> None:
    session = a_session(0.1)
    assert acted(session.spec) == slice(2, 5)
    model = DRex(members=2).reward_model(session, "reference")
    pairs = session.rng.normal(size=(20, 2, 4, 5)).astype(np.float32)
    pairs[..., acted(session.spec)] = 0.0
    before = model.layers[0].copy()
    model.fit(Comparisons(pairs, np.ones(20)), 10, 8)
    assert (model.layers[0] != before).any()
    seen = session.rng.normal(size=(3, 2))
    np.testing.assert_array_equal(model.reward(seen, np.array([0, 1, 2])), model.reward(seen, np.zeros(3, int)))


def test_a_clip_is_as_long_as_its_steps_its_seconds_and_the_episode_allow() -> None:
    learner = Comparing(length=25, clip=1.25)
    assert learner.shown(a_session(1 / 50)) == 25
    assert learner.shown(a_session(1 / 4)) == 5
    assert learner.shown(a_session(2.0)) == 1
    assert learner.shown(a_session(1 / 50, horizon=20), around=3) == 14


def test_sessions_are_spread_over_the_first_part_of_the_steps_and_all_of_the_persons_time() -> None:
    schedule = Sessions(sessions=4, asking=0.8).schedule()
    np.testing.assert_allclose(schedule, [(0.0, 0.25), (0.2, 0.5), (0.4, 0.75), (0.6, 1.0)])
