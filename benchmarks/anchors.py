"""The two returns between which scores are counted: score = (return - random) / (expert - random).

Built-in tasks have them committed in `envs/anchors.json`, per task version. A plug-in task's are measured
here once per process, with the same number of episodes for everybody.
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

import numpy as np

from benchmarks.chance import stream
from benchmarks.errors import RequestError
from benchmarks.original import play
from benchmarks.registry import ROOT
from benchmarks.task import Task

FILE = ROOT / "envs" / "anchors.json"
EPISODES = 300


@lru_cache(maxsize=64)
def anchors(task: Task) -> tuple[float, float]:
    """(random, expert): mean returns on the original task."""
    known = _committed().get(task.name)
    if known is not None and known["version"] == task.version:
        return float(known["random"]["mean"]), float(known["expert"]["mean"])
    rng = stream("anchors", task.name, task.version)
    expert = task.expert()
    space = task.action_space

    def at_random(observations: Any, states: Any) -> Any:
        if hasattr(space, "n"):
            return rng.integers(space.n, size=len(observations))
        return rng.uniform(space.low, space.high, size=(len(observations), *space.shape)).astype(space.dtype)

    low = float(np.mean(play(task, at_random, EPISODES, rng)[0]))
    high = float(np.mean(play(task, lambda observations, states: expert.act(states), EPISODES, rng)[0]))
    if not high > low:
        raise RequestError(
            f"The expert of task {task.name!r} returns {high:.3g} and the random policy {low:.3g}: "
            "scores need an expert that is better than random."
        )
    return low, high


@lru_cache(maxsize=1)
def _committed() -> dict[str, Any]:
    return json.loads(FILE.read_text()) if FILE.exists() else {}
