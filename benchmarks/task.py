"""What the trusted side knows of a task: dynamics, objectives, hidden weights, expert. Learners never see it.

A task is a Markov decision process whose reward is linear in named objectives,

    r(s, a, s') = w . phi(s, a, s'),        phi in R^k, w hidden from learners.

It exists twice. The *original* is the published environment: it ends where that ends, and scores are taken
on it, with `original_weights`. The *twin* is what learners live in: its episodes have a fixed horizon, and
an event (a failure or a goal) puts the system back at a start state, so that an early end tells nothing
about the reward; its reward has `weights`, which give the event the worth that ending has in the original.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Protocol, TypeVar

import numpy as np

if TYPE_CHECKING:
    from gymnasium import Space

Array = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True)
class Step:
    """What one step of n systems did.

    following   [n, d]  the state the action led to
    arrived     [n, d]  the state the system goes on from: a start state after an event, unless it absorbs
    objectives  [n, k]  phi(s, a, following); zero in an absorbing state
    event       [n]     bool, a failure or a goal was reached in this step
    """

    following: Array
    arrived: Array
    objectives: Array
    event: Array


@dataclass(frozen=True)
class Task(ABC):
    """A family of dynamics; its fields are their constants, so that a variant is a `replace` away.

    All methods are batched over n systems and pure: states [n, d] float64 in, arrays out.
    """

    name: str
    version: int
    original_id: str | None  # gymnasium or mo-gymnasium id of the published task; None if it is ours
    objectives: tuple[str, ...]  # more of each is better: costs are negative numbers
    weights: tuple[float, ...]  # of the twin's true reward
    original_weights: tuple[float, ...]  # of the published reward
    horizon: int  # steps of the twin's episodes
    time_limit: int  # steps of the original's episodes
    discount: float
    step_seconds: float  # one step as a person watches it
    after_event: Literal["respawn", "terminate", "absorb"] = "respawn"  # what the twin does
    tabular: ClassVar[bool] = False  # so few states that a learner meets them again and again and can count them
    log_epsilons: tuple[float, ...] = (0.3, 0.5, 0.7, 0.85, 1.0)  # shares of random actions in the fixed log
    # What fronts of the original's undiscounted outcomes are measured by: the point that hypervolume is counted
    # from, and the whole Pareto front, where it is proven. Not in the repr, which names the expert's file.
    reference_point: tuple[float, ...] = field(default=(), repr=False)
    front: tuple[tuple[float, ...], ...] = field(default=(), repr=False)
    # Names of tasks that are this one but for their dynamics: what is asked of a policy, or of a recovered reward,
    # when the world has changed.
    changed: tuple[str, ...] = field(default=(), repr=False)

    @property
    @abstractmethod
    def observation_space(self) -> Space[Any]:
        """The space of `observe`: a float32 Box, scaled to about [-1, 1]."""

    @property
    @abstractmethod
    def action_space(self) -> Space[Any]:
        """Discrete(m), or a float32 Box of shape (1,) or more."""

    @abstractmethod
    def starts(self, n: int, rng: np.random.Generator) -> Array:
        """Start states [n, d], distributed as the original's."""

    @abstractmethod
    def transition(self, states: Array, actions: Array) -> Array:
        """Next states [n, d], `fates` aside. Actions are [n] integers or [n, m] floats, which the task clips itself."""

    @abstractmethod
    def phi(self, states: Array, actions: Array, following: Array) -> Array:
        """Objectives [n, k] of the transitions; `following` is the state before any respawn."""

    @abstractmethod
    def event(self, states: Array) -> Array:
        """[n] bool: this state is a failure or a goal, where the original ends."""

    @abstractmethod
    def observe(self, states: Array) -> Array:
        """Observations [n, ...] float32: the original's, times a fixed scale per component."""

    @abstractmethod
    def recover(self, observations: Array) -> Array:
        """The states [n, d] behind observations [n, ...]: the inverse of `observe`, to float32 precision."""

    @abstractmethod
    def expert(self) -> Expert:
        """The expert of the twin for these weights, loaded from the cache or solved now."""

    def render(self, state: Array) -> Array:
        """A picture [height, width, 3] uint8 of one state [d]."""
        raise NotImplementedError(f"task {self.name} cannot be drawn")

    def fates(self, following: Array) -> tuple[tuple[Array, Array], ...]:
        """What chance makes of the states that actions led to: the probability [n] and the states [n, d] of each case.

        The probabilities sum to 1. Most tasks leave nothing to chance: their one case is `following` itself.
        """
        return ((np.ones(len(following)), following),)

    def fated(self, following: Array, rng: np.random.Generator) -> Array:
        """[n, d]: one of the `fates` of each system; where there is one only, nothing is drawn from `rng`."""
        cases = self.fates(following)
        if len(cases) == 1:
            return following
        below = np.cumsum([probability for probability, _ in cases[:-1]], axis=0)
        which = (rng.random(len(following)) >= below).sum(axis=0)
        return np.stack([states for _, states in cases])[which, np.arange(len(following))]

    def step(self, states: Array, actions: Array, rng: np.random.Generator) -> Step:
        """One step of the twin for n systems: the event handled as `after_event` says."""
        following = self.fated(self.transition(states, actions), rng)
        objectives = self.phi(states, actions, following)
        stuck = np.zeros(len(states), dtype=bool)
        if self.after_event == "absorb":
            stuck = self.event(states)
            following = np.where(stuck[:, None], states, following)
            objectives = np.where(stuck[:, None], 0.0, objectives)
        event = self.event(following) & ~stuck
        arrived = following
        if self.after_event != "absorb" and event.any():
            arrived = following.copy()
            arrived[event] = self.starts(int(event.sum()), rng)
        return Step(following, arrived, objectives, event)

    def reward(self, states: Array, actions: Array, following: Array) -> Array:
        """The twin's true reward r = w . phi, [n]."""
        return self.phi(states, actions, following) @ np.asarray(self.weights)

    def original_reward(self, states: Array, actions: Array, following: Array) -> Array:
        """The published reward, [n]."""
        return self.phi(states, actions, following) @ np.asarray(self.original_weights)


