"""stable-baselines3's `ActorCriticPolicy` on one flat numpy vector: forward, backward, there and back.

The torch policy stays the owner of the parameters. `ActorCritic.pull` copies them in before a rollout or an
update, `push` copies them out after an update: some tens of microseconds each, and saving, loading or
replacing a policy needs no care at all.
"""

from __future__ import annotations

from itertools import pairwise
from math import prod
from typing import NamedTuple

import numpy as np
import torch as th
from gymnasium import spaces
from stable_baselines3.common.policies import ActorCriticPolicy
from torch import nn

from algorithms._blocks.distributions import Categorical, Gaussian
from algorithms._blocks.mlp import Adam, Array, Towers

_ACTIVATION_NAMES = {nn.Tanh: "tanh", nn.ReLU: "relu"}


def encode(observations: Array, space: spaces.Space, out: Array) -> None:
    """Observations, one a row -> features ``(d, B)``: Box flattened, Discrete one-hot."""
    if isinstance(space, spaces.Discrete):
        out[...] = np.arange(space.n)[:, None] == np.reshape(observations, -1)
    else:
        out[...] = np.reshape(observations, (out.shape[1], -1)).T


class Shape(NamedTuple):
    """Widths of the hidden layers and what stands between them."""

    widths: tuple[int, ...]
    activation: str


def _shape(body: nn.Sequential) -> Shape:
    widths = tuple(layer.out_features for layer in body[0::2])
    return Shape(widths, _ACTIVATION_NAMES[type(body[1])] if widths else "tanh")


class Parts(NamedTuple):
    """A flat vector by what it holds; every matrix is a layer with its bias as last column."""

    bodies: dict[tuple[str, ...], list[Array]]  # bodies evaluated side by side -> layers (E, out, in + 1)
    action_head: Array  # (A, n_L + 1)
    value_head: Array  # (1, n_L + 1)
    log_std: Array  # (A,), of size 0 for discrete actions


class ActorCritic:
    """Policy and value network of an SB3 policy on the flat vectors ``theta`` and ``gradient``.

    Bodies of the same shape are a pair, evaluated side by side; others are evaluated one after the other.
    """

    def __init__(self, policy: ActorCriticPolicy):
        self.policy = policy
        self.n_features = policy.features_dim
        self.n_outputs = policy.action_net.out_features
        self.gaussian = isinstance(policy.action_space, spaces.Box)
        self._shapes = {
            name: _shape(getattr(policy.mlp_extractor, name)) for name in ("policy_net", "value_net")
        }
        alike = self._shapes["policy_net"] == self._shapes["value_net"]
        self._groups = [("policy_net", "value_net")] if alike else [("policy_net",), ("value_net",)]

        size = sum(parameter.numel() for parameter in policy.parameters())
        self.theta, self.gradient, self._m, self._v = np.zeros((4, size), np.float32)
        self._theta_views, self._m_views, self._v_views = map(self._named, (self.theta, self._m, self._v))
        self.adam = Adam(size)
        self._batches: dict[int, Batch] = {}

    def __reduce__(self) -> tuple:
        """A copy is made anew: copied views would no longer share memory."""
        return ActorCritic, (self.policy,)

    def batch(self, size: int) -> Batch:
        """The (one) workspace for batches of this size."""
        if size not in self._batches:
            self._batches[size] = Batch(self, size)
        return self._batches[size]

    def pull(self) -> None:
        """Copy the parameters from torch."""
        for name, parameter in self.policy.named_parameters():
            self._theta_views[name][...] = parameter.detach().numpy()

    def pull_adam(self) -> None:
        """Copy the state and the settings of ``policy.optimizer``; a fresh optimizer has moments of zero."""
        for name, parameter in self.policy.named_parameters():
            state = self.policy.optimizer.state.get(parameter)
            for views, key in ((self._m_views, "exp_avg"), (self._v_views, "exp_avg_sq")):
                views[name][...] = state[key].numpy() if state else 0.0
        options = self.policy.optimizer.param_groups[0]
        state = self.policy.optimizer.state.get(options["params"][0])
        steps = int(state["step"]) if state else 0
        self.adam.configure(float(options["lr"]), options["betas"], options["eps"], steps)
        self.adam.restore(self._m, self._v)

    def push(self) -> None:
        """Copy the parameters and the optimizer's state to torch."""
        self.adam.moments(self._m, self._v)
        for name, parameter in self.policy.named_parameters():
            parameter.detach().numpy()[...] = self._theta_views[name]
            state = self.policy.optimizer.state[parameter]
            state["step"] = th.tensor(float(self.adam.steps))
            for views, key in ((self._m_views, "exp_avg"), (self._v_views, "exp_avg_sq")):
                state[key] = th.from_numpy(views[name].copy())

    def carve(self, flat: Array) -> Parts:
        """Views of a flat vector."""
        end = 0

        def take(*shape: int) -> Array:
            nonlocal end
            start, end = end, end + prod(shape)
            return flat[start:end].reshape(shape)

        def head(outputs: int, body: str) -> Array:
            return take(outputs, (self.n_features, *self._shapes[body].widths)[-1] + 1)

        def stacks(names: tuple[str, ...]) -> list[Array]:
            widths = (self.n_features, *self._shapes[names[0]].widths)
            return [take(len(names), after, before + 1) for before, after in pairwise(widths)]

        return Parts(
            bodies={names: stacks(names) for names in self._groups},
            action_head=head(self.n_outputs, "policy_net"),
            value_head=head(1, "value_net"),
            log_std=take(self.n_outputs if self.gaussian else 0),
        )

    def towers(self, size: int) -> dict[str, tuple[Towers, int]]:
        """Body -> the towers that it is evaluated in, and its place there."""
        weights, gradients = self.carve(self.theta).bodies, self.carve(self.gradient).bodies
        found = {}
        for names in self._groups:
            activation = self._shapes[names[0]].activation
            towers = Towers(weights[names], gradients[names], activation, size)
            found |= {name: (towers, place) for place, name in enumerate(names)}
        return found

    def _named(self, flat: Array) -> dict[str, Array]:
        """Views of a flat vector by the names of torch's parameters."""
        parts = self.carve(flat)
        augmented = {"action_net": parts.action_head, "value_net": parts.value_head}
        for names, layers in parts.bodies.items():
            for depth, stack in enumerate(layers):
                augmented |= {f"mlp_extractor.{name}.{2 * depth}": w for name, w in zip(names, stack)}
        views = {"log_std": parts.log_std} if self.gaussian else {}
        for name, w in augmented.items():
            views |= {f"{name}.weight": w[:, :-1], f"{name}.bias": w[:, -1]}
        return views


