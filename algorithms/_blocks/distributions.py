"""Action distributions of a batch, with hand-written gradients.

One batch is ``(A, B)``: A logits or means for each of B samples. The order of calls is: write `parameters`,
`normalize`, `log_prob`, `entropy`, and `backward`, which turns dL/d log π (one a sample) and dL/dH (the same
for every sample) into `gradient`, dL/d parameters.
"""

from __future__ import annotations

from math import log, pi
from typing import Literal

import numpy as np

from algorithms._blocks.mlp import Array

Bounds = Literal["open", "clipped", "truncated"]  # `Gaussian`, `ClippedGaussian`, `TruncatedGaussian` over a box
_LOG_2PI = log(2 * pi)


class Categorical:
    """π(a|s) = softmax(logits)_a for a batch; an action is its indicator, a column of ``(A, B)``."""

    def __init__(self, n_actions: int, batch: int):
        self.parameters = np.empty((n_actions, batch), np.float32)  # logits
        self.gradient = np.empty_like(self.parameters)
        self._log_p, self._p, self._scratch = (np.empty_like(self.parameters) for _ in range(3))
        self._all_actions = np.arange(n_actions)[:, None]
        self._row, self._minus_entropy = np.empty((2, batch), np.float32)

    def noise(self, rng: np.random.Generator, steps: int) -> Array:
        """What `sample` turns into actions, for many batches: Gumbel variables, ``(steps, A, B)``."""
        return rng.gumbel(size=(steps, *self.parameters.shape)).astype(np.float32)

    def sample(self, noise: Array) -> Array:
        """Actions ``(B,)``: argmax_a logit_a + Gumbel_a is a draw from softmax(logits)."""
        return np.add(self.parameters, noise, out=self._scratch).argmax(axis=0)

    def taken(self, actions: Array) -> Array:
        """Any number of actions as columns of indicators."""
        return (self._all_actions == actions.reshape(-1)).astype(np.float32)

    def normalize(self) -> None:
        logits, log_p, p, row = self.parameters, self._log_p, self._p, self._row
        np.maximum.reduce(logits, axis=0, out=row)
        np.subtract(logits, row, out=log_p)
        np.exp(log_p, out=p)
        np.add.reduce(p, axis=0, out=row)
        np.divide(p, row, out=p)
        np.log(row, out=row)
        np.subtract(log_p, row, out=log_p)

    def log_prob(self, taken: Array, out: Array) -> None:
        np.multiply(taken, self._log_p, out=self._scratch)
        np.add.reduce(self._scratch, axis=0, out=out)

    def entropy(self, out: Array) -> None:
        np.multiply(self._p, self._log_p, out=self._scratch)
        np.add.reduce(self._scratch, axis=0, out=self._minus_entropy)
        np.negative(self._minus_entropy, out=out)

    def backward(self, taken: Array, d_log_prob: Array, d_entropy: float) -> None:
        """d log π(a) / d logits = 1_a - p,  d H / d logits = -p (log p + H); `entropy` comes before."""
        np.subtract(taken, self._p, out=self.gradient)
        np.multiply(self.gradient, d_log_prob, out=self.gradient)
        if d_entropy != 0.0:
            np.subtract(self._log_p, self._minus_entropy, out=self._scratch)
            np.multiply(self._scratch, self._p, out=self._scratch)
            np.multiply(self._scratch, d_entropy, out=self._scratch)
            np.subtract(self.gradient, self._scratch, out=self.gradient)


class Gaussian:
    """π(a|s) = N(mean(s), diag(exp(log_std))^2) for a batch; actions are columns of ``(A, B)``."""

    def __init__(self, log_std: Array, d_log_std: Array, batch: int):
        self.parameters = np.empty((len(log_std), batch), np.float32)  # means
        self.gradient = np.empty_like(self.parameters)
        self._log_std, self._d_log_std = log_std, d_log_std
        self._z, self._scratch = np.empty_like(self.parameters), np.empty_like(self.parameters)
        self._std = np.empty((len(log_std), 1), np.float32)

    def noise(self, rng: np.random.Generator, steps: int) -> Array:
        """What `sample` turns into actions, for many batches: N(0, 1) variables, ``(steps, B, A)``."""
        return rng.standard_normal((steps, *self.parameters.T.shape), dtype=np.float32)

    def sample(self, noise: Array) -> Array:
        """Actions ``(B, A)``: mean + std * noise."""
        return noise * self._std[:, 0] + self.parameters.T

    def taken(self, actions: Array) -> Array:
        """Any number of actions as columns."""
        return actions.reshape(-1, len(self._std)).T

    def normalize(self) -> None:
        np.exp(self._log_std[:, None], out=self._std)
        self._sum_log_std = float(self._log_std.sum())

    def log_prob(self, taken: Array, out: Array) -> None:
        """log π(a) = -sum_i [z_i^2 / 2 + log std_i + log(2 π) / 2],  z = (a - mean) / std."""
        np.subtract(taken, self.parameters, out=self._z)
        np.divide(self._z, self._std, out=self._z)
        np.multiply(self._z, self._z, out=self._scratch)
        np.add.reduce(self._scratch, axis=0, out=out)
        np.multiply(out, -0.5, out=out)
        np.subtract(out, self._sum_log_std + 0.5 * _LOG_2PI * len(self._std), out=out)

    def entropy(self, out: Array) -> None:
        out.fill(self._sum_log_std + 0.5 * (1.0 + _LOG_2PI) * len(self._std))

    def backward(self, taken: Array, d_log_prob: Array, d_entropy: float) -> None:
        """d log π / d mean = z / std,  d log π / d log std = z^2 - 1,  dH / d log std = 1.

        `log_prob` comes before.
        """
        np.subtract(self._scratch, 1.0, out=self._scratch)
        np.matmul(self._scratch, d_log_prob, out=self._d_log_std)
        np.add(self._d_log_std, d_entropy * taken.shape[1], out=self._d_log_std)
        np.divide(self._z, self._std, out=self.gradient)
        np.multiply(self.gradient, d_log_prob, out=self.gradient)


