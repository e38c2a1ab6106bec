"""FastPPO is held to stable-baselines3's PPO: the same rollout, the same update, the same file."""

from __future__ import annotations

import copy
import io
import pickle
import warnings
from typing import Any

import numpy as np
import pytest
import torch as th
from gymnasium import spaces
from hypothesis import given, settings
from hypothesis import strategies as st
from stable_baselines3 import PPO
from stable_baselines3.common.buffers import RolloutBuffer
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.logger import configure
from stable_baselines3.common.policies import ActorCriticPolicy
from stable_baselines3.common.torch_layers import FlattenExtractor
from stable_baselines3.common.vec_env import VecEnv, VecMonitor, VecNormalize

from algorithms._blocks.fast_ppo import FastPPO
from algorithms._blocks.mlp import Adam
from algorithms._blocks.policies import Snapshot, snapshot

BOX = spaces.Box(-np.inf, np.inf, (3,), np.float32)
TWO = spaces.Discrete(2)
ARM = spaces.Box(np.float32([-1, -0.5]), np.float32([1, 2]))
ROWS = (
    "observations",
    "actions",
    "rewards",
    "episode_starts",
    "values",
    "log_probs",
    "advantages",
    "returns",
)

pytestmark = pytest.mark.filterwarnings("ignore:You have specified a mini-batch size")


class Walk(VecEnv):
    """A world that ignores its actions: random observations, rewards, ends and time limits."""

    def __init__(
        self, n_envs: int = 3, observations: spaces.Space = BOX, actions: spaces.Space = TWO, seed=0
    ):
        super().__init__(n_envs, observations, actions)
        self.rng = np.random.default_rng(seed)

    def _observe(self) -> np.ndarray:
        if isinstance(self.observation_space, spaces.Discrete):
            return self.rng.integers(self.observation_space.n, size=self.num_envs)
        shape = (self.num_envs, *self.observation_space.shape)
        return self.rng.normal(size=shape).astype(self.observation_space.dtype)

    def reset(self) -> np.ndarray:
        return self._observe()

    def step_async(self, actions: np.ndarray) -> None:
        self.actions = actions

    def step_wait(self) -> Any:
        ends = self.rng.random(self.num_envs) < 0.1
        last, infos = self._observe(), [{} for _ in ends]
        for i in np.flatnonzero(ends):
            infos[i] = {"terminal_observation": last[i], "TimeLimit.truncated": bool(self.rng.random() < 0.5)}
        return self._observe(), self.rng.normal(size=self.num_envs), ends, infos

    def seed(self, seed: int | None = None) -> list[None]:
        self.rng = np.random.default_rng(seed)
        return [None] * self.num_envs

    def close(self) -> None: ...

    def get_attr(self, attr_name: str, indices: Any = None) -> list[Any]:
        return [None] * self.num_envs

    def set_attr(self, attr_name: str, value: Any, indices: Any = None) -> None: ...

    def env_method(self, method_name: str, *args: Any, indices: Any = None, **kwargs: Any) -> list[Any]:
        return []

    def env_is_wrapped(self, wrapper_class: Any, indices: Any = None) -> list[bool]:
        return [False] * self.num_envs


class Silent(BaseCallback):
    def _on_step(self) -> bool:
        return True


def make(kind: type[PPO], env: VecEnv | None = None, **options: Any) -> PPO:
    defaults: dict[str, Any] = {
        "n_steps": 16,
        "batch_size": 12,
        "n_epochs": 3,
        "learning_rate": 3e-3,
        "seed": 0,
    }
    arch = {"net_arch": [8, 8]} | options.pop("policy_kwargs", {})
    env = Walk() if env is None else env
    model = kind("MlpPolicy", env, device="cpu", policy_kwargs=arch, **(defaults | options))
    return ready(model)


def ready(model: PPO) -> PPO:
    """With everything that `learn` would have set up."""
    model.set_logger(configure(None, []))
    model._setup_learn(1000, reset_num_timesteps=False)
    return model


