"""Learn what a person wants from comparisons of outcomes, then do that.

The outcomes are vectors of objectives, lived or imagined, so the person weighs, and watches nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

from algorithms._blocks.weight_learning import WeightLearner
from algorithms._blocks.weight_questions import WeightQuestions
from benchmarks.api import Weigh, algorithm


@algorithm("weights-from-preferences", family="multi-objective", asks={Weigh}, uses={"objectives"}, version="3")
@dataclass(frozen=True)
class WeightsFromPreferences(WeightQuestions, WeightLearner):
    """PPO on w . phi, w the centre of a belief that each session's answers sharpen.

    Bayesian logistic regression over weights, with the questions of the largest expected information gain (Biyik et
    al. 2019, "Asking easy questions", over vectors of objectives); `envelope` asks the same.
    """
