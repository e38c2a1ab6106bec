"""CartPole-v1, a harder one, and the two ways of ending that give the reward away."""

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
class CartPole(Task):
    """State (x, x', angle, angle'), angle 0 upright; the force F is -`force` or `force`.

    One Euler step of `tau` seconds a step. With total mass M, the pole's mass m and half length l,

        f = (F + m l angle'^2 sin(angle)) / M,
        angle'' = (g sin(angle) - cos(angle) f) / (l (4/3 - m cos(angle)^2 / M)),
        x'' = f - m l angle'' cos(angle) / M.

    Barto, Sutton & Anderson (1983), IEEE Transactions on Systems, Man, and Cybernetics 13(5).
    """

    gravity: float = 9.8  # m/s^2
    cart_mass: float = 1.0  # kg
    pole_mass: float = 0.1  # kg
    half_length: float = 0.5  # m
    force: float = 10.0  # N
    tau: float = 0.02  # s
    max_x: float = 2.4  # m; the event is to be beyond
    max_angle: float = np.pi / 15  # rad; the event is to be beyond
    start: tuple[float, float, float, float] = (0.05, 0.05, 0.05, 0.05)  # starts are uniform within +- this
    speeds: tuple[float, float] = (3.0, 3.0)  # m/s, rad/s: the fastest from which one recovers, about
    nodes: tuple[int, int, int, int] = (15, 27, 27, 27)  # of the expert's grid

    @property
    def _scale(self) -> tuple[float, float, float, float]:
        return (self.max_x, self.speeds[0], self.max_angle, self.speeds[1])

    @property
    def observation_space(self) -> Box:
        from gymnasium.spaces import Box

        high = np.array([2.0, np.inf, 2.0, np.inf], np.float32)
        return Box(-high, high, dtype=np.float32)

    @property
    def action_space(self) -> Discrete:
        from gymnasium.spaces import Discrete

        return Discrete(2)

    def starts(self, n: int, rng: np.random.Generator) -> Array:
        return rng.uniform(-1.0, 1.0, (n, 4)) * self.start

    def transition(self, states: Array, actions: Array) -> Array:
        _, speed, angle, turning = states.T
        cosine, sine = np.cos(angle), np.sin(angle)
        mass = self.cart_mass + self.pole_mass
        lever = self.pole_mass * self.half_length
        push = (np.where(np.asarray(actions) == 1, self.force, -self.force) + lever * turning**2 * sine) / mass
        inertia = self.half_length * (4 / 3 - self.pole_mass * cosine**2 / mass)
        turning_change = (self.gravity * sine - cosine * push) / inertia
        speed_change = push - lever * turning_change * cosine / mass
        change = np.stack([speed, speed_change, turning, turning_change], axis=1)
        return states + self.tau * change

    def phi(self, states: Array, actions: Array, following: Array) -> Array:
        """(1 for every step, -1 for a failure, -(x / max_x)^2 of the state it led to)."""
        off_centre = (following[:, 0] / self.max_x) ** 2
        return np.stack([np.ones(len(states)), -self.event(following).astype(float), -off_centre], axis=1)

    def event(self, states: Array) -> Array:
        return (np.abs(states[:, 0]) > self.max_x) | (np.abs(states[:, 2]) > self.max_angle)

    def observe(self, states: Array) -> Array:
        return (states / self._scale).astype(np.float32)

    def recover(self, observations: Array) -> Array:
        return observations.astype(float) * self._scale

    def expert(self) -> Expert:
        axes = (Axis(-high, high, count) for high, count in zip(self._scale, self.nodes, strict=True))
        return expert_of(self, Grid(tuple(axes), mirrored=True), (0, 1))

    def render(self, state: Array) -> Array:
        from envs.pictures import classic

        return classic("CartPole-v1", state, length=self.half_length, x_threshold=self.max_x)


@task("cartpole")
def cartpole() -> CartPole:
    """A twin of fixed length pays for balance whatever one does, so there a failure has a price of its own.

    It is 1 / (1 - discount) steps' worth, what an end takes of an endless series of +1. Staying near the
    centre is worth a little too, which the original does not pay: without it, all safe states are equally
    good.
    """
    return CartPole(
        name="cartpole",
        version=1,
        original_id="CartPole-v1",
        objectives=("balance", "failure", "centring"),
        weights=(0.01, 1.0, 0.01),
        original_weights=(1.0, 0.0, 0.0),
        horizon=200,
        time_limit=500,
        discount=0.99,
        step_seconds=1 / 50,  # render_fps of gymnasium's class
        changed=("cartpole-long",),
    )


@task("cartpole-long")
def cartpole_long() -> CartPole:
    """The same with a pole three times as long, which falls more slowly and takes longer to be pushed upright."""
    return replace(cartpole(), name="cartpole-long", original_id=None, half_length=1.5, changed=())


@task("cartpole-hard")
def cartpole_hard() -> CartPole:
    """A short and heavy pole, which falls twice as fast, let go anywhere on the track and on the move.

    A few starts cannot be saved. The reward is CartPole's.
    """
    return replace(
        cartpole(),
        name="cartpole-hard",
        original_id=None,
        pole_mass=0.5,
        half_length=0.15,
        max_angle=0.25,
        start=(2.0, 1.0, 0.2, 1.0),
        speeds=(4.0, 6.0),
        nodes=(21, 21, 25, 25),
        changed=("cartpole-hard-long",),
    )


@task("cartpole-hard-long")
def cartpole_hard_long() -> CartPole:
    """The same with a pole twice as long."""
    return replace(cartpole_hard(), name="cartpole-hard-long", half_length=0.3, changed=())


@task("cartpole-leak")
def cartpole_leak() -> CartPole:
    """Episodes of the twin end at a failure: whoever likes any constant reward learns to balance."""
    return replace(cartpole(), name="cartpole-leak", after_event="terminate")


@task("cartpole-absorbing")
def cartpole_absorbing() -> CartPole:
    """After a failure everything stands still, and nothing is paid any more in the twin's episode."""
    return replace(cartpole(), name="cartpole-absorbing", after_event="absorb")