def roll(model: PPO, callback: BaseCallback | None = None) -> bool:
    callback = callback or Silent()
    callback.init_callback(model)
    return model.collect_rollouts(model.env, callback, model.rollout_buffer, model.n_steps)


def vector(model: PPO) -> np.ndarray:
    return model.policy.parameters_to_vector()


def distance(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.linalg.norm(a - b) / np.linalg.norm(b))


def lend(buffer: RolloutBuffer, to: PPO) -> None:
    for row in ROWS:
        setattr(to.rollout_buffer, row, getattr(buffer, row).copy())
    to.rollout_buffer.pos, to.rollout_buffer.full = buffer.pos, buffer.full
    to.rollout_buffer.generator_ready = buffer.generator_ready


def train(model: PPO, seed: int = 3) -> None:
    np.random.seed(seed)
    model.train()


def pair(**options: Any) -> tuple[PPO, FastPPO]:
    """Two models with the same parameters and the same full buffer."""
    env = options.pop("env", Walk)
    sb3, fast = make(PPO, env(), **options), make(FastPPO, env(), **options)
    sb3.set_parameters(fast.get_parameters())
    roll(fast)
    lend(fast.rollout_buffer, to=sb3)
    return sb3, fast


def assert_same_update(sb3: PPO, fast: FastPPO) -> None:
    before = vector(sb3)
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # a fallback would compare SB3 with itself
        for model in (sb3, fast):
            train(model)
    assert distance(vector(sb3), before) > 1e-4
    assert distance(vector(fast), vector(sb3)) < 1e-5
    ours, theirs = fast.logger.name_to_value, sb3.logger.name_to_value
    assert ours.keys() == theirs.keys()
    for key, value in theirs.items():
        assert ours[key] == pytest.approx(value, rel=1e-3, abs=1e-5), key


UPDATES: dict[str, dict[str, Any]] = {
    "defaults": {},
    "gaussian": {"env": lambda: Walk(actions=ARM)},
    "gaussian, entropy": {"env": lambda: Walk(actions=ARM), "ent_coef": 0.05},
    "entropy": {"ent_coef": 0.1},
    "no hidden layers": {"policy_kwargs": {"net_arch": []}},
    "actor linear, critic deep": {"policy_kwargs": {"net_arch": {"vf": [6, 5, 4]}}},
    "different widths": {"policy_kwargs": {"net_arch": {"pi": [7], "vf": [4, 9]}}},
    "three layers": {"policy_kwargs": {"net_arch": [6, 7, 5]}},
    "relu": {"policy_kwargs": {"activation_fn": th.nn.ReLU}},
    "relu, gaussian": {"policy_kwargs": {"activation_fn": th.nn.ReLU}, "env": lambda: Walk(actions=ARM)},
    "two extractors": {"policy_kwargs": {"share_features_extractor": False}},
    "one action": {"env": lambda: Walk(actions=spaces.Discrete(1)), "ent_coef": 0.1},
    "many actions": {"env": lambda: Walk(actions=spaces.Discrete(7)), "ent_coef": 0.1},
    "matrix of actions": {"env": lambda: Walk(actions=spaces.Box(-1, 1, (2, 2)))},
    "scalar action": {"env": lambda: Walk(actions=spaces.Box(-1, 1, ()))},
    "discrete observations": {"env": lambda: Walk(observations=spaces.Discrete(5))},
    "matrix of observations": {"env": lambda: Walk(observations=spaces.Box(-9, 9, (2, 3), np.float64))},
    "one environment": {"env": lambda: Walk(1), "n_steps": 40},
    "rewards normalised": {"env": lambda: VecNormalize(Walk())},
    "clip_range_vf": {"clip_range_vf": 0.1},
    "clip ranges as schedules": {
        "clip_range": lambda left: 0.3 * left,
        "clip_range_vf": lambda left: 0.2 * left,
    },
    "learning rate as schedule": {"learning_rate": lambda left: 0.01 * left},
    "advantages as they are": {"normalize_advantage": False},
    "target_kl": {"target_kl": 1e-3, "n_epochs": 6, "learning_rate": 0.01},
    "target_kl never reached": {"target_kl": 10.0},
    "one minibatch": {"batch_size": 48},
    "minibatch larger than the rollout": {"batch_size": 100},
    "last minibatch of one": {"batch_size": 47},
    "last minibatch of two": {"batch_size": 23},
    "minibatches of one": {"batch_size": 1, "normalize_advantage": False},
    "gradient never clipped": {"max_grad_norm": 1e9},
    "gradient always clipped": {"max_grad_norm": 1e-3},
    "other Adam": {"policy_kwargs": {"optimizer_kwargs": {"betas": (0.5, 0.9), "eps": 1e-3}}},
}


