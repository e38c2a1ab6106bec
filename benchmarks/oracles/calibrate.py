"""From what a person does to the numbers that make it so: thresholds and beta, per task and kind."""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import cached_property
from math import exp, inf
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]

SAME = 1e-6  # values closer than this share of their spread are equal: they differ by a solver's rounding


def cut(values: Array, share: float) -> float:
    """The threshold with `share` of the values below it, in the middle of the gap that comes nearest to that.

    Values come in heaps on tasks with few states; a threshold amid a heap would be decided by rounding.
    """
    ordered = np.sort(values)
    k = round(share * len(ordered))
    if k <= 0:
        return -inf
    heap = SAME * float(ordered.std())
    low = int(np.searchsorted(ordered, ordered[k - 1] - heap, side="left"))
    high = int(np.searchsorted(ordered, ordered[k - 1] + heap, side="right"))
    k = low if k - low < high - k else high
    if k == 0:
        return -inf
    return inf if k == len(ordered) else float(ordered[k - 1] + ordered[k]) / 2


class Scale(ABC):
    """How the share of wrong answers to the reference questions falls with beta.

    Margins within `tie` of 0 are ties. At the beta `certain` nothing but ties is left to chance, since
    sigma(-50) is 2e-22: it stands for infinity where an infinite beta times a tie would be no number.
    """

    def __init__(self, spread: float) -> None:
        self.tie = max(SAME * spread, 1e-12)
        self.certain = 50.0 / self.tie
        self._betas: dict[float, float] = {}

    @abstractmethod
    def error_of(self, beta: float) -> float:
        """Share of the reference questions answered wrongly: `reach` at 0, falling to 0 at infinity."""

    @cached_property
    @abstractmethod
    def unit(self) -> float:
        """A margin of middling size: about 1 / beta."""

    @cached_property
    def reach(self) -> float:
        """The error of a person who answers blindly: there is no larger one."""
        return self.error_of(0.0)

    def beta(self, error: float) -> float:
        """The beta that makes the declared error; infinity for 0, and 0 beyond `reach`."""
        level = round(error, 6)
        if level not in self._betas:
            self._betas[level] = self._solve(level)
        return self._betas[level]

    def _solve(self, error: float) -> float:
        if error <= 0.0:
            return inf
        if error >= self.reach:
            return 0.0

        from scipy.optimize import brentq  # slow to import

        def excess(log_beta: float) -> float:
            return self.error_of(exp(log_beta) / self.unit) - error

        return exp(brentq(excess, -30.0, 40.0, xtol=1e-4)) / self.unit


class Margins(Scale):
    """Questions with two sides: P(wrong) = sigma(-beta |margin|).

    best    [n]  the best of what the question shows: it is skipped where that is below `skip`
    margin  [n]  by how much one side is the right one: "equal" within `equal`, which is never less than `tie`
    """

    def __init__(self, best: Array, margin: Array, skip: float = 0.0, equal: float = 0.0) -> None:
        super().__init__(float(margin.std()))
        size = np.abs(margin)
        self.skip = cut(best, skip)
        kept = best >= self.skip
        # `equal` is a share of all questions, those skipped included
        self.equal = max(cut(size[kept], equal * len(size) / max(int(kept.sum()), 1)), self.tie)
        self._sizes = size[kept & (size > self.equal)]
        self._asked = max(int((size > self.tie).sum()), 1)  # an exact tie has no wrong answer

    def error_of(self, beta: float) -> float:
        return float(sigmoid(-beta * self._sizes).sum()) / self._asked

    @cached_property
    def unit(self) -> float:
        return float(np.median(self._sizes))


class Choices(Scale):
    """Choices of an action a with the probability exp(beta A(s, a)) / Z, wrong where A(s, a) < -delta.

    advantages  [n, m]  A(s, a) of every action considered, 0 for the best
    """

    def __init__(self, advantages: Array, delta: float) -> None:
        super().__init__(float(advantages.std()))
        self.delta = delta
        self._advantages = advantages
        self._wrong = advantages < -delta

    def error_of(self, beta: float) -> float:
        weights = np.exp(beta * self._advantages)
        return float(((weights * self._wrong).sum(axis=1) / weights.sum(axis=1)).mean())

    @cached_property
    def unit(self) -> float:
        return float(-self._advantages[self._wrong].mean())


def sigmoid(x: Array) -> Array:
    """sigma(x) = 1 / (1 + exp(-x)) = (1 + tanh(x / 2)) / 2, which never overflows."""
    return 0.5 * (1.0 + np.tanh(0.5 * x))


def tolerance(advantages: Array) -> float:
    """delta: an action is right if A* >= -delta. `advantages` [n] are those of random actions.

    The best third is right. The best actions (A* = 0) always are, and with them the nearest tenth of the
    others: with the threshold at A* = 0 itself, a person could tell a best action from a worse one only by
    tossing a coin, since P(yes) = sigma(beta (A* + delta)) is 1/2 there for every beta.
    """
    best = float((advantages >= -SAME * advantages.std()).mean())
    right = max(1 / 3, best + (1 - best) / 10)
    return -max(cut(advantages, 1 - right), float(advantages.min()) - 1.0)
