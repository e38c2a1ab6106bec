"""A policy as a frozen, picklable value that needs neither torch nor the model it came from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from algorithms._blocks.mlp import ACTIVATIONS, Array
from algorithms._blocks.tanh_gaussian import LOG_STD, TanhGaussian

_LOG_2PI = float(np.log(2 * np.pi))


@dataclass(frozen=True, eq=False)
class Snapshot:
    """The actor of an `ActorCriticPolicy` at one moment: softmax(f(s)) or N(f(s), σ^2), f a perceptron.

    `predict` answers as SB3's ``policy.predict``: same types, shapes and clipping, for one observation or a
    batch. Stochastic actions come from ``rng``. Made by `snapshot`.
    """

    weights: tuple[Array, ...]  # layer l: (n_{l-1}, n_l), the output layer last
    biases: tuple[Array, ...]  # (n_l,)
    activation: str  # "tanh" or "relu"
    observation_shape: tuple[int, ...]
    n_observations: int | None  # of a discrete observation space
    action_shape: tuple[int, ...]
    std: Array | None  # (A,); None: discrete actions
    low: Array | None
    high: Array | None
    rng: np.random.Generator = field(repr=False)

    def predict(
        self,
        observation: Array,
        state: tuple[Array, ...] | None = None,
        episode_start: Array | None = None,
        deterministic: bool = False,
    ) -> tuple[Array, tuple[Array, ...] | None]:
        """Actions for an observation or a batch of them; ``state`` is handed through."""
        features, single = self._features(observation)
        actions = self._act(self._outputs(features), deterministic)
        return (actions.squeeze(axis=0) if single else actions), state

    def _act(self, outputs: Array, deterministic: bool) -> Array:
        if self.std is None:
            if not deterministic:
                outputs += self.rng.gumbel(size=outputs.shape)
            return outputs.argmax(axis=1)
        if not deterministic:
            outputs += self.std * self.rng.standard_normal(outputs.shape, np.float32)
        actions = outputs.reshape(-1, *self.action_shape)
        return np.minimum(np.maximum(actions, self.low), self.high)

    def probabilities(self, observations: Array) -> Array:
        """π(.|s) of discrete actions for a batch, ``(B, A)``."""
        return np.exp(self._log_softmax(observations))

    def log_prob(self, observations: Array, actions: Array) -> Array:
        """log π(a|s) for a batch, ``(B,)``: a density for continuous actions, which are taken as they are."""
        if self.std is None:
            columns = np.asarray(actions).reshape(-1, 1).astype(np.int64)
            return np.take_along_axis(self._log_softmax(observations), columns, axis=1)[:, 0]
        means = self._outputs(self._features(observations)[0])
        z = (np.asarray(actions, np.float32).reshape(means.shape) - means) / self.std
        return -(0.5 * z**2 + np.log(self.std) + 0.5 * _LOG_2PI).sum(axis=1)

    def clipped_log_prob(self, observations: Array, actions: Array) -> Array:
        """log π of actions as they were done, ``(B,)``: one at a bound has the probability of the whole tail.

        log Φ((low - μ) / σ) at the lower bound, log Φ((μ - high) / σ) at the upper one, the density between them
        (Fujita and Maeda, "Clipped action policy gradient", 2018).
        """
        if self.std is None:
            return self.log_prob(observations, actions)
        from scipy.special import log_ndtr

        means = self._outputs(self._features(observations)[0])
        done = np.asarray(actions, np.float32).reshape(means.shape)
        low, high = self.low.reshape(-1), self.high.reshape(-1)
        inside = -0.5 * ((done - means) / self.std) ** 2 - np.log(self.std) - 0.5 * _LOG_2PI
        below, above = log_ndtr((low - means) / self.std), log_ndtr((means - high) / self.std)
        return np.where(done <= low, below, np.where(done >= high, above, inside)).sum(axis=1)

    def entropy(self, observations: Array) -> Array:
        """H(π(.|s)) for a batch, ``(B,)``, in nats."""
        if self.std is None:
            log_p = self._log_softmax(observations)
            return -(np.exp(log_p) * log_p).sum(axis=1)
        batch = len(self._features(observations)[0])
        return np.full(batch, (np.log(self.std) + 0.5 + 0.5 * _LOG_2PI).sum(), np.float32)

    def _features(self, observation: Array) -> tuple[Array, bool]:
        """Rows of features, and whether the observation was a single one."""
        observation = np.asarray(observation)
        single = observation.shape == self.observation_shape
        if not single and observation.shape[1:] != self.observation_shape:
            raise ValueError(
                f"observations of shape {self.observation_shape} expected, not {observation.shape}"
            )
        if self.n_observations is not None:
            return np.eye(self.n_observations, dtype=np.float32)[observation.reshape(-1)], single
        rows = observation.reshape(1 if single else len(observation), -1)
        return rows.astype(np.float32, copy=False), single

    def _outputs(self, features: Array) -> Array:
        """f(s): logits or means, ``(B, A)``."""
        phi, _ = ACTIVATIONS[self.activation]
        h = features
        for weight, bias in zip(self.weights[:-1], self.biases[:-1]):
            h = h @ weight
            h += bias
            phi(h, out=h)
        return h @ self.weights[-1] + self.biases[-1]

    def _log_softmax(self, observations: Array) -> Array:
        if self.std is not None:
            raise TypeError("continuous actions have densities, no probabilities; see log_prob")
        logits = self._outputs(self._features(observations)[0])
        logits -= logits.max(axis=1, keepdims=True)
        return logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))


@dataclass(frozen=True, eq=False)
class GreedySnapshot(Snapshot):
    """argmax_a Q(s, a), f = Q; stochastically, any action with probability ε."""

    epsilon: float = 0.05

    def _act(self, outputs: Array, deterministic: bool) -> Array:
        actions = outputs.argmax(axis=1)
        if deterministic:
            return actions
        any_action = self.rng.integers(outputs.shape[1], size=len(actions))
        return np.where(self.rng.random(len(actions)) < self.epsilon, any_action, actions)

    def _log_softmax(self, observations: Array) -> Array:
        """log π(.|s): ε / A everywhere, and 1 - ε more on the best action."""
        values = self._outputs(self._features(observations)[0])
        share = self.epsilon / values.shape[1]
        best = np.arange(values.shape[1]) == values.argmax(axis=1)[:, None]
        return np.log(np.where(best, 1.0 - self.epsilon + share, share))


@dataclass(frozen=True, eq=False)
class TanhSnapshot(Snapshot):
    """tanh(mean) or tanh(N(mean, σ^2)) stretched from [-1, 1] to the box, f = [mean; log σ] or the mean alone.

    ``std`` is not looked at. Densities are those of the actions in [-1, 1].
    """

    def _act(self, outputs: Array, deterministic: bool) -> Array:
        m = int(np.prod(self.action_shape))
        if deterministic or outputs.shape[1] == m:
            actions = np.tanh(outputs[:, :m])
        else:
            actions = self._squashed(outputs, self.rng.standard_normal((len(outputs), m), np.float32)).action.T
        middle, half = (self.high + self.low) / 2, (self.high - self.low) / 2
        return np.clip(actions.reshape(-1, *self.action_shape) * half + middle, self.low, self.high)

    def log_prob(self, observations: Array, actions: Array) -> Array:
        outputs = self._outputs(self._features(observations)[0])
        mean, log_std = np.split(outputs, 2, axis=1)
        middle, half = (self.high + self.low) / 2, (self.high - self.low) / 2
        inside = np.clip((np.asarray(actions, np.float32).reshape(-1, *self.action_shape) - middle) / half, -1, 1)
        raw = np.arctanh(inside.reshape(mean.shape) * np.float32(1 - 1e-6))
        return self._squashed(outputs, (raw - mean) / np.exp(np.clip(log_std, *LOG_STD))).log_prob()

    def entropy(self, observations: Array) -> Array:
        """H(π(.|s)), ``(B,)``, from 64 fixed draws: it has no closed form."""
        outputs = self._outputs(self._features(observations)[0])
        draws = np.random.default_rng(0).standard_normal((64, 1, outputs.shape[1] // 2))
        each = [self._squashed(outputs, np.repeat(draw, len(outputs), axis=0)).log_prob() for draw in draws]
        return -np.mean(each, axis=0)

    def _squashed(self, outputs: Array, noise: Array) -> TanhGaussian:
        return TanhGaussian(outputs.T, noise.T)


def snapshot(policy: Any, seed: Any = None) -> Snapshot:
    """Freeze an SB3 `ActorCriticPolicy`.

    ``seed``: whatever `numpy.random.default_rng` takes. By default it is drawn from torch's global generator,
    with which the policy itself would sample, so that a seeded program stays reproducible.
    """
    import torch as th
    from gymnasium import spaces

    from algorithms._blocks.obstacles import obstacle

    reason = obstacle(policy)
    if reason is not None:
        raise ValueError(f"no snapshot of this policy: {reason}")
    body = policy.mlp_extractor.policy_net
    layers = [m for m in (*body, policy.action_net) if isinstance(m, th.nn.Linear)]
    observations, actions = policy.observation_space, policy.action_space
    discrete = isinstance(actions, spaces.Discrete)
    return Snapshot(
        weights=tuple(np.array(m.weight.detach().numpy().T, order="C") for m in layers),
        biases=tuple(m.bias.detach().numpy().copy() for m in layers),
        activation="relu" if len(body) and isinstance(body[1], th.nn.ReLU) else "tanh",
        observation_shape=observations.shape,
        n_observations=int(observations.n) if isinstance(observations, spaces.Discrete) else None,
        action_shape=actions.shape,
        std=None if discrete else np.exp(policy.log_std.detach().numpy()),
        low=None if discrete else actions.low.copy(),
        high=None if discrete else actions.high.copy(),
        rng=np.random.default_rng(int(th.randint(2**63 - 1, ())) if seed is None else seed),
    )
