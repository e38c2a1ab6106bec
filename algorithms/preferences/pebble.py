"""PEBBLE: unsupervised exploration, then a reward learned from comparisons, with relabelled experience.

Lee, Smith, Abbeel, "PEBBLE: feedback-efficient interactive reinforcement learning via relabeling experience and
unsupervised pre-training", 2021.
"""

from __future__ import annotations

from dataclasses import dataclass

from algorithms._blocks.preference_replay import PreferenceReplay
from benchmarks.api import Compare, algorithm


@algorithm("pebble", family="preferences", asks={Compare}, version="2")
@dataclass(frozen=True)
class Pebble(PreferenceReplay):
    """Pre-training on r(s_t) = log |s_t - s_t^k|, the distance to the k-th nearest neighbour; then off-policy RL
    (SAC, for discrete actions DQN) on the mean of an ensemble trained on P(left better) =
    sigmoid(sum_t r(s_t, a_t) of the left - of the right), all of the replay relabelled whenever it has changed.
    """
