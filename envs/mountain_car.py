"""MountainCar-v0 and MountainCarContinuous-v0: a car too weak for the hill swings itself up to the flag."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from benchmarks.task import Array, Expert, Task, task
from envs.experts import expert_of
from envs.grid import Axis, Grid

if TYPE_CHECKING:
    from gymnasium.spaces import Box, Discrete


@dataclass(frozen=True)
class MountainCar(Task):
    """State (position, velocity); the force is -1, 0 or 1.

        velocity' = clip(velocity + power * force - gravity * cos(3 position)),
        position' = clip(position + velocity');

    the wall on the left takes the velocity. The event is position >= goal at velocity >= 0.
    """

    power: float = 0.001
    gravity: float = 0.0025
    wall: float = -1.2
    end: float = 0.6
    goal: float = 0.5
    max_speed: float = 0.07
    drawn: ClassVar[str] = "MountainCar-v0"  # by gymnasium

    @property
    def observation_space(self) -> Box:
        from gymnasium.spaces import Box

        high = np.array([-self.end / self.wall, 1.0], np.float32)
        return Box(np.array([-1.0, -1.0], np.float32), high, dtype=np.float32)

    @property
    def action_space(self) -> Discrete | Box:
        from gymnasium.spaces import Discrete

        return Discrete(3)

    def starts(self, n: int, rng: np.random.Generator) -> Array:
        return np.stack([rng.uniform(-0.6, -0.4, n), np.zeros(n)], axis=1)

    def force(self, actions: Array) -> Array:
        return np.asarray(actions) - 1

    def transition(self, states: Array, actions: Array) -> Array:
        position, velocity = states.T
        velocity = velocity + self.power * self.force(actions) - self.gravity * np.cos(3 * position)
        velocity = np.clip(velocity, -self.max_speed, self.max_speed)
        position = np.clip(position + velocity, self.wall, self.end)
        velocity = np.where((position == self.wall) & (velocity < 0), 0.0, velocity)
        return np.stack([position, velocity], axis=1)

    def phi(self, states: Array, actions: Array, following: Array) -> Array:
        """(1 at the goal, -1 for every step)."""
        return np.stack([self.event(following), np.full(len(states), -1.0)], axis=1)

    def event(self, states: Array) -> Array:
        return (states[:, 0] >= self.goal) & (states[:, 1] >= 0)

    def observe(self, states: Array) -> Array:
        return (states / (-self.wall, self.max_speed)).astype(np.float32)

    def recover(self, observations: Array) -> Array:
        return observations.astype(float) * (-self.wall, self.max_speed)

    def grid(self) -> Grid:
        return Grid((Axis(self.wall, self.goal, 201), Axis(-self.max_speed, self.max_speed, 201)))

    def expert(self) -> Expert:
        return expert_of(self, self.grid(), (0, 1, 2))

    def render(self, state: Array) -> Array:
        from envs.pictures import classic

        return classic(self.drawn, state)


@dataclass(frozen=True)
class MountainCarContinuous(MountainCar):
    """The same hill with a stronger engine, any force in [-1, 1], a nearer flag and fuel to pay."""

    power: float = 0.0015
    goal: float = 0.45
    drawn: ClassVar[str] = "MountainCarContinuous-v0"

    @property
    def action_space(self) -> Box:
        from gymnasium.spaces import Box

        return Box(-1.0, 1.0, (1,), np.float32)

    def force(self, actions: Array) -> Array:
        return np.clip(np.asarray(actions, dtype=float)[:, 0], -1.0, 1.0)

    def phi(self, states: Array, actions: Array, following: Array) -> Array:
        """(1 at the goal, -action^2): as published, of the action asked for, not of the clipped one."""
        fuel = -(np.asarray(actions, dtype=float)[:, 0] ** 2)
        return np.stack([self.event(following), fuel], axis=1)

    def expert(self) -> Expert:
        return expert_of(self, self.grid(), tuple((float(force),) for force in np.linspace(-1.0, 1.0, 17)))


@task("mountain-car")
def mountain_car() -> MountainCar:
    """In a twin of fixed length time passes alike whatever one does; what counts is how often one is there.

    That is the original's optimum, to be there as soon as possible, for every positive weight of the goal.
    It is 1 / (1 - discount) steps' worth, what an end spares of an endless series of -1.
    """
    return MountainCar(
        name="mountain-car",
        version=1,
        original_id="MountainCar-v0",
        objectives=("goal", "time"),
        weights=(1.0, 0.01),
        original_weights=(0.0, 1.0),
        horizon=200,
        time_limit=200,
        discount=0.99,
        step_seconds=1 / 30,  # render_fps of gymnasium's class
        reference_point=(0.0, -200.0),  # never there
        changed=("mountain-car-heavy",),
    )


@task("mountain-car-heavy")
def mountain_car_heavy() -> MountainCar:
    """The same car with a load, or with a weaker engine: it accelerates by 0.7 as much and has to swing more often."""
    return replace(mountain_car(), name="mountain-car-heavy", original_id=None, power=0.0007, changed=())


@task("mountain-car-continuous")
def mountain_car_continuous() -> MountainCarContinuous:
    """The original pays 100 for the goal, less 0.1 for fuel, and lets one take one's time.

    A twin that respawns pays for haste, (goal - fuel) per step: at the published price of fuel its optimum
    scores 93.9 on the original. Ten times that price makes thrift worth as much as there: 96.1, in 80
    steps.
    """
    return MountainCarContinuous(
        name="mountain-car-continuous",
        version=1,
        original_id="MountainCarContinuous-v0",
        objectives=("goal", "fuel"),
        weights=(1.0, 0.01),
        original_weights=(100.0, 0.1),
        horizon=200,
        time_limit=999,
        discount=0.99,
        step_seconds=1 / 30,  # render_fps of gymnasium's class
        reference_point=(0.0, -100.0),  # never there, or at a price of fuel that takes the whole reward
        changed=("mountain-car-continuous-heavy",),
    )


@task("mountain-car-continuous-heavy")
def mountain_car_continuous_heavy() -> MountainCarContinuous:
    """The same car with a load, or with a weaker engine: it accelerates by 0.6 as much."""
    name = "mountain-car-continuous-heavy"
    return replace(mountain_car_continuous(), name=name, original_id=None, power=0.0009, changed=())
