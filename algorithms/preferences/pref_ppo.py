"""PrefPPO: a reward learned from comparisons, optimised by PPO.

Christiano, Leike, Brown, Martic, Legg, Amodei, "Deep reinforcement learning from human preferences", 2017;
called PrefPPO by Lee, Smith, Dragan, Abbeel, "B-Pref", 2021.
"""

from __future__ import annotations

from dataclasses import dataclass

from algorithms._blocks.preference_ppo import PreferencePpo
from benchmarks.api import Compare, algorithm


@algorithm("pref-ppo", family="preferences", asks={Compare}, version="3")
@dataclass(frozen=True)
class PrefPpo(PreferencePpo):
    """Comparisons of two segments of what was lived, the pairs picked by `selection`."""