@pytest.mark.parametrize("options", UPDATES.values(), ids=UPDATES)
def test_an_update_is_that_of_sb3(options: dict[str, Any]) -> None:
    assert_same_update(*pair(**options))


@settings(max_examples=15, deadline=None, derandomize=True)
@given(data=st.data())
def test_an_update_with_random_hyper_parameters_is_that_of_sb3(data: st.DataObject) -> None:
    def draw(*choices: Any) -> Any:
        return data.draw(st.sampled_from(choices))

    widths = st.lists(st.integers(1, 9), max_size=3)
    n_envs, n_steps, actions = (
        draw(1, 2, 5),
        data.draw(st.integers(2, 30)),
        draw(TWO, spaces.Discrete(4), ARM),
    )
    sb3, fast = pair(
        env=lambda: Walk(n_envs, actions=actions, seed=data.draw(st.integers(0, 99))),
        n_steps=n_steps,
        batch_size=data.draw(st.integers(2, 2 * n_envs * n_steps)),
        n_epochs=draw(1, 2, 4),
        learning_rate=draw(1e-4, 1e-3, 1e-2),
        gamma=draw(0.0, 0.9, 1.0),
        gae_lambda=draw(0.0, 0.95, 1.0),
        clip_range=draw(0.02, 0.2, 0.9),
        clip_range_vf=draw(None, 0.02, 0.5),
        normalize_advantage=draw(True, False),
        ent_coef=draw(0.0, 0.01, 0.3),
        vf_coef=draw(0.1, 0.5, 2.0),
        max_grad_norm=draw(0.1, 0.5, 10.0),
        target_kl=draw(None, 0.01),
        policy_kwargs={
            "net_arch": {"pi": data.draw(widths), "vf": data.draw(widths)},
            "activation_fn": draw(th.nn.Tanh, th.nn.ReLU),
        },
    )
    assert_same_update(sb3, fast)


def test_adam_takes_the_steps_of_torch() -> None:
    rng = np.random.default_rng(0)
    theta = rng.normal(size=50).astype(np.float32)
    parameter = th.nn.Parameter(th.tensor(theta))
    torchs = th.optim.Adam([parameter], lr=0.02, betas=(0.8, 0.99), eps=1e-2)
    ours = Adam(50)
    ours.configure(0.02, (0.8, 0.99), 1e-2)
    for scale in (
        1e-8,
        1.0,
        1e-4,
        1e-6,
        0.1,
        0.03,
    ):  # around 1e-6 a gradient is clipped by more than its norm says
        gradient = (scale * rng.normal(size=50)).astype(np.float32)
        parameter.grad = th.tensor(gradient)
        th.nn.utils.clip_grad_norm_([parameter], 1e-6)
        torchs.step()
        ours.step(theta, gradient, max_norm=1e-6)
        np.testing.assert_allclose(theta, parameter.detach().numpy(), rtol=1e-6)
    m, v = np.empty((2, 50), np.float32)
    ours.moments(m, v)
    np.testing.assert_allclose(m, torchs.state[parameter]["exp_avg"].numpy(), rtol=1e-4)
    np.testing.assert_allclose(v, torchs.state[parameter]["exp_avg_sq"].numpy(), rtol=1e-4)


