"""Is a learner from the log better than the best of what it was shown? Needs a run that has kept its policies.

    python -m scripts.beyond_log results/preferences t-rex

prints a row a task. Both are played in the task's endless twin, in which the log was, so that the score here is the
undiscounted sum of rewards over an episode of it: 0 is a random policy's, 1 the expert's.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import store
from benchmarks.chance import stream
from benchmarks.log import mixed_log, random_actions
from benchmarks.policy_file import unpack
from benchmarks.registry import load
from benchmarks.task import Task

Array = np.ndarray[Any, np.dtype[Any]]
EPISODES = 100


def returns(task: Task, act: Callable[[Array, Array], Array], episodes: int = EPISODES) -> Array:
    """[episodes] of the twin, act(states, observations) being the actions."""
    rng, weights = stream("beyond the log", task.name), np.asarray(task.weights)
    states, total = task.starts(episodes, rng), np.zeros(episodes)
    for _ in range(task.horizon):
        step = task.step(states, act(states, task.observe(states)), rng)
        total += step.objectives @ weights
        states = step.arrived
    return total


def scored(task: Task) -> Callable[[Array], Array]:
    """What turns returns in the twin into scores."""
    rng = np.random.default_rng(0)
    low = returns(task, lambda states, _: random_actions(task, len(states), rng)).mean()
    high = returns(task, lambda states, _: task.expert().act(states)).mean()
    return lambda value: (value - low) / (high - low)


def main(directory: str, algorithm: str) -> None:
    registry = load()
    runs: dict[str, list[Any]] = defaultdict(list)
    for path in sorted((Path(directory) / store.TRIALS).glob(f"*/*/{algorithm}/*.zip")):
        runs[path.parts[-4]].append(unpack(path.read_bytes()))
    if not runs:
        raise SystemExit(f"There is no policy of {algorithm} in {directory}.")
    print("| task | the log's mean | its best episode | " + algorithm + " | runs above the best | above the mean |")
    print("|:--|--:|--:|:--|--:|--:|")
    above = np.zeros(3, dtype=int)
    for name, policies in runs.items():
        task = registry.task(name)
        score = scored(task)
        log = score(mixed_log(task, task.expert()).rewards.sum(axis=1))
        found = np.array(
            [score(returns(task, lambda _, seen, p=p: p.predict(seen, deterministic=True)[0])).mean() for p in policies]
        )
        counts = [(found > log.max()).sum(), (found > log.mean()).sum(), len(found)]
        above += counts
        each = ", ".join(f"{value:.2f}" for value in found)
        print(
            f"| {name} | {log.mean():.2f} | {log.max():.2f} | {each} | {counts[0]} of {counts[2]} "
            f"| {counts[1]} of {counts[2]} |"
        )
    print(f"| all | | | | {above[0]} of {above[2]} | {above[1]} of {above[2]} |")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        raise SystemExit("Say whose policies, and of which learner: python -m scripts.beyond_log DIR ALGORITHM")
    main(*sys.argv[1:])
