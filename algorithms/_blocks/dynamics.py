"""Learned dynamics: an ensemble that predicts how an observation changes, and an environment that it imagines."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from stable_baselines3.common.vec_env import VecEnv

from algorithms._blocks.features import inputs, width_of
from algorithms._blocks.mlp import Array
from algorithms._blocks.perceptrons import Perceptrons

if TYPE_CHECKING:
    from benchmarks.api import Segments, Spec

Reward = Callable[[Array, Array], Array]  # (observations [n, ...], actions [n, ...]) -> [n]
LEAST = 1e-3  # deviation below which a feature counts as constant


class DynamicsEnsemble:
    """`members` perceptrons f_m, each of which predicts the change of the observation, deterministically:

        s' = s + sigma_d * f_m((x - mu) / sigma),    x = (s, a),    d = s' - s,
        loss_m = mean_{b, i} (f_m(x_b)_i - d_bi / sigma_di)^2,

    with deviations sigma, sigma_d and means mu of what was lived, and s' clipped to the observation space. Members
    differ by their first parameters and by their own minibatches (Kurutach, Clavera, Duan, Tamar, Abbeel,
    "Model-ensemble trust-region policy optimization", 2018).
    """

    def __init__(
        self,
        spec: Spec,
        members: int = 5,
        hidden: tuple[int, ...] = (64, 64),
        learning_rate: float = 1e-3,
        seed: int = 0,
    ) -> None:
        self.spec, self.members = spec, members
        self.chance = np.random.default_rng(seed)
        self.shape = spec.observation_space.shape or ()
        self.size = int(np.prod(self.shape))
        self.nets = Perceptrons(
            (width_of(spec), *hidden, self.size), self.chance, members, "relu", learning_rate
        )
        self.mean, self.scale = np.zeros(width_of(spec), np.float32), np.ones(width_of(spec), np.float32)
        self.change = np.ones(self.size, np.float32)
        space: Any = spec.observation_space
        self.low, self.high = space.low.reshape(-1), space.high.reshape(-1)

    def fit(self, lived: Segments, batches: int, size: int) -> float:
        """`batches` gradient steps on minibatches of `size` of these single steps; the mean loss of the last tenth."""
        rows = inputs(self.spec, lived.observations[:, 0], lived.actions[:, 0])
        changes = lived.observations[:, 1].reshape(len(rows), -1) - rows[:, : self.size]
        self.mean, self.scale = rows.mean(axis=0), np.maximum(rows.std(axis=0), LEAST)
        self.change = np.maximum(np.sqrt((changes**2).mean(axis=0)), LEAST)
        x, wanted = self._columns(rows), (changes / self.change).T.astype(np.float32)
        losses = []
        for _ in range(batches):
            picked = self.chance.integers(len(rows), size=(self.members, size))
            losses.append(self.gradient(x[:, picked].swapaxes(0, 1), wanted[:, picked].swapaxes(0, 1)))
            self.nets.descend()
        return float(np.mean(losses[-max(1, batches // 10) :]))

    def gradient(self, x: Array, wanted: Array) -> float:
        """Leave the gradient of the sum of the members' losses; return their mean.

        x [members, width + 1, b], the last row ones; wanted [members, size, b].
        """
        x = np.ascontiguousarray(x)
        at = self.nets.at(x.shape[2])
        error = at.forward(x) - wanted
        at.backward(x, error * np.float32(2 / (error.shape[1] * error.shape[2])))
        return float((error**2).mean())

    def step(self, observations: Array, actions: Array, members: Array) -> Array:
        """The observations that follow [n, ...], each as the member that `members` [n] names foresees it."""
        rows = inputs(self.spec, observations, actions)
        outputs = self.nets.at(len(rows)).forward(self._columns(rows))
        changes = outputs[members, :, np.arange(len(rows))] * self.change
        after = np.clip(rows[:, : self.size] + changes, self.low, self.high)
        return after.reshape(len(rows), *self.shape).astype(np.float32)

    def _columns(self, rows: Array) -> Array:
        """Standardised features as columns, [width + 1, n], the last row ones."""
        x = np.ones((rows.shape[1] + 1, len(rows)), np.float32)
        x[:-1] = ((rows - self.mean) / self.scale).T
        return x


class Imagined(VecEnv):
    """`copies` rollouts of `depth` steps each in the dynamics' imagination, branched off from states that were lived.

    Every step of every rollout follows a member drawn anew. A rollout is cut off, not ended: its last observation is
    given as `terminal_observation`, so that PPO goes on with its value there.
    """

    def __init__(
        self,
        dynamics: DynamicsEnsemble,
        reward: Reward,
        starts: Callable[[int], Array],
        copies: int,
        depth: int,
    ) -> None:
        super().__init__(copies, dynamics.spec.observation_space, dynamics.spec.action_space)
        self.dynamics, self.reward, self.starts, self.depth = dynamics, reward, starts, depth
        self.age = 0

    def reset(self) -> Array:
        self.age, self.seen = 0, self.starts(self.num_envs)
        return self.seen

    def step_async(self, actions: Array) -> None:
        self.done = actions

    def step_wait(self) -> tuple[Array, Array, Array, list[dict[str, Any]]]:
        members = self.dynamics.chance.integers(self.dynamics.members, size=self.num_envs)
        rewards = self.reward(self.seen, self.done)
        self.seen, self.age = self.dynamics.step(self.seen, self.done, members), self.age + 1
        infos: list[dict[str, Any]] = [{} for _ in range(self.num_envs)]
        if cut := self.age == self.depth:
            for info, last in zip(infos, self.seen, strict=True):
                info["terminal_observation"], info["TimeLimit.truncated"] = last, True
            self.reset()
        return self.seen, np.asarray(rewards, np.float32), np.full(self.num_envs, cut), infos

    def close(self) -> None:
        pass

    def get_attr(self, attr_name: str, indices: Any = None) -> list[Any]:
        return [None] * self.num_envs  # only `render_mode` is ever asked for

    def set_attr(self, attr_name: str, value: Any, indices: Any = None) -> None:
        raise AttributeError(attr_name)

    def env_method(self, method_name: str, *args: Any, indices: Any = None, **kwargs: Any) -> list[Any]:
        raise AttributeError(method_name)

    def env_is_wrapped(self, wrapper_class: type, indices: Any = None) -> list[bool]:
        return [False] * self.num_envs
