"""Minecart: drive out, dig two kinds of ore, bring them home, spend little fuel. mo-gymnasium's, with sure yields.

Abels, Roijers, Lenaerts, Nowé & Steckelmacher (2019), ICML, "Dynamic weights in multi-objective deep RL".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.task import Array, Expert, Task, task

if TYPE_CHECKING:
    from gymnasium.spaces import Box, Discrete

DIG, LEFT, RIGHT, FASTER, BRAKE, COAST = range(6)
X, Y, SPEED, HEADING, FIRST, SECOND, FATE = range(7)
AT_HOME, AWAY, BACK = range(3)
MINES = np.array([(0.16, 0.84), (0.5, 0.84), (0.84, 0.84), (0.84, 0.5), (0.84, 0.16)])
YIELDS = np.array([(0.2, 0.0), (0.15, 0.1), (0.2, 0.2), (0.1, 0.15), (0.0, 0.2)])  # of each ore in a frame of digging
FUEL = np.array([0.055, 0.005, 0.005, 0.03, 0.005, 0.005])  # in a frame of each action
START = (0.0, 0.0, 0.0, 45.0, 0.0, 0.0, AT_HOME)
ORES, HOME, GROUND = ((238, 190, 66), (96, 176, 214)), (160, 150, 140), (236, 232, 222)  # colours
STILL = 0.001
DIGITS = 12  # of places: the same way there and back ends at the wall, not beside it by an error of rounding


@dataclass(frozen=True)
class Minecart(Task):
    """State (x, y, speed a frame, heading in degrees, ores in the cart, fate: 0 at home, 1 away, 2 back: the event).

    An action lasts four frames. One digs standing, at the nearest mine if it is near enough, until the cart is full.
    Who drives into a wall slides along it.
    """

    frames: int = 4
    turn: float = 10.0  # degrees a frame
    push: float = 0.0075
    capacity: float = 1.5
    reach: float = 0.14  # of a mine
    base: float = 0.15  # radius of home, whose middle is (0, 0)

    @property
    def observation_space(self) -> Box:
        from gymnasium.spaces import Box

        return Box(-1.0, 1.0, (8,), np.float32)

    @property
    def action_space(self) -> Discrete:
        """0 dig, 1 left, 2 right, 3 accelerate, 4 brake, 5 nothing."""
        from gymnasium.spaces import Discrete

        return Discrete(6)

    def starts(self, n: int, rng: np.random.Generator) -> Array:
        return np.tile(START, (n, 1))

    def transition(self, states: Array, actions: Array) -> Array:
        states, actions = states.copy(), np.asarray(actions)
        for _ in range(self.frames):
            moved = self._frame(states, actions)
            states = np.where(self.event(states)[:, None], states, moved)
        return states

    def _frame(self, states: Array, actions: Array) -> Array:
        x, y, speed, heading, *_, fate = states.T
        heading = (heading + self.turn * ((actions == RIGHT).astype(float) - (actions == LEFT))) % 360
        speed = np.where(actions == FASTER, np.minimum(speed + self.push, 1.0), np.where(actions == BRAKE, 0.0, speed))
        ores = np.where((actions == DIG)[:, None], self.dug(states), states[:, FIRST:FATE])
        x, y, speed, heading = self._drive(x, y, speed, heading)
        inside = np.hypot(x, y) < self.base
        fate = np.where(inside, np.where(fate == AT_HOME, AT_HOME, BACK), AWAY)
        return np.column_stack([x, y, speed, heading, ores, fate])

    def _drive(self, x: Array, y: Array, speed: Array, heading: Array) -> tuple[Array, Array, Array, Array]:
        """A frame's way. Along a wall, the heading turns towards it and the speed is what is left of it."""
        angle = heading * np.pi / 180
        over, down = speed * np.cos(angle), speed * np.sin(angle)
        bend = np.zeros(len(x))
        for at, along, by, across, sense in ((x, over, y, down, 1.0), (y, down, x, over, -1.0)):
            free = (by != 0) & (by != 1) & (np.abs(across) > STILL)
            bend += free * sense * np.sign(across) * (((at == 1) & (along > 0)) * 1.0 - ((at == 0) & (along < 0)))
        to = [np.clip(np.round(at + by, DIGITS), 0.0, 1.0) for at, by in ((x, over), (y, down))]
        moves = speed >= STILL
        left = np.hypot(to[0] - x, to[1] - y)
        return (
            np.where(moves, to[0], x), np.where(moves, to[1], y), np.where(moves, left, speed),
            np.where(moves, heading + self.turn * bend, heading) % 360,
        )  # fmt: skip

    def mine(self, states: Array) -> Array:
        """Which mine one can dig at, [n]; -1 where there is none, or one does not stand."""
        far = np.hypot(*(states[:, None, :2] - MINES).transpose(2, 0, 1))
        nearest = far.argmin(axis=1)
        there = (far.min(axis=1) <= self.reach) & (states[:, SPEED] < STILL)
        return np.where(there, nearest, -1)

    def dug(self, states: Array) -> Array:
        """The ores [n, 2] after a frame of digging; of what does not fit, the same share of both is left."""
        ores, mine = states[:, FIRST:FATE], self.mine(states)
        found = np.where((mine >= 0)[:, None], YIELDS[mine], 0.0)
        much = found.sum(axis=1)
        share = np.minimum(1.0, (self.capacity - ores.sum(axis=1)) / np.where(much > 0, much, 1.0))
        return ores + found * share[:, None]

    def phi(self, states: Array, actions: Array, following: Array) -> Array:
        """(ore of each kind brought home, -fuel)."""
        back = self.event(following)[:, None]
        fuel = -self.frames * FUEL[np.asarray(actions)]
        return np.column_stack([back * following[:, FIRST:FATE], fuel])

    def event(self, states: Array) -> Array:
        return states[:, FATE] == BACK

    def observe(self, states: Array) -> Array:
        """The original's seven numbers, and the fate, without which nobody could tell if to go home is to be back."""
        angle = np.deg2rad(states[:, HEADING])
        motion = np.column_stack([states[:, :HEADING], np.sin(angle), np.cos(angle)])
        return np.column_stack([motion, states[:, FIRST:FATE] / self.capacity, states[:, FATE] / BACK]).astype(
            np.float32
        )

    def recover(self, observations: Array) -> Array:
        x, y, speed, sine, cosine, first, second, fate = observations.astype(float).T
        heading = np.rint(np.rad2deg(np.arctan2(sine, cosine))) % 360
        ores = np.column_stack([first, second]) * self.capacity
        return np.column_stack([x, y, speed, heading, ores, np.rint(fate * BACK)])

    def render(self, state: Array) -> Array:
        """Home is the corner, mines have the colours of their ores, and the cart, with a nose, shows how full it is."""
        from envs.pictures import AGENT, discs

        colours, angle, place = np.array(ORES), np.deg2rad(state[HEADING]), state[:SPEED]
        mixed = [tuple((found @ colours) / found.sum()) for found in YIELDS]
        nose = place + 0.04 * np.array([np.cos(angle), np.sin(angle)])
        cart = [(*nose, 0.018, AGENT), (*place, 0.035, AGENT)]
        ores = state[FIRST:FATE]
        if ores.sum() > 0:
            cart.append((*place, 0.03 * np.sqrt(ores.sum() / self.capacity), tuple((ores @ colours) / ores.sum())))
        mines = [(*mine, self.reach, colour) for mine, colour in zip(MINES, mixed, strict=True)]
        return discs([(0.0, 0.0, self.base, HOME), *mines, *cart], GROUND)

    def expert(self) -> Expert:
        from envs.experts import expert_of
        from envs.minecart_expert import Haulage

        return expert_of(self, Haulage(self), tuple(range(6)), (START,), depth=2)


@task("minecart")
def minecart() -> Minecart:
    """The weights are ours; with them a full cart is worth the fuel of several ways to the nearest mine."""
    weights = (1.0, 0.6, 0.04)
    return Minecart(
        name="minecart",
        version=1,
        original_id="minecart-deterministic-v0",
        objectives=("first ore", "second ore", "fuel"),
        weights=weights,
        original_weights=weights,
        horizon=200,
        time_limit=1000,  # of mo-gymnasium's registration
        discount=0.98,
        step_seconds=1 / 10,  # the original's four frames of 180 a second would be over before one has looked
        reference_point=(-1.0, -1.0, -200.0),
    )
