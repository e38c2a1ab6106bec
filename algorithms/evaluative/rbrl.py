"""Rating-based reinforcement learning: segments are put into classes, and a reward is fitted to the classes.

White, Wu, Novoseller, Lawhern, Waytowich, Cao, "Rating-based reinforcement learning", 2024.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from algorithms._blocks.rated_ppo import RatedPpo
from algorithms._blocks.rating_classes import ClassModel
from benchmarks.api import Rate, Session, algorithm


@algorithm("rbrl", family="evaluative", asks={Rate})
@dataclass(frozen=True)
class Rbrl(RatedPpo):
    """loss = -log softmax_i Q_i at the class of the rating, Q_i = -k (R~ - c_i) (R~ - c_(i+1)); see `ClassModel`.

    The paper's people choose among so many words. Here the rating is a number between 0 and 1, of which only the class
    is used, and the classes are such that each has as many of the ratings heard so far.
    """

    classes: int = 6  # the paper tries 2 to 6
    sharpness: float = 30.0  # k (the authors' code)

    def model(self, session: Session) -> Any:
        model = self.network(session, ClassModel)
        model.classes, model.sharpness = self.classes, self.sharpness
        return model
