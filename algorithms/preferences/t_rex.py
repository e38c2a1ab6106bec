"""T-REX: a reward extrapolated from a ranking of logged, suboptimal trajectories, then PPO.

Brown, Goo, Nagarajan, Niekum, "Extrapolating beyond suboptimal demonstrations via inverse reinforcement learning from
observations", 2019: of trajectories tau_1 < ... < tau_m in the person's order, snippets are drawn from pairs i < j, and

    loss = -log( exp R(snippet of tau_j) / (exp R(snippet of tau_i) + exp R(snippet of tau_j)) ).

That the snippet of a better trajectory is better is an assumption: the person has seen the whole ones only. Unlike
theirs, the reward here sees the action too, and PPO is given no true control cost beside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from algorithms._blocks.asking import due
from algorithms._blocks.preference_ppo import PreferencePpo
from algorithms._blocks.reward_model import Comparisons, RewardModel, features_of
from benchmarks.api import Rank, Session, algorithm

Array = np.ndarray[Any, np.dtype[Any]]


@algorithm("t-rex", family="preferences", asks={Rank}, uses={"log"})
@dataclass(frozen=True)
class TRex(PreferencePpo):
    """In a few sessions, early in the steps: have groups of logged trajectories ranked, draw snippets, fit, go on.

    `length` is that of the trajectories; they are random stretches of the log, as long as an episode at most.
    """

    length: int = 100  # steps of a trajectory (theirs are whole episodes, which cost more of a person's time)
    sessions: int = 5
    asking: float = 0.2  # share of the environment steps during which there are sessions: the log is there at once
    ranked: int = 12  # trajectories in a ranking (theirs for MuJoCo)
    snippet: int = 25  # steps (theirs 50)
    drawn: int = 100  # pairs of snippets drawn from each ranking
    batches: int = 300

    def ask(self, session: Session, ensemble: RewardModel, share: float, first: bool) -> Comparisons | None:
        length = min(self.length, session.spec.horizon)
        n = due(session, share, Rank((session.logged(1, length),) * self.ranked))
        if n == 0:
            return None
        shown = tuple(session.logged(n, length) for _ in range(self.ranked))
        answers = session.ask(Rank(shown))
        if not answers.given.any():
            return None
        features = np.stack([features_of(session.spec, part) for part in shown], axis=1)[answers.given]
        return snippets(
            features, answers.values[answers.given], self.drawn, min(self.snippet, length), session.rng
        )


def snippets(features: Array, places: Array, drawn: int, length: int, rng: np.random.Generator) -> Comparisons:
    """`drawn` pairs of snippets from each ranking, the left one always of the better trajectory.

    features [n, m, L, width]; places [n, m], 0 for the best, in the person's ranking.
    """
    n, m, horizon, _ = features.shape
    ranking = np.repeat(np.arange(n), drawn)
    first = rng.integers(m, size=len(ranking))
    second = (first + rng.integers(1, m, size=len(ranking))) % m
    swap = places[ranking, first] > places[ranking, second]
    better, worse = np.where(swap, second, first), np.where(swap, first, second)
    steps = rng.integers(horizon - length + 1, size=(2, len(ranking)))[:, :, None] + np.arange(length)
    left = features[ranking[:, None], better[:, None], steps[0]]
    right = features[ranking[:, None], worse[:, None], steps[1]]
    return Comparisons(np.stack([left, right], axis=1), np.ones(len(ranking)))