def test_target_kl_ends_the_update_early(capsys: pytest.CaptureFixture[str]) -> None:
    _, fast = pair(target_kl=1e-3, n_epochs=50, learning_rate=0.01, verbose=1)
    train(fast)
    assert fast._n_updates < 50
    assert "Early stopping at step" in capsys.readouterr().out


@pytest.mark.parametrize("actions", [TWO, ARM, spaces.Box(-1, 1, (2, 2))], ids=str)
@pytest.mark.parametrize("observations", [BOX, spaces.Discrete(5)], ids=str)
def test_given_the_actions_a_rollout_is_that_of_sb3(observations, actions, monkeypatch) -> None:
    sb3, fast = (make(kind, Walk(3, observations, actions)) for kind in (PPO, FastPPO))
    sb3.set_parameters(fast.get_parameters())
    assert roll(fast)
    steps = iter(fast.rollout_buffer.actions)

    def replay(obs: th.Tensor) -> tuple[th.Tensor, ...]:
        taken = th.as_tensor(next(steps))
        values, log_prob, _ = sb3.policy.evaluate_actions(obs, taken.squeeze(1) if actions is TWO else taken)
        return taken.reshape(-1, *actions.shape), values, log_prob

    monkeypatch.setattr(sb3.policy, "forward", replay)
    assert roll(sb3)
    for row in ROWS:
        ours, theirs = getattr(fast.rollout_buffer, row), getattr(sb3.rollout_buffer, row)
        assert ours.dtype == theirs.dtype, row
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-5, err_msg=row)
    np.testing.assert_array_equal(fast._last_obs, sb3._last_obs)
    np.testing.assert_array_equal(fast.env.actions, sb3.env.actions)  # clipped alike
    assert fast.num_timesteps == sb3.num_timesteps


@pytest.mark.parametrize("first, second", [(PPO, FastPPO), (FastPPO, PPO), (FastPPO, FastPPO)])
@pytest.mark.parametrize("actions", [TWO, ARM], ids=str)
def test_what_one_saves_the_other_continues(
    first: type[PPO], second: type[PPO], actions: spaces.Space
) -> None:
    original = make(first, Walk(actions=actions))
    roll(original)
    train(original)
    file = io.BytesIO()
    original.save(file)
    file.seek(0)
    loaded = ready(second.load(file, env=Walk(actions=actions), device="cpu"))
    lend(original.rollout_buffer, to=loaded)
    for model in (original, loaded):
        train(model, seed=8)
    limit = 0.0 if first is second else 1e-5
    assert distance(vector(loaded), vector(original)) <= limit
    for ours, theirs in zip(*(m.policy.optimizer.state_dict()["state"].values() for m in (loaded, original))):
        assert ours["step"] == theirs["step"] > 0
        for moment in ("exp_avg", "exp_avg_sq"):
            assert float((ours[moment] - theirs[moment]).norm()) <= 1e-4 * float(theirs[moment].norm())


def test_parameters_set_from_outside_are_used() -> None:
    fast, other = make(FastPPO), make(FastPPO, seed=1)
    roll(fast)
    fast.set_parameters(other.get_parameters())
    roll(fast)
    obs = th.as_tensor(fast.rollout_buffer.observations.reshape(-1, 3))
    expected = other.policy.predict_values(obs).detach().numpy().reshape(fast.rollout_buffer.values.shape)
    np.testing.assert_allclose(fast.rollout_buffer.values, expected, atol=1e-6)


