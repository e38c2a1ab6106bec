"""A reward regressed on ratings of segments, optimised by PPO.

The evaluative feedback of Metz, Geiszl, Baur, El-Assady, "Reward learning from multiple feedback types", 2025: what a
network says of a segment's steps is fitted to the segment's rating. (They take the sum over the steps, here it is the
mean: for segments of one length that is a matter of scale.)
"""

from __future__ import annotations

from dataclasses import dataclass

from algorithms._blocks.rated_ppo import RatedPpo
from benchmarks.api import Rate, algorithm


@algorithm("rating-reward-model", family="evaluative", asks={Rate})
@dataclass(frozen=True)
class RatingRewardModel(RatedPpo):
    """loss = (mean_t r(o_t, a_t) - rating)^2, the rating in [0, 1]; PPO's reward is r, standardised."""
