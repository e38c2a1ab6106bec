"""RUNE: PEBBLE that is drawn to where its reward models disagree.

Liang, Shu, Lee, Abbeel, "Reward uncertainty for exploration in preference-based reinforcement learning", 2022.
"""

from __future__ import annotations

from dataclasses import dataclass

from algorithms._blocks.features import inputs
from algorithms._blocks.mlp import Array
from algorithms._blocks.off_policy import Reward
from algorithms._blocks.preference_replay import PreferenceReplay, taken
from algorithms._blocks.reward_model import RewardModel
from benchmarks.api import Compare, Session, algorithm


@algorithm("rune", family="preferences", asks={Compare}, version="2")
@dataclass(frozen=True)
class Rune(PreferenceReplay):
    """r_t = mean_i r_i(s, a) + β_t std_i r_i(s, a),  β_t = β_0 (1 - ρ)^t,  t the environment steps so far.

    The weight is the one of the moment when a transition is lived or relabelled. The paper's networks end in a
    tanh; here both terms are divided by the deviation of the mean reward.
    """

    bonus: float = 0.05  # β_0 (the paper)
    decay: float = 1e-5  # ρ (the paper: 1e-5, 1e-4 or 1e-3)

    def reward(self, session: Session, ensemble: RewardModel) -> Reward:
        def curious(observations: Array, actions: Array) -> Array:
            each = ensemble.each(inputs(session.spec, observations, actions))
            total = each.mean(axis=0) + self.weight(taken(session)) * each.std(axis=0)
            return (total - ensemble.centre) / ensemble.scale

        return curious

    def weight(self, steps: int) -> float:
        """β_t."""
        return self.bonus * (1.0 - self.decay) ** steps
