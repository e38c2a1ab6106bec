"""(observation, action) as one vector: what a reward model sees."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from benchmarks.api import Spec

Array = np.ndarray[Any, np.dtype[Any]]


def flattened(batch: Array) -> Array:
    """[n, ...] as [n, d], of n = 0 too."""
    return batch.reshape(len(batch), prod(batch.shape[1:]))


def inputs(spec: Spec, observations: Array, actions: Array) -> Array:
    """[n, width] float32: the flattened observation beside the one-hot or the scaled action."""
    flat = flattened(np.asarray(observations, dtype=np.float32))
    return np.concatenate([flat, encode(spec, actions)], axis=1)


def encode(spec: Spec, actions: Array) -> Array:
    """[n, m] float32: discrete actions one-hot, continuous ones scaled from their box to [-1, 1]."""
    space: Any = spec.action_space
    if spec.discrete:
        return np.eye(space.n, dtype=np.float32)[np.asarray(actions, dtype=int)]
    middle, half = (space.high + space.low) / 2, (space.high - space.low) / 2
    clipped = np.clip(actions, space.low, space.high)
    return flattened((clipped - middle) / half).astype(np.float32)


def width_of(spec: Spec) -> int:
    """Columns of `inputs`."""
    space: Any = spec.action_space
    return int(np.prod(spec.observation_space.shape or ())) + (space.n if spec.discrete else int(np.prod(space.shape)))
