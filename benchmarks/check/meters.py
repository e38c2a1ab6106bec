"""The budget counted again, from what happened and not from what the session says."""

from __future__ import annotations

import numpy as np

from benchmarks.chance import stream
from benchmarks.check.rehearsal import Run
from benchmarks.record import Trial
from benchmarks.task import Task
from benchmarks.twin import TwinEnv


def overspent(run: Run, trial: Trial) -> str:
    """How the budget was not kept, "" if it was."""
    steps, seconds, questions = run.metered
    lived, told = run.actions.shape[1] * trial.envs, sum(asked.seconds for asked in run.questions)
    if run.endless:
        return f"{run.endless}: let BudgetSpent end learn()"
    if lived > trial.steps or lived != steps:
        return f"it took {lived} steps of {trial.steps}, and the session counted {steps}: leave its meters alone"
    if len(run.questions) != questions:
        return f"it was answered {len(run.questions)} times, but asked {questions} times by session.ask()"
    if told > trial.seconds + 1e-6 or abs(told - seconds) > 1e-6:
        return (
            f"it took {told:.1f} s of {trial.seconds:.1f} s of the person's time, and the session counted "
            f"{seconds:.1f} s: leave its meters alone"
        )
    return ""


def elsewhere(run: Run, trial: Trial, task: Task) -> str:
    """Where the world that was lived in is not the one that these actions lead to; "" if it is."""
    world = TwinEnv(task, trial.envs, trial.steps, stream("world", trial.task, trial.seed))
    tracks, lived = world.tracks, run.actions.shape[1]
    for t in range(lived + 1):
        if (run.episodes[:, t] != tracks.episode[:, t]).any():
            world.reset()
        if not np.array_equal(run.states[:, t], tracks.states[:, t]):
            return f"the states before its step {t + 1} are not those that its actions lead to: act by session.env only"
        if t < lived:
            world.step(run.actions[:, t])
    return ""
