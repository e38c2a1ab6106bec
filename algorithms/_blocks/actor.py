"""Policy networks for learners that train them directly, without PPO: stable-baselines3's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from stable_baselines3.common.policies import ActorCriticPolicy

    from algorithms._blocks.distributions import Bounds
    from benchmarks.api import Policy, Spec

Array = np.ndarray[Any, np.dtype[Any]]


def actor(spec: Spec, hidden: tuple[int, ...], learning_rate: float, log_std: float = 0.0) -> ActorCriticPolicy:
    """A tanh network with a categorical or a Gaussian head and its Adam; weights from torch's global chance."""
    from stable_baselines3.common.policies import ActorCriticPolicy

    return ActorCriticPolicy(
        spec.observation_space,
        spec.action_space,
        lr_schedule=lambda _: learning_rate,
        net_arch={"pi": list(hidden), "vf": []},
        log_std_init=log_std,
    )


def log_probabilities(policy: ActorCriticPolicy, observations: Any, actions: Any) -> Any:
    """log pi(a | o) of a flat batch, [n], as torch tensor with gradient."""
    return policy.get_distribution(observations).log_prob(actions)


def clipped_log_probabilities(distribution: Any, actions: Any, space: Any) -> Any:
    """log pi of actions [n, ...] that were clipped to their box, [n], as torch tensor with gradient.

    A Gaussian action beyond a bound is done as the bound, so what was done there has the whole tail's probability:
    log Phi((low - mu) / sigma) at the lower bound, log Phi((mu - high) / sigma) at the upper one, and the density
    between them (Fujita and Maeda, "Clipped action policy gradient", 2018). With the density alone, an action that
    was blamed at a bound pushes the mean further beyond it.
    """
    import torch

    if hasattr(space, "n"):
        return distribution.log_prob(actions)
    normal = distribution.distribution
    low, high = torch.as_tensor(space.low), torch.as_tensor(space.high)
    inside = normal.log_prob(actions)
    below = torch.special.log_ndtr((low - normal.mean) / normal.stddev)
    above = torch.special.log_ndtr((normal.mean - high) / normal.stddev)
    return torch.where(actions <= low, below, torch.where(actions >= high, above, inside)).flatten(1).sum(dim=1)


def tensors(spec: Spec, observations: Array, actions: Array) -> tuple[Any, Any]:
    """Observations [n, ...] and actions [n, ...] as torch tensors of the types a policy takes."""
    import torch

    kind = torch.int64 if spec.discrete else torch.float32
    return torch.as_tensor(observations, dtype=torch.float32), torch.as_tensor(actions, dtype=kind)


def frozen(policy: ActorCriticPolicy) -> Policy:
    """A snapshot to offer or to act with."""
    from algorithms._blocks.policies import snapshot

    return snapshot(policy)


class TorchActor:
    """What `FastActor` is, by stable-baselines3's policy and torch: the reference back end, slower and independent."""

    def __init__(
        self,
        spec: Spec,
        hidden: tuple[int, ...],
        learning_rate: float = 1e-3,
        log_std: Array | float = 0.0,
        train_std: bool = True,
        bounds: Bounds = "open",
        weight_decay: float = 0.0,
        averaging: float = 0.0,
    ) -> None:
        import torch

        if bounds == "truncated":
            raise ValueError('the reference back end knows the bounds "open" and "clipped" only')
        self.spec, self._bounds, self._rho = spec, bounds, averaging
        self.policy = actor(spec, hidden, learning_rate)
        network = [parameter for name, parameter in self.policy.named_parameters() if name != "log_std"]
        self._optimiser = torch.optim.AdamW(network, lr=learning_rate, weight_decay=weight_decay)
        self._network, self._means = network, [parameter.detach().clone() for parameter in network]
        if not spec.discrete:
            with torch.no_grad():
                self.policy.log_std[:] = torch.as_tensor(log_std)
        if train_std and not spec.discrete:
            self._optimiser.add_param_group({"params": [self.policy.log_std], "weight_decay": 0.0})

    def features(self, observations: Array) -> Array:
        """Observations [n, ...] as columns, ``(d, n)``."""
        return np.reshape(observations, (len(observations), -1)).T

    def taken(self, actions: Array) -> Array:
        """Actions [n, ...] as columns, ``(A, n)`` or, discrete ones, ``(1, n)``."""
        return np.reshape(actions, (len(actions), -1)).T

    def forward(self, x: Array, taken: Array) -> Array:
        """log pi(a | s), ``(B,)``."""
        space: Any = self.spec.action_space
        seen, done = tensors(self.spec, x.T.reshape(-1, *self.spec.observation_space.shape), taken.T)  # type: ignore[misc]
        done = done.reshape(-1, *space.shape)
        distribution = self.policy.get_distribution(seen)
        if self._bounds == "clipped":
            self._last = clipped_log_probabilities(distribution, done, space)
        else:
            self._last = distribution.log_prob(done)
        return np.asarray(self._last.detach().numpy())

    def backward(self, d_log_prob: Array) -> None:
        """Gradients from dL/d log pi ``(B,)`` of the last `forward`."""
        import torch

        self.policy.zero_grad()
        self._last.backward(gradient=torch.as_tensor(d_log_prob, dtype=torch.float32))

    def step(self) -> None:
        import torch

        self._optimiser.step()
        with torch.no_grad():
            for mean, parameter in zip(self._means, self._network, strict=True):
                mean.lerp_(parameter, 1 - self._rho)

    def settle(self) -> None:
        """Replace the weights by their running mean."""
        import torch

        with torch.no_grad():
            for mean, parameter in zip(self._means, self._network, strict=True):
                parameter.copy_(mean)

    def begin_at(self, other: TorchActor) -> None:
        """Take another actor's weights."""
        self.policy.load_state_dict(other.policy.state_dict())
        self._means = [parameter.detach().clone() for parameter in self._network]

    def snapshot(self) -> Policy:
        return frozen(self.policy)
