"""Acrobot-v1: two links hang from a pivot; a motor between them swings the free end above the line."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.task import Array, Expert, Task, task
from envs.experts import expert_of
from envs.grid import Axis, Grid

if TYPE_CHECKING:
    from gymnasium.spaces import Box, Discrete


@dataclass(frozen=True)
class Acrobot(Task):
    """State (angle 1, angle 2, speed 1, speed 2), all 0 when hanging; the torque is -1, 0 or 1.

    Angle 2 is link 2's against link 1. A step is one Runge-Kutta step of `tau` seconds, after which the
    angles are wrapped to [-pi, pi] and the speeds clipped. Both links have mass 1, length 1, moment of
    inertia 1 and their centre of mass in the middle; the equations are the book's, Sutton & Barto (2018),
    section 11. The event is -cos(angle 1) - cos(angle 1 + angle 2) > 1.
    """

    gravity: float = 9.8  # m/s^2
    tau: float = 0.2  # s
    max_speeds: tuple[float, float] = (4 * np.pi, 9 * np.pi)  # rad/s
    speeds: tuple[float, float] = (4.0, 9.0)  # rad/s; observations are divided by these

    @property
    def observation_space(self) -> Box:
        from gymnasium.spaces import Box

        high = np.array([1.0, 1.0, 1.0, 1.0, *np.divide(self.max_speeds, self.speeds)], np.float32)
        return Box(-high, high, dtype=np.float32)

    @property
    def action_space(self) -> Discrete:
        from gymnasium.spaces import Discrete

        return Discrete(3)

    def starts(self, n: int, rng: np.random.Generator) -> Array:
        return rng.uniform(-0.1, 0.1, (n, 4))

    def transition(self, states: Array, actions: Array) -> Array:
        torque, step = np.asarray(actions) - 1.0, self.tau
        state = states.T
        k1 = self._change(state, torque)
        k2 = self._change(state + step / 2 * k1, torque)
        k3 = self._change(state + step / 2 * k2, torque)
        k4 = self._change(state + step * k3, torque)
        following = state + step / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
        angles = np.mod(following[:2] + np.pi, 2 * np.pi) - np.pi
        speeds = np.clip(following[2:].T, np.negative(self.max_speeds), self.max_speeds)
        return np.concatenate([angles.T, speeds], axis=1)

    def _change(self, state: Array, torque: Array) -> Array:
        """d/dt of the state [4, n]: the two equations of motion, solved for the accelerations c1 and c2,

        d1 c1 + d2 c2 = -phi1,    d2 c1 + 1.25 c2 = torque - sin(angle 2) speed1^2 / 2 - phi2.
        """
        angle1, angle2, speed1, speed2 = state
        cosine, sine = np.cos(angle2), np.sin(angle2)
        d1, d2 = 3.5 + cosine, 1.25 + 0.5 * cosine
        phi2 = 0.5 * self.gravity * np.sin(angle1 + angle2)
        phi1 = -0.5 * sine * speed2 * (speed2 + 2 * speed1) + 1.5 * self.gravity * np.sin(angle1) + phi2
        change2 = (torque + d2 / d1 * phi1 - 0.5 * sine * speed1**2 - phi2) / (1.25 - d2**2 / d1)
        return np.stack([speed1, speed2, -(d2 * change2 + phi1) / d1, change2])

    def phi(self, states: Array, actions: Array, following: Array) -> Array:
        """(1 at the goal, -1 for every step)."""
        return np.stack([self.event(following), np.full(len(states), -1.0)], axis=1)

    def event(self, states: Array) -> Array:
        return -np.cos(states[:, 0]) - np.cos(states[:, 0] + states[:, 1]) > 1.0

    def observe(self, states: Array) -> Array:
        angle1, angle2, speed1, speed2 = states.T
        circles = [np.cos(angle1), np.sin(angle1), np.cos(angle2), np.sin(angle2)]
        return np.stack([*circles, speed1 / self.speeds[0], speed2 / self.speeds[1]], axis=1).astype(np.float32)

    def recover(self, observations: Array) -> Array:
        cosine1, sine1, cosine2, sine2, speed1, speed2 = observations.astype(float).T
        angles = [np.arctan2(sine1, cosine1), np.arctan2(sine2, cosine2)]
        return np.stack([*angles, speed1 * self.speeds[0], speed2 * self.speeds[1]], axis=1)

    def expert(self) -> Expert:
        angle = Axis(-np.pi, np.pi, 32, periodic=True)
        grid = Grid((angle, angle, Axis(-5.0, 5.0, 29), Axis(-9.0, 9.0, 31)), mirrored=True)
        # The grid's coarseness costs a greedy policy five steps of seventy; looking ahead regains them.
        return expert_of(self, grid, (0, 1, 2), depth=3)

    def render(self, state: Array) -> Array:
        from envs.pictures import classic

        return classic("Acrobot-v1", state)


@task("acrobot")
def acrobot() -> Acrobot:
    """As in mountain-car, the twin's time is the same for all, and a goal is worth 1 / (1 - discount) steps.

    The published reward pays 0 instead of -1 for the step that reaches the goal.
    """
    return Acrobot(
        name="acrobot",
        version=1,
        original_id="Acrobot-v1",
        objectives=("goal", "time"),
        weights=(1.0, 0.01),
        original_weights=(1.0, 1.0),
        horizon=200,
        time_limit=500,
        discount=0.99,
        step_seconds=1 / 15,  # render_fps of gymnasium's class
        changed=("acrobot-heavy",),
    )


@task("acrobot-heavy")
def acrobot_heavy() -> Acrobot:
    """The same torque against a third more gravity."""
    return replace(acrobot(), name="acrobot-heavy", original_id=None, gravity=13.0, changed=())
