"""The numpy learners from replay are held to stable-baselines3's: the same batches, the same parameters."""

from __future__ import annotations

import pickle
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch as th
from gymnasium import spaces
from stable_baselines3.common.vec_env import VecEnv

from algorithms._blocks.fast_dqn import FastDQN
from algorithms._blocks.fast_sac import FastSAC
from algorithms._blocks.fast_td3 import FastTD3
from algorithms._blocks.off_policy import OffPolicy
from algorithms._blocks.perceptrons import Perceptrons
from algorithms._blocks.replay import Batch, Replay
from algorithms._blocks.sb3_off_policy import ReferenceDQN, ReferenceSAC, ReferenceTD3
from algorithms._blocks.tanh_gaussian import TanhGaussian

BOX = spaces.Box(-np.inf, np.inf, (3,), np.float32)
FOUR = spaces.Discrete(4)
ARM = spaces.Box(np.float32([-1, -0.5]), np.float32([1, 2]))


class Walk(VecEnv):
    """A world that ignores its actions: random observations, reward = first observation, episodes of five steps."""

    def __init__(self, actions: spaces.Space, n_envs: int = 4):
        super().__init__(n_envs, BOX, actions)
        self.rng, self.age = np.random.default_rng(0), 0
        self.seen: list[tuple[np.ndarray, ...]] = []

    def _observe(self) -> np.ndarray:
        return self.rng.normal(size=(self.num_envs, 3)).astype(np.float32)

    def reset(self) -> np.ndarray:
        self.now = self._observe()
        return self.now

    def step_async(self, actions: np.ndarray) -> None:
        self.actions = actions

    def step_wait(self) -> Any:
        self.age += 1
        ended = self.age % 5 == 0
        last, rewards = self._observe(), self.now[:, 0].copy()
        infos: list[dict[str, Any]] = [{} for _ in rewards]
        self.seen.append((self.now, self.actions, last, rewards))
        self.now = last
        if ended:
            self.now = self._observe()
            for i, info in enumerate(infos):
                info |= {"terminal_observation": last[i], "TimeLimit.truncated": i > 0}
        return self.now, rewards, np.full(self.num_envs, ended), infos

    def close(self) -> None: ...

    def get_attr(self, attr_name: str, indices: Any = None) -> list[Any]:
        return [None] * self.num_envs

    def set_attr(self, attr_name: str, value: Any, indices: Any = None) -> None: ...

    def env_method(self, method_name: str, *args: Any, indices: Any = None, **kwargs: Any) -> list[Any]:
        return []

    def env_is_wrapped(self, wrapper_class: Any, indices: Any = None) -> list[bool]:
        return [False] * self.num_envs


def world(actions: spaces.Space) -> Any:
    """What a session is to an agent."""
    spec = SimpleNamespace(
        observation_space=BOX, action_space=actions, discount=0.9, envs=4, discrete=isinstance(actions, spaces.Discrete)
    )
    left = SimpleNamespace(steps=1000)
    return SimpleNamespace(spec=spec, env=Walk(actions), rng=np.random.default_rng(1), left=left, budget=left)


def filled(actions: spaces.Space, rows: int = 200) -> Replay:
    rng, replay = np.random.default_rng(2), Replay(world(actions).spec, rows)
    taken = rng.integers(4, size=rows) if actions is FOUR else rng.uniform(ARM.low, ARM.high, (rows, 2))
    before, after = rng.normal(size=(2, rows, 3))
    replay.add(before, taken, after, 3.0 * rng.normal(size=rows), rng.random(rows) < 0.1)
    return replay


def pair(fast: Any, reference: Any, actions: spaces.Space, **options: Any) -> tuple[Any, Any]:
    """Fast and reference learner with the same parameters."""
    shared = {"observations": 3, "actions": 4 if actions is FOUR else 2, "hidden": (16, 8), "tau": 0.05, **options}
    return fast(rng=np.random.default_rng(3), **shared), reference(
        Walk(actions), rng=np.random.default_rng(3), **shared
    )


def assert_close(ours: np.ndarray, theirs: np.ndarray, tolerance: float = 1e-4) -> None:
    assert np.abs(ours - theirs).max() <= tolerance * np.abs(theirs).max()


