"""The update of PPO (Schulman et al. 2017, arXiv:1707.06347) on one rollout, with a hand-written gradient."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from algorithms._blocks.actor_critic import ActorCritic
from algorithms._blocks.mlp import Array


@dataclass(frozen=True)
class Objective:
    """Coefficients of the loss that an `Update` lowers."""

    clip_range: float  # ε
    clip_range_vf: float | None  # None: values are not clipped
    ent_coef: float  # c_2
    vf_coef: float  # c_1
    normalize_advantage: bool


class Minibatch(NamedTuple):
    """Views of one minibatch: what goes in, and the four rows that the forward pass fills."""

    x: Array  # features and a row of ones, (d + 1, B)
    taken: Array  # actions, (A, B)
    old_log_prob: Array  # the others (B,)
    old_value: Array
    target: Array  # TD(λ) return
    slope: Array  # -A_t / B
    bound: Array  # -(A_t + ε |A_t|) / B
    log_ratio: Array
    ratio: Array
    value: Array
    entropy: Array

    def approx_kl(self) -> float:
        """mean[(r - 1) - log r], an estimate of KL(π_old, π) that is never negative (Schulman 2020)."""
        return float(np.mean(self.ratio - 1.0 - self.log_ratio))


class Update:
    """Epochs of minibatches on one rollout of N samples.

    With r_t = π(a_t|s_t) / π_old(a_t|s_t) and the advantages normalised within the minibatch,

        L = mean[-min(r A, clip(r, 1 - ε, 1 + ε) A)] + c_1 mean[(R - V)^2] - c_2 mean[H(π)],

    where V, if clip_range_vf = δ is given, is V_old + clip(V - V_old, -δ, δ). Since

        min(r A, clip(r, 1 - ε, 1 + ε) A) = min(r A, A + ε |A|),

    the clipped surrogate needs one comparison: dL/d log π is -r A / B where r A <= A + ε |A|, else 0.

    ``terms``: the parts of the loss and the diagnostics, one array an epoch, one entry a minibatch.
    """

    def __init__(
        self,
        network: ActorCritic,
        objective: Objective,
        features: Array,
        taken: Array,
        rows: Sequence[Array],
        batch_size: int,
    ):
        """``features`` ``(d, N)``, ``taken`` ``(A, N)``; ``rows``: log π_old, V_old, R, A, each ``(N,)``."""
        self._network, self._objective = network, objective
        self.samples = features.shape[1]
        ones = np.ones((1, self.samples), np.float32)
        # One table, so that a shuffle is one gather and a minibatch is a slice.
        self._ordered = np.concatenate(
            [features, ones, taken, *(row[None] for row in rows)], dtype=np.float32
        )
        self._table = np.empty_like(self._ordered)
        *self._old, self._advantage = self._table[-4:]
        self._results = np.empty((6, self.samples), np.float32)  # a Minibatch's fields from slope on

        self._starts = np.arange(0, self.samples, batch_size)
        self._sizes = np.diff(self._starts, append=self.samples)
        x, actions = np.split(self._table[:-4], [len(features) + 1])
        fields = (x, actions, *self._old, *self._results)
        self._minibatches = [Minibatch(*(f[..., i : i + batch_size] for f in fields)) for i in self._starts]
        self.terms: dict[str, list[Array]] = defaultdict(list)

    def epoch(self, permutation: Array, target_kl: float | None, max_grad_norm: float) -> bool:
        """One pass over the samples in this order; False if it ended early, at KL > 1.5 target_kl."""
        network = self._network
        self._shuffle(permutation)
        done, finished = 0, True
        for minibatch in self._minibatches:
            self._forward(minibatch)
            done += 1
            if target_kl is not None and minibatch.approx_kl() > 1.5 * target_kl:
                finished = False
                break
            self._backward(minibatch)
            network.adam.step(network.theta, network.gradient, max_grad_norm)
        self._note(done)
        return finished

    def _shuffle(self, permutation: Array) -> None:
        """Put the samples in a new order and normalise the advantages within the new minibatches.

        A = (A - mean A) / (std A + 1e-8), std with B - 1; a minibatch of one sample keeps its advantage.
        """
        # Indices are valid by construction, and mode="raise" would gather into a hidden buffer first.
        np.take(self._ordered, permutation, axis=1, out=self._table, mode="clip")
        advantage = self._advantage
        if self._objective.normalize_advantage:
            several = self._sizes > 1
            mean = np.add.reduceat(advantage, self._starts, dtype=np.float64) / self._sizes
            centred = advantage - np.repeat(np.where(several, mean, 0.0), self._sizes)
            variance = np.add.reduceat(centred**2, self._starts) / np.maximum(self._sizes - 1, 1)
            advantage = centred / np.repeat(np.where(several, np.sqrt(variance) + 1e-8, 1.0), self._sizes)
        slope, bound = self._results[:2]
        np.divide(advantage, -np.repeat(self._sizes, self._sizes), out=slope, casting="same_kind")
        np.subtract(slope, self._objective.clip_range * np.abs(slope), out=bound)

    def _forward(self, minibatch: Minibatch) -> None:
        """Fill log_ratio, ratio, value and entropy."""
        batch = self._network.batch(len(minibatch.target))
        batch.forward(minibatch.x, minibatch.value)
        batch.distribution.log_prob(minibatch.taken, minibatch.log_ratio)
        np.subtract(minibatch.log_ratio, minibatch.old_log_prob, out=minibatch.log_ratio)
        np.exp(minibatch.log_ratio, out=minibatch.ratio)
        batch.distribution.entropy(minibatch.entropy)

    def _backward(self, minibatch: Minibatch) -> None:
        """Fill the network's gradient with dL/dθ; `_forward` comes before."""
        size, objective = len(minibatch.target), self._objective
        batch = self._network.batch(size)
        d_log_prob = minibatch.slope * minibatch.ratio
        d_log_prob *= d_log_prob >= minibatch.bound
        batch.distribution.backward(minibatch.taken, d_log_prob, -objective.ent_coef / size)
        if objective.clip_range_vf is None:
            d_value = minibatch.value - minibatch.target
        else:
            clipped = _clipped(minibatch.value, minibatch.old_value, objective.clip_range_vf)
            change = minibatch.value - minibatch.old_value
            d_value = (clipped - minibatch.target) * (np.abs(change) <= objective.clip_range_vf)
        d_value *= 2.0 * objective.vf_coef / size
        batch.backward(minibatch.x, d_value)

    def _note(self, done: int) -> None:
        """Append the epoch's first ``done`` minibatches to `terms`."""
        objective, sizes = self._objective, self._sizes[:done]
        rows = [row[: sizes.sum()] for row in (*self._old[1:], *self._results)]
        old_value, target, slope, bound, log_ratio, ratio, value, entropy = rows
        if objective.clip_range_vf is not None:
            value = _clipped(value, old_value, objective.clip_range_vf)

        def means(samples: Array) -> Array:
            return np.add.reduceat(samples, self._starts[:done], dtype=np.float64) / sizes

        epoch = {
            "policy_gradient_loss": means(np.maximum(slope * ratio, bound)) * sizes,
            "value_loss": means((target - value) ** 2),
            "entropy_loss": -means(entropy),
            "approx_kl": means(ratio - 1.0 - log_ratio),
            "clip_fraction": means(np.abs(ratio - 1.0) > objective.clip_range),
        }
        for name, term in epoch.items():
            self.terms[name].append(term)


def _clipped(value: Array, old_value: Array, clip_range_vf: float) -> Array:
    return old_value + np.clip(value - old_value, -clip_range_vf, clip_range_vf)