class Expert(Protocol):
    """V* and Q* of a task's twin, and the policy that is greedy in Q*. All values are discounted by `Task.discount`."""

    @property
    def v0(self) -> float:
        """Mean V* of the start states: what the state after a respawn is worth."""

    @property
    def actions(self) -> Array:
        """The m actions that are considered in every state: [m] integers or [m, ...] floats."""

    def value(self, states: Array) -> Array:
        """V*(s), [n]."""

    def q(self, states: Array) -> Array:
        """Q*(s, a) of every action of `actions`, [n, m]."""

    def q_of(self, states: Array, actions: Array) -> Array:
        """Q*(s, a) of one given action each, [n]."""

    def act(self, states: Array) -> Array:
        """The best action found in each state, [n, ...]; at least as good as the greedy one of `actions`."""


@dataclass(frozen=True)
class Trajectories:
    """The hidden truth of a batch of segments, as an oracle gets it.

    states     [n, L + 1, d]  the last one after the last action; after an event, the respawned state
    actions    [n, L, ...]
    following  [n, L, d]      the state an action led to, before any respawn
    rewards    [n, L]         the twin's true reward
    event      [n, L]         bool, a failure or a goal was reached
    """

    states: Array
    actions: Array
    following: Array
    rewards: Array
    event: Array

    def __len__(self) -> int:
        return len(self.states)

    @property
    def length(self) -> int:
        return int(self.actions.shape[1])

    def __getitem__(self, which: Any) -> Trajectories:
        return Trajectories(
            self.states[which], self.actions[which], self.following[which], self.rewards[which], self.event[which]
        )


F = TypeVar("F", bound=Callable[[], Task])


def task(name: str) -> Callable[[F], F]:
    """Tag a function that returns a Task. It touches no registry."""

    def tag(make: F) -> F:
        make.task_name = name  # type: ignore[attr-defined]
        return make

    return tag