class ClippedGaussian(Gaussian):
    """The Gaussian whose actions are clipped to their box before they are done.

    What is done at a bound has the whole tail's probability, log Phi((low - mean) / std) at the lower one and
    log Phi((mean - high) / std) at the upper one, and the density between them (Fujita and Maeda, "Clipped
    action policy gradient", 2018). With the density alone, an action that was blamed at a bound pushes the
    mean further beyond it, and one that was praised there draws a mean back that is beyond it already.
    """

    def __init__(self, log_std: Array, d_log_std: Array, batch: int, low: Array, high: Array):
        super().__init__(log_std, d_log_std, batch)
        self._low, self._high = low[:, None], high[:, None]

    def log_prob(self, taken: Array, out: Array) -> None:
        """Per component, z = (a - mean) / std: log φ(z) - log std inside, log Φ(-z) at high, log Φ(z) at low."""
        from scipy.special import log_ndtr

        side = (taken >= self._high).astype(np.float32) - (taken <= self._low)
        np.subtract(taken, self.parameters, out=self._z)
        np.divide(self._z, self._std, out=self._z)
        density = -0.5 * self._z**2 - 0.5 * _LOG_2PI
        tail = log_ndtr(-side * self._z)
        mills = np.exp(density - tail)  # φ(z) / Φ(∓z)
        inside = side == 0
        # d log π / d mean = slope / std, d log π / d log std = slope * z - [inside]
        self._slope = np.where(inside, self._z, side * mills)
        each = np.where(inside, density - self._log_std[:, None], tail)
        self._scratch[...] = self._slope * self._z - inside
        np.add.reduce(each, axis=0, out=out)

    def backward(self, taken: Array, d_log_prob: Array, d_entropy: float) -> None:
        """`log_prob` comes before; the entropy is that of the Gaussian before clipping."""
        np.matmul(self._scratch, d_log_prob, out=self._d_log_std)
        np.add(self._d_log_std, d_entropy * taken.shape[1], out=self._d_log_std)
        np.divide(self._slope, self._std, out=self.gradient)
        np.multiply(self.gradient, d_log_prob, out=self.gradient)


class TruncatedGaussian(Gaussian):
    """The Gaussian conditioned on its box: π(a|s) = N(a; mean, std^2) / Z, Z = Φ(β) - Φ(α),

    α = (low - mean) / std, β = (high - mean) / std. With the mean far beyond a bound, log π is linear in the
    action, with a slope of any size: how much an action matters is the mean's to say, whatever the deviation.
    """

    def __init__(self, log_std: Array, d_log_std: Array, batch: int, low: Array, high: Array):
        super().__init__(log_std, d_log_std, batch)
        self._low, self._high = low[:, None], high[:, None]

    def log_prob(self, taken: Array, out: Array) -> None:
        """Per component: log φ(z) - log std - log Z,  z = (a - mean) / std."""
        from scipy.special import log_ndtr

        np.subtract(taken, self.parameters, out=self._z)
        np.divide(self._z, self._std, out=self._z)
        low, high = (self._low - self.parameters) / self._std, (self._high - self.parameters) / self._std
        above = low > 0  # the box lies in the upper tail: look at it from the other side
        less, more = log_ndtr(np.where(above, -high, low)), log_ndtr(np.where(above, -low, high))
        log_z = more + np.log1p(-np.exp(less - more))
        at_low = np.exp(-0.5 * low**2 - 0.5 * _LOG_2PI - log_z)  # φ(α) / Z
        at_high = np.exp(-0.5 * high**2 - 0.5 * _LOG_2PI - log_z)
        each = -0.5 * self._z**2 - 0.5 * _LOG_2PI - self._log_std[:, None] - log_z
        self._slope = self._z - (at_low - at_high)  # d log π / d mean = slope / std
        self._scratch[...] = self._z**2 - 1.0 - (low * at_low - high * at_high)  # d log π / d log std
        np.add.reduce(each, axis=0, out=out)

    def backward(self, taken: Array, d_log_prob: Array, d_entropy: float) -> None:
        """`log_prob` comes before; the entropy is that of the Gaussian before truncation."""
        np.matmul(self._scratch, d_log_prob, out=self._d_log_std)
        np.add(self._d_log_std, d_entropy * taken.shape[1], out=self._d_log_std)
        np.divide(self._slope, self._std, out=self.gradient)
        np.multiply(self.gradient, d_log_prob, out=self.gradient)
