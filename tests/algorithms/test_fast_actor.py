"""The numpy actor, held to torch: log-probabilities, entropies, gradients, steps of Adam, first weights."""

from __future__ import annotations

from math import sqrt
from typing import Any

import gymnasium
import numpy as np
import pytest
import torch

from algorithms._blocks.actor import clipped_log_probabilities
from algorithms._blocks.fast_actor import FastActor, orthogonal
from benchmarks.api import Spec

BOUNDS = {"categorical": "open", "gaussian": "open"}


def spec(discrete: bool) -> Spec:
    seen = gymnasium.spaces.Box(-1, 1, (3,), np.float32)
    act: Any = gymnasium.spaces.Discrete(4) if discrete else gymnasium.spaces.Box(-1, 2, (2,), np.float32)
    return Spec(seen, act, 10, 0.9, 0.1, 1, frozenset())


def made(discrete: bool, hidden: tuple[int, ...], **options: Any) -> tuple[FastActor, Any, np.ndarray, np.ndarray]:
    """An actor, the same policy in stable-baselines3, and 50 observations and actions, some of them at bounds."""
    from stable_baselines3.common.policies import ActorCriticPolicy

    of, rng = spec(discrete), np.random.default_rng(4)
    actor = FastActor(of, hidden, rng, learning_rate=1e-2, log_std=-0.4, **options)
    actor.theta += 0.3 * rng.standard_normal(actor.theta.shape).astype(np.float32)
    arch = {"pi": list(hidden), "vf": []}
    policy = ActorCriticPolicy(of.observation_space, of.action_space, lambda _: 1e-2, net_arch=arch, log_std_init=0.0)
    body = [m for m in policy.mlp_extractor.policy_net if isinstance(m, torch.nn.Linear)]
    with torch.no_grad():
        for module, layer in zip([*body, policy.action_net], actor.layers, strict=True):
            module.weight.copy_(torch.as_tensor(layer[:, :-1]))
            module.bias.copy_(torch.as_tensor(layer[:, -1]))
        if not discrete:
            policy.log_std.copy_(torch.as_tensor(actor.log_std))
    seen = rng.uniform(-1, 1, (50, 3)).astype(np.float32)
    done = rng.integers(4, size=50) if discrete else rng.uniform(-1.5, 3, (50, 2)).clip(-1, 2).astype(np.float32)
    return actor, policy, seen, done


@pytest.mark.parametrize("hidden", [(), (8, 5)])
@pytest.mark.parametrize("kind", ["categorical", "gaussian", "clipped", "truncated"])
def test_a_step_is_torchs(kind: str, hidden: tuple[int, ...]) -> None:
    actor, policy, seen, done = made(kind == "categorical", hidden, bounds=BOUNDS.get(kind, kind))
    weights = np.random.default_rng(1).standard_normal(50).astype(np.float32)
    x, taken = actor.features(seen), actor.taken(done)
    bound = 0.3  # of the gradient's norm
    for _ in range(3):
        distribution = policy.get_distribution(torch.as_tensor(seen))
        now = clipped_log_probabilities(distribution, torch.as_tensor(done), actor.spec.action_space)
        if kind == "gaussian":
            now = distribution.log_prob(torch.as_tensor(done))
        if kind == "truncated":
            normal = distribution.distribution
            mass = normal.cdf(torch.tensor([2.0, 2.0])) - normal.cdf(torch.tensor([-1.0, -1.0]))
            now = (normal.log_prob(torch.as_tensor(done)) - mass.log()).sum(dim=1)
        loss = (torch.as_tensor(weights) * now).sum() - 0.1 * distribution.entropy().sum()
        policy.optimizer = policy.optimizer if policy.optimizer.state else torch.optim.Adam(policy.parameters(), 1e-2)
        policy.optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_([p for p in policy.parameters() if p.grad is not None], bound)
        policy.optimizer.step()

        np.testing.assert_allclose(actor.forward(x, taken), now.detach(), rtol=2e-4, atol=2e-5)
        np.testing.assert_allclose(actor.entropy(), distribution.entropy().detach(), rtol=1e-4)
        actor.forward(x, taken)
        actor.backward(weights, -0.1)
        actor.step(bound)
        np.testing.assert_allclose(actor.layers[-1][:, :-1], policy.action_net.weight.detach(), rtol=1e-3, atol=1e-4)
        np.testing.assert_allclose(actor.layers[-1][:, -1], policy.action_net.bias.detach(), rtol=1e-3, atol=1e-4)
        if hidden:
            first = policy.mlp_extractor.policy_net[0]
            np.testing.assert_allclose(actor.layers[0][:, :-1], first.weight.detach(), rtol=1e-3, atol=1e-4)
        if kind != "categorical":
            np.testing.assert_allclose(actor.log_std, policy.log_std.detach(), rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("kind", ["categorical", "gaussian", "clipped", "truncated"])
def test_the_gradient_is_that_of_finite_differences(kind: str) -> None:
    actor, _, seen, done = made(kind == "categorical", (6,), bounds=BOUNDS.get(kind, kind))
    x, taken = actor.features(seen), actor.taken(done)
    weights = np.random.default_rng(2).standard_normal(50).astype(np.float32)
    actor.forward(x, taken)
    actor.backward(weights)
    gradient, h = actor.gradient.copy(), 1e-2
    for i in range(0, len(gradient), 5):
        sides = []
        for step in (h, -2 * h):
            actor.theta[i] += step
            sides.append(float(actor.forward(x, taken).astype(float) @ weights))
        actor.theta[i] += h
        assert (sides[0] - sides[1]) / (2 * h) == pytest.approx(gradient[i], rel=2e-2, abs=5e-2)


@pytest.mark.parametrize("discrete", [True, False])
def test_a_snapshot_is_the_policy_and_stays_what_it_was(discrete: bool) -> None:
    actor, policy, seen, done = made(discrete, (8,))
    kept = actor.snapshot()
    expected, _ = policy.predict(seen, deterministic=True)
    before = actor.forward(actor.features(seen), actor.taken(done)).copy()
    actor.backward(np.ones(50, np.float32))
    actor.step()
    np.testing.assert_allclose(kept.predict(seen, deterministic=True)[0], expected, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(kept.log_prob(seen, done), before, rtol=1e-4, atol=1e-5)


def test_a_fixed_deviation_stays() -> None:
    actor, _, seen, done = made(False, (8,), train_std=False)
    before, theta = actor.log_std.copy(), actor.theta.copy()
    actor.forward(actor.features(seen), actor.taken(done))
    actor.backward(np.ones(50, np.float32))
    actor.step()
    np.testing.assert_array_equal(actor.log_std, before)
    assert (actor.theta != theta).any()


def test_first_weights_are_orthogonal_as_stable_baselines3s() -> None:
    actor = FastActor(spec(True), (16, 16), np.random.default_rng(0))
    first, second, head = (layer[:, :-1] for layer in actor.layers)
    np.testing.assert_allclose(first.T @ first, 2 * np.eye(3), atol=1e-5)
    np.testing.assert_allclose(second @ second.T, 2 * np.eye(16), atol=1e-5)
    np.testing.assert_allclose(head @ head.T, 1e-4 * np.eye(4), atol=1e-8)
    assert not any(layer[:, -1].any() for layer in actor.layers)
    one = [orthogonal(np.random.default_rng(seed), 1, 1, sqrt(2))[0, 0] for seed in range(40)]
    assert {round(float(x), 4) for x in one} == {-1.4142, 1.4142}  # of either sign