def test_sixty_updates_of_dqn_are_those_of_stable_baselines3() -> None:
    replay = filled(FOUR)
    ours, theirs = pair(FastDQN, ReferenceDQN, FOUR, max_norm=0.7)
    rng, batch = np.random.default_rng(4), replay.batch(32)
    start = ours.online.theta.copy()
    for _ in range(60):
        replay.sample(batch, rng)
        assert ours.update(batch) == pytest.approx(theirs.update(batch), rel=1e-4)
    assert_close(ours.online.theta, theirs.online.theta)
    assert_close(ours.target.theta, theirs.target.theta)
    assert np.abs(ours.online.theta - start).max() > 0.01


@pytest.mark.parametrize("double", [False, True])
def test_the_squared_loss_and_double_q_learning_have_torchs_gradient(double: bool) -> None:
    replay = filled(FOUR)
    learner = FastDQN(3, 4, np.random.default_rng(0), (8,), double=double, kappa=np.inf)
    learner.target.follow(Perceptrons((3, 8, 4), np.random.default_rng(9)), 0.5)
    batch = replay.sample(replay.batch(16), np.random.default_rng(1))
    theta, parameters, target = torch_layers(learner.online), torch_layers(learner.online), torch_layers(learner.target)
    x, following = th.tensor(batch.state[:-1].T.copy()), th.tensor(batch.next_state[:-1].T.copy())
    chosen = mlp(theta if double else target, following).argmax(dim=1)
    with th.no_grad():
        next_value = mlp(target, following)[range(16), chosen]
        y = th.tensor(batch.rewards) + 0.99 * th.tensor(batch.alive) * next_value
    q = mlp(parameters, x)[range(16), th.tensor(batch.action.argmax(axis=0))]
    loss = 0.5 * ((q - y) ** 2).mean()
    loss.backward()
    seen = {}
    learner.online.descend = lambda max_norm: seen.update(gradient=learner.online.gradient.copy())  # type: ignore[method-assign]
    assert learner.update(batch) == pytest.approx(loss.item(), rel=1e-5)
    assert_close(seen["gradient"], np.concatenate([layer.grad.numpy().ravel() for layer in parameters]), 1e-5)


def torch_layers(nets: Perceptrons, member: int = 0) -> list[th.Tensor]:
    return [th.tensor(layer[member].copy(), requires_grad=True) for layer in nets.layers]


def mlp(layers: list[th.Tensor], x: th.Tensor) -> th.Tensor:
    for i, layer in enumerate(layers):
        x = x @ layer[:, :-1].T + layer[:, -1]
        x = th.relu(x) if i < len(layers) - 1 else x
    return x


def test_sixty_updates_of_sac_are_those_of_stable_baselines3(monkeypatch: pytest.MonkeyPatch) -> None:
    replay = filled(ARM)
    ours, theirs = pair(FastSAC, ReferenceSAC, ARM, temperature=0.3)
    rng, batch, copy = np.random.default_rng(4), replay.batch(32), replay.batch(32)
    draws: list[np.ndarray] = []
    monkeypatch.setattr(
        "torch.distributions.normal._standard_normal", lambda *args, **kw: th.from_numpy(draws.pop(0).T.copy())
    )
    for _ in range(60):
        rows = rng.integers(len(replay), size=32)
        noise = rng.standard_normal((2, 2, 32)).astype(np.float32)
        draws[:] = list(noise)
        assert ours.update(replay.take(rows, batch), tuple(noise)) == pytest.approx(
            theirs.update(replay.take(rows, copy)), rel=1e-3, abs=1e-4
        )
    for mine, other in (
        (ours.actor.theta, theirs.actor.theta),
        (ours.critics.online.theta, theirs.critics.online.theta),
        (ours.critics.target.theta, theirs.critics.target.theta),
        (ours.log_alpha, theirs.log_alpha),
    ):
        assert_close(mine, other)


