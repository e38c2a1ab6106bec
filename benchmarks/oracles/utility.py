"""The one quantity that every answer of a person comes from: how good a stretch of behaviour is.

With the reward r_t, the value V before a step and the worth V^ of where it led, the utility of a step is

    progress   r_t + V^(s_{t+1}) - V(s_t)              the label that CPL learns from (Hejna et al. 2024)
    regret     r_t + gamma V^(s_{t+1}) - V(s_t)        A*(s_t, a_t), if s_{t+1} is certain (Knox et al. 2022)
    return     r_t                                     what B-Pref's teachers sum (Lee et al. 2021)
    end-value  r_t, and V^ of the last state on top    partial return plus what is still to come

and a clip's is the sum over its steps; under myopia the last one weighs 1 and each earlier one gamma times
as much as the next.
V^ of an event is v0, the mean value of the start states, where the twin respawns (the luck of the draw of the
new start is no merit of the clip), and 0 where it terminates or absorbs. Everywhere else it is V*.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.oracles.rationality import Rationality
from benchmarks.task import Expert, Task, Trajectories

Array = np.ndarray[Any, np.dtype[Any]]


BATCH = 2048  # states valued at once: twice as fast as all of them, which the processor's cache cannot hold


@dataclass(frozen=True)
class Seen:
    """What a person sees in n clips of L steps, [n, L] each.

    rewards  r_t, weighed as the person does
    before   V*(s_t)
    after    V^ of the state that step t led to
    """

    rewards: Array
    before: Array
    after: Array

    def __getitem__(self, which: Any) -> Seen:
        return Seen(self.rewards[which], self.before[which], self.after[which])


def absorbed(task: Task, states: Array) -> Array:
    """[n] bool: nothing happens any more in this state."""
    return task.event(states) if task.after_event == "absorb" else np.zeros(len(states), dtype=bool)


def objectives(task: Task, clips: Trajectories) -> Array:
    """phi [n, L, k] of every step; zero in absorbing states."""
    n, length, d = clips.following.shape
    states = clips.states[:, :-1].reshape(-1, d)
    actions = clips.actions.reshape(n * length, *clips.actions.shape[2:])
    phi = task.phi(states, actions, clips.following.reshape(-1, d))
    return np.where(absorbed(task, states)[:, None], 0.0, phi).reshape(n, length, -1)


def see(task: Task, expert: Expert, clips: Trajectories) -> Seen:
    """Rewards and values of the clips."""
    # The state that a step led to is the next one, but for events: one look at V*(s_0 .. s_L) does for both.
    states = clips.states.reshape(-1, clips.states.shape[2])
    batches = [states[i : i + BATCH] for i in range(0, len(states), BATCH)]
    values = np.concatenate([np.where(absorbed(task, batch), 0.0, expert.value(batch)) for batch in batches])
    values = values.reshape(clips.states.shape[:2])
    worth_of_event = expert.v0 if task.after_event == "respawn" else 0.0
    return Seen(clips.rewards, values[:, :-1], np.where(clips.event, worth_of_event, values[:, 1:]))


def steps_of(seen: Seen, rationality: Rationality, discount: float) -> Array:
    """Utility [n, L] of each step, unweighted."""
    if rationality.utility == "progress":
        return seen.rewards + seen.after - seen.before
    if rationality.utility == "regret":
        return seen.rewards + discount * seen.after - seen.before
    if rationality.utility == "return":
        return seen.rewards
    total = seen.rewards.copy()
    total[:, -1:] += seen.after[:, -1:]
    return total


def clips_of(seen: Seen, rationality: Rationality, discount: float) -> Array:
    """Utility [n] of each clip: sum_t gamma^(L-1-t) u_t, gamma being the person's myopia."""
    steps = steps_of(seen, rationality, discount)
    if rationality.gamma == 1.0:
        return steps.sum(axis=1)
    return steps @ rationality.gamma ** np.arange(steps.shape[1] - 1, -1, -1.0)


PERFECT = Rationality()


def step_utility(task: Task, expert: Expert, clips: Trajectories, rationality: Rationality = PERFECT) -> Array:
    """Utility [n, L] of every step, in the units of the reward. `bias` is left to `Rater`."""
    return steps_of(see(task, expert, clips), rationality, task.discount)


def utility(task: Task, expert: Expert, clips: Trajectories, rationality: Rationality = PERFECT) -> Array:
    """Utility [n] of every clip, in the units of the reward. `bias` is left to `Rater`."""
    return clips_of(see(task, expert, clips), rationality, task.discount)
