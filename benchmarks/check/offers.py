"""The policies that a learner offers: that they act, that they can be kept, and that they do not change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.api import Policy
from benchmarks.chance import aside
from benchmarks.check.verdict import described
from benchmarks.policy_file import pack, unpack
from benchmarks.task import Task, Trajectories
from benchmarks.twin import legal

Array = np.ndarray[Any, np.dtype[Any]]
PROBES = 32  # observations on which policies are compared


@dataclass(frozen=True)
class Offer:
    """A policy, and what it did on the probes when it was offered."""

    policy: Policy
    actions: Array

    def changed(self, probes: Array) -> bool:
        """It does something else now."""
        return not np.array_equal(actions(self.policy, probes), self.actions)


def probes(task: Task, log: Trajectories) -> Array:
    """Observations [PROBES, ...] from the task's fixed log of mixed behaviour."""
    states = log.states.reshape(-1, log.states.shape[2])
    chosen = np.random.default_rng(0).choice(len(states), size=PROBES)
    return task.observe(states[chosen])


def actions(policy: Policy, observations: Array) -> Array:
    """What the policy does, on a stream of chance that is always the same and nobody else's."""
    with aside("check"):
        return np.array(policy.predict(observations.copy(), deterministic=True)[0])


def illegal(policy: Policy, space: Any, observations: Array, files: list[str]) -> str:
    """Why `predict` is not stable-baselines3's; "" if it is."""
    for name, given, batch in (
        ("a batch of observations", observations, (len(observations),)),
        ("a batch of one observation", observations[:1], (1,)),
        ("a single observation", observations[0], ()),
    ):
        try:
            with aside("check"):
                answers = [policy.predict(given.copy(), deterministic=certain) for certain in (True, False)]
            trouble = next((found for answer in answers if (found := _no_answer(answer, space, batch))), "")
        except Exception as error:
            trouble = f"fails with {described(error, files)}"
        if trouble:
            shown = f"asked about {name} of shape {list(given.shape)} its policy {trouble}"
            return f"{shown}: predict() must do what stable-baselines3's does"
    if not np.array_equal(actions(policy, observations), actions(policy, observations)):
        return "asked twice about the same observations its policy acts otherwise: make it a value that never changes"
    return ""


def _no_answer(answer: Any, space: Any, batch: tuple[int, ...]) -> str:
    if not isinstance(answer, tuple) or len(answer) != 2:
        return f"gives a {type(answer).__name__} and not (actions, state)"
    given, wanted = np.asarray(answer[0]), (*batch, *(space.shape or ()))
    if given.shape != wanted:
        return f"gives actions of shape {list(given.shape)} and not {list(wanted)}"
    try:
        legal(given.reshape(-1, *(space.shape or ())), space, batch[0] if batch else 1)
    except ValueError as error:
        return f"gives no actions: {error}"
    return ""


def unkept(policy: Policy, observations: Array) -> str:
    """Why the policy cannot be stored and read back; "" if it can."""
    try:
        again = unpack(pack(policy))
    except Exception as error:
        return (
            f"its policy cannot be stored ({type(error).__name__}: {error}): offer a value of arrays and "
            "numbers, with no session, generator or lambda of another's in it"
        )
    if not np.array_equal(actions(again, observations), actions(policy, observations)):
        return "its policy acts otherwise after it was stored and read back: keep all that it needs in its fields"
    return ""
