"""PPO with stable-baselines3's interface, numbers and file format, several times faster on small networks."""

from __future__ import annotations

import warnings
from math import sqrt
from typing import Any

import numpy as np
from stable_baselines3 import PPO
from stable_baselines3.common.buffers import RolloutBuffer
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.utils import explained_variance
from stable_baselines3.common.vec_env import VecEnv

from algorithms._blocks.actor_critic import ActorCritic, Batch, encode
from algorithms._blocks.mlp import Array
from algorithms._blocks.obstacles import obstacle, optimizer_obstacle
from algorithms._blocks.policies import Snapshot, snapshot
from algorithms._blocks.ppo_update import Objective, Update


class FastPPO(PPO):
    """Drop-in for `stable_baselines3.PPO`: rollout and update in numpy, everything else inherited.

    Same policy class, hyper-parameters, callbacks, logger keys, `save` and `load`. The optimizer's state is
    kept in ``policy.optimizer``, so that either class continues exactly what the other has saved. Minibatches
    are drawn from numpy's global generator, as there; actions from a `numpy.random.Generator` of the model's
    own, seeded with ``seed``. What `obstacles` names runs on SB3's own methods, after one warning.

    ``noise_correlation`` ρ, in (-1, 1), makes the exploration noise of Gaussian actions autocorrelated, for
    tasks where independent noise averages out before it gets anywhere:

        a_t = μ(s_t) + σ ε_t,    ε_t = ρ ε_{t-1} + sqrt(1 - ρ^2) ξ_t,    ξ_t ~ N(0, I),

    per environment and anew in every episode, so that each ε_t alone is N(0, I). Log-probabilities stay those
    of this marginal, N(μ, σ^2), not of a_t given ε_{t-1}: the ratio of the surrogate is that of the policies
    without memory. Discrete actions have no such noise, and ignore it.
    """

    def __init__(self, policy: Any, env: Any, *args: Any, noise_correlation: float = 0.0, **kwargs: Any):
        if not -1.0 < noise_correlation < 1.0:
            raise ValueError(f"noise_correlation is {noise_correlation}, but must lie between -1 and 1")
        self.noise_correlation = noise_correlation
        self._rng = np.random.default_rng()
        self._network: ActorCritic | None = None
        self._noise: Array | None = None  # ε of the last step, (n_envs, A)
        self._told: set[str] = set()
        super().__init__(policy, env, *args, **kwargs)

    def set_random_seed(self, seed: int | None = None) -> None:
        super().set_random_seed(seed)
        if seed is not None:
            self._rng = np.random.default_rng(seed)

    def snapshot(self, seed: Any = None) -> Snapshot:
        """The current policy as a frozen value; without a seed its generator is a child of the model's."""
        return snapshot(self.policy, self._rng.spawn(1)[0] if seed is None else seed)

    def _excluded_save_params(self) -> list[str]:
        return [*super()._excluded_save_params(), "_rng", "_network", "_noise", "_told"]

    def _setup_model(self) -> None:
        super()._setup_model()
        self._network = self._noise = None

    def _numpy_network(self, rollout_buffer: RolloutBuffer) -> ActorCritic | None:
        """The network with the policy's current parameters; None, after a warning, if it is SB3's turn."""
        reason = obstacle(self.policy) or optimizer_obstacle(self.policy)
        if reason is None and type(rollout_buffer) is not RolloutBuffer:
            reason = f"the rollout buffer is a {type(rollout_buffer).__name__}"
        if reason is not None:
            if reason not in self._told:
                lost = ", without autocorrelated noise" if self.noise_correlation else ""
                warnings.warn(f"FastPPO runs on stable-baselines3's own code{lost}: {reason}.", stacklevel=3)
            self._told.add(reason)
            return None
        if self._network is None or self._network.policy is not self.policy:
            self._network = ActorCritic(self.policy)
        self._network.pull()
        return self._network

    def collect_rollouts(
        self, env: VecEnv, callback: BaseCallback, rollout_buffer: RolloutBuffer, n_rollout_steps: int
    ) -> bool:
        """As SB3's. What callbacks find in their ``locals`` is numpy, and there is no ``obs_tensor``."""
        network = self._numpy_network(rollout_buffer)
        if network is None:
            return super().collect_rollouts(env, callback, rollout_buffer, n_rollout_steps)
        assert self._last_obs is not None, "No previous observation was provided"
        self.policy.set_training_mode(False)
        rollout_buffer.reset()
        callback.on_rollout_start()

        buffer, space, batch = rollout_buffer, self.observation_space, network.batch(env.num_envs)
        x, features, distribution = batch.x, batch.x[:-1], batch.distribution
        noise = distribution.noise(self._rng, n_rollout_steps)
        if network.gaussian:
            low, high = self.action_space.low, self.action_space.high
        for n_steps in range(n_rollout_steps):
            values, log_probs = buffer.values[n_steps], buffer.log_probs[n_steps]
            encode(self._last_obs, space, out=features)
            batch.forward(x, values)
            if network.gaussian:
                actions = distribution.sample(self._correlated(noise[n_steps]))
                actions = actions.reshape(-1, *self.action_space.shape)
                clipped_actions = np.minimum(np.maximum(actions, low), high)
            else:
                clipped_actions = actions = distribution.sample(noise[n_steps])
            distribution.log_prob(distribution.taken(actions), out=log_probs)

            new_obs, rewards, dones, infos = env.step(clipped_actions)
            self.num_timesteps += env.num_envs

            callback.update_locals(locals())
            if not callback.on_step():
                return False

            if any(infos):
                self._update_info_buffer(infos, dones)
                self._bootstrap(rewards, dones, infos, batch)
            buffer.observations[n_steps] = np.reshape(self._last_obs, buffer.observations.shape[1:])
            buffer.actions[n_steps] = actions.reshape(buffer.actions.shape[1:])
            buffer.rewards[n_steps] = rewards
            buffer.episode_starts[n_steps] = self._last_episode_starts
            buffer.pos += 1
            self._last_obs, self._last_episode_starts = new_obs, dones
        buffer.full = True

        values = np.empty(env.num_envs, np.float32)
        encode(new_obs, space, out=features)
        batch.forward(x, values)
        _generalized_advantages(buffer, values, dones)

        callback.update_locals(locals())
        callback.on_rollout_end()
        return True

    def _correlated(self, fresh: Array) -> Array:
        """ε_t from ξ_t, ``(n_envs, A)``."""
        rho = self.noise_correlation
        if rho == 0.0:
            return fresh
        starts = self._last_episode_starts
        if self._noise is None or self._noise.shape != fresh.shape:
            starts = np.ones(len(fresh), bool)
            self._noise = np.zeros_like(fresh)
        noise = rho * self._noise + sqrt(1.0 - rho**2) * fresh
        noise[starts] = fresh[starts]
        self._noise = noise
        return noise

    def _bootstrap(self, rewards: Array, dones: Array, infos: list[dict[str, Any]], batch: Batch) -> None:
        """Add γ V(terminal observation) to the last reward of every episode that a time limit cut off."""
        cut = [
            i
            for i in np.flatnonzero(dones)
            if infos[i].get("terminal_observation") is not None and infos[i].get("TimeLimit.truncated", False)
        ]
        if cut:
            terminal = np.stack([infos[i]["terminal_observation"] for i in cut])
            values = np.empty(batch.x.shape[1], np.float32)
            encode(terminal, self.observation_space, out=batch.x[:-1, : len(cut)])
            batch.forward(batch.x, values)
            rewards[cut] += self.gamma * values[: len(cut)]

    def train(self) -> None:
        network = self._numpy_network(self.rollout_buffer)
        if network is None:
            return super().train()
        self.policy.set_training_mode(True)
        self._update_learning_rate(self.policy.optimizer)
        progress = self._current_progress_remaining
        objective = Objective(
            clip_range=self.clip_range(progress),
            clip_range_vf=None if self.clip_range_vf is None else self.clip_range_vf(progress),
            ent_coef=self.ent_coef,
            vf_coef=self.vf_coef,
            normalize_advantage=self.normalize_advantage,
        )
        network.pull_adam()
        update = self._update(network, objective)
        with np.errstate(all="ignore"):  # an overflowing ratio is inf here as in torch
            for epoch in range(self.n_epochs):
                # The very draw of RolloutBuffer.get: seeded alike, SB3 meets the same minibatches.
                permutation = np.random.permutation(update.samples)
                finished = update.epoch(permutation, self.target_kl, self.max_grad_norm)
                self._n_updates += 1
                if not finished:
                    if self.verbose >= 1:
                        kl = update.terms["approx_kl"][-1][-1]
                        print(f"Early stopping at step {epoch} due to reaching max kl: {kl:.2f}")
                    break
        network.push()
        self._record(update, objective)
        return None

    def _update(self, network: ActorCritic, objective: Objective) -> Update:
        """The rollout as one table; the buffer is left flattened, as by ``RolloutBuffer.get``."""
        buffer = self.rollout_buffer
        assert buffer.full, "The rollout buffer is not full"
        if not buffer.generator_ready:
            for name in ("observations", "actions", "values", "log_probs", "advantages", "returns"):
                setattr(buffer, name, buffer.swap_and_flatten(getattr(buffer, name)))
            buffer.generator_ready = True
        features = np.empty((network.n_features, len(buffer.values)), np.float32)
        encode(buffer.observations, self.observation_space, out=features)
        taken = network.batch(buffer.n_envs).distribution.taken(buffer.actions)
        rows = (buffer.log_probs, buffer.values, buffer.returns, buffer.advantages)
        return Update(network, objective, features, taken, [row.reshape(-1) for row in rows], self.batch_size)

    def _record(self, update: Update, objective: Objective) -> None:
        terms = {name: np.concatenate(epochs) for name, epochs in update.terms.items()}
        loss = terms["policy_gradient_loss"] + self.ent_coef * terms["entropy_loss"]
        loss += self.vf_coef * terms["value_loss"]
        record = self.logger.record
        for name in ("entropy_loss", "policy_gradient_loss", "value_loss", "clip_fraction"):
            record(f"train/{name}", terms[name].mean())
        record("train/approx_kl", update.terms["approx_kl"][-1].mean())  # of the last epoch only, as in SB3
        record("train/loss", float(loss[-1]))
        buffer = self.rollout_buffer
        record(
            "train/explained_variance", explained_variance(buffer.values.flatten(), buffer.returns.flatten())
        )
        if hasattr(self.policy, "log_std"):
            record("train/std", self.policy.log_std.exp().mean().item())
        record("train/n_updates", self._n_updates, exclude="tensorboard")
        record("train/clip_range", objective.clip_range)
        if objective.clip_range_vf is not None:
            record("train/clip_range_vf", objective.clip_range_vf)


def _generalized_advantages(buffer: RolloutBuffer, last_values: Array, dones: Array) -> None:
    """Fill advantages and returns (Schulman et al. 2016), with d_t = 1 where an episode starts at t:

    δ_t = r_t + γ (1 - d_{t+1}) V_{t+1} - V_t,  A_t = δ_t + γ λ (1 - d_{t+1}) A_{t+1},  R_t = A_t + V_t.
    """
    alive = 1.0 - np.concatenate([buffer.episode_starts[1:], dones[None].astype(np.float32)])
    next_values = np.concatenate([buffer.values[1:], last_values[None]])
    delta = buffer.rewards + buffer.gamma * next_values * alive - buffer.values
    decay = (buffer.gamma * buffer.gae_lambda) * alive
    advantage = np.zeros_like(last_values)
    for a, d, k in zip(buffer.advantages[::-1], delta[::-1], decay[::-1]):
        np.multiply(k, advantage, out=a)
        np.add(a, d, out=a)
        advantage = a
    buffer.returns = buffer.advantages + buffer.values
