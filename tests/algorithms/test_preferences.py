"""What learners from preferences make of answers, against hand-worked numbers."""

from __future__ import annotations

import numpy as np
import pytest

from algorithms._blocks.reward_losses import BradleyTerry, plackett_luce
from algorithms.preferences.d_rex import ranked_by_noise
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
