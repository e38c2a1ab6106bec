"""Who is served how well by what a learner found: its front, its weights, and the policy that it offers.

A policy's outcome is its mean vector of objectives on the original task, undiscounted; a person's utility is that of
this vector (the scalarised expected return of Roijers et al. 2013), not the mean utility of single episodes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import combinations
from typing import Any

import numpy as np

from benchmarks import fronts
from benchmarks.chance import stream
from benchmarks.log import random_actions
from benchmarks.oracles.person import Person
from benchmarks.oracles.rater import Rater
from benchmarks.original import play
from benchmarks.task import Task

Array = np.ndarray[Any, np.dtype[Any]]

EPISODES = 100  # of the random policy and of a rater's expert


def measured(
    task: Task, person: Person, offered: Array, front: Sequence[Array], logs: Sequence[Mapping[str, float]]
) -> dict[str, Any]:
    """What a Record keeps as `outcomes`, for a task of two objectives or more; plain values.

    offered  [k]    the outcome of the policy that was offered last
    front    m [k]  the outcomes of the policies that the learner revealed, if it did
    logs            where a learner may have logged `weight_<objective>`
    Raises FrontError if the front beats the known one.
    """
    found = np.array([*front]) if len(front) else None
    known = np.array(task.front) if task.front else None
    scale = outcome_scale(person)
    weights = np.mean([rater.weights / np.linalg.norm(rater.weights) for rater in person.raters], axis=0)
    kept: dict[str, Any] = {
        "objectives": list(task.objectives),
        "weights": weights.tolist(),
        "scale": scale.tolist(),
        "raters": [_served(rater, task, offered, found) for rater in person.raters],
        "agreement": agreement(person),
    }
    regrets = [rater["regret"] for rater in kept["raters"]]
    kept |= {"utility": float(np.mean([rater["utility"] for rater in kept["raters"]]))}
    kept |= {"regret": float(np.mean(regrets)), "worst_regret": float(np.max(regrets))}
    learned = learned_weights(task.objectives, logs)
    if learned is not None:
        kept |= {"learned_weights": learned.tolist(), "angle": fronts.angle(learned, weights, scale)}
    if known is not None:
        kept["known_front"] = known.tolist()
    if found is not None and task.reference_point:
        kept["reference_point"] = list(task.reference_point)
        if known is not None:
            fronts.not_better(found, known, task.name)
        kept |= fronts.quality(found, task.reference_point, known)
    return kept


def learned_weights(objectives: Sequence[str], logs: Sequence[Mapping[str, float]]) -> Array | None:
    """The last weights [k] that the learner logged, if it did."""
    names = [f"weight_{name}" for name in objectives]
    for entry in reversed(logs):
        if all(name in entry for name in names):
            return np.array([entry[name] for name in names])
    return None


def outcome_scale(person: Person) -> Array:
    """[k]: how much each objective varies over the reference episodes; 1 for one that never does."""
    spread = person.reference.episodes().std(axis=0)
    return np.where(spread > 0, spread, 1.0)


def agreement(person: Person) -> float:
    """The share of pairs of reference episodes on which two raters agree, over all pairs of raters; 1 for one."""
    if len(person.raters) == 1:
        return 1.0
    left, right = np.array_split(person.reference.episodes(), 2)
    right = right[: len(left)]
    prefers = [np.sign(rater.worth(left[: len(right)]) - rater.worth(right)) for rater in person.raters]
    return float(np.mean([(one == other).mean() for one, other in combinations(prefers, 2)]))


def _served(rater: Rater, task: Task, offered: Array, found: Array | None) -> dict[str, Any]:
    """What one rater gets: `regret` is (best - utility) / (best - random), 0 best, 1 as good as random.

    The best is the best for this rater of what is known: the proven front, the expert at the rater's weights, and
    all that the learner itself found.
    """
    candidates = [offered[None], expert_outcome(rater.task)[None]]
    candidates += [np.array(task.front)] if task.front else []
    candidates += [found] if found is not None else []
    best = max(float(rater.worth(points).max()) for points in candidates)
    utility, low = float(rater.worth(offered[None])[0]), float(rater.worth(random_outcome(task)[None])[0])
    return {
        "weights": rater.weights.tolist(),
        "utility": utility,
        "best": best,
        "random": low,
        "regret": (best - utility) / (best - low) if best > low else 0.0,
    }


@lru_cache(maxsize=64)
def expert_outcome(task: Task) -> Array:
    """[k]: the mean outcome of the expert at the task's own weights."""
    expert = task.expert()
    rng = stream("outcomes", task.name, task.version, "expert")
    return play(task, lambda observations, states: expert.act(states), EPISODES, rng)[1].mean(axis=0)


@lru_cache(maxsize=64)
def random_outcome(task: Task) -> Array:
    """[k]: the mean outcome of uniformly random actions."""
    rng = stream("outcomes", task.name, task.version, "random")
    act = lambda observations, states: random_actions(task, len(states), rng)  # noqa: E731
    return play(task, act, EPISODES, rng)[1].mean(axis=0)
