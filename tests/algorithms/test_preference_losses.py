"""The direct methods' losses: numbers worked by hand, torch's gradients and finite differences."""

from __future__ import annotations

from functools import partial
from math import exp, log
from typing import Any

import numpy as np
import pytest
import torch

from algorithms._blocks.preference_losses import both_orders, cdpo, contrastive, dpo, hinge, ipo, kto, robust
from algorithms.direct.cpl import Cpl
from algorithms.direct.dppo import Dppo, from_density
from algorithms.direct.ipo import Ipo
from algorithms.direct.kto import Kto
from algorithms.direct.sft import Sft


def sigmoid(x: float) -> float:
    return 1 / (1 + exp(-x))


def log_sigmoid(x: torch.Tensor) -> torch.Tensor:
    return torch.nn.functional.logsigmoid(x)


BY_TORCH: dict[str, tuple[Any, Any]] = {
    "contrastive": (
        partial(contrastive, alpha=0.1, bias=0.5),
        lambda b, w: -log_sigmoid(0.1 * (b - 0.5 * w)),
    ),
    "dpo": (partial(dpo, beta=0.3), lambda b, w: -log_sigmoid(0.3 * (b - w))),
    "cdpo": (
        partial(cdpo, beta=0.3, flipped=0.2),
        lambda b, w: -0.8 * log_sigmoid(0.3 * (b - w)) - 0.2 * log_sigmoid(0.3 * (w - b)),
    ),
    "robust": (
        partial(robust, beta=0.3, flipped=0.2),
        lambda b, w: (-0.8 * log_sigmoid(0.3 * (b - w)) + 0.2 * log_sigmoid(0.3 * (w - b))) / 0.6,
    ),
    "ipo": (partial(ipo, beta=0.3), lambda b, w: (b - w - 1 / 0.6) ** 2),
    "hinge": (partial(hinge, beta=0.3), lambda b, w: torch.relu(1 - 0.3 * (b - w))),
}

# With h = 2 - (-1) = 3 and beta = 0.5, so beta h = 1.5: -log sigmoid(1.5) = 0.201413, -log sigmoid(-1.5) = 1.701413.
BY_HAND = [
    (partial(dpo, beta=0.5), 0.201413),
    (partial(contrastive, alpha=0.5, bias=0.5), 0.251929),  # -log sigmoid(0.5 (2 + 0.5)) = log(1 + e^-1.25)
    (partial(cdpo, beta=0.5, flipped=0.1), 0.9 * 0.201413 + 0.1 * 1.701413),
    (partial(robust, beta=0.5, flipped=0.1), (0.9 * 0.201413 - 0.1 * 1.701413) / 0.8),
    (partial(ipo, beta=0.5), 4.0),  # (3 - 1)^2
    (partial(hinge, beta=0.5), 0.0),
    (partial(hinge, beta=0.1), 0.7),
]


@pytest.mark.parametrize(("loss", "expected"), BY_HAND)
def test_a_pair_by_hand(loss: Any, expected: float) -> None:
    assert loss(np.array([2.0]), np.array([-1.0]))[0] == pytest.approx([expected], abs=1e-6)


