"""Which pairs are asked about, on candidates whose best is known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from algorithms._blocks.selection import RULES, disagreement, entropy, information, k_center, select


@dataclass
class Told:
    """An ensemble whose members' opinions [members, m] of the left segments are given; the right ones are worth 0."""

    opinions: Any

    def returns(self, features: Any) -> Any:
        opinions = np.asarray(self.opinions, dtype=float)
        return opinions if features.sum() else np.zeros_like(opinions)


# pair 0: both sure and agreed; pair 1: both at 1/2; pair 2: sure, and opposed; pair 3: half of that.
OPINIONS = [[4.0, 0.0, 5.0, 1.0], [4.0, 0.0, -4.0, -2.0]]


def candidates(values: list[float]) -> tuple[Any, Any]:
    """Pairs of segments of one step and one feature: the values, and zeros."""
    return np.array(values).reshape(-1, 1, 1), np.zeros((len(values), 1, 1))


@pytest.mark.parametrize(
    ("rule", "order"),
    [
        ("uniform", [0, 1]),
        ("disagreement", [2, 3]),
        ("entropy", [1, 2]),
        ("information", [2, 3]),
        ("k-center", [0, 3]),  # at 1, 2, 3, 9
        ("k-center+disagreement", [2, 3]),
        ("k-center+entropy", [1, 3]),
    ],
)
def test_a_rule_on_four_pairs(rule: str, order: list[int]) -> None:
    left, right = candidates([1.0, 2.0, 3.0, 9.0])
    assert select(rule, Told(OPINIONS), left, right, 2).tolist() == order


def test_merits_by_hand() -> None:
    p = np.array([[0.9, 0.5, 0.8], [0.1, 0.5, 0.8]])
    np.testing.assert_allclose(disagreement(p), [0.16, 0, 0], atol=1e-12)
    log2 = np.log(2)
    sure = -0.9 * np.log(0.9) - 0.1 * np.log(0.1)
    some = -0.8 * np.log(0.8) - 0.2 * np.log(0.2)
    np.testing.assert_allclose(entropy(p), [log2, log2, some])
    np.testing.assert_allclose(information(p), [log2 - sure, 0, 0], atol=1e-12)  # blind chance tells nothing


def test_k_center_takes_the_farthest_from_all_that_were_taken() -> None:
    points = np.array([[0.0], [1.0], [10.0], [4.0], [0.0]])
    assert k_center(points, 4).tolist() == [0, 2, 3, 1]
    assert sorted(k_center(np.zeros((3, 2)), 3).tolist()) == [0, 1, 2]  # equal ones too, each once
    assert sorted(k_center(points, 9).tolist()) == [0, 1, 2, 3, 4]


def test_the_mixtures_look_at_the_best_of_the_candidates_only() -> None:
    """Ten pairs; the ensemble disagrees about pairs 0 to 4 only, and 9 is far away."""
    left, right = candidates([*np.linspace(1, 2, 9), 100.0])
    opinions = [[3.0] * 5 + [0.0] * 5, [-3.0] * 5 + [0.0] * 5]
    assert select("k-center+disagreement", Told(opinions), left, right, 1).tolist() == [0]
    assert 9 in select("k-center", Told(opinions), left, right, 2)
    assert 9 not in select("k-center+disagreement", Told(opinions), left[:], right[:], 1)


def test_an_unknown_rule_is_not_taken_for_another() -> None:
    with pytest.raises(KeyError, match="random"):
        select("random", Told([[0.0], [0.0]]), np.ones((1, 1, 1)), np.zeros((1, 1, 1)), 1)


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_picks_different_pairs_as_many_as_asked_for_if_there_are(rule: str) -> None:
    rng = np.random.default_rng(0)
    left, right = rng.normal(size=(2, 30, 4, 3))
    for n, found in ((7, 7), (40, 30)):
        picked = select(rule, Told(rng.normal(size=(3, 30))), left, right, n)
        assert len(set(picked.tolist())) == len(picked) == found
