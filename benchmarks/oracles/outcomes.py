"""What an outcome, a vector of objectives, is worth to a person: the utility behind every `Weigh`.

With the person's weights w >= 0 and v [n, k] outcomes,

    linear     u(v) = w . v
    chebyshev  u(v) = -max_o w_o (z_o - v_o) + RHO w . v     z_o: the most of objective o in the reference episodes
    threshold  u(v) = sum_{j != c} w_j v_j - STEEP w_c max(0, l - v_c)      c: the last objective, a cost

Chebyshev's person wants no objective far from its best, and may therefore want points of a front that no weights
make the best (Miettinen 1999, section 3.4; RHO, of the augmented form, settles ties). The threshold's person wants
"no more than so much fuel": within the limit l, which half of the reference episodes keep, the cost is none, and
beyond it each unit costs STEEP times its price.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]
Outcome = Literal["linear", "chebyshev", "threshold"]

RHO = 0.01
STEEP = 10.0


@dataclass(frozen=True, eq=False)
class OutcomeUtility:
    """u: outcomes [n, k] -> [n]."""

    form: Outcome
    weights: Array  # [k]
    best: Array  # z [k]
    limit: float  # l, of the last objective

    def __call__(self, outcomes: Array) -> Array:
        linear = outcomes @ self.weights
        if self.form == "chebyshev":
            return -(self.weights * (self.best - outcomes)).max(axis=-1) + RHO * linear
        if self.form == "threshold":
            cost = outcomes[..., -1]
            return linear - self.weights[-1] * (cost + STEEP * np.maximum(0.0, self.limit - cost))
        return linear
