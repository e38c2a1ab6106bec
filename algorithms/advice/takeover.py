"""Takeover: a person at the learner's side who steers, left or right, and no more than that.

Celemin and Ruiz-del-Solar, "COACH: learning continuous actions from corrective advice communicated by humans", 2015;
with a replay of the corrections, for networks, as in Perez-Dattari, Celemin, Ruiz-del-Solar, Kober, "Interactive
learning with corrective feedback for policies based on deep neural networks", 2018 (D-COACH).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from algorithms._blocks.actor import actor, frozen
from algorithms._blocks.asking import affordable
from algorithms._blocks.clone_update import CloneUpdate
from algorithms._blocks.cloning import as_actions
from algorithms._blocks.value_nets import ValueNets, columns
from benchmarks.api import Advise, Policy, Session, algorithm

if TYPE_CHECKING:
    from benchmarks.api import Spec

Array = np.ndarray[Any, np.dtype[Any]]


@algorithm("takeover", family="advice", asks={Advise})
@dataclass(frozen=True)
class Takeover:
    """In some environments the person says, for the action a that the learner is about to do, on which side of it the
    better one lies: h = -1 (left, less), +1 (right, more) or 0 (as it is) for each component, and

    a* = a + e min(1, |H(s)| + floor) h,    H minimises mean (H(s) - h)^2 / 2,

    is done instead and learned from: mean -log pi(a* | s) of the latest `memory` corrections is minimised. H, the model
    of the person's corrections, makes the steps long where they keep saying the same, and short where they change their
    mind from one time to the next. Of the person's answer to `Advise`, an action, only its side is looked at: that is
    the single bit that somebody with two keys gives.

    With discrete actions the key pressed is the action (0 left, 1 right, ...): it is done, and learned from as it is.
    """

    error: float = 0.5  # e, in halves of the range of actions; chosen for each task in the papers, one value here
    floor: float = 0.25  # of a step, as a share of e: the bias of the paper's adaptive rate
    dead_band: float = 0.05  # distance, in halves of the range, within which an action is let pass
    memory: int = 500  # corrections that are replayed: older ones were about what is no longer done (D-COACH's K)
    hidden: tuple[int, ...] = (64, 64)
    learning_rate: float = 1e-3
    pace: int = 5  # steps of each environment from one moment of steering to the next
    steered: int = 4  # environments that are steered at such a moment
    updates: int = 20  # gradient steps after each moment
    batch: int = 64
    every: int = 32  # corrections between two policies offered

    def learn(self, session: Session) -> Iterator[Policy]:
        spec, rng = session.spec, session.rng
        cloning = CloneUpdate(actor(spec, self.hidden, self.learning_rate), self.learning_rate)
        trend = Trend(spec, self.hidden, self.learning_rate, rng)
        seen, targets, sides = [], [], []
        observations, known = session.env.reset(), 0
        while True:
            policy = frozen(cloning.policy)
            here = session.here()[rng.permutation(spec.envs)[: self.steered]]
            here = here[: affordable(session, Advise(here[:1]), len(here))]
            if len(here) == 0:
                break
            answers = session.ask(Advise(here))
            here, values = here[answers.given], as_actions(session, answers.values[answers.given])
            actions = np.array(policy.predict(observations, deterministic=True)[0])
            steered = here.places[:, 0]
            states = here.observations[:, -1]
            if not spec.discrete:
                h = side(spec, actions[steered], values, self.dead_band)
                values = corrected(spec, actions[steered], h, self.error * self.strength(trend, states))
                sides.append(h)
            actions[steered] = values
            seen.append(states)
            targets.append(values)
            observations = session.env.step(actions)[0]
            before, known = known, known + len(values)
            if known:
                self.follow(session, cloning, trend, seen, targets, sides)
            if before // self.every < known // self.every:
                session.log(corrections=known)
                yield frozen(cloning.policy)
            policy = frozen(cloning.policy)
            for _ in range(self.pace - 1):
                observations = session.env.step(policy.predict(observations, deterministic=True)[0])[0]
        if known:
            yield frozen(cloning.policy)

    def strength(self, trend: Trend, states: Array) -> Array:
        """Share of e that a correction in these states moves by, [n, m]."""
        return np.minimum(np.abs(trend.of(states)) + self.floor, 1.0)

    def follow(
        self,
        session: Session,
        cloning: CloneUpdate,
        trend: Trend,
        seen: list[Array],
        targets: list[Array],
        sides: list[Array],
    ) -> None:
        """Gradient steps of the policy, and of H, on the latest corrections."""
        states, wanted = (np.concatenate(column)[-self.memory :] for column in (seen, targets))
        minibatches = session.rng.integers(len(states), size=(self.updates, min(self.batch, len(states))))
        cloning.follow(states, wanted, minibatches)
        if sides:
            trend.follow(states, np.concatenate(sides)[-self.memory :], minibatches)


def side(spec: Spec, actions: Array, better: Array, dead_band: float) -> Array:
    """h [n, m]: -1, 0 or 1, where the better actions lie from these; 0 within `dead_band` halves of the range."""
    space: Any = spec.action_space
    apart = (better - actions) / ((space.high - space.low) / 2)
    return np.where(np.abs(apart) > dead_band, np.sign(apart), 0.0).reshape(len(actions), -1)


def corrected(spec: Spec, actions: Array, h: Array, lengths: Array) -> Array:
    """a* = a + lengths h, in halves of the range, within the box."""
    space: Any = spec.action_space
    moved = actions + (lengths * h).reshape(actions.shape) * (space.high - space.low) / 2
    return np.clip(moved, space.low, space.high).astype(space.dtype)


class Trend:
    """H(s): what the person's correction in a state is on average, -1 to 1 for each component of an action."""

    def __init__(self, spec: Spec, hidden: tuple[int, ...], learning_rate: float, rng: np.random.Generator) -> None:
        components = int(np.prod(spec.action_space.shape or (1,)))
        width = int(np.prod(spec.observation_space.shape or ()))
        self.nets = ValueNets(components, width, hidden, rng, learning_rate)

    def of(self, observations: Array) -> Array:
        """H(s), [n, m]."""
        return self.nets.forward(columns(observations.reshape(len(observations), -1))).T

    def follow(self, observations: Array, sides: Array, minibatches: Array) -> None:
        """Gradient steps on mean (H(s) - h)^2 / 2 of minibatches of (observations [n, ...], sides [n, m])."""
        x, h = columns(observations.reshape(len(observations), -1)), sides.T.astype(np.float32)
        for picked in minibatches:
            self.nets.backward((self.nets.forward(x[:, picked]) - h[:, picked]) / len(picked))
            self.nets.step()
