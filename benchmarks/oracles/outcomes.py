"""What an outcome, a vector of objectives, is worth to a person: the utility behind every `Weigh`.

With the person's weights w >= 0, outcomes v [n, k], and the undominated ones E of the reference episodes,

    linear     u(v) = w . v
    chebyshev  u(v) = -max_o w_o (z_o - v_o) / r_o + RHO w . (v / r)       z_o, r_o: best and range of objective o in E
    threshold  u(v) = sum_{j != c} w_j v_j - STEEP w_c max(0, l - v_c)     c: the last objective, a cost

Chebyshev's person wants no objective far from its best, and may therefore want points of a front that no weights
make the best (Miettinen 1999, section 3.4; RHO, of the augmented form, settles ties). The threshold's person wants
"no more than so much fuel": within the limit l, the middle of what the episodes of E cost, it costs nothing, and
beyond it each unit costs STEEP times its price.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]
Outcome = Literal["linear", "chebyshev", "threshold"]

RHO = 0.01
STEEP = 100.0


@dataclass(frozen=True, eq=False)
class OutcomeUtility:
    """u: outcomes [n, k] -> [n], of a person with these weights [k] who knows these episodes' outcomes [m, k]."""

    form: Outcome
    weights: Array
    episodes: Array

    def __call__(self, outcomes: Array) -> Array:
        if self.form == "chebyshev":
            best, extent = self.ends
            return -(self.weights * (best - outcomes) / extent).max(axis=1) + RHO * (outcomes / extent) @ self.weights
        linear = outcomes @ self.weights
        if self.form == "threshold":
            best, extent = self.ends
            cost, limit = outcomes[:, -1], best[-1] - extent[-1] / 2
            return linear - self.weights[-1] * (cost + STEEP * np.maximum(0.0, limit - cost))
        return linear

    @cached_property
    def ends(self) -> tuple[Array, Array]:
        """(z, r), [k] each; r is 1 where all undominated episodes are alike."""
        known = np.unique(self.episodes, axis=0)
        reached = (known[:, None] >= known[None]).all(axis=2)
        front = known[reached.sum(axis=0) == 1]  # by nobody but itself
        extent = np.ptp(front, axis=0)
        return front.max(axis=0), np.where(extent > 0, extent, 1.0)
