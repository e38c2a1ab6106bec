"""Inverse soft Q-learning's critics: a Q whose own reward r = Q(s, a) - γ V(s') tells the person from the learner.

Garg, Chakraborty, Cundy, Song, Ermon, "IQ-Learn: inverse soft-Q learning for imitation", 2021.
"""

from __future__ import annotations

import numpy as np

from algorithms._blocks.fast_sac import FastSAC
from algorithms._blocks.mlp import Array
from algorithms._blocks.replay import Batch
from algorithms._blocks.soft_q import SoftQ
from algorithms._blocks.tanh_gaussian import TanhGaussian


def chi2(rewards: Array, alpha: float) -> tuple[float, Array]:
    """The part of the loss that looks at r = Q(s, a) - γ V(s') of B transitions, the first half the person's,

        -E_person[r] + E[r^2] / (4 alpha),

    and its slope in each r, ``(B,)``: the χ² divergence's φ(r) = r - r^2 / (4 alpha), of which the person's r may be
    high and all r must be small. (The authors' code takes the square over the person's alone where nothing is lived.)
    """
    half = rewards.shape[-1] // 2
    slope = rewards / (2 * alpha * rewards.shape[-1])
    slope[..., :half] -= 1.0 / half
    square = float((rewards**2).mean()) / (4 * alpha)
    return square - float(rewards[..., :half].mean()), slope


class InverseSoftQ(SoftQ):
    """Discrete actions, with V and π of `SoftQ`:

        L = -E_person[Q(s, a) - γ V(s')] + E[V(s) - γ V(s')] + E[(Q(s, a) - γ V(s'))^2] / (4 alpha),

    E over a batch whose first half is the person's. Its gradient goes through V(s') too, as in the authors' code.
    """

    def __init__(self, *args: object, alpha: float, **settings: object):
        super().__init__(*args, **settings)  # type: ignore[arg-type]
        self.alpha = alpha

    def rewards(self, batch: Batch) -> Array:
        """r = Q(s, a) - γ V(s') of every transition, ``(B,)``."""
        values = self.values(batch.both)
        soft, _ = self.soft(values)
        taken = np.add.reduce(values[:, : batch.size] * batch.action, axis=0)
        return taken - self.discount * batch.alive * soft[batch.size :]

    def update(self, batch: Batch) -> float:
        n, kept = batch.size, self.discount * batch.alive
        values = self.values(batch.both)
        soft, policy = self.soft(values)
        taken = np.add.reduce(values[:, :n] * batch.action, axis=0)
        loss, slope = chi2(taken - kept * soft[n:], self.alpha)
        loss += float((soft[:n] - kept * soft[n:]).mean())
        policy[:, :n] /= n
        policy[:, :n] += batch.action * slope
        policy[:, n:] *= -kept * (slope + 1.0 / n)
        self.descend(batch.both, policy)
        return loss


class InverseSAC(FastSAC):
    """Continuous actions: SAC's actor and temperature, with V(s) = Q(s, ã) - α log π(ã|s), ã ~ π, in place of the sum.

    Every critic has a loss of its own, with V'(s') = min_i Q'_i(s', a') - α log π(a'|s') of the slow copies, through
    which no gradient goes, as in the authors' experiments with SAC.
    """

    def __init__(self, *args: object, chi2_weight: float, **settings: object):
        super().__init__(*args, **settings)  # type: ignore[arg-type]
        self.chi2_weight = chi2_weight

    def rewards(self, batch: Batch) -> Array:
        """r = Q(s, a) - γ V'(s') of every transition, the mean over the critics, ``(B,)``."""
        following = self.soft_values(batch, self._draw(batch.size), float(np.exp(self.log_alpha[0])))
        values = self.critics.online.at(batch.size).forward(batch.pair)[:, 0].mean(axis=0)
        return values - self.discount * batch.alive * following

    def evaluate(self, batch: Batch, following: Array, alpha: float) -> float:
        n, kept = batch.size, self.discount * batch.alive
        fresh = TanhGaussian(self.actor.at(n).forward(batch.state)[0], self._draw(n))
        pairs = np.concatenate([batch.pair, batch.pair], axis=1)
        pairs[: self.actions, n:] = fresh.action
        net = self.critics.online.at(2 * n)
        values = net.forward(pairs)[:, 0]
        loss, slope = chi2(values[:, :n] - kept * following, self.chi2_weight)
        soft = values[:, n:] - alpha * fresh.log_prob()
        loss += float((soft - kept * following).mean())
        net.backward(pairs, np.concatenate([slope, np.full_like(slope, 1.0 / n)], axis=1)[:, None])
        self.critics.online.descend()
        return loss
