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
from algorithms._blocks.reward_model import Comparisons, RewardEnsemble
from algorithms._blocks.selection import select
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


# ---- comparisons


def ensemble(members: int = 2, noise: float = 0.0) -> RewardEnsemble:
    return RewardEnsemble(spec(False), members, (8,), 1e-2, noise, seed=3)


@pytest.mark.parametrize("noise", [0.0, 0.1])
def test_bradley_terry_loss_is_imitations(noise: float) -> None:
    from imitation.algorithms.preference_comparisons import PreferenceModel
    from imitation.rewards.reward_nets import BasicRewardNet

    model = ensemble(1, noise)
    rng = np.random.default_rng(0)
    features = rng.normal(size=(6, 2, 5, 3)).astype(np.float32)
    answers = rng.random(6).astype(np.float32)
    net = BasicRewardNet(spec(False).observation_space, spec(False).action_space)
    theirs = PreferenceModel(net, noise_prob=noise, discount_factor=1.0, threshold=50)
    rewards = torch.as_tensor(np.stack([model.each(pair.reshape(10, 3))[0].reshape(2, 5) for pair in features]))
    probability = torch.stack([theirs.probability(pair[0], pair[1]) for pair in rewards])
    expected = torch.nn.functional.binary_cross_entropy(probability, torch.as_tensor(answers))
    ours = model.losses(torch.as_tensor(features)[None], torch.as_tensor(answers)[None]).mean()
    assert float(ours.detach()) == pytest.approx(float(expected), rel=1e-5)


def test_each_member_is_a_plain_network() -> None:
    model = ensemble()
    x = np.array([[0.1, -0.2, 0.3], [1.0, 0.0, -1.0]], dtype=np.float32)
    for i in range(2):
        (w1, b1), (w2, b2) = ((weight[i].detach().numpy(), bias[i].detach().numpy()) for weight, bias in model.layers)
        by_hand = np.maximum(x @ w1 + b1, 0) @ w2 + b2
        np.testing.assert_allclose(model.each(x)[i], by_hand[:, 0], rtol=1e-5)
    batched = model._forward(torch.as_tensor(x)[None].expand(2, -1, -1)).detach()
    np.testing.assert_allclose(batched, model.each(x), rtol=1e-5)


def test_the_learned_reward_orders_segments_as_the_answers_do() -> None:
    model, rng = ensemble(3), np.random.default_rng(1)
    features = rng.normal(size=(300, 2, 5, 3)).astype(np.float32)
    returns = (features @ np.array([1.0, -2.0, 0.5])).sum(axis=2)
    answers = (returns[:, 0] > returns[:, 1]).astype(float)
    model.fit(Comparisons(features, answers), batches=300, size=32)
    fresh = rng.normal(size=(500, 5, 3)).astype(np.float32)
    truth = (fresh @ np.array([1.0, -2.0, 0.5])).sum(axis=1)
    assert np.corrcoef(model.returns(fresh).mean(axis=0), truth)[0, 1] > 0.95


def test_standardised_rewards_have_mean_0_and_deviation_1() -> None:
    model, rng = ensemble(), np.random.default_rng(0)
    seen, done = rng.normal(size=(400, 2)).astype(np.float32), rng.uniform(-2, 4, size=(400, 1))
    model.standardise(inputs(spec(False), seen, done))
    rewards = model.reward(seen, done)
    assert rewards.mean() == pytest.approx(0, abs=1e-5)
    assert rewards.std() == pytest.approx(1, abs=1e-5)


@dataclass
class Told:
    """An ensemble whose members' opinions of the left segments are given; the right ones are worth 0."""

    opinions: Any

    def returns(self, features: Any) -> Any:
        opinions = np.asarray(self.opinions, dtype=float)
        return opinions if features.sum() else np.zeros_like(opinions)


@pytest.mark.parametrize(
    ("rule", "best"),
    [("uniform", 0), ("disagreement", 2), ("entropy", 1)],
)
def test_selection(rule: str, best: int) -> None:
    # pair 0: both sure and agreed; pair 1: both at 0.5; pair 2: sure, and opposed.
    told: Any = Told([[4.0, 0.0, 5.0], [4.0, 0.1, -2.0]])
    left, right = np.ones((3, 1, 1)), np.zeros((3, 1, 1))
    assert select(rule, told, left, right, 1).tolist() == [best]


def test_an_unknown_rule_is_named() -> None:
    with pytest.raises(ValueError, match="'random'"):
        select("random", Told([[0.0], [0.0]]), np.ones((1, 1, 1)), np.zeros((1, 1, 1)), 1)  # type: ignore[arg-type]


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
    belief.directions, belief.log_beta = np.array([[0.6, 0.8]]), np.array([log(2.0)])
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


def test_information_is_nothing_where_all_agree_and_one_bit_at_most() -> None:
    belief = WeightBelief(np.ones(2), 500, np.random.default_rng(0))
    same = np.array([[1.0, 2.0]])
    assert belief.information(same, same)[0] == pytest.approx(0, abs=1e-9)
    gain = belief.information(np.array([[50.0, 0.0]]), np.array([[0.0, 50.0]]))[0]
    assert 0.5 < gain <= log(2)