@pytest.mark.parametrize("name", BY_TORCH)
def test_a_pairs_gradient_is_torchs_and_that_of_finite_differences(name: str) -> None:
    ours, theirs = BY_TORCH[name]
    scores = np.random.default_rng(3).normal(scale=4, size=(2, 20))
    value, d_better, d_worse = ours(*scores)
    better, worse = (torch.tensor(row, requires_grad=True) for row in scores)
    loss = theirs(better, worse)
    loss.sum().backward()
    np.testing.assert_allclose(value, loss.detach(), rtol=1e-6, atol=1e-12)
    np.testing.assert_allclose(d_better, better.grad, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(d_worse, worse.grad, rtol=1e-6, atol=1e-9)
    h = 1e-6
    rise = (ours(scores[0] + h, scores[1])[0] - ours(scores[0] - h, scores[1])[0]) / (2 * h)
    np.testing.assert_allclose(d_better, rise, atol=1e-6)


def test_losses_of_extreme_scores_are_finite() -> None:
    for name, (loss, _) in BY_TORCH.items():
        assert all(np.isfinite(part).all() for part in loss(np.array([1e4, -1e4]), np.array([-1e4, 1e4]))), name


def test_an_answer_between_counts_for_both_orders() -> None:
    scores = np.array([[0.3, -0.2]] * 3)
    for answer, expected in [
        (1.0, -log(sigmoid(0.3 + 0.5 * 0.2))),
        (0.0, -log(sigmoid(-0.2 - 0.5 * 0.3))),
        (0.5, -0.5 * log(sigmoid(0.4)) - 0.5 * log(sigmoid(-0.35))),
    ]:
        loss, gradient = both_orders(partial(contrastive, alpha=1.0, bias=0.5), scores, np.full(3, answer))
        assert loss == pytest.approx(expected, rel=1e-6)
        assert gradient.shape == (3, 2)


def test_robust_dpo_of_flipped_answers_is_dpo_of_right_ones() -> None:
    better, worse = np.array([1.3]), np.array([-0.4])
    right, wrong = robust(better, worse, 0.5, 0.1)[0], robust(worse, better, 0.5, 0.1)[0]
    assert 0.9 * right + 0.1 * wrong == pytest.approx(dpo(better, worse, 0.5)[0])


def test_kto_by_hand() -> None:
    # z = 1: sigmoid(0.5 (3 - 1)) = 0.731059; sigmoid(0.5 (-1 - 1)) = 0.268941
    loss, gradient = kto(np.array([3.0, -1.0]), np.array([1.0, 0.0]), 0.5, 1.0)
    assert loss == pytest.approx(0.268941, rel=1e-5)
    slope = 0.5 * 0.731059 * 0.268941 / 2
    assert gradient == pytest.approx([-slope, slope], rel=1e-5)
    assert kto(np.array([0.0]), np.array([1.0]), 0.5, -7.0)[0] == pytest.approx(0.5)  # z is never negative


ALGORITHMS = [Cpl(), Ipo(), Sft(), Kto(), Dppo()]


@pytest.mark.parametrize("algorithm", ALGORITHMS, ids=lambda algorithm: algorithm.card.name)
def test_the_gradient_in_each_log_probability_is_that_of_finite_differences(algorithm: Any) -> None:
    rng = np.random.default_rng(5)
    log_pi, log_ref = -rng.uniform(0.1, 3, (2, 4, algorithm.sides, 3))
    answers = np.array([1.0, 0.0, 0.5, 1.0])
    if isinstance(algorithm, Kto):  # whose z has no gradient: here it is 0 and stays so
        log_pi -= 3
    _, gradient = algorithm.loss(log_pi, log_ref, answers)
    gradient, h = np.broadcast_to(gradient, log_pi.shape), 1e-6
    for place in np.ndindex(*log_pi.shape):
        up, down = log_pi.copy(), log_pi.copy()
        up[place] += h
        down[place] -= h
        rise = (algorithm.loss(up, log_ref, answers)[0] - algorithm.loss(down, log_ref, answers)[0]) / (2 * h)
        assert gradient[place] == pytest.approx(rise, abs=1e-6)


def test_dppos_distance_is_read_off_the_density() -> None:
    normal = torch.distributions.Normal(torch.tensor(0.4, dtype=torch.float64), 0.5)
    action = torch.tensor([1.0, -0.2], dtype=torch.float64)
    far, slope = from_density(normal.log_prob(action).numpy(), float(normal.log_prob(normal.mean)), 0.5)
    np.testing.assert_allclose(far, [0.6, 0.6], rtol=1e-6)
    np.testing.assert_allclose(slope, -0.25 / 0.6, rtol=1e-6)  # far^2 = 2 std^2 (peak - log pi)


def test_sft_imitates_the_better_segment_only() -> None:
    logs = np.array([[[-1.0, -3.0], [-10.0, -20.0]]])
    for answer, expected in [(1.0, 2.0), (0.0, 15.0), (0.5, 8.5)]:
        assert Sft().loss(logs, logs, np.array([answer]))[0] == pytest.approx(expected)
