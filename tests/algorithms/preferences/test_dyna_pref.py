"""Learned dynamics against torch and numbers worked by hand, and the rollouts that they imagine."""

from __future__ import annotations

from typing import Any

import gymnasium
import numpy as np
import pytest
import torch

from algorithms._blocks.dynamics import DynamicsEnsemble, Imagined
from algorithms._blocks.features import inputs
from benchmarks.api import Segments, Spec


def spec(discrete: bool = False, bound: float = np.inf) -> Spec:
    seen = gymnasium.spaces.Box(-bound, bound, (2,), np.float32)
    done: Any = gymnasium.spaces.Discrete(3) if discrete else gymnasium.spaces.Box(-2, 4, (1,), np.float32)
    return Spec(seen, done, 10, 0.9, 0.1, 1, frozenset())


def lived(n: int, discrete: bool, rng: np.random.Generator) -> Segments:
    """s' = s + (0.3 v, 0.1 a): the second feature moves the first, and the action the second."""
    seen = rng.uniform(-1, 1, (n, 2))
    done = rng.integers(3, size=n) if discrete else rng.uniform(-2, 4, (n, 1))
    after = seen + np.stack([0.3 * seen[:, 1], 0.1 * done.reshape(n)], axis=1)
    return Segments(np.stack([seen, after], axis=1), done[:, None], np.zeros((n, 2), int), "lived")


def by_torch(layers: list[Any], x: Any) -> Any:
    """f_m of rows [b, width], member by member."""
    h = x
    for i, layer in enumerate(layers):
        h = h @ layer[:, :-1].T + layer[:, -1]
        h = torch.relu(h) if i + 1 < len(layers) else h
    return h


def test_the_gradient_is_torchs_of_the_same_loss_on_the_same_batch() -> None:
    rng = np.random.default_rng(0)
    model = DynamicsEnsemble(spec(), members=2, hidden=(5, 4), seed=3)
    x, wanted = rng.normal(size=(2, 4, 7)).astype(np.float32), rng.normal(size=(2, 2, 7)).astype(np.float32)
    x[:, -1] = 1.0
    loss = model.gradient(x, wanted)
    losses = []
    for m in range(2):
        layers = [torch.tensor(layer[m], requires_grad=True) for layer in model.nets.layers]
        ours = ((by_torch(layers, torch.tensor(x[m, :-1].T)) - torch.tensor(wanted[m].T)) ** 2).mean()
        ours.backward()
        losses.append(ours.item())
        for layer, gradient in zip(layers, model.nets.d_layers, strict=True):
            np.testing.assert_allclose(gradient[m], layer.grad.numpy(), atol=1e-5)
    assert loss == pytest.approx(np.mean(losses), rel=1e-5)


@pytest.mark.parametrize("discrete", [False, True])
def test_every_member_learns_what_follows(discrete: bool) -> None:
    rng = np.random.default_rng(1)
    model = DynamicsEnsemble(spec(discrete), members=3, hidden=(32,), learning_rate=3e-3, seed=0)
    assert model.fit(lived(2000, discrete, rng), 600, 64) < 0.02
    fresh = lived(50, discrete, rng)
    still = np.abs(fresh.observations[:, 1] - fresh.observations[:, 0]).mean()
    for member in range(3):
        foreseen = model.step(fresh.observations[:, 0], fresh.actions[:, 0], np.full(50, member))
        assert np.abs(foreseen - fresh.observations[:, 1]).mean() < 0.2 * still


def test_a_step_by_hand() -> None:
    """s' = clip(s + sigma_d * f_m(x)): heads that say (1, -1) and (10, 0), sigma_d = (0.5, 2), bounds of 3."""
    model = DynamicsEnsemble(spec(bound=3.0), members=2, hidden=(4,), seed=0)
    model.nets.theta[...] = 0.0
    model.nets.layers[-1][0, :, -1] = [1.0, -1.0]
    model.nets.layers[-1][1, :, -1] = [10.0, 0.0]
    model.change = np.array([0.5, 2.0], np.float32)
    after = model.step(np.array([[1.0, 1.0], [0.0, 2.0]]), np.zeros((2, 1)), np.array([0, 1]))
    np.testing.assert_allclose(after, [[1.5, -1.0], [3.0, 2.0]])


def test_features_are_standardised_by_what_was_lived() -> None:
    model = DynamicsEnsemble(spec(), members=1, hidden=(4,), seed=0)
    steps = lived(500, False, np.random.default_rng(2))
    model.fit(steps, 1, 8)
    rows = inputs(model.spec, steps.observations[:, 0], steps.actions[:, 0])
    columns = model._columns(rows)
    np.testing.assert_allclose(columns[:-1].mean(axis=1), 0.0, atol=1e-5)
    np.testing.assert_allclose(columns[:-1].std(axis=1), 1.0, rtol=1e-5)
    changes = steps.observations[:, 1] - steps.observations[:, 0]
    np.testing.assert_allclose(model.change, np.sqrt((changes**2).mean(axis=0)), rtol=1e-5)


def test_imagined_rollouts_are_cut_off_at_their_depth_and_begin_anew() -> None:
    model = DynamicsEnsemble(spec(), members=2, hidden=(4,), seed=0)
    model.nets.theta[...] = 0.0
    model.nets.layers[-1][:, :, -1] = 1.0  # both features grow by one a step
    begun: list[int] = []

    def starts(n: int) -> Any:
        begun.append(n)
        return np.full((n, 2), 10.0 * len(begun), np.float32)

    world = Imagined(model, lambda seen, done: seen[:, 0] + done[:, 0], starts, copies=3, depth=2)
    np.testing.assert_allclose(world.reset(), 10.0)
    seen, rewards, ends, infos = world.step(np.full((3, 1), 0.5))
    np.testing.assert_allclose(seen, 11.0)
    np.testing.assert_allclose(rewards, 10.5)  # of where it was, and of what was done there
    assert not ends.any() and infos == [{}] * 3
    seen, rewards, ends, infos = world.step(np.zeros((3, 1)))
    np.testing.assert_allclose(rewards, 11.0)
    np.testing.assert_allclose(seen, 20.0)
    assert ends.all() and begun == [3, 3]
    assert all(info["TimeLimit.truncated"] and info["terminal_observation"].tolist() == [12.0, 12.0] for info in infos)
