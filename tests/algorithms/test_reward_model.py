"""The learned reward: its losses held to numbers worked by hand and to imitation's, its gradients to torch's."""

from __future__ import annotations

from math import exp, log
from typing import Any

import gymnasium
import numpy as np
import pytest
import torch

from algorithms._blocks.features import inputs
from algorithms._blocks.reference_reward import ReferenceEnsemble, dataset_of
from algorithms._blocks.reward_losses import BradleyTerry, cross_entropy, squared_error
from algorithms._blocks.reward_model import Answered, Comparisons, Judgements, Ratings, RewardEnsemble
from benchmarks.api import Spec


def spec() -> Spec:
    seen, act = gymnasium.spaces.Box(-1, 1, (2,), np.float32), gymnasium.spaces.Box(-2, 4, (1,), np.float32)
    return Spec(seen, act, 10, 0.9, 0.1, 1, frozenset())


def ensemble(members: int = 2, noise: float = 0.0, hidden: tuple[int, ...] = (8,), **more: Any) -> RewardEnsemble:
    return RewardEnsemble(spec(), members, hidden, 1e-2, noise, seed=3, **more)


def compared(n: int = 6, length: int = 5) -> Comparisons:
    rng = np.random.default_rng(0)
    return Comparisons(rng.normal(size=(n, 2, length, 3)).astype(np.float32), rng.random(n).astype(np.float32))


def with_ones(data: Answered, members: int) -> tuple[Any, Any]:
    """The whole of the data as one minibatch of every member."""
    features = np.concatenate([data.features, np.ones((*data.features.shape[:-1], 1), np.float32)], axis=-1)
    return np.stack([features] * members), np.stack([np.asarray(data.answers, np.float32)] * members)


# ---- losses


def test_bradley_terry_by_hand() -> None:
    rewards = np.array([[[1.0, 2.0], [0.5, 1.0]]])  # R(left) = 3, R(right) = 1.5; with γ = 1/2: 2 and 1
    for loss, difference in ((BradleyTerry(), 1.5), (BradleyTerry(discount=0.5), 1.0)):
        s = 1 / (1 + exp(-difference))
        losses, slopes = loss(rewards, np.array([0.25]))
        assert losses[0] == pytest.approx(-0.25 * log(s) - 0.75 * log(1 - s))
        weights = np.array([1.0, loss.discount])
        np.testing.assert_allclose(slopes[0], [(s - 0.25) * weights, -(s - 0.25) * weights])


def test_a_share_of_blind_answers_by_hand() -> None:
    rewards = np.array([[[1.0], [0.0]]])
    s = 1 / (1 + exp(-1.0))
    p = 0.1 + 0.8 * s
    losses, slopes = BradleyTerry(noise=0.2)(rewards, np.array([1.0]))
    assert losses[0] == pytest.approx(-log(p))
    assert slopes[0, 0, 0] == pytest.approx(-0.8 * s * (1 - s) / p)


def test_differences_are_clipped_and_then_push_no_further() -> None:
    losses, slopes = BradleyTerry(threshold=2.0)(np.array([[[3.0], [0.0]]]), np.array([0.0]))
    assert losses[0] == pytest.approx(log(1 + exp(2.0)))
    assert not slopes.any()


def test_certainty_against_the_answer_costs_its_distance() -> None:
    losses, slopes = BradleyTerry()(np.array([[[40.0], [0.0]]], np.float32), np.array([0.0], np.float32))
    assert losses[0] == pytest.approx(40.0)
    assert slopes[0, 0, 0] == pytest.approx(1.0)


def test_squared_error_by_hand() -> None:
    losses, slopes = squared_error(np.array([[1.0, 3.0, 5.0]]), np.array([2.0]))
    assert losses.tolist() == [1.0]  # (3 - 2)^2
    np.testing.assert_allclose(slopes, [[2 / 3, 2 / 3, 2 / 3]])


def test_cross_entropy_by_hand() -> None:
    losses, slopes = cross_entropy(np.array([log(3.0), -800.0]), np.array([1.0, 1.0]))
    np.testing.assert_allclose(losses, [log(4 / 3), 800.0])
    np.testing.assert_allclose(slopes, [-0.25, -1.0])


# ---- against imitation and torch


def told(model: RewardEnsemble, net: Any) -> None:
    """Give imitation's network the parameters of our first member."""
    linear = [part for part in net.mlp if isinstance(part, torch.nn.Linear)]
    for theirs, ours in zip(linear, model.layers, strict=True):
        theirs.weight.data[...] = torch.as_tensor(ours[0, :, :-1])
        theirs.bias.data[...] = torch.as_tensor(ours[0, :, -1])


@pytest.mark.parametrize(("noise", "discount"), [(0.0, 1.0), (0.1, 1.0), (0.2, 0.8)])
def test_loss_and_gradient_are_imitations(noise: float, discount: float) -> None:
    from imitation.algorithms.preference_comparisons import CrossEntropyRewardLoss, PreferenceModel

    model, data = ensemble(1, noise, (8, 8), discount=discount), compared()
    net = ReferenceEnsemble(spec(), 1, (8, 8)).net
    told(model, net)
    theirs = PreferenceModel(net, noise_prob=noise, discount_factor=discount)
    pairs = [pair for pair, _ in dataset_of(data)]
    expected = CrossEntropyRewardLoss()(pairs, data.answers, theirs).loss
    expected.backward()
    loss = model.gradient(*with_ones(data, 1), model.preference)
    assert loss == pytest.approx(expected.item(), rel=1e-5)
    linear = [part for part in net.mlp if isinstance(part, torch.nn.Linear)]
    for ours, layer in zip(model.gradients, linear, strict=True):
        np.testing.assert_allclose(ours[0, :, :-1], layer.weight.grad, rtol=1e-4, atol=1e-6)
        np.testing.assert_allclose(ours[0, :, -1], layer.bias.grad, rtol=1e-4, atol=1e-6)


