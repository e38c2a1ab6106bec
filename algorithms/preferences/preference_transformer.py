"""Preference Transformer: a reward that depends on the history, with a weight for each step of a segment.

Kim, Park, Shin, Lee, Abbeel, Lee, "Preference transformer: modeling human preferences using transformers for RL", 2023.
A causal transformer gives r_t = r(s_<=t, a_<=t), a layer of attention over the whole segment its weights w_t, and

    P(left is better) = sigmoid(sum_t w_t r_t of the left - of the right)

is held to the person's answers by cross-entropy; `algorithms/_blocks/history_reward.py` has it in full. The policy is
rewarded by r_t, not by w_t r_t: the weights look at what comes after, and say what the person heeded. Theirs learns
offline, by IQL from a fixed log whose rewards are filled in. Here PPO lives on it: at each step, r_t is computed from
the window of the last `history` steps of the episode, fewer at its beginning. The policy itself has no memory.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from algorithms._blocks.preference_ppo import PreferencePpo
from algorithms._blocks.reward_model import RewardModel, features_of
from algorithms._blocks.selection import Rule
from benchmarks.api import Compare, Session, algorithm

if TYPE_CHECKING:
    from stable_baselines3.common.vec_env import VecEnv


@algorithm("preference-transformer", family="preferences", asks={Compare})
@dataclass(frozen=True)
class PreferenceTransformer(PreferencePpo):
    """pref-ppo's loop, questions and answers, with transformers for its networks. `reward_hidden` is not looked at.

    What is learned is a function of histories, so that there is no reward of a step alone to reveal.
    """

    history: int = 10  # H: steps that a reward depends on, the present one among them (theirs: 100, the whole segment)
    width: int = 32  # features of a token (theirs 256)
    heads: int = 4  # theirs; one layer, as theirs
    members: int = 1  # theirs; three cost two and a half times as much
    selection: Rule = "uniform"  # theirs; a single network disagrees with nobody
    reward_learning_rate: float = 1e-3  # AdamW; theirs is 1e-4, for 10,000 epochs
    batches: int = 50  # gradient steps of a session

    def reward_model(self, session: Session, backend: str = "fast") -> RewardModel:
        from algorithms._blocks.history_reward import HistoryReward

        return HistoryReward(
            session.spec,
            members=self.members,
            width=self.width,
            heads=self.heads,
            history=self.reach(session),
            learning_rate=self.reward_learning_rate,
            noise=self.noise,
            seed=int(session.rng.integers(2**31)),
        )

    def reach(self, session: Session) -> int:
        return min(self.history, session.spec.horizon)

    def rewarded(self, session: Session, ensemble: RewardModel) -> VecEnv:
        from algorithms._blocks.history_reward import HistoryReward, RewardedByHistory

        assert isinstance(ensemble, HistoryReward)
        return RewardedByHistory(session.env, session.spec, ensemble.history, ensemble.newest)

    def standardise(self, session: Session, ensemble: RewardModel) -> None:
        ensemble.standardise(features_of(session.spec, session.segments(200, self.reach(session))))
