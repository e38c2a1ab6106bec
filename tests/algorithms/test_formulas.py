"""The learners' formulas, held to numbers worked by hand and to the libraries that have them too."""

from __future__ import annotations

from dataclasses import dataclass
from math import erfc, exp, log, pi
from typing import Any

import gymnasium
import numpy as np
import pytest
import torch

from algorithms._blocks.actor import clipped_log_probabilities
from algorithms._blocks.asking import affordable, due, growing, shares
from algorithms._blocks.committee import Committee
from algorithms._blocks.features import inputs, width_of
from algorithms._blocks.reinforce import Reinforce
from algorithms._blocks.weight_belief import WeightBelief
from benchmarks.api import Budget, Spec


def sigmoid(x: float) -> float:
    return 1 / (1 + exp(-x))


def spec(discrete: bool) -> Spec:
    seen = gymnasium.spaces.Box(-1, 1, (2,), np.float32)
    act: Any = gymnasium.spaces.Discrete(3) if discrete else gymnasium.spaces.Box(-2, 4, (1,), np.float32)
    return Spec(seen, act, 10, 0.9, 0.1, 1, frozenset())


# ---- features


def test_actions_are_one_hot_or_scaled_to_their_box() -> None:
    seen = np.array([[0.5, -1.0], [0.0, 1.0]])
    np.testing.assert_allclose(inputs(spec(True), seen, np.array([2, 0])), [[0.5, -1, 0, 0, 1], [0, 1, 1, 0, 0]])
    np.testing.assert_allclose(inputs(spec(False), seen, np.array([[-2.0], [2.5]])), [[0.5, -1, -1], [0, 1, 0.5]])
    assert (width_of(spec(True)), width_of(spec(False))) == (5, 3)


# ---- selection


# ---- evaluative


def test_reinforce_raises_what_was_praised_and_truncates_importance_weights() -> None:
    """One gradient step on one parameter: logits (theta, 0), so d log pi(0) / d theta = 1 - pi(0)."""

    class Policy:
        def __init__(self) -> None:
            self.theta = torch.zeros(1, requires_grad=True)
            self.optimizer = torch.optim.SGD([self.theta], lr=1.0)

        def parameters(self) -> Any:
            return [self.theta]

        def get_distribution(self, seen: Any) -> Any:
            logits = torch.stack([self.theta.expand(len(seen)), torch.zeros(len(seen))], dim=1)
            return torch.distributions.Categorical(logits=logits)

    learner = Reinforce(updates=1, batch=4, truncation=2.0, entropy=0.0)

    class Fixed:
        def integers(self, n: int, size: int) -> Any:
            return np.arange(n)[:size]

    policy = Policy()
    done, praise = torch.tensor([0, 1]), torch.tensor([1.0, 0.0])
    # The acting policy gave the first action a probability of 0.1, so its weight 5 is truncated to 2.
    acted = torch.log(torch.tensor([0.1, 0.5]))
    columns = [torch.zeros(2, 1), done, praise, acted]
    learner.follow(policy, columns, spec(True).action_space, Fixed())  # type: ignore[arg-type]
    gradient = (2 * 0.5 * (1 - 0.5) + 1 * (-0.5) * (-0.5)) / 2
    assert float(policy.theta.detach()) == pytest.approx(min(gradient, 0.5), rel=1e-5)


def test_an_action_at_a_bound_has_the_probability_of_its_tail() -> None:
    """Box [-2, 4], mu = 3, sigma = 2: P(a >= 4) = Phi(-0.5), P(a <= -2) = Phi(-2.5)."""

    class Gaussian:
        distribution = torch.distributions.Normal(torch.tensor([[3.0]]), torch.tensor([[2.0]]))

    space = spec(False).action_space
    for action, expected in [
        (4.0, log(0.5 * erfc(0.5 / 2**0.5))),
        (-2.0, log(0.5 * erfc(2.5 / 2**0.5))),
        (1.0, -0.5 - log(2.0) - 0.5 * log(2 * pi)),
    ]:
        found = clipped_log_probabilities(Gaussian, torch.tensor([[action]]), space)
        assert float(found[0]) == pytest.approx(expected, rel=1e-5)


# ---- the person's time


@dataclass
class Purse:
    budget: Budget
    left: Budget

    def price(self, one: Any) -> float:
        return 4.0


def test_questions_due() -> None:
    purse: Any = Purse(Budget(0, 100.0), Budget(0, 80.0))
    assert due(purse, 0.5, None) == 7
    assert due(purse, 0.1, None) == 0
    assert due(purse, 1.0, None) == 20
    assert affordable(purse, None, 50) == 20
    assert affordable(purse, None, 3) == 3


def test_shares_end_with_all_of_it() -> None:
    for plan in (shares(8), growing()):
        assert plan == sorted(plan)
        assert plan[-1] == 1.0
    assert shares(4) == [0.25, 0.5, 0.75, 1.0]