@pytest.mark.parametrize("delay, smoothing", [(2, 0.2), (1, 0.0)])
def test_sixty_updates_of_td3_are_those_of_stable_baselines3(
    delay: int, smoothing: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    replay = filled(ARM)
    ours, theirs = pair(FastTD3, ReferenceTD3, ARM, delay=delay, smoothing=smoothing)
    rng, batch, copy = np.random.default_rng(4), replay.batch(32), replay.batch(32)
    draws: list[np.ndarray] = []
    monkeypatch.setattr(
        th.Tensor, "normal_", lambda tensor, mean, std: tensor.copy_(std * th.from_numpy(draws[0].T.copy()))
    )
    for _ in range(60):
        rows = rng.integers(len(replay), size=32)
        noise = rng.standard_normal((2, 32)).astype(np.float32)
        draws[:] = [noise]
        loss = theirs.update(replay.take(rows, copy))
        assert ours.update(replay.take(rows, batch), noise) == pytest.approx(loss, rel=1e-3)
    for nets in ("actor", "actor_target"):
        assert_close(getattr(ours, nets).theta, getattr(theirs, nets).theta)
    assert_close(ours.critics.online.theta, theirs.critics.online.theta)
    assert_close(ours.critics.target.theta, theirs.critics.target.theta)


def test_clamped_deviations_get_no_gradient_and_the_others_torchs() -> None:
    rng = np.random.default_rng(0)
    outputs = rng.normal(size=(4, 6)).astype(np.float32)
    outputs[2:, :2] = [[3.0, -25.0], [2.5, 0.1]]
    noise = rng.standard_normal((2, 6)).astype(np.float32)
    d_action = rng.normal(size=(2, 6)).astype(np.float32)
    raw = th.tensor(outputs, requires_grad=True)
    std = raw[2:].clamp(-20, 2).exp()
    u = raw[:2] + std * th.tensor(noise)
    normal = th.distributions.Normal(raw[:2], std)
    log_prob = (normal.log_prob(u) - th.log(1 - th.tanh(u) ** 2 + 1e-6)).sum(dim=0)
    ((th.tensor(d_action) * th.tanh(u)).sum() + 0.7 * log_prob.sum()).backward()
    policy = TanhGaussian(outputs, noise)
    ours = policy.backward(d_action, 0.7)
    assert (ours[2, :2] == 0).all() and ours[3, 0] == 0
    # Where tanh is flat float32 cannot tell 1 - a^2 from 0, on either side.
    np.testing.assert_allclose(policy.log_prob()[2:], log_prob.detach().numpy()[2:], rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(ours[:, 2:], raw.grad.numpy()[:, 2:], rtol=1e-3, atol=1e-4)


def test_an_agent_remembers_what_happened() -> None:
    for actions in (FOUR, ARM):
        session = world(actions)
        agent = OffPolicy(random_steps=8, minibatch=8).agent(session)
        for _ in range(7):
            agent.step()
            agent.update()
        before, taken, after, rewards = (np.concatenate(column) for column in zip(*session.env.seen))
        observations, kept = agent.replay.lived(slice(0, 28))
        np.testing.assert_allclose(observations, before)
        np.testing.assert_allclose(kept, taken, atol=1e-6)
        np.testing.assert_allclose(agent.replay.rewards[:28], rewards)
        batch = agent.replay.take(np.arange(28), agent.replay.batch(28))
        np.testing.assert_allclose(batch.next_state[:-1].T, after)  # the terminal observation, not the next start
        assert np.flatnonzero(batch.alive == 0).tolist() == [16]  # a time limit is no end
        assert (batch.state[-1] == 1).all() and (batch.next_pair[-1] == 1).all()


def test_a_ring_forgets_the_oldest_and_relabels_what_is_left() -> None:
    replay = Replay(world(FOUR).spec, 10)
    for start in range(0, 16, 4):
        times = np.arange(start, start + 4)
        replay.add(np.repeat(times[:, None], 3, axis=1), times % 4, np.zeros((4, 3)), times)
    assert len(replay) == 10 and sorted(replay.rewards) == list(range(6, 16))
    replay.relabel(lambda observations, actions: 100 * observations[:, 0] + actions, chunk=3)
    assert sorted(replay.rewards) == [100 * t + t % 4 for t in range(6, 16)]
    batch = replay.batch(6)
    replay.sample(batch, np.random.default_rng(0), slice(0, 3))
    assert (batch.rewards[:3] >= 600).all()


def test_scaled_rewards_have_mean_0_and_deviation_1_where_nothing_ends() -> None:
    agent = OffPolicy(minibatch=8).agent(world(FOUR))
    observations = np.zeros((40, 3))
    agent.replay.add(observations, np.zeros(40, int), observations, np.arange(40))
    agent.update(1)
    batch = agent.scaled(agent.replay.take(np.arange(40), agent.replay.batch(40)))
    assert batch.rewards.mean() == pytest.approx(0, abs=1e-5) and batch.rewards.std() == pytest.approx(1)
    agent.replay.add(observations[:1], np.zeros(1, int), observations[:1], 0.0, True)
    agent.relabel(lambda observations, actions: np.full(len(observations), 5.0))
    agent.update(1)
    assert agent._shift == 0.0


@pytest.mark.parametrize("actions", [FOUR, ARM])
@pytest.mark.parametrize("policy", ["sac", "td3", "ddpg"])
def test_snapshots_stay_as_they_are_and_answer_as_the_learner(actions: spaces.Space, policy: str) -> None:
    agent = OffPolicy(minibatch=8, random_steps=4, policy=policy).agent(world(actions))
    for _ in range(3):
        agent.step()
    frozen = pickle.loads(pickle.dumps(agent.snapshot()))
    observations = np.random.default_rng(0).normal(size=(50, 3)).astype(np.float32)
    x = np.concatenate([observations.T, np.ones((1, 50), np.float32)])
    if actions is FOUR:
        expected = agent.learner.values(x).argmax(axis=0)
    else:
        expected = agent.learner.act(x, deterministic=True) * [1, 1.25] + [0, 0.75]
    np.testing.assert_allclose(frozen.predict(observations, deterministic=True)[0], expected, atol=1e-5)
    agent.update(5)
    np.testing.assert_allclose(frozen.predict(observations, deterministic=True)[0], expected, atol=1e-5)
    one = frozen.predict(observations[0], deterministic=True)[0]
    assert np.shape(one) == actions.shape
    assert all(actions.contains(np.asarray(a, actions.dtype)) for a in frozen.predict(observations)[0])
    if actions is FOUR:
        np.testing.assert_allclose(frozen.probabilities(observations).sum(axis=1), 1)
        often = np.mean([frozen.predict(observations)[0] == expected for _ in range(200)])
        assert often == pytest.approx(0.95 + 0.05 / 4, abs=0.01)
    elif policy == "sac":
        drawn = frozen.predict(np.repeat(observations[:1], 20_000, axis=0))[0]
        assert -frozen.log_prob(np.repeat(observations[:1], 20_000, axis=0), drawn).mean() == pytest.approx(
            frozen.entropy(observations[:1])[0], abs=0.3
        )


@pytest.mark.parametrize("actions", [FOUR, ARM])
def test_the_reference_back_end_is_chosen_by_its_name_and_learns(actions: spaces.Space) -> None:
    policies = {}
    for backend in ("fast", "reference"):
        agent = OffPolicy(minibatch=8, random_steps=40, backend=backend).agent(world(actions))
        start = agent.snapshot()
        for _ in range(10):
            agent.step()
            if actions is FOUR:
                agent.update()
        if actions is ARM:  # whose noise is torch's there
            agent.update(1)
        policies[backend] = agent.snapshot()
        assert np.abs(policies[backend].weights[0] - start.weights[0]).max() > 5e-4
    for ours, theirs in zip(policies["fast"].weights, policies["reference"].weights):
        np.testing.assert_allclose(ours, theirs, atol=1e-5 if actions is FOUR else 2e-3)


def test_batches_are_views_of_one_array() -> None:
    batch = Batch(5, 3, 2)
    batch.next_action[...] = 7
    assert (batch.then[:, :2] == 7).all() and batch.both.shape == (4, 10)
    assert np.shares_memory(batch.both, batch.now) and (batch.pair[-1] == 1).all()
