"""A pilot for the lunar lander: leans against the way to the pad and its own drift, and brakes the fall.

In units of the observation,

    lean  = clip(0.3 x + 0.45 vx, -0.2, 0.2)
    turn  = 1.5 (lean - tilt) - 0.5 spin,           climb = 0.05 |x| - 0.5 y - 0.5 vy - 0.03:

the main engine where climb > max(2 |turn|, 0.05), else a side engine where |turn| > 0.015. The form is that of
gymnasium's heuristic; the numbers are a random search's, for the discounted return of the twin.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from benchmarks.task import Array
from envs.lunar_lander import LEFT, MAIN, NOTHING, RIGHT

if TYPE_CHECKING:
    from envs.lunar_lander import LunarLander


def pilot(task: LunarLander, states: Array) -> Array:
    """What it does in states [n, 7]: actions [n]."""
    x, y, vx, vy, tilt, spin, _ = task.observe(states).T.astype(float)
    lean = np.clip(0.3 * x + 0.45 * vx, -0.2, 0.2)
    turn = 1.5 * (lean - tilt) - 0.5 * spin
    climb = 0.05 * np.abs(x) - 0.5 * y - 0.5 * vy - 0.03
    aside = np.where(turn < -0.015, RIGHT, np.where(turn > 0.015, LEFT, NOTHING))
    return np.where(climb > np.maximum(2 * np.abs(turn), 0.05), MAIN, aside)
