"""A plug-in for tests: a corridor to walk along, and learners that misbehave while a file `faults` beside it
names them. Without it they all behave, so that the same command can be run again undisturbed.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from benchmarks.api import Compare, Policy, Session, Weigh, algorithm
from benchmarks.task import Task, task

FAULTS = Path(__file__).with_name("faults")


@dataclass(frozen=True)
class Corridor(Task):
    """Positions 0 to 8, starts anywhere; the reward is the nearness of 8."""

    @property
    def observation_space(self) -> Any:
        from gymnasium.spaces import Box

        return Box(0.0, 1.0, (1,), np.float32)

    @property
    def action_space(self) -> Any:
        from gymnasium.spaces import Discrete

        return Discrete(2)

    def starts(self, n: int, rng: np.random.Generator) -> Any:
        return rng.integers(0, 9, size=(n, 1)).astype(float)

    def transition(self, states: Any, actions: Any) -> Any:
        return np.clip(states + 2 * np.asarray(actions).reshape(-1, 1) - 1, 0, 8)

    def phi(self, states: Any, actions: Any, following: Any) -> Any:
        return following / 8

    def event(self, states: Any) -> Any:
        return np.zeros(len(states), dtype=bool)

    def observe(self, states: Any) -> Any:
        return (states / 8).astype(np.float32)

    def recover(self, observations: Any) -> Any:
        return np.round(np.asarray(observations, dtype=float) * 8)

    def expert(self) -> Any:
        return Walker(self)


@dataclass(frozen=True)
class Walker:
    """Walks to the right; V* by playing it."""

    task: Corridor
    actions = np.arange(2)

    @property
    def v0(self) -> float:
        return float(self.value(np.arange(9.0)[:, None]).mean())

    def value(self, states: Any) -> Any:
        worth, here = np.zeros(len(states)), np.asarray(states)
        for step in range(300):
            here = np.minimum(here + 1, 8)
            worth += self.task.discount**step * here[:, 0] / 8
        return worth

    def q_of(self, states: Any, actions: Any) -> Any:
        following = self.task.transition(states, actions)
        return following[:, 0] / 8 + self.task.discount * self.value(following)

    def q(self, states: Any) -> Any:
        return np.stack([self.q_of(states, np.full(len(states), a)) for a in (0, 1)], axis=1)

    def act(self, states: Any) -> Any:
        return np.ones(len(states), dtype=int)


@task("corridor")
def corridor() -> Corridor:
    return Corridor(
        name="corridor", version=1, original_id=None, objectives=("nearness",), weights=(1.0,), original_weights=(1.0,),
        horizon=40, time_limit=40, discount=0.9, step_seconds=0.1,
    )  # fmt: skip


@dataclass(frozen=True)
class Fixed:
    """A policy that goes right with a probability, by a rule that knows no chance."""

    share: float

    def predict(
        self, observation: Any, state: Any = None, episode_start: Any = None, deterministic: bool = False
    ) -> Any:
        return (np.modf(observation[:, 0] * 7.3)[0] < self.share).astype(int), state


def walk(session: Session, pause: float = 0.0) -> Iterator[Policy]:
    """Lives at random until the budget is spent, offering now and then a policy drawn from its generator."""
    session.env.reset()
    for step in range(10_000):
        if step % 20 == 0:
            yield Fixed(float(session.rng.random()))
            time.sleep(pause)
        session.env.step(session.rng.integers(2, size=session.spec.envs))


def faulty(name: str) -> bool:
    return name in FAULTS.read_text().split() if FAULTS.exists() else False


@algorithm("walks", family="evaluative")
@dataclass(frozen=True)
class Walks:
    """Behaves, and asks a little."""

    pause: float = 0.0  # seconds at each offer
    width: int = 3
    style: Literal["slow", "fast"] = "slow"
    layers: tuple[int, ...] = (4, 4)
    limit: float | None = None

    def learn(self, session: Session) -> Iterator[Policy]:
        yield from walk(session, self.pause)


@algorithm("compares", family="preferences", asks={Compare})
@dataclass(frozen=True)
class Compares:
    def learn(self, session: Session) -> Iterator[Policy]:
        session.env.reset()
        for _ in range(10):
            session.env.step(session.rng.integers(2, size=session.spec.envs))
        answers = session.ask(Compare(session.segments(4, 5), session.segments(4, 5)))
        yield Fixed(float(answers.values.mean()))


@algorithm("raises", family="evaluative")
@dataclass(frozen=True)
class Raises:
    def learn(self, session: Session) -> Iterator[Policy]:
        for number, policy in enumerate(walk(session)):
            if number == 1 and faulty("raises"):
                raise ArithmeticError("two and two are five")
            yield policy


@algorithm("exits", family="evaluative")
@dataclass(frozen=True)
class Exits:
    def learn(self, session: Session) -> Iterator[Policy]:
        if faulty("exits"):
            sys.exit("I have had enough")
        yield from walk(session)


@algorithm("dies", family="evaluative")
@dataclass(frozen=True)
class Dies:
    def learn(self, session: Session) -> Iterator[Policy]:
        if faulty("dies"):
            print("these are my last words", file=sys.stderr, flush=True)
            os.kill(os.getpid(), signal.SIGKILL)
        yield from walk(session)


@algorithm("hangs", family="evaluative")
@dataclass(frozen=True)
class Hangs:
    def learn(self, session: Session) -> Iterator[Policy]:
        while faulty("hangs"):
            time.sleep(0.01)
        yield from walk(session)


@algorithm("hungers", family="evaluative")
@dataclass(frozen=True)
class Hungers:
    def learn(self, session: Session) -> Iterator[Policy]:
        if faulty("hungers"):
            np.ones(4_000_000_000 // 8).sum()
        yield from walk(session)


@algorithm("wanders", family="evaluative")
@dataclass(frozen=True)
class Wanders:
    """Offers a policy whose actions are no actions."""

    def learn(self, session: Session) -> Iterator[Policy]:
        if faulty("wanders"):
            yield Lost()
        yield from walk(session)


class Lost:
    def predict(
        self, observation: Any, state: Any = None, episode_start: Any = None, deterministic: bool = False
    ) -> Any:
        return np.full(len(observation), np.nan), state


@algorithm("pushes", family="direct", spaces=("continuous",))
@dataclass(frozen=True)
class Pushes:
    def learn(self, session: Session) -> Iterator[Policy]:
        yield from walk(session)


@algorithm("weighs", family="multi-objective", asks={Weigh})
@dataclass(frozen=True)
class Weighs:
    def learn(self, session: Session) -> Iterator[Policy]:
        yield from walk(session)
