"""Policy networks for learners that train them directly, without PPO: stable-baselines3's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from stable_baselines3.common.policies import ActorCriticPolicy

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
