"""Actions to maximise over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from benchmarks.api import Spec

Array = np.ndarray[Any, np.dtype[Any]]


def candidate_actions(spec: Spec, n: int, rng: np.random.Generator) -> Array:
    """All discrete actions; of continuous ones both bounds and `n` - 2 uniformly random ones, [k, ...]."""
    space: Any = spec.action_space
    if spec.discrete:
        return np.arange(space.n)
    inner = rng.uniform(space.low, space.high, (max(0, n - 2), *space.shape))
    return np.concatenate([space.low[None], space.high[None], inner]).astype(space.dtype)
