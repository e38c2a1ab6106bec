"""Rankings of several segments instead of comparisons of two: PrefPPO with Plackett's and Luce's likelihood.

The loss: Plackett, "The analysis of permutations", 1975. Rankings for a learned reward: Myers, Biyik, Anari, Sadigh,
"Learning multimodal rewards from rankings", 2021 (of one mode here); Brown et al., "T-REX", 2019, takes a ranking apart
into pairs instead.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from algorithms._blocks.asking import due
from algorithms._blocks.preference_ppo import PreferencePpo
from algorithms._blocks.reward_losses import plackett_luce
from algorithms._blocks.reward_model import Answered, RewardModel, features_of
from algorithms._blocks.selection import select
from benchmarks.api import Rank, Session, algorithm


@dataclass(frozen=True)
class Rankings(Answered):
    """features [n, k, L, width], the best segment first; answers [n], all 1."""

    loss = staticmethod(plackett_luce)


@algorithm("rank-ppo", family="preferences", asks={Rank}, version="2")
@dataclass(frozen=True)
class RankPpo(PreferencePpo):
    """As PrefPPO, but each question is to order `k` segments. Two of them are a pair that the selection rule picks,
    the others are random.
    """

    k: int = 4  # segments in a question
    pairs: int = 16  # rankings in a minibatch

    def reward_model(self, session: Session, backend: str = "fast") -> RewardModel:
        """Ours on both back ends: imitation learns from comparisons only."""
        return super().reward_model(session)

    def ask(self, session: Session, ensemble: RewardModel, share: float, first: bool) -> Rankings | None:
        length = self.shown(session)
        one = session.segments(1, length)
        n = due(session, share, Rank((one,) * self.k))
        if n == 0:
            return None
        rule = "uniform" if first else self.selection
        many = n if rule == "uniform" else n * self.candidates
        left, right = session.segments(many, length), session.segments(many, length)
        picked = select(rule, ensemble, features_of(session.spec, left), features_of(session.spec, right), n)
        others = [session.segments(n, length) for _ in range(self.k - 2)]
        shown = (left[picked], right[picked], *others)
        answers = session.ask(Rank(shown))
        if not answers.given.any():
            return None
        features = np.stack([features_of(session.spec, part) for part in shown], axis=1)[answers.given]
        order = np.argsort(answers.values[answers.given], axis=1, kind="stable")
        return Rankings(np.take_along_axis(features, order[:, :, None, None], axis=1), np.ones(len(order)))
