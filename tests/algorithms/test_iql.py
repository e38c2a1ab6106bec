"""Value networks held to torch, IQL's parts to hand-worked numbers, IPL's loss to torch, rounds to what they ask."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import gymnasium
import numpy as np
import pytest
import torch

from algorithms._blocks.iql import Iql, IqlSettings, Steps
from algorithms._blocks.value_nets import ValueNets, columns
from algorithms.direct.ipl import Ipl
from benchmarks.api import Segments, Spec


def spec(discrete: bool = True) -> Spec:
    seen = gymnasium.spaces.Box(-1, 1, (2,), np.float32)
    act: Any = gymnasium.spaces.Discrete(2) if discrete else gymnasium.spaces.Box(-1, 1, (1,), np.float32)
    return Spec(seen, act, 10, 0.5, 0.1, 1, frozenset())


def test_value_networks_and_their_gradient_are_torchs() -> None:
    rng = np.random.default_rng(0)
    nets, rows = ValueNets(2, 3, (7, 5), rng, 1e-3), rng.normal(size=(20, 3)).astype(np.float32)
    layers = [torch.tensor(layer, requires_grad=True) for layer in nets._carve(nets.theta)]
    h: Any = torch.tensor(rows.T).expand(2, 3, 20)
    for i, layer in enumerate(layers):
        h = layer[:, :, :-1] @ h + layer[:, :, -1:]
        h = torch.relu(h) if i < len(layers) - 1 else h
    weights = rng.normal(size=(2, 20)).astype(np.float32)
    (h[:, 0] * torch.tensor(weights)).sum().backward()
    np.testing.assert_allclose(nets.forward(columns(rows)), h[:, 0].detach(), rtol=1e-4, atol=1e-6)
    nets.backward(weights)
    for ours, theirs in zip(nets._carve(nets.gradient), layers, strict=True):
        np.testing.assert_allclose(ours, theirs.grad, rtol=1e-4, atol=1e-5)
    assert max(abs(layer).max() for layer in nets._carve(nets.theta)[:1]) <= 3**-0.5


def bandit(discrete: bool) -> tuple[Any, Segments]:
    """One state, three actions apart: 1 of them done in every third step."""
    rng = np.random.default_rng(1)
    actions = (np.arange(600) % 3 == 0).astype(int)
    if not discrete:
        actions = (actions[:, None] - 0.5).astype(np.float32)
    seen = np.zeros((600, 2, 2), np.float32)
    segments = Segments(seen, actions[:, None], np.zeros((600, 2), int), "logged")
    return SimpleNamespace(spec=spec(discrete), rng=rng), segments


@pytest.mark.parametrize("discrete", [True, False])
def test_iql_finds_values_and_the_better_action(discrete: bool) -> None:
    """Reward 1 for one action and 0 for the other: V is the expectile tau of Q, found by hand for tau = 0.7.

    With gamma = 0.5: Q = r + V / 2, and tau p (V - Q_1) = (1 - tau) (1 - p) (Q_0 - V) gives V = Q_0 + w,
    w = tau p / (tau p + (1 - tau) (1 - p)) = 7 / 13 for p = 1 / 3; so V = 14 / 13.
    """
    session, segments = bandit(discrete)
    settings = IqlSettings(updates=1500, hidden=(16,), learning_rate=5e-3, following=0.05)
    iql = Iql(session, settings)
    steps = Steps(session.spec, [segments], iql.actor)
    good = (segments.actions.reshape(-1) > 0).astype(float)
    assert len(steps) == 600 and iql.train(steps, good) < 0.2
    assert iql.v.forward(steps.s[:, :1])[0, 0] == pytest.approx(14 / 13, abs=0.1)
    two = segments.steps()[1][:2]  # the better one, the other one
    np.testing.assert_allclose(iql.advantage(np.zeros((2, 2)), two), [6 / 13, -7 / 13], atol=0.1)
    chosen, _ = iql.policy().predict(np.zeros((1, 2), np.float32), deterministic=True)
    assert chosen[0] > 0.2


def test_ipls_loss_is_torchs() -> None:
    rng = np.random.default_rng(2)
    rewards, answers = rng.normal(size=(2, 3 * 2 * 4 + 5)), np.array([1.0, 0.0, 0.5])
    loss, gradient = Ipl(regularisation=0.7).graded(rewards, (3, 2, 4), answers)
    r = torch.tensor(rewards, requires_grad=True)
    returns = r[:, :24].reshape(2, 3, 2, 4).sum(dim=3)
    gap, mu = returns[:, :, 0] - returns[:, :, 1], torch.tensor(answers)
    told = torch.nn.functional.binary_cross_entropy_with_logits(gap, mu.expand(2, 3))
    squares = 0.5 * (r[:, :24] ** 2).mean() + 0.5 * (r[:, 24:] ** 2).mean()
    expected = told + 0.7 * squares
    (2 * expected).backward()  # each member has a loss of its own; `told` and `squares` are means over the two
    assert loss == pytest.approx(expected.item())
    np.testing.assert_allclose(gradient, r.grad, rtol=1e-5, atol=1e-7)
