"""Lunar Lander of one rigid body, over level ground, with four objectives as mo-gymnasium's mo-lunar-lander has.

In flight it is gymnasium's, which is Box2D's, with engines that do not stray: within 2 mm after 60 steps, of 20 m. What
happens on the ground, which Box2D works out by the springs of two jointed legs, is here decided at the first touch, by
a rule that agrees with Box2D in 94 % of landings (see `soft`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.task import Array, Expert, Task, task

if TYPE_CHECKING:
    from gymnasium.spaces import Box, Discrete

NOTHING, LEFT, MAIN, RIGHT = range(4)
X, Y, VX, VY, TILT, SPIN, FATE = range(7)
FLYING, LANDED, CRASHED = range(3)

SECOND = 50  # steps
MASS, INERTIA = 4.9589, 0.9111  # of the lander and its legs, let down as far as their joints go
CENTRE = 0.0900  # of that mass, above the origin
MAIN_PUSH, SIDE_PUSH = 13.0 * 4 / 30, 0.6 * 12 / 30  # N s a step
SIDE_AT = (12 / 30, 14 / 30, -17 / 30)  # how far aside and up the side engines are, and how far they lean with the tilt
REST = 0.6  # of the origin above the ground, as the original has it
FEET = np.array([(0.890, -0.565), (1.013, -0.513), (-1.013, -0.513), (-0.890, -0.565)])
BODY = np.array([(-14, 17), (-17, 0), (-17, -10), (17, -10), (17, 0), (14, 17)]) / 30
MIDDLE = np.array([(0.0, 0.15)])
POINTS = np.concatenate([FEET, BODY])
REACH = 1.15  # of the farthest point from the origin
HALF_WIDTH, HALF_HEIGHT, TOP = 10.0, 20 / 3, 9.406  # of the view, and the start's height, in metres
UNITS = np.array([HALF_WIDTH, HALF_HEIGHT, SECOND / HALF_WIDTH, SECOND / HALF_HEIGHT, 1.0, SECOND / 20, 1.0])
GROUND, SKY, SOIL, FLAG, LEGS = 0.9, (236, 232, 222), (160, 150, 140), (238, 190, 66), (120, 60, 80)  # of pictures
SINKING, TILTED = 1.5, 0.28  # m/s and rad: what the legs bear of one, if there is nothing of the other


@dataclass(frozen=True)
class LunarLander(Task):
    """State (x, y, velocities, tilt, spin, fate: 0 in flight, 1 landed, 2 crashed), in metres and seconds.

    To touch the ground, or to leave by the side, is the event. Who lands softly stands still and upright after it.
    """

    gravity: float = 10.0

    @property
    def observation_space(self) -> Box:
        from gymnasium.spaces import Box

        return Box(-3.0, 3.0, (7,), np.float32)

    @property
    def action_space(self) -> Discrete:
        """0 nothing, 1 left engine, 2 main engine, 3 right engine."""
        from gymnasium.spaces import Discrete

        return Discrete(4)

    def starts(self, n: int, rng: np.random.Generator) -> Array:
        """A random push at the top, one step ago; the spin comes of it, since it does not meet the centre of mass."""
        vx, vy = rng.uniform(-4.03, 4.03, (2, n)) + np.array([[0.0], [-0.2]])
        spin, still = -0.1133 * vx, np.zeros(n)
        return np.column_stack([vx / SECOND, TOP + vy / SECOND, vx, vy, spin / SECOND, spin, still])

    def transition(self, states: Array, actions: Array) -> Array:
        following = self._fly(states, np.asarray(actions))
        low, out = _touches(following), np.abs(following[:, X]) >= HALF_WIDTH
        landed = low & ~out & soft(following)
        following[:, FATE] = np.where(landed, LANDED, np.where(low | out, CRASHED, FLYING))
        following[landed, Y:FATE] = 0.0
        return np.where(self.event(states)[:, None], states, following)

    def _fly(self, states: Array, actions: Array) -> Array:
        """Impulses first, then gravity, then the way at the new speed, as Box2D does."""
        x, y, vx, vy, tilt, spin, _ = states.T
        sine, cosine = np.sin(tilt), np.cos(tilt)
        main, side = (actions == MAIN) * MAIN_PUSH, (actions == RIGHT) * 1.0 - (actions == LEFT)
        aside, above, lean = SIDE_AT
        # the impulse is at (px, py) from the centre of mass
        px, py = -side * aside * cosine + (lean + CENTRE) * sine, -side * aside * sine + (above - CENTRE) * cosine
        jx, jy = side * SIDE_PUSH * cosine, side * SIDE_PUSH * sine
        spin = spin + np.abs(side) * (px * jy - py * jx) / INERTIA
        vx = vx + (jx - main * sine) / MASS
        vy = vy + (jy + main * cosine) / MASS - self.gravity / SECOND
        turned = tilt + spin / SECOND
        # what is kept is where the origin is, what moves at this speed is the centre of mass
        x = x - CENTRE * sine + vx / SECOND + CENTRE * np.sin(turned)
        y = y + CENTRE * cosine + vy / SECOND - CENTRE * np.cos(turned)
        return np.column_stack([x, y, vx, vy, turned, spin, np.zeros(len(x))])

    def phi(self, states: Array, actions: Array, following: Array) -> Array:
        """(100 landed or -100 crashed, what shaping grew by, -1 for the main engine, -1 for a side engine)."""
        fate, actions = following[:, FATE], np.asarray(actions)
        result = np.where(fate == LANDED, 100.0, np.where(fate == CRASHED, -100.0, 0.0))
        fuel = [-1.0 * (actions == MAIN), -1.0 * ((actions == LEFT) | (actions == RIGHT))]
        return np.column_stack([result, self.shaping(following) - self.shaping(states), *fuel])

    def shaping(self, states: Array) -> Array:
        """The original's potential: -100 for each unit away, of speed, and of tilt; 10 for each leg on the ground."""
        x, y, vx, vy, tilt = (states[:, :SPIN] / UNITS[:SPIN]).T
        return -100.0 * (np.hypot(x, y) + np.hypot(vx, vy) + np.abs(tilt)) + 20.0 * (states[:, FATE] == LANDED)

    def event(self, states: Array) -> Array:
        return states[:, FATE] != FLYING

    def observe(self, states: Array) -> Array:
        """The original's, but the fate instead of what the legs touch."""
        return (states / UNITS).astype(np.float32)

    def recover(self, observations: Array) -> Array:
        states = observations.astype(float) * UNITS
        states[:, FATE] = np.rint(states[:, FATE])
        return states

    def render(self, state: Array) -> Array:
        """The original's view, squeezed into a square: the lander with its feet, the ground, two flags by the pad."""
        from envs.pictures import AGENT, discs

        sine, cosine = np.sin(state[TILT]), np.cos(state[TILT])
        shown = [(0.5, 100.0 + GROUND, 100.0, SOIL), *((0.5 + side * 0.1, GROUND, 0.012, FLAG) for side in (-1, 1))]
        for points, radius, colour in ((FEET, 0.012, LEGS), (BODY, 0.02, AGENT), (MIDDLE, 0.03, AGENT)):
            for right, up in points:
                x, y = state[X] + cosine * right - sine * up, state[Y] + sine * right + cosine * up + REST
                shown.append((0.5 + x / (2 * HALF_WIDTH), GROUND - y / (2 * HALF_WIDTH), radius, colour))
        return discs(shown, SKY)

    def expert(self) -> Expert:
        from envs.lunar_pilot import pilot
        from envs.rollouts import expert_of

        return expert_of(self, pilot, tuple(range(4)))


