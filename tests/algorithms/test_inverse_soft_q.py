"""SQIL's minibatches, and IQ-Learn's loss, whose hand-written gradients are held to torch's."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch as th
from gymnasium import spaces

from algorithms._blocks.inverse_soft_q import InverseSAC, InverseSoftQ, chi2
from algorithms._blocks.replay import Batch, Replay
from algorithms._blocks.soft_q import SoftQ
from algorithms.demonstrations.iq_learn import IqLearn, Regressed
from algorithms.demonstrations.sqil import Sqil
from benchmarks.errors import RequestError
from benchmarks.hyperparameters import checked

SIZE, ALPHA, DISCOUNT = 8, 0.7, 0.9
BOX = spaces.Box(-1.0, 1.0, (3,), np.float32)
ARM: Any = SimpleNamespace(observation_space=BOX, action_space=spaces.Box(-2.0, 2.0, (2,), np.float32), discrete=False)
FOUR: Any = SimpleNamespace(observation_space=BOX, action_space=spaces.Discrete(4), discrete=True)


def batch(discrete: bool, seed: int = 0) -> Batch:
    rng = np.random.default_rng(seed)
    found = Batch(SIZE, 3, 4 if discrete else 2)
    found.state[:-1], found.next_state[:-1] = rng.normal(size=(2, 3, SIZE))
    found.action[...] = np.eye(4)[rng.integers(4, size=SIZE)].T if discrete else rng.uniform(-1, 1, (2, SIZE))
    found.rewards[:], found.alive[:] = 0.0, 1.0
    return found


def outputs(layers: list[th.Tensor], x: th.Tensor) -> th.Tensor:
    """A relu perceptron on columns."""
    for depth, layer in enumerate(layers):
        x = layer[:, :-1] @ x + layer[:, -1:]
        x = x if depth == len(layers) - 1 else th.relu(x)
    return x


def objective(rewards: th.Tensor, difference: th.Tensor) -> th.Tensor:
    """IQ-Learn's, of r = Q(s, a) - gamma V(s') and V(s) - gamma V(s')."""
    return -rewards[: SIZE // 2].mean() + difference.mean() + (rewards**2).mean() / (4 * ALPHA)


def test_soft_values_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    learner = SoftQ(3, 2, np.random.default_rng(1), hidden=(5,), discount=0.5, temperature=2.0)
    values = np.array([[0.0, 5.0], [2 * np.log(3), 5.0]])
    soft, policy = learner.soft(values)
    assert soft == pytest.approx([2 * np.log(4), 5 + 2 * np.log(2)])
    np.testing.assert_allclose(policy, [[0.25, 0.5], [0.75, 0.5]])
    given = Batch(2, 3, 2)
    given.rewards[:], given.alive[:] = (1.0, -1.0), (1.0, 0.0)
    monkeypatch.setattr(learner.target, "at", lambda size: SimpleNamespace(forward=lambda x: values[None]))
    assert learner.targets(given) == pytest.approx([1 + 0.5 * 2 * np.log(4), -1.0])
    monkeypatch.setattr(learner, "values", lambda x: np.repeat(values[:, :1], 4000, axis=1))
    assert learner.act(np.ones((4, 4000)), np.random.default_rng(0)).mean() == pytest.approx(0.75, abs=0.03)


def test_the_divergence_by_hand() -> None:
    loss, slope = chi2(np.array([1.0, 3.0, -1.0, 0.0]), 0.5)
    assert loss == pytest.approx(-2.0 + 0.5 * 11 / 4)
    assert slope == pytest.approx([0.25 - 0.5, 0.75 - 0.5, -0.25, 0.0])


def test_discrete_actions_have_the_gradient_of_the_loss(monkeypatch: pytest.MonkeyPatch) -> None:
    learner = InverseSoftQ(
        3, 4, np.random.default_rng(1), hidden=(5,), discount=DISCOUNT, temperature=0.3, alpha=ALPHA
    )
    given, held = batch(discrete=True), {}
    monkeypatch.setattr(learner, "descend", lambda x, slope: held.update(x=x, slope=slope.copy()))
    values = th.tensor(learner.values(given.both).copy(), dtype=th.float64, requires_grad=True)
    loss = learner.update(given)
    soft = 0.3 * th.logsumexp(values / 0.3, dim=0)
    taken = (values[:, :SIZE] * th.tensor(given.action.copy())).sum(dim=0)
    rewards = taken - DISCOUNT * soft[SIZE:]
    expected = objective(rewards, soft[:SIZE] - DISCOUNT * soft[SIZE:])
    expected.backward()
    assert loss == pytest.approx(expected.item(), rel=1e-5)
    assert held["x"] is given.both
    np.testing.assert_allclose(held["slope"], values.grad, atol=1e-6)
    np.testing.assert_allclose(learner.rewards(given), rewards.detach(), atol=1e-5)


def test_continuous_actions_have_the_gradient_of_the_loss(monkeypatch: pytest.MonkeyPatch) -> None:
    learner = InverseSAC(3, 2, np.random.default_rng(1), hidden=(5,), discount=DISCOUNT, chi2_weight=ALPHA)
    given, held = batch(discrete=False), {}
    noise = np.random.default_rng(2).normal(size=(2, SIZE)).astype(np.float32)
    monkeypatch.setattr(learner, "_draw", lambda size: noise)
    critics = learner.critics.online
    monkeypatch.setattr(critics, "descend", lambda: held.update(gradient=critics.gradient.copy()))
    following = np.linspace(-1, 1, SIZE).astype(np.float32)
    loss = learner.evaluate(given, following, 0.2)

    actor = [th.tensor(layer[0]) for layer in learner.actor.layers]
    states, actions = (th.tensor(part[:rows].copy()) for part, rows in ((given.state, 3), (given.action, 2)))
    mean, log_std = outputs(actor, states).split(2)
    drawn = mean + log_std.exp() * th.tensor(noise)
    fresh = drawn.tanh()
    density = th.distributions.Normal(mean, log_std.exp()).log_prob(drawn) - (1 - fresh**2 + 1e-6).log()
    parameters = [[th.tensor(layer[i], requires_grad=True) for layer in critics.layers] for i in range(2)]
    expected = th.zeros(())
    for layers in parameters:
        taken, own = (outputs(layers, th.cat([done, states]))[0] for done in (actions, fresh))
        later = DISCOUNT * th.tensor(following)
        expected = expected + objective(taken - later, own - 0.2 * density.sum(dim=0) - later)
    expected.backward()
    assert 2 * loss == pytest.approx(expected.item(), rel=1e-4)
    for depth, place in enumerate(critics._carve(held["gradient"])):
        for i, layers in enumerate(parameters):
            np.testing.assert_allclose(place[i], layers[depth].grad, atol=1e-5)


@pytest.mark.parametrize("discrete", [True, False])
def test_the_persons_transitions_come_to_be_rewarded_and_the_learners_own_to_be_punished(discrete: bool) -> None:
    settings: Any = {"hidden": (32,), "learning_rate": 3e-3, "discount": 0.9}
    chance = np.random.default_rng(0)
    learner: Any = (
        InverseSoftQ(3, 4, chance, **settings, temperature=0.1, alpha=0.5)
        if discrete
        else InverseSAC(3, 2, chance, **settings, chi2_weight=0.5)
    )
    for _ in range(300):
        learner.update(batch(discrete))
    rewards = learner.rewards(batch(discrete))
    assert rewards[: SIZE // 2].min() > rewards[SIZE // 2 :].max()
    assert rewards.min() > -1.5 and rewards.max() < 1.5  # 2 alpha bounds what the divergence asks for


def test_half_of_a_minibatch_is_the_persons_and_rewarded() -> None:
    theirs, own = Replay(FOUR, 20), Replay(FOUR, 20)
    for replay, value, reward in ((theirs, 0.5, 0.5), (own, -0.5, -0.5)):
        seen = np.full((10, 3), value)
        replay.add(seen, np.zeros(10, int), seen, reward)
    agent: Any = SimpleNamespace(replay=own, session=SimpleNamespace(rng=np.random.default_rng(0)))
    filled = Sqil().fill(agent, theirs, own.batch(6))
    assert filled.rewards.tolist() == [0.5, 0.5, 0.5, -0.5, -0.5, -0.5]
    assert filled.state[0].tolist() == [0.5, 0.5, 0.5, -0.5, -0.5, -0.5]


def test_the_revealed_reward_is_a_regression_on_what_was_seen_and_done() -> None:
    rng = np.random.default_rng(0)
    seen, done = rng.uniform(-1, 1, (2000, 3)).astype(np.float32), rng.integers(4, size=2000)
    reward = Regressed(FOUR, seen, done, 5.0 + seen[:, 0] * (done - 1.5), np.random.default_rng(1))
    fresh, acted = rng.uniform(-1, 1, (200, 3)).astype(np.float32), rng.integers(4, size=200)
    found = reward(fresh, acted)
    assert np.corrcoef(found, fresh[:, 0] * (acted - 1.5))[0, 1] > 0.97
    assert found.mean() == pytest.approx(5.0, abs=0.2)
    assert (reward(fresh, acted) == found).all()
    assert reward(2 * seen[:5] - 1, done[:5]).shape == (5,)


def test_there_is_one_back_end() -> None:
    with pytest.raises(RequestError, match=r'iq-learn.backend is "reference", but must be "fast"'):
        checked("iq-learn", IqLearn, "backend", "reference")
