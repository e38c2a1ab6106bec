"""stable-baselines3's own DQN, SAC and TD3 behind the interface of the numpy ones: the reference back end.

Each starts from the same parameters as its fast counterpart, learns by SB3's unchanged `train` on the batch that
it is given, and copies the new parameters back, so that acting and snapshots are the same code.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import torch as th
from stable_baselines3 import DQN, SAC, TD3
from stable_baselines3.common.logger import Logger
from stable_baselines3.common.type_aliases import ReplayBufferSamples
from stable_baselines3.common.utils import polyak_update
from stable_baselines3.common.vec_env import VecEnv

from algorithms._blocks.fast_dqn import FastDQN
from algorithms._blocks.fast_sac import FastSAC
from algorithms._blocks.fast_td3 import FastTD3
from algorithms._blocks.mlp import Array
from algorithms._blocks.perceptrons import Perceptrons
from algorithms._blocks.replay import Batch


class Given(NamedTuple):
    """A replay buffer that hands out one batch."""

    samples: ReplayBufferSamples

    def sample(self, batch_size: int, env: Any = None) -> ReplayBufferSamples:
        return self.samples


def given(batch: Batch, discrete: bool) -> Given:
    """The batch as SB3 wants it; copied, for torch takes no views with gaps of another's memory."""

    def rows(columns: Array) -> th.Tensor:
        return th.from_numpy(columns.T.copy())

    actions = batch.action.argmax(axis=0)[None] if discrete else batch.action
    column = (batch.rewards[None], 1.0 - batch.alive[None])
    rewards, dones = map(rows, column)
    samples = (batch.state[:-1], actions, batch.next_state[:-1])
    observations, taken, following = map(rows, samples)
    return Given(ReplayBufferSamples(observations, taken, following, dones, rewards))


def exchange(nets: Perceptrons, modules: list[list[th.nn.Module]], push: bool = False, actions: int = 0) -> None:
    """Copy the parameters of linear layers into ``nets``, or from there; one list of modules a perceptron.

    Modules after the first are heads beside each other, such as SAC's mean and log_std: one layer here.
    ``actions``: how many inputs are actions, which come first here and last there.
    """
    for member, (body, *heads) in enumerate(modules):
        linear = [layer for layer in body.modules() if isinstance(layer, th.nn.Linear)]
        for depth, (layer, view) in enumerate(zip(linear, nets.layers)):
            _copy(layer, view[member], push, actions if depth == 0 else 0)
        start = 0
        for head in heads:
            _copy(head, nets.layers[-1][member, start : start + head.out_features], push)
            start += head.out_features


def _copy(linear: Any, view: Array, push: bool, actions: int = 0) -> None:
    weight, bias = linear.weight.detach().numpy(), linear.bias.detach().numpy()
    if push:
        weight[...], bias[...] = np.roll(view[:, :-1], -actions, axis=1), view[:, -1]
    else:
        view[:, :-1], view[:, -1] = np.roll(weight, actions, axis=1), bias


def _model(kind: Any, env: VecEnv, fast: Any, nets: Perceptrons, critics: int = 2, **settings: Any) -> Any:
    networks = {"net_arch": list(nets.sizes[1:-1]), "activation_fn": th.nn.ReLU}
    if kind is not DQN:
        networks["n_critics"] = critics
    model = kind(
        "MlpPolicy",
        env,
        learning_rate=nets.learning_rate,
        buffer_size=env.num_envs,
        gamma=fast.discount,
        policy_kwargs=networks,
        device="cpu",
        **settings,
    )
    model.set_logger(Logger(None, []))
    return model


class ReferenceDQN(FastDQN):
    """SB3's DQN; it has neither double Q-learning nor another loss than Huber's with κ = 1."""

    def __init__(self, env: VecEnv, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        if self.double or self.kappa != 1.0:
            raise ValueError("stable-baselines3's DQN has no double Q-learning and no loss but Huber's with kappa 1")
        self.model = _model(DQN, env, self, self.online, max_grad_norm=self.max_norm)
        self._exchange(push=True)

    def update(self, batch: Batch) -> float:
        model = self.model
        model.replay_buffer = given(batch, discrete=True)
        model.train(1, batch.size)
        polyak_update(model.q_net.parameters(), model.q_net_target.parameters(), self.tau)
        self._exchange()
        return float(model.logger.name_to_value["train/loss"])

    def set_learning_rate(self, rate: float) -> None:
        self.model.lr_schedule = lambda _: rate

    def renew_critics(self) -> None:
        super().renew_critics()
        self._exchange(push=True)
        self.model.policy.optimizer.state.clear()

    def _exchange(self, push: bool = False) -> None:
        exchange(self.online, [[self.model.q_net.q_net]], push)
        exchange(self.target, [[self.model.q_net_target.q_net]], push)


class ReferenceSAC(FastSAC):
    """SB3's SAC; its noise comes from torch's global generator."""

    def __init__(self, env: VecEnv, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        tau, alpha = self.critics.tau, float(np.exp(self.log_alpha[0]))
        self.model = _model(
            SAC, env, self, self.actor, tau=tau, ent_coef=f"auto_{alpha}", target_entropy=self.target_entropy
        )
        self._exchange(push=True)

    def update(self, batch: Batch, noise: Any = None) -> tuple[float, float]:
        self.model.replay_buffer = given(batch, discrete=False)
        self.model.train(1, batch.size)
        self._exchange()
        said = self.model.logger.name_to_value
        return float(said["train/critic_loss"]), float(said["train/actor_loss"])

    def set_learning_rate(self, rate: float) -> None:
        self.model.lr_schedule = lambda _: rate

    def renew_critics(self) -> None:
        super().renew_critics()
        self._exchange(push=True)
        self.model.critic.optimizer.state.clear()

    def _exchange(self, push: bool = False) -> None:
        model = self.model
        exchange(self.actor, [[model.actor.latent_pi, model.actor.mu, model.actor.log_std]], push)
        exchange(self.critics.online, [[net] for net in model.critic.q_networks], push, self.actions)
        exchange(self.critics.target, [[net] for net in model.critic_target.q_networks], push, self.actions)
        if not push:
            self.log_alpha[0] = float(model.log_ent_coef.detach())


class ReferenceTD3(FastTD3):
    """SB3's TD3, of which its DDPG is the same special case; its noise comes from torch's global generator."""

    def __init__(self, env: VecEnv, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.model = _model(
            TD3,
            env,
            self,
            self.actor,
            critics=self.critics.online.members,
            tau=self.tau,
            policy_delay=self.delay,
            target_policy_noise=self.smoothing,
            target_noise_clip=self.smoothing_clip,
        )
        self._exchange(push=True)

    def update(self, batch: Batch, noise: Any = None) -> float:
        self.model.replay_buffer = given(batch, discrete=False)
        self.model.train(1, batch.size)
        self._exchange()
        return float(self.model.logger.name_to_value["train/critic_loss"])

    def set_learning_rate(self, rate: float) -> None:
        self.model.lr_schedule = lambda _: rate

    def renew_critics(self) -> None:
        super().renew_critics()
        self._exchange(push=True)
        self.model.critic.optimizer.state.clear()

    def _exchange(self, push: bool = False) -> None:
        model = self.model
        exchange(self.actor, [[model.actor.mu]], push)
        exchange(self.actor_target, [[model.actor_target.mu]], push)
        exchange(self.critics.online, [[net] for net in model.critic.q_networks], push, self.actions)
        exchange(self.critics.target, [[net] for net in model.critic_target.q_networks], push, self.actions)
