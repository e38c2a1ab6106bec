"""A Gaussian squashed into [-1, 1], with a hand-written gradient: soft actor-critic's policy."""

from __future__ import annotations

from math import log, pi

import numpy as np

from algorithms._blocks.mlp import Array

LOG_STD = (-20.0, 2.0)  # bounds, of the paper's own code and of stable-baselines3
_TINY = 1e-6  # keeps log(1 - a^2) finite, as there


class TanhGaussian:
    """a = tanh(u), u = mean + std ε, ε ~ N(0, I), for a batch given as [mean; log std], ``(2 m, B)``."""

    def __init__(self, outputs: Array, noise: Array):
        self.mean, self._raw = outputs[: len(noise)], outputs[len(noise) :]
        self._log_std = np.minimum(np.maximum(self._raw, LOG_STD[0]), LOG_STD[1])
        self._spread = np.exp(self._log_std) * noise
        self.action = np.tanh(self.mean + self._spread)
        self._slope = 1.0 - self.action**2
        self._noise = noise

    def log_prob(self) -> Array:
        """log π(a|s) = sum_i [-ε_i^2 / 2 - log std_i - log(2 π) / 2 - log(1 - a_i^2)], ``(B,)``."""
        terms = np.log(self._slope + _TINY)
        terms += self._log_std
        terms += 0.5 * self._noise**2
        terms += 0.5 * log(2 * pi)
        return -np.add.reduce(terms, axis=0)

    def backward(self, d_action: Array, d_log_prob: float) -> Array:
        """dL/d[mean; log std] from dL/da, ``(m, B)``, and dL/d log π, the same for every sample:

        dL/du = dL/da (1 - a^2) + dL/d log π * 2 a,  dL/d log std = dL/du * std ε - dL/d log π.
        """
        d_u = d_action * self._slope
        d_u += (2.0 * d_log_prob) * self.action * (self._slope / (self._slope + _TINY))
        d_log_std = d_u * self._spread
        d_log_std -= d_log_prob
        d_log_std *= self._raw == self._log_std
        return np.concatenate([d_u, d_log_std])