def test_a_copy_learns_by_itself() -> None:
    fast = make(FastPPO)
    roll(fast)
    twin = copy.deepcopy(fast)
    before = vector(fast)
    train(twin)
    np.testing.assert_array_equal(vector(fast), before)
    train(fast)
    np.testing.assert_array_equal(vector(fast), vector(twin))


def test_the_same_seed_gives_the_same_run() -> None:
    def run(seed: int) -> np.ndarray:
        return vector(make(FastPPO, Walk(actions=ARM), noise_correlation=0.5, seed=seed).learn(150))

    np.testing.assert_array_equal(run(4), run(4))
    assert distance(run(4), run(5)) > 1e-3


class Witness(BaseCallback):
    """Notes its calls, and stops the run after some steps."""

    def __init__(self, stop_after: int = 10**9):
        super().__init__()
        self.stop_after, self.calls, self.seen = stop_after, [], set()

    def _on_rollout_start(self) -> None:
        self.calls.append("start")

    def _on_step(self) -> bool:
        self.calls.append("step")
        self.seen |= self.locals.keys()
        assert self.locals["rewards"].shape == self.locals["dones"].shape == (3,)
        return self.n_calls < self.stop_after

    def _on_rollout_end(self) -> None:
        self.calls.append("end")


def test_callbacks_are_called_as_by_sb3() -> None:
    sb3, fast = Witness(), Witness()
    assert roll(make(PPO), sb3)
    assert roll(make(FastPPO), fast)
    assert fast.calls == sb3.calls == ["start"] + ["step"] * 16 + ["end"]
    assert sb3.seen - fast.seen <= {"obs_tensor", "idx", "done", "terminal_obs", "terminal_value"}


@pytest.mark.parametrize("kind", [PPO, FastPPO])
def test_a_callback_can_stop_the_rollout(kind: type[PPO]) -> None:
    model, callback = make(kind), Witness(stop_after=5)
    assert not roll(model, callback)
    assert model.num_timesteps == 15
    assert model.rollout_buffer.pos == 4 and not model.rollout_buffer.full
    assert callback.calls == ["start"] + ["step"] * 5


def test_episodes_are_counted_as_by_sb3() -> None:
    logs = []
    for kind in (PPO, FastPPO):
        model = make(kind, VecMonitor(Walk()))
        roll(model)
        logs.append([(info["l"], info["r"]) for info in model.ep_info_buffer])
    assert logs[0] == logs[1] != []


class MyExtractor(FlattenExtractor):
    pass


class MyPolicy(ActorCriticPolicy):
    def evaluate_actions(self, obs: th.Tensor, actions: th.Tensor) -> Any:
        return super().evaluate_actions(obs, actions)


class MyBuffer(RolloutBuffer):
    pass


FALLBACKS: dict[str, tuple[dict[str, Any], VecEnv]] = {
    "use_sde": ({"use_sde": True}, Walk(actions=ARM)),
    "MultiDiscrete": ({}, Walk(actions=spaces.MultiDiscrete([2, 3]))),
    "MultiBinary": ({}, Walk(actions=spaces.MultiBinary(2))),
    "float64": ({}, Walk(actions=spaces.Box(-1, 1, (2,), np.float64))),
    "MyExtractor": ({"policy_kwargs": {"features_extractor_class": MyExtractor}}, Walk()),
    "MyBuffer": ({"rollout_buffer_class": MyBuffer}, Walk()),
    "evaluate_actions": ({"policy": MyPolicy}, Walk()),
    "ELU": ({"policy_kwargs": {"activation_fn": th.nn.ELU}}, Walk()),
    "SGD": ({"policy_kwargs": {"optimizer_class": th.optim.SGD}}, Walk()),
    "weight_decay": ({"policy_kwargs": {"optimizer_kwargs": {"weight_decay": 0.1}}}, Walk()),
}


