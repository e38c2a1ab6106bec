"""Pendulum-v1: swing a pole up and hold it there with a torque that cannot lift it at once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.task import Array, Expert, Task, task
from envs.experts import expert_of
from envs.grid import Axis, Grid

if TYPE_CHECKING:
    from gymnasium.spaces import Box


@dataclass(frozen=True)
class Pendulum(Task):
    """State (angle, angular speed), angle 0 upright and not wrapped.

    Semi-implicit Euler steps of `tau` seconds, with torque u, mass m and length l:

        speed' = clip(speed + (3 g / 2l sin(angle) + 3 u / m l^2) tau),    angle' = angle + speed' tau.
    """

    gravity: float = 10.0  # m/s^2
    mass: float = 1.0  # kg
    length: float = 1.0  # m
    max_speed: float = 8.0  # rad/s
    max_torque: float = 2.0  # N m
    tau: float = 0.05  # s

    @property
    def observation_space(self) -> Box:
        from gymnasium.spaces import Box

        return Box(-1.0, 1.0, (3,), np.float32)

    @property
    def action_space(self) -> Box:
        from gymnasium.spaces import Box

        return Box(-self.max_torque, self.max_torque, (1,), np.float32)

    def starts(self, n: int, rng: np.random.Generator) -> Array:
        return rng.uniform((-np.pi, -1.0), (np.pi, 1.0), (n, 2))

    def transition(self, states: Array, actions: Array) -> Array:
        angle, speed = states.T
        push = 3 * self.gravity / (2 * self.length) * np.sin(angle)
        push = push + 3 / (self.mass * self.length**2) * self._torque(actions)
        speed = np.clip(speed + push * self.tau, -self.max_speed, self.max_speed)
        return np.stack([angle + speed * self.tau, speed], axis=1)

    def phi(self, states: Array, actions: Array, following: Array) -> Array:
        """(-angle^2, -speed^2, -torque^2) where the torque is applied, the angle in [-pi, pi)."""
        angle, speed = states.T
        angle = np.mod(angle + np.pi, 2 * np.pi) - np.pi
        return -np.stack([angle**2, speed**2, self._torque(actions) ** 2], axis=1)

    def event(self, states: Array) -> Array:
        return np.zeros(len(states), dtype=bool)

    def observe(self, states: Array) -> Array:
        angle, speed = states.T
        return np.stack([np.cos(angle), np.sin(angle), speed / self.max_speed], axis=1).astype(np.float32)

    def recover(self, observations: Array) -> Array:
        cosine, sine, speed = observations.astype(float).T
        return np.stack([np.arctan2(sine, cosine), speed * self.max_speed], axis=1)

    def expert(self) -> Expert:
        axes = (Axis(-np.pi, np.pi, 120, periodic=True), Axis(-self.max_speed, self.max_speed, 121))
        torques = np.linspace(-self.max_torque, self.max_torque, 17)
        return expert_of(self, Grid(axes, mirrored=True), tuple((float(torque),) for torque in torques))

    def render(self, state: Array) -> Array:
        from envs.pictures import classic

        return classic("Pendulum-v1", state, last_u=None)

    def _torque(self, actions: Array) -> Array:
        return np.clip(np.asarray(actions, dtype=float)[:, 0], -self.max_torque, self.max_torque)


@task("pendulum")
def pendulum() -> Pendulum:
    """The published reward is the twin's too: nothing ends here, so that nothing needs a price."""
    weights = (1.0, 0.1, 0.001)
    return Pendulum(
        name="pendulum",
        version=1,
        original_id="Pendulum-v1",
        objectives=("angle", "speed", "torque"),
        weights=weights,
        original_weights=weights,
        horizon=200,
        time_limit=200,
        discount=0.95,
        step_seconds=1 / 30,  # render_fps of gymnasium's class
        reference_point=(-2000.0, -5000.0, -800.0),  # upside down, in random motion, at full torque throughout
        changed=("pendulum-heavy",),
    )


@task("pendulum-heavy")
def pendulum_heavy() -> Pendulum:
    """The same torque on one and a half times the mass: it takes more swings to get up."""
    return replace(pendulum(), name="pendulum-heavy", original_id=None, mass=1.5, changed=())
