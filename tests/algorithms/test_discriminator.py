"""The discriminators are held to the imitation library's GAIL and AIRL: loss, gradient, and many steps of Adam."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from algorithms._blocks.discriminator import Discriminator, Transitions
from benchmarks.api import Spec
from benchmarks.registry import load
from benchmarks.twin import TwinEnv

HIDDEN, POTENTIAL, RATE, BATCH = (16, 8), (12, 6), 1e-2, 32


def ours(spec: Spec, shaped: bool) -> Discriminator:
    return Discriminator(spec, HIDDEN, RATE, np.random.default_rng(0), POTENTIAL if shaped else None)


def theirs(spec: Spec, shaped: bool, env: Any, folder: Any) -> Any:
    """imitation's own trainer; its networks get the initial weights of `ours`."""
    from imitation.algorithms.adversarial.airl import AIRL
    from imitation.algorithms.adversarial.gail import GAIL
    from imitation.rewards.reward_nets import BasicRewardNet, BasicShapedRewardNet
    from imitation.util.logger import HierarchicalLogger
    from stable_baselines3 import PPO
    from stable_baselines3.common.logger import Logger

    spaces = spec.observation_space, spec.action_space
    net = (
        BasicShapedRewardNet(
            *spaces, reward_hid_sizes=HIDDEN, potential_hid_sizes=POTENTIAL, discount_factor=spec.discount
        )
        if shaped
        else BasicRewardNet(*spaces, hid_sizes=HIDDEN)
    )
    return (AIRL if shaped else GAIL)(
        demonstrations=None,
        demo_batch_size=BATCH,
        venv=env,
        gen_algo=PPO("MlpPolicy", env, n_steps=8, batch_size=16, device="cpu"),
        reward_net=net,
        disc_opt_kwargs={"lr": RATE},
        custom_logger=HierarchicalLogger(Logger(str(folder), []), []),
        allow_variable_horizon=True,
    )


def layers(flat: Any, net: Any) -> list[Any]:
    """The part of a flat vector that belongs to a torch net, in the shapes of its parameters."""
    found, end = [], 0
    linear = [module for module in net.modules() if isinstance(module, torch.nn.Linear)]
    for module in linear:
        rows, columns = module.weight.shape
        block = flat[end : end + rows * (columns + 1)].reshape(rows, columns + 1)
        end += block.size
        found += [(module.weight, block[:, :-1]), (module.bias, block[:, -1])]
    assert end == len(flat)
    return found


def matched(mine: Discriminator, flat: Any, other: Any, shaped: bool) -> list[Any]:
    if not shaped:
        return layers(flat, other._reward_net)
    cut = sum(p.numel() for p in other._reward_net.base.parameters())
    assert mine.shaped
    return layers(flat[:cut], other._reward_net.base) + layers(flat[cut:], other._reward_net.potential)


def some(spec: Spec, rng: np.random.Generator, shift: float) -> Transitions:
    seen = rng.normal(shift, 1, (2, BATCH, *spec.observation_space.shape)).astype(np.float32)
    space: Any = spec.action_space
    done = rng.integers(space.n, size=BATCH) if spec.discrete else rng.uniform(-1, 1, (BATCH, 1)).astype(np.float32)
    return Transitions(seen[0], done, seen[1])


@pytest.mark.parametrize("shaped", [False, True], ids=["gail", "airl"])
@pytest.mark.parametrize("task", ["cartpole", "mountain-car-continuous"])  # whose actions lie in [-1, 1]
def test_it_learns_as_imitations_does(task: str, shaped: bool, tmp_path: Any) -> None:
    world = load().task(task)
    rng = np.random.default_rng(1)
    env = TwinEnv(world, 2, 100, rng)
    spec = Spec(world.observation_space, world.action_space, 10, 0.9, 0.1, 2, frozenset())
    mine, other = ours(spec, shaped), theirs(spec, shaped, env, tmp_path)
    with torch.no_grad():
        for parameter, values in matched(mine, mine.theta, other, shaped):
            parameter.copy_(torch.as_tensor(values))
    for _ in range(30):
        person, own = some(spec, rng, 0.3), some(spec, rng, 0.0)
        seen, done = (np.concatenate(columns) for columns in zip(*((p.before, p.actions) for p in (person, own))))
        with torch.no_grad():
            _, log_pi, _ = other.gen_algo.policy.evaluate_actions(torch.as_tensor(seen), torch.as_tensor(done))
        loss, right = mine.step(person, own, log_pi.numpy() if shaped else 0.0)
        samples = [
            {"obs": p.before, "acts": p.actions, "next_obs": p.after, "dones": np.zeros(BATCH, bool)}
            for p in (person, own)
        ]
        stats = other.train_disc(expert_samples=samples[0], gen_samples=samples[1])
        assert loss == pytest.approx(stats["disc_loss"], rel=1e-4)
        assert right == pytest.approx(stats["disc_acc"])
    for parameter, values in matched(mine, mine.theta, other, shaped):
        np.testing.assert_allclose(values, parameter.detach().numpy(), atol=2e-5)

    person = some(spec, rng, 0.3)
    columns = person.before, person.actions, person.after, np.zeros(BATCH, bool)
    np.testing.assert_allclose(mine.logits(person), other._reward_net.predict(*columns), atol=1e-4)
    if not shaped:
        np.testing.assert_allclose(
            np.logaddexp(0, mine.values(*columns[:2])), other.reward_train.predict(*columns), atol=1e-4
        )


def test_loss_and_slope_by_hand() -> None:
    """One feature pair, no hidden layer: z = w x + b, so that the gradient is sum (sigmoid(z) - y) x / 2B."""
    world = load().task("mountain-car-continuous")
    spec = Spec(world.observation_space, world.action_space, 10, 0.9, 0.1, 2, frozenset())
    net = Discriminator(spec, (), 1e-3, np.random.default_rng(0))
    net.theta[:] = [1.0, 0.0, 2.0, 0.5]  # position, speed, action, constant
    person = Transitions(np.array([[1.0, 9.0]]), np.array([[0.5]]), np.zeros((1, 2)))
    own = Transitions(np.array([[-1.0, 9.0]]), np.array([[-0.5]]), np.zeros((1, 2)))
    loss, right = net.differentiate(person, own)  # z = 2.5 and -1.5
    sigmoid = [1 / (1 + np.exp(-2.5)), 1 / (1 + np.exp(1.5))]
    assert loss == pytest.approx(-0.5 * np.log(sigmoid[0]) - 0.5 * np.log(1 - sigmoid[1]), rel=1e-5)
    assert right == 1.0
    slope = [(sigmoid[0] - 1) / 2, sigmoid[1] / 2]
    expected = [slope[0] - slope[1], 9 * sum(slope), 0.5 * (slope[0] - slope[1]), sum(slope)]
    np.testing.assert_allclose(net.gradient, expected, rtol=1e-5)


def test_both_kinds_come_in_equal_numbers() -> None:
    world = load().task("cartpole")
    spec = Spec(world.observation_space, world.action_space, 10, 0.9, 0.1, 2, frozenset())
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match="32, 16"):
        ours(spec, False).step(some(spec, rng, 0.0), some(spec, rng, 0.0)[np.arange(16)])
