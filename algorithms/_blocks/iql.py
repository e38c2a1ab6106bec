"""Implicit Q-learning on logged behaviour (Kostrikov, Nair, Levine, "Offline reinforcement learning with IQL", 2022).

    L_V = E |tau - [u < 0]| u^2, u = Q'(s, a) - V(s)       V: an upper expectile of Q' over the log's actions
    L_Q = E [r(s, a) + gamma V(s') - Q(s, a)]^2            Q' = min of two slowly following copies
    L_pi = -E min(exp(beta (Q' - V)), 100) log pi(a | s)   the log's actions, weighed by their advantage
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from algorithms._blocks.direct import half_box
from algorithms._blocks.fast_actor import FastActor
from algorithms._blocks.features import inputs, width_of
from algorithms._blocks.value_nets import ValueNets, columns

if TYPE_CHECKING:
    from benchmarks.api import Segments, Session

Array = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True)
class IqlSettings:
    """Hyper-parameters of IQL."""

    expectile: float = 0.7  # tau, the paper's for locomotion
    inverse_temperature: float = 3.0  # beta, the paper's for locomotion
    heaviest: float = 100.0  # weight of an action at the most, the paper's
    following: float = 0.005  # rate of the copies of Q, the paper's
    learning_rate: float = 1e-3
    batch: int = 256  # steps of the log in a gradient step
    updates: int = 1000  # gradient steps of a round, on from the round before
    hidden: tuple[int, ...] = (64, 64)  # of all networks
    log_std: float = -0.7  # of a Gaussian policy, in units of half the action's box; not trained
    logged: int = 20_000  # steps of the log


class Steps:
    """Transitions as the networks take them: states, states with actions, states that follow, taken actions."""

    def __init__(self, spec: Any, parts: list[Segments], actor: FastActor) -> None:
        observations, actions = (np.concatenate(column) for column in zip(*(p.steps() for p in parts), strict=True))
        after = np.concatenate([part.observations[:, 1:].reshape(-1, *part.observations.shape[2:]) for part in parts])
        self.observations, self.actions = observations, actions
        self.s, self.following = actor.features(observations), actor.features(after)
        self.sa, self.taken = columns(inputs(spec, observations, actions)), actor.taken(actions)

    def __len__(self) -> int:
        return len(self.observations)


class Iql:
    """Networks of IQL and their gradient steps."""

    def __init__(self, session: Session, settings: IqlSettings) -> None:
        spec, rng = session.spec, session.rng
        self.session, self.settings = session, settings
        rate, hidden = settings.learning_rate, settings.hidden
        log_std: Any = 0.0 if spec.discrete else settings.log_std + np.log(half_box(spec))
        self.actor = FastActor(
            spec, hidden, rng, rate, log_std, train_std=False, bounds="clipped", averaging=0.99
        )
        self.q, self.target = (ValueNets(2, width_of(spec), hidden, rng, rate) for _ in range(2))
        self.target.follow(self.q, 1.0)
        self.v = ValueNets(1, self.actor.layers[0].shape[1] - 1, hidden, rng, rate)

    def train(self, steps: Steps, rewards: Array) -> float:
        """The settings' gradient steps on rewards [n] of the steps; the mean squared error of Q over them."""
        losses = []
        for _ in range(self.settings.updates):
            picked = self.session.rng.integers(len(steps), size=self.settings.batch)
            self.improve(steps, picked)
            after = self.v.forward(steps.following[:, picked])
            error = self.q.forward(steps.sa[:, picked]) - (rewards[picked] + self.session.spec.discount * after)
            losses.append(float((error**2).mean()))
            self.q.backward((2 * error / len(picked)).astype(np.float32))
            self.fit_q()
        return float(np.mean(losses))

    def fit_q(self) -> None:
        """One step of Q along its gradient, and of its copies after it."""
        self.q.step()
        self.target.follow(self.q, self.settings.following)

    def improve(self, steps: Steps, picked: Array) -> None:
        """One step each of V and of the policy towards what Q' says of these steps."""
        settings, n = self.settings, len(picked)
        u = self.target.forward(steps.sa[:, picked]).min(axis=0) - self.v.forward(steps.s[:, picked])[0]
        weight, falling = np.exp(np.minimum(settings.inverse_temperature * u, np.log(settings.heaviest))), u < 0
        self.v.backward((-2 * np.abs(settings.expectile - falling) * u / n).astype(np.float32)[None])
        self.v.step()
        self.actor.forward(steps.s[:, picked], steps.taken[:, picked])
        self.actor.backward((-weight / n).astype(np.float32))
        self.actor.step()

    def policy(self) -> Any:
        """The policy's snapshot, of the mean of its weights over the last hundred steps."""
        self.actor.settle()
        return self.actor.snapshot()

    def advantage(self, observations: Array, actions: Array) -> Array:
        """Q(s, a) - V(s), [n]."""
        q = self.q.forward(columns(inputs(self.session.spec, observations, actions))).min(axis=0)
        return q - self.v.forward(self.actor.features(observations))[0]