class Batch:
    """Forward and backward pass of an `ActorCritic` for ``B`` samples, in arrays of its own.

    ``x``: features with their row of ones, ``(d + 1, B)``, for callers that have no such array themselves.
    ``distribution``: of the actions, valid after `forward`; its `gradient` is to be filled before `backward`.
    """

    def __init__(self, network: ActorCritic, size: int):
        self.x = np.ones((network.n_features + 1, size), np.float32)
        theta, gradient = network.carve(network.theta), network.carve(network.gradient)
        if network.gaussian:
            self.distribution = Gaussian(theta.log_std, gradient.log_std, size)
        else:
            self.distribution = Categorical(network.n_outputs, size)
        self._action_head, self._d_action_head = theta.action_head, gradient.action_head
        self._value_head, self._d_value_head = theta.value_head[0], gradient.value_head[0]
        towers = network.towers(size)
        self._actor, self._actor_place = towers["policy_net"]
        self._critic, self._critic_place = towers["value_net"]
        self._towers = list(dict.fromkeys((self._actor, self._critic)))

    def forward(self, x: Array, values: Array) -> None:
        """Condition `distribution` on ``x`` ``(d + 1, B)`` and fill ``values`` ``(B,)``."""
        for towers in self._towers:
            towers.forward(x)
        latent_pi = self._actor.latent(x, self._actor_place)
        latent_vf = self._critic.latent(x, self._critic_place)
        np.matmul(self._action_head, latent_pi, out=self.distribution.parameters)
        np.matmul(self._value_head, latent_vf, out=values)
        self.distribution.normalize()

    def backward(self, x: Array, d_values: Array) -> None:
        """Fill the network's gradient from ``distribution.gradient`` and ``d_values`` ``(B,)``."""
        d_outputs = self.distribution.gradient
        np.matmul(d_outputs, self._actor.latent(x, self._actor_place).T, out=self._d_action_head)
        np.matmul(self._critic.latent(x, self._critic_place), d_values, out=self._d_value_head)
        if self._actor.d_output is not None:
            np.matmul(self._action_head[:, :-1].T, d_outputs, out=self._actor.d_output[self._actor_place])
        if self._critic.d_output is not None:
            d_latent = self._critic.d_output[self._critic_place]
            np.multiply(self._value_head[:-1, None], d_values, out=d_latent)
        for towers in self._towers:
            towers.backward(x)