@pytest.mark.parametrize("cause", FALLBACKS)
def test_the_unsupported_runs_on_sb3_and_says_so_once(cause: str) -> None:
    options, env = FALLBACKS[cause]
    arguments = {"policy": "MlpPolicy", "n_steps": 8, "batch_size": 12, "n_epochs": 2, "seed": 0} | options
    arguments["device"] = "cpu"
    with pytest.warns(UserWarning, match=cause) as caught:
        fast = FastPPO(env=env, **arguments).learn(48)
    assert len([w for w in caught if "FastPPO" in str(w.message)]) == 1
    np.testing.assert_array_equal(vector(fast), vector(PPO(env=env, **arguments).learn(48)))


def test_a_frozen_parameter_stays_frozen() -> None:
    fast = make(FastPPO, Walk(actions=ARM))
    fast.policy.log_std.requires_grad_(False)
    with pytest.warns(UserWarning, match="log_std is frozen"):
        roll(fast)
        train(fast)
    assert float(fast.policy.log_std.abs().max()) == 0.0


@pytest.mark.parametrize("rho", [0.0, 0.6, 0.95, -0.5])
def test_exploration_noise_has_variance_one_and_the_correlation_asked_for(rho: float) -> None:
    model = make(FastPPO, Walk(32, actions=ARM), n_steps=800, batch_size=100, noise_correlation=rho)
    roll(model)
    buffer = model.rollout_buffer
    with th.no_grad():
        normal = model.policy.get_distribution(th.as_tensor(buffer.observations.reshape(-1, 3))).distribution
    noise = (buffer.actions - normal.mean.numpy().reshape(buffer.actions.shape)) / normal.stddev[0].numpy()
    goes_on = buffer.episode_starts[1:] == 0
    # Six standard errors, for the number of samples that are independent within episodes of ten steps.
    error = 6 / np.sqrt(noise.size / 10)
    assert abs(noise.mean()) < error
    assert abs((noise**2).mean() - 1) < 2 * error
    product = noise[1:] * noise[:-1]
    assert abs(product[goes_on].mean() - rho) < 2 * error
    assert abs(product[~goes_on].mean()) < 6 / np.sqrt(product[~goes_on].size)
    np.testing.assert_allclose(  # the marginal's, whatever the correlation
        buffer.log_probs.reshape(-1),
        normal.log_prob(th.as_tensor(buffer.actions.reshape(-1, 2))).sum(1).numpy(),
        atol=1e-4,
    )


@pytest.mark.parametrize("rho", [-1.0, 1.0, float("nan")])
def test_a_correlation_of_one_is_refused(rho: float) -> None:
    with pytest.raises(ValueError, match="between -1 and 1"):
        make(FastPPO, noise_correlation=rho)


SPACES = {
    "box, discrete": (BOX, TWO),
    "box, gaussian": (BOX, ARM),
    "matrices": (spaces.Box(-9, 9, (2, 3), np.float64), spaces.Box(-1, 1, (2, 2))),
    "discrete, discrete": (spaces.Discrete(5), spaces.Discrete(3)),
    "discrete, scalar": (spaces.Discrete(5), spaces.Box(-0.1, 0.1, ())),
}


def policy_on(observations: spaces.Space, actions: spaces.Space, **options: Any) -> ActorCriticPolicy:
    th.manual_seed(0)
    options = {"net_arch": [32, 32], "ortho_init": False} | options
    return ActorCriticPolicy(observations, actions, lambda _: 1e-3, **options)