def soft(states: Array) -> Array:
    """[n] bool, of states that touch the ground: sink / 1.5 m/s + |tilt| / 0.28 < 1.

    Fitted to 1500 touches of Box2D's lander, engines off, with sink to 2.5 m/s, tilt to 0.35, drift to 1 m/s, and spin
    to 0.6: with 23 % of them it came to rest, and the rule says of 94 % what happened.
    """
    return -states[:, VY] / SINKING + np.abs(states[:, TILT]) / TILTED < 1.0


def _touches(states: Array) -> Array:
    """[n] bool: some point is on the ground or below it. Most are too high up for any, and are not looked at."""
    found = states[:, Y] <= REACH - REST
    low = states[found]
    sine, cosine = np.sin(low[:, TILT])[:, None], np.cos(low[:, TILT])[:, None]
    found[found] = low[:, Y] + (sine * POINTS[:, 0] + cosine * POINTS[:, 1]).min(axis=1) <= -REST
    return found


@task("lunar-lander")
def lunar_lander() -> LunarLander:
    """The weights are the published ones, in hundreds, so that rewards are about as large as elsewhere."""
    return LunarLander(
        name="lunar-lander",
        version=1,
        original_id=None,
        objectives=("result", "shaping", "main engine", "side engine"),
        weights=(0.01, 0.01, 0.003, 0.0003),  # the published reward, in hundreds
        original_weights=(1.0, 1.0, 0.3, 0.03),
        horizon=300,
        time_limit=1000,
        discount=0.99,
        step_seconds=1 / SECOND,
        reference_point=(-101.0, -1001.0, -101.0, -101.0),  # who burns an engine for 101 steps or more counts for nothing
    )