def rated() -> Ratings:
    rng = np.random.default_rng(1)
    return Ratings(rng.normal(size=(7, 4, 3)).astype(np.float32), rng.random(7))


def judged() -> Judgements:
    rng = np.random.default_rng(2)
    return Judgements(rng.normal(size=(9, 3)).astype(np.float32), np.arange(9) % 2)


@pytest.mark.parametrize("data", [compared(), rated(), judged()], ids=lambda data: type(data).__name__)
@pytest.mark.parametrize("hidden", [(), (8,), (8, 4)])
def test_every_members_gradient_is_the_slope_of_its_loss(data: Answered, hidden: tuple[int, ...]) -> None:
    model = ensemble(2, 0.1, hidden)
    loss = model.preference if isinstance(data, Comparisons) else data.loss
    batch = with_ones(data, 2)
    model.gradient(*batch, loss)
    gradients = [gradient.copy() for gradient in model.gradients]
    for layer, gradient in zip(model.layers, gradients, strict=True):
        for place in [(0, 0, 0), (1, 0, layer.shape[2] - 1), (1, layer.shape[1] - 1, 1)]:
            value, step = layer[place], 1e-2
            layer[place] = value + step
            above = model.gradient(*batch, loss)
            layer[place] = value - step
            below = model.gradient(*batch, loss)
            layer[place] = value
            slope = (above - below) / (2 * step) * model.members  # of the member's own mean loss
            assert gradient[place] == pytest.approx(slope, rel=0.05, abs=2e-3)


def test_a_gradient_in_chunks_is_the_whole_one() -> None:
    data, model = compared(n=301, length=3), ensemble()
    whole = model.gradient(*with_ones(data, 2), model.preference)
    gradients = [gradient.copy() for gradient in model.gradients]
    halves = [Comparisons(data.features[part], data.answers[part]) for part in (slice(150), slice(150, 301))]
    total = [np.zeros_like(gradient) for gradient in gradients]
    losses = 0.0
    for half in halves:
        losses += model.gradient(*with_ones(half, 2), model.preference) * len(half) / len(data)
        for sum_, gradient in zip(total, model.gradients, strict=True):
            sum_ += gradient * len(half) / len(data)
    assert whole == pytest.approx(losses, rel=1e-5)
    for one, other in zip(gradients, total, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-5)


# ---- the ensemble


@pytest.mark.parametrize("rows", [1, 64, 65, 1700])
def test_each_member_is_a_plain_network(rows: int) -> None:
    model = ensemble()
    x = np.random.default_rng(0).normal(size=(rows, 3)).astype(np.float32)
    for i in range(2):
        first, last = (layer[i] for layer in model.layers)
        by_hand = np.maximum(x @ first[:, :-1].T + first[:, -1], 0) @ last[:, :-1].T + last[:, -1]
        np.testing.assert_allclose(model.each(x)[i], by_hand[:, 0], rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(model.returns(x[:, None]), model.each(x), rtol=1e-5)


@pytest.mark.parametrize("make", [RewardEnsemble, ReferenceEnsemble])
@pytest.mark.parametrize("members", [1, 3])
def test_the_learned_reward_orders_segments_as_the_answers_do(make: Any, members: int) -> None:
    torch.manual_seed(0)
    model, rng = make(spec(), members, (8,), 1e-2, 0.0, seed=3), np.random.default_rng(1)
    features = rng.normal(size=(100, 2, 5, 3)).astype(np.float32)
    returns = (features @ np.array([1.0, -2.0, 0.5])).sum(axis=2)
    first = model.fit(Comparisons(features, (returns[:, 0] > returns[:, 1]).astype(float)), batches=3, size=32)
    last = model.fit(Comparisons(features, (returns[:, 0] > returns[:, 1]).astype(float)), batches=60, size=32)
    assert last < first
    fresh = rng.normal(size=(500, 5, 3)).astype(np.float32)
    truth = (fresh @ np.array([1.0, -2.0, 0.5])).sum(axis=1)
    assert np.corrcoef(model.returns(fresh).mean(axis=0), truth)[0, 1] > 0.9


def test_ratings_and_judgements_are_learned() -> None:
    rng = np.random.default_rng(1)
    features = rng.normal(size=(300, 5, 3)).astype(np.float32)
    truth = features @ np.array([1.0, -2.0, 0.5])
    model = ensemble(3)
    model.fit(Ratings(features, truth.mean(axis=1)), batches=300, size=32)
    assert np.corrcoef(model.returns(features).mean(axis=0), truth.sum(axis=1))[0, 1] > 0.95
    model, steps = ensemble(3), features[:, 0]
    model.fit(Judgements(steps, (truth[:, 0] > 0).astype(float)), batches=300, size=32)
    assert ((model.each(steps).mean(axis=0) > 0) == (truth[:, 0] > 0)).mean() > 0.95


def test_standardised_rewards_have_mean_0_and_deviation_1() -> None:
    model, rng = ensemble(), np.random.default_rng(0)
    seen, done = rng.normal(size=(400, 2)).astype(np.float32), rng.uniform(-2, 4, size=(400, 1))
    model.standardise(inputs(spec(), seen, done))
    rewards = model.reward(seen, done)
    assert rewards.mean() == pytest.approx(0, abs=1e-5)
    assert rewards.std() == pytest.approx(1, abs=1e-5)


def test_imitation_learns_from_comparisons_only() -> None:
    with pytest.raises(ValueError, match="comparisons only"):
        ReferenceEnsemble(spec(), 1).fit(rated(), 1, 4)