@pytest.mark.parametrize("observations, actions", SPACES.values(), ids=SPACES)
@pytest.mark.parametrize("phi", [th.nn.Tanh, th.nn.ReLU])
def test_a_snapshot_predicts_as_its_policy(observations, actions, phi) -> None:
    policy = policy_on(observations, actions, activation_fn=phi)
    frozen = pickle.loads(pickle.dumps(snapshot(policy, seed=0)))
    batch = Walk(50, observations, actions).reset()
    for obs in (batch, batch[0], batch[:1]):
        expected, _ = policy.predict(obs, deterministic=True)
        for deterministic in (True, False):
            ours, state = frozen.predict(obs, state=None, deterministic=deterministic)
            assert state is None
            assert (type(ours), ours.dtype, ours.shape) == (type(expected), expected.dtype, expected.shape)
        ours, _ = frozen.predict(obs, deterministic=True)
        np.testing.assert_allclose(ours, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("observations, actions", SPACES.values(), ids=SPACES)
def test_a_snapshot_knows_its_distribution(observations, actions) -> None:
    policy, batch = (
        policy_on(observations, actions, log_std_init=-0.3),
        Walk(9, observations, actions).reset(),
    )
    frozen = snapshot(policy)
    taken, _ = frozen.predict(batch)
    with th.no_grad():
        rows = taken if isinstance(actions, spaces.Discrete) else taken.reshape(9, -1)
        _, log_prob, entropy = policy.evaluate_actions(policy.obs_to_tensor(batch)[0], th.as_tensor(rows))
        distribution = policy.get_distribution(policy.obs_to_tensor(batch)[0]).distribution
    np.testing.assert_allclose(frozen.log_prob(batch, taken), log_prob.numpy(), atol=1e-5)
    np.testing.assert_allclose(frozen.entropy(batch), entropy.numpy(), atol=1e-5)
    if isinstance(actions, spaces.Discrete):
        np.testing.assert_allclose(frozen.probabilities(batch), distribution.probs.numpy(), atol=1e-6)
    else:
        with pytest.raises(TypeError, match="densities"):
            frozen.probabilities(batch)


def test_a_snapshot_draws_its_actions_from_its_distribution() -> None:
    policy = policy_on(BOX, spaces.Discrete(3))
    obs = np.float32([[0.3, -2.0, 1.0]])
    frozen, n = snapshot(policy, seed=1), 20_000
    counts = np.bincount(frozen.predict(np.repeat(obs, n, axis=0))[0], minlength=3)
    p = frozen.probabilities(obs)[0]
    assert (abs(counts / n - p) < 5 * np.sqrt(p * (1 - p) / n)).all()

    policy = policy_on(BOX, spaces.Box(-99, 99, (2,)), log_std_init=0.5)
    drawn, _ = snapshot(policy, seed=1).predict(np.repeat(obs, n, axis=0))
    mean, _ = policy.predict(obs, deterministic=True)
    np.testing.assert_allclose(drawn.mean(axis=0), mean[0], atol=5 * np.exp(0.5) / np.sqrt(n))
    np.testing.assert_allclose(drawn.std(axis=0), np.exp(0.5), rtol=5 / np.sqrt(2 * n))


def test_a_snapshot_is_frozen_and_seeded() -> None:
    model = make(FastPPO, Walk(actions=ARM))
    obs = model.env.reset()
    first: Snapshot = model.snapshot(seed=7)
    before, _ = first.predict(obs, deterministic=True)
    model.learn(100)
    np.testing.assert_array_equal(first.predict(obs, deterministic=True)[0], before)
    assert not np.array_equal(model.snapshot().predict(obs, deterministic=True)[0], before)
    same = [model.snapshot(seed=7).predict(obs)[0] for _ in range(2)]
    np.testing.assert_array_equal(*same)
    assert not np.array_equal(model.snapshot().predict(obs)[0], model.snapshot().predict(obs)[0])

    def unseeded() -> np.ndarray:
        th.manual_seed(2)
        return snapshot(model.policy).predict(obs)[0]

    np.testing.assert_array_equal(unseeded(), unseeded())


def test_a_snapshot_refuses_what_it_cannot_hold() -> None:
    with pytest.raises(ValueError, match="ELU"):
        snapshot(policy_on(BOX, TWO, activation_fn=th.nn.ELU))
    with pytest.raises(ValueError, match=r"\(3,\) expected, not \(4,\)"):
        snapshot(policy_on(BOX, TWO)).predict(np.zeros(4))
