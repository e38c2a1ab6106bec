"""The two returns between which scores are counted, measured on the original: random's and the expert's.

`python -m envs.experts TASK|all [--write]` solves the expert anew, plays both, and prints them beside the
best score published; `--write` puts them into `anchors.json`.
"""

from __future__ import annotations

import argparse
import difflib
import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.original import play
from benchmarks.task import Array, Task
from envs.cache import folder, forget
from envs.catalogue import catalogue
from envs.experts import expert_of

FILE = Path(__file__).with_name("anchors.json")
EPISODES = 1000
ZOO = "rl-baselines3-zoo, benchmark.md"
FRONT = "the best of the proven front, see deep_sea_treasure.py"
PUBLISHED = {
    "CartPole-v1": (500.0, f"PPO and DQN, {ZOO}"),
    "MountainCar-v0": (-100.849, f"DQN, {ZOO}"),
    "MountainCarContinuous-v0": (96.672, f"ARS, {ZOO}"),
    "Pendulum-v1": (-151.855, f"TD3, {ZOO}"),
    "Acrobot-v1": (-69.135, f"QR-DQN, {ZOO}"),
    "deep-sea-treasure-v0": ((8.2 - 2.5 * 3) / 3.5, FRONT),
    "deep-sea-treasure-concave-v0": ((124 - 19) / 2, FRONT),
}


def measure(task: Task, episodes: int = EPISODES, seed: int = 0) -> dict[str, Any]:
    """What `anchors.json` says of a task: mean, sd and n of both returns, from the same starts."""
    expert, chance = task.expert(), np.random.default_rng((seed, 1))
    space: Any = task.action_space

    def at_random(observations: Array, states: Array) -> Array:
        if hasattr(space, "n"):
            return chance.integers(space.n, size=len(states))
        return chance.uniform(space.low, space.high, (len(states), *space.low.shape))

    def summary(returns: Array) -> dict[str, Any]:
        return {
            "mean": round(float(returns.mean()), 4),
            "sd": round(float(returns.std(ddof=1)), 4),
            "n": episodes,
        }

    mean, source = PUBLISHED.get(str(task.original_id), (None, None))
    return {
        "version": task.version,
        "random": summary(play(task, at_random, episodes, np.random.default_rng(seed))[0]),
        "expert": summary(play(task, lambda _, states: expert.act(states), episodes, np.random.default_rng(seed))[0]),
        "published": None if mean is None else {"mean": round(mean, 4), "source": source},
    }


def solve_anew(task: Task) -> float:
    """Forget the expert and solve it again; the seconds that took."""
    forget(f"{task.name}-v{task.version}")
    expert_of.cache_clear()
    begin = time.perf_counter()
    task.expert()
    return time.perf_counter() - begin


def write(measured: dict[str, dict[str, Any]]) -> None:
    known = json.loads(FILE.read_text()) if FILE.exists() else {}
    FILE.write_text(json.dumps(dict(sorted({**known, **measured}.items())), indent=2) + "\n")


def describe(task: Task, seconds: float, anchor: dict[str, Any]) -> str:
    lines = [f"{task.name} (version {task.version}): solved in {seconds:.1f} s, kept in {folder()}"]
    for who in ("random", "expert"):
        lines.append("  {0:<9} {mean:10.3f}  sd {sd:8.3f}  n {n}".format(who, **anchor[who]))
    if anchor["published"] is not None:
        lines.append("  {0:<9} {mean:10.3f}  {source}".format("published", **anchor["published"]))
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m envs.experts", description="Make experts anew and score them.")
    parser.add_argument("task", help="the name of a task, or all")
    parser.add_argument("--write", action="store_true", help=f"put the scores into {FILE.name}")
    asked = parser.parse_args(arguments)
    tasks = catalogue()
    if asked.task != "all" and asked.task not in tasks:
        near = difflib.get_close_matches(asked.task, [*tasks, "all"], n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(tasks)}."
        print(f"There is no task {asked.task!r}: {hint}", file=sys.stderr)
        return 2
    for name in tasks if asked.task == "all" else [asked.task]:
        task = tasks[name]()
        seconds = solve_anew(task)
        anchor = measure(task)
        print(describe(task, seconds, anchor), flush=True)
        if asked.write:
            write({name: anchor})
    return 0
