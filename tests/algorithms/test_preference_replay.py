"""PEBBLE and its successors: each one's formula on numbers worked by hand."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from gymnasium import spaces

from algorithms._blocks.comparing import part, probability
from algorithms._blocks.novelty import NEAREST, standardised, state_entropy
from algorithms._blocks.reward_model import Comparisons
from algorithms.preferences.rime import Rime, Sieve
from algorithms.preferences.rune import Rune
from algorithms.preferences.surf import cropped, pseudo_labels
from benchmarks.api import Segments


def test_the_entropy_of_a_state_is_the_log_of_the_distance_to_its_kth_neighbour() -> None:
    known = np.array([[0.0, 0.0], [3.0, 4.0], [0.0, 2.0], [0.0, 2.0]])
    np.testing.assert_allclose(state_entropy(known[:1], known, 2), np.log([2.0]))  # the first is itself
    np.testing.assert_allclose(state_entropy(known[:1], known, 4), np.log([5.0]))
    np.testing.assert_allclose(state_entropy(known[2:], known, 2), np.log([NEAREST] * 2))  # two in one place
    np.testing.assert_allclose(state_entropy(known[1:2], known, 2), [0.5 * np.log(3.0**2 + 2.0**2)])
    np.testing.assert_allclose(standardised(np.array([1.0, 3.0])), [-1.0, 1.0])
    np.testing.assert_allclose(standardised(np.full(3, 7.0)), 0.0)


def test_pseudo_labels_go_to_the_sure_pairs_on_either_side() -> None:
    sure, labels = pseudo_labels(np.array([0.995, 0.5, 0.002, 0.985, 0.99]), 0.99)
    assert sure.tolist() == [True, False, True, False, True]
    assert labels.tolist() == [1.0, 0.0, 1.0]


def test_crops_are_as_long_on_both_sides_and_reach_every_length_and_start() -> None:
    steps, crop = 12, 2  # L = 8 and c = 2
    pairs = np.arange(1.0, 2 * steps + 1).reshape(1, 2, steps, 1).repeat(3000, axis=0)
    cut = cropped(pairs, crop, np.random.default_rng(0))[..., 0]
    kept = cut != 0
    lengths = kept.sum(axis=2)
    assert (lengths[:, 0] == lengths[:, 1]).all()
    assert set(lengths[:, 0]) == {6, 7, 8, 9, 10}
    assert (cut[kept] == pairs[..., 0][kept]).all()
    first, last = kept.argmax(axis=2), steps - 1 - kept[:, :, ::-1].argmax(axis=2)
    assert (last - first + 1 == lengths).all()  # in one piece
    assert set(first.ravel()) == set(range(7)) and last.max() == steps - 1
    assert (first[:, 0] != first[:, 1]).any()


def test_runes_bonus_is_the_members_deviation_with_a_falling_weight() -> None:
    learner = Rune(bonus=0.5, decay=0.1)
    assert learner.weight(0) == 0.5 and learner.weight(2) == pytest.approx(0.405)
    each = np.array([[1.0, 2.0], [3.0, 2.0]])
    ensemble: Any = SimpleNamespace(each=lambda features: each, centre=1.0, scale=2.0)
    spec = SimpleNamespace(action_space=spaces.Discrete(2), observation_space=spaces.Box(-1, 1, (3,)), discrete=True)
    session: Any = SimpleNamespace(spec=spec, budget=SimpleNamespace(steps=10), left=SimpleNamespace(steps=8))
    reward = learner.reward(session, ensemble)(np.zeros((2, 3)), np.zeros(2, int))
    np.testing.assert_allclose(reward, [(2.0 + 0.405 * 1.0 - 1.0) / 2.0, 0.5])


def answered(answers: list[float]) -> Comparisons:
    return Comparisons(np.arange(len(answers), dtype=float).reshape(-1, 1, 1, 1), np.array(answers))


def test_rime_trusts_all_at_first_then_what_is_likely_and_turns_what_is_absurd() -> None:
    sieve = Sieve(Rime())
    lower, upper = sieve.bounds()
    assert lower == pytest.approx(8 * np.log(10) + 3.0) and upper == pytest.approx(3 * np.log(10))
    used = sieve.sort(answered([1.0, 0.0, 1.0]), np.array([0.5, 0.2, 0.8]))
    assert used.answers.tolist() == [1.0, 0.0, 1.0]
    divergences = -np.log([0.5, 0.8, 0.8])
    assert sieve.rho == pytest.approx(0.1 * np.log(2))
    mean = 0.1 * divergences.mean()
    assert sieve.variance == pytest.approx(0.9 + 0.1 * ((divergences - mean) ** 2).mean())

    sieve.rho, sieve.variance, sieve.sorted = 1.0, 0.16, 15  # τ_lower = 0 + 1/2 + 2 * 0.4
    assert sieve.bounds()[0] == pytest.approx(1.3)
    probabilities = np.array([0.9, 0.5, np.exp(-1.29), np.exp(-1.31), 0.002, 0.0009])
    used = sieve.sort(answered([1.0] * 6), probabilities)
    assert used.features.ravel().tolist() == [0, 1, 2, 5] and used.answers.tolist() == [1, 1, 1, 0]
    assert sieve.trusted == pytest.approx(0.5) and sieve.turned == pytest.approx(1 / 6)
    assert sieve.rho == pytest.approx(1.0 + 0.1 * 0.29)
    sieve.sorted, sieve.variance = 1000, 0.16
    assert sieve.bounds()[0] == pytest.approx(-np.log(1.029) + 0.5145 + 0.4)  # β is at its least
    sieve.variance = 100.0
    assert sieve.bounds()[0] == pytest.approx(-np.log(1.029) + 0.5145 + 3.0)  # and the spread counts for 3 at most


def test_a_part_of_a_segment_is_a_segment_of_its_own() -> None:
    observations, actions = np.arange(12).reshape(2, 6, 1), np.arange(10).reshape(2, 5)
    whole = Segments(observations, actions, np.array([[0, 7], [3, 40]]), "lived")
    middle = part(whole, slice(1, 4))
    assert middle.length == 3 and middle.places.tolist() == [[0, 8], [3, 41]]
    assert middle.actions.tolist() == [[1, 2, 3], [6, 7, 8]]
    assert middle.observations[:, :, 0].tolist() == [[1, 2, 3, 4], [7, 8, 9, 10]]


def test_the_ensembles_probability_is_the_members_mean() -> None:
    ensemble: Any = SimpleNamespace(returns=lambda features: np.array([[1.0], [-1.0]]) * features[:, 0, 0])
    pairs = np.array([[3.0, 1.0]]).reshape(1, 2, 1, 1)
    assert probability(ensemble, pairs) == pytest.approx(0.5)  # sigmoid(2) and sigmoid(-2)
