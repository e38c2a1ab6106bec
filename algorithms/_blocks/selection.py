"""Which pairs of segments to ask about: one rule by its name, for every learner of a reward from comparisons.

With P_m = sigmoid(R_m(left) - R_m(right)) of each member m of the ensemble, and P its mean over the members:

uniform                as they come: candidates are in random order
disagreement           the largest Var_m P_m
entropy                the largest H(P) = -P log P - (1 - P) log(1 - P)
information            the largest H(P) - mean_m H(P_m): what the answer is expected to tell about which member is
                       right, in nats (Houlsby et al., "Bayesian active learning for classification", 2011; for
                       comparisons Biyik et al., "Asking easy questions", 2019)
k-center               pairs that cover the candidates: each next one is the farthest from all chosen before
k-center+disagreement  k-center among the `PRESELECTED` times as many pairs that the ensemble disagrees most about
k-center+entropy       the same among those of the largest entropy

uniform to k-center+entropy are modes 0 to 5 of Lee, Smith, Dragan, Abbeel, "B-Pref", 2021, k-center being the
greedy 2-approximation (Sener and Savarese, "Active learning for convolutional neural networks: a core-set
approach", 2018) in the space of a pair's features, both segments' steps side by side.
"""

from __future__ import annotations

from typing import Any, Literal, Protocol, get_args

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]

PRESELECTED = 5  # times n pairs for k-center to choose from, in the mixtures (B-Pref takes half of 10 times n)


class Judges(Protocol):
    """An ensemble of reward models."""

    def returns(self, features: Array) -> Array:
        """R of each segment for each member, [members, n]; features [n, L, width]."""


def disagreement(p: Array) -> Array:
    """[n] of probabilities [members, n]."""
    return np.asarray(p.var(axis=0))


def entropy(p: Array) -> Array:
    """[n] of probabilities [members, n]."""
    return binary_entropy(p.mean(axis=0))


def information(p: Array) -> Array:
    """[n] of probabilities [members, n]; never negative, since entropy is concave."""
    return binary_entropy(p.mean(axis=0)) - binary_entropy(p).mean(axis=0)


MERITS = {"disagreement": disagreement, "entropy": entropy, "information": information}
Rule = Literal[
    "uniform", "disagreement", "entropy", "information", "k-center", "k-center+disagreement", "k-center+entropy"
]
RULES: tuple[Rule, ...] = get_args(Rule)


def select(rule: Rule, ensemble: Judges, left: Array, right: Array, n: int) -> Array:
    """Indices [n] of the pairs to ask about, out of candidates with features [m, L, width] each, the best first."""
    if rule == "uniform":
        return np.arange(min(n, len(left)))
    merit = None if rule == "k-center" else MERITS[rule.removeprefix("k-center+")]
    chosen = np.arange(len(left))
    if merit is not None:
        differences = np.clip(ensemble.returns(left) - ensemble.returns(right), -50, 50)
        chosen = np.argsort(-merit(1 / (1 + np.exp(-differences))), kind="stable")
    if not rule.startswith("k-center"):
        return chosen[:n]
    if merit is not None:
        chosen = chosen[: PRESELECTED * n]
    pairs = np.concatenate([left[chosen].reshape(len(chosen), -1), right[chosen].reshape(len(chosen), -1)], axis=1)
    return chosen[k_center(pairs, n)]


def k_center(points: Array, n: int) -> Array:
    """The first of the points [m, d], then n - 1 times the one whose nearest chosen one is farthest away."""
    n = min(n, len(points))
    picked = np.zeros(n, dtype=int)
    distance = np.full(len(points), np.inf)
    for i in range(1, n):
        distance = np.minimum(distance, ((points - points[picked[i - 1]]) ** 2).sum(axis=1))
        distance[picked[i - 1]] = -1.0  # of equal points, one that is chosen is not chosen again
        picked[i] = np.argmax(distance)
    return picked


def binary_entropy(p: Array) -> Array:
    """H(p) in nats."""
    p = np.clip(p, 1e-9, 1 - 1e-9)
    return np.asarray(-p * np.log(p) - (1 - p) * np.log(1 - p))