# ---- advice


@dataclass
class Member:
    """A stub policy that says the same whatever it sees."""

    says: Any

    def probabilities(self, observations: Any) -> Any:
        return np.repeat([self.says], len(observations), axis=0)

    def predict(self, observations: Any, deterministic: bool = False) -> Any:
        return np.repeat([self.says], len(observations), axis=0), None


def test_a_committee_averages_and_doubts() -> None:
    actions, doubt = Committee((Member([0.9, 0.1]), Member([0.2, 0.8])), discrete=True).consult(np.zeros((1, 2)))
    assert actions.tolist() == [0]
    assert doubt[0] == pytest.approx(0.45)
    actions, doubt = Committee((Member([1.0]), Member([3.0])), discrete=False).consult(np.zeros((1, 2)))
    assert actions.tolist() == [[2.0]]
    assert doubt[0] == pytest.approx(1.0)


# ---- weights over objectives


def test_belief_probability_by_hand() -> None:
    belief = WeightBelief(np.array([1.0, 10.0]), 1, np.random.default_rng(0))
    belief.log_w, belief.log_beta = np.log([[0.6, 0.8]]), np.array([log(2.0)])
    p = belief.probability(np.array([[1.0, 5.0]]), np.array([[0.0, 10.0]]))
    assert float(p[0, 0]) == pytest.approx(sigmoid(2 * (0.6 * 1 - 0.8 * 0.5)))


def test_belief_finds_the_weights() -> None:
    rng = np.random.default_rng(5)
    truth, scale = np.array([0.2, 0.05, 3.0]), np.array([10.0, 20.0, 1.0])
    belief = WeightBelief(scale, 2000, rng)
    assert (belief.directions >= 0).all()
    for _ in range(60):
        left, right = (rng.normal(size=(100, 3)) * scale for _ in range(2))
        best = [int(belief.information(left, right).argmax())]
        belief.update(left[best], right[best], ((left[best] - right[best]) @ truth > 0).astype(float))
    cosine = (belief.mean() * scale) @ (truth * scale)
    cosine /= np.linalg.norm(belief.mean() * scale) * np.linalg.norm(truth * scale)
    assert np.degrees(np.arccos(cosine)) < 5


def test_a_belief_drawn_anew_keeps_its_mean_and_variance() -> None:
    belief = WeightBelief(np.ones(3), 200_000, np.random.default_rng(0))
    belief.log_weight = -((belief.log_beta - 2.0) ** 2) / 2 - (belief.log_w[:, 0] + 1.0) ** 2
    ratio = np.diff(belief.log_w, axis=1)  # what does not change when all weights grow
    before = [(belief.weight @ v, belief.weight @ (v - belief.weight @ v) ** 2) for v in (ratio, belief.log_beta)]
    belief._renew()
    after = [(v.mean(axis=0), v.var(axis=0)) for v in (np.diff(belief.log_w, axis=1), belief.log_beta)]
    assert not belief.log_weight.any()
    for (mean, variance), (mean_after, variance_after) in zip(before, after, strict=True):
        np.testing.assert_allclose(mean_after, mean, atol=0.05)
        np.testing.assert_allclose(variance_after, variance, rtol=0.05)


def test_weights_of_like_size_and_of_very_unlike_are_both_believed_at_first() -> None:
    log_w = WeightBelief(np.ones(2), 20_000, np.random.default_rng(0)).log_w
    apart = np.abs(np.diff(log_w, axis=1))  # sqrt(2) times the deviation, which is below .99 in a third of them
    assert (apart < np.log(2)).mean() > 0.2 and (apart > np.log(100)).mean() > 0.05


def test_information_is_nothing_where_all_agree_and_one_bit_at_most() -> None:
    belief = WeightBelief(np.ones(2), 500, np.random.default_rng(0))
    same = np.array([[1.0, 2.0]])
    assert belief.information(same, same)[0] == pytest.approx(0, abs=1e-6)
    gain = belief.information(np.array([[50.0, 0.0]]), np.array([[0.0, 50.0]]))[0]
    assert 0.5 < gain <= log(2)


def test_information_by_hand() -> None:
    belief = WeightBelief(np.ones(2), 2, np.random.default_rng(0))
    belief.log_w, belief.log_beta = np.log([[0.6, 0.8], [0.8, 0.6]]), np.log([5.0, 10.0])
    belief.log_weight = np.log([0.75, 0.25])
    entropy = lambda p: -p * log(p) - (1 - p) * log(1 - p)  # noqa: E731
    one, other = sigmoid(5 * (0.6 - 0.8)), sigmoid(10 * (0.8 - 0.6))
    by_hand = entropy(0.75 * one + 0.25 * other) - 0.75 * entropy(one) - 0.25 * entropy(other)
    gain = belief.information(np.array([[1.0, 0.0]]), np.array([[0.0, 1.0]]))
    assert gain[0] == pytest.approx(by_hand, abs=1e-6)
