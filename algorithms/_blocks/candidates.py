"""Actions to maximise over, and the policy that does it with a network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from algorithms._blocks.features import encode

if TYPE_CHECKING:
    from algorithms._blocks.rating_model import RatingModel
    from benchmarks.api import Spec

Array = np.ndarray[Any, np.dtype[Any]]


def candidate_actions(spec: Spec, n: int, rng: np.random.Generator) -> Array:
    """All discrete actions; of continuous ones both bounds and `n` - 2 uniformly random ones, [k, ...]."""
    space: Any = spec.action_space
    if spec.discrete:
        return np.arange(space.n)
    inner = rng.uniform(space.low, space.high, (max(0, n - 2), *space.shape))
    return np.concatenate([space.low[None], space.high[None], inner]).astype(space.dtype)


@dataclass(frozen=True)
class Best:
    """argmax_a H(s, a) over the candidates, H a perceptron with ReLU on the observation beside the encoded action."""

    layers: tuple[Array, ...]  # [out, in + 1], the bias last
    candidates: Array  # [k, ...]
    encoded: Array  # [k, m]
    shape: tuple[int, ...]  # of one observation

    def predict(
        self, observation: Any, state: Any = None, episode_start: Any = None, deterministic: bool = False
    ) -> tuple[Any, Any]:
        observation = np.asarray(observation, dtype=np.float32)
        seen = observation.reshape(-1, int(np.prod(self.shape)))
        first, *others = self.layers
        width = seen.shape[1]
        # of every observation with every candidate, [n, k, out]; what each adds to the first layer is reckoned once
        x = (seen @ first[:, :width].T)[:, None] + self.encoded @ first[:, width:-1].T + first[:, -1]
        for layer in others:
            x = np.maximum(x, 0, out=x) @ layer[:, :-1].T + layer[:, -1]
        actions = self.candidates[x[:, :, 0].argmax(axis=1)]
        return (actions[0] if observation.shape == self.shape else actions), state


def best_of(model: RatingModel, candidates: Array) -> Best:
    """The policy that is greedy in the model's first member, as it is now."""
    spec = model.spec
    layers = tuple(layer[0].copy() for layer in model.nets.layers)
    return Best(layers, candidates, encode(spec, candidates), spec.observation_space.shape or ())
