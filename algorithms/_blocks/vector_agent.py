"""Q-learning of vectors from replay: living for many weightings at once, and learning from what was lived."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from algorithms._blocks.mlp import Array
from algorithms._blocks.random_features import RandomFeatures
from algorithms._blocks.replay import Replay
from algorithms._blocks.vector_q import Moves, VectorGreedy, VectorQ

if TYPE_CHECKING:
    from benchmarks.api import Session


@dataclass(frozen=True)
class VectorSettings:
    """Hyper-parameters of `VectorAgent`, one value for all tasks; the discount is the task's own."""

    learning_rate: float = 1e-3  # at the beginning; falls linearly to a tenth over the environment steps
    minibatch: int = 64  # transitions
    weightings: int = 4  # of a batch; each of its transitions is learned from for all of them
    updates: int = 1  # after each step of all environments
    random_steps: int = 1000  # environment steps of random actions at the beginning
    tau: float = 0.02  # share of the network that its slow copy takes over after each update
    hidden: tuple[int, ...] = (64, 64)  # relu units
    features: int = 64  # random Fourier features of an observation, beside it
    epsilon: float = 0.05  # share of exploring actions, from `exploring` of all environment steps on
    exploring: float = 0.5  # share of the environment steps during which it falls there from 1
    persistence: float = 2.0  # an exploring action is held for n steps with a probability in proportion to n^-this


class VectorAgent:
    """Lives in a session's environments, each for weights of its own, anew in each episode of the original.

    Objectives are divided by `scale` [k], and weights are those of the scaled objectives, on the simplex. Exploring
    actions are held for a while (Dabney, Ostrovski and Barreto 2021, "Temporally-extended epsilon-greedy
    exploration"): a random walk would hardly leave where it started.
    """

    def __init__(self, settings: VectorSettings, session: Session, scale: Array, envelope: bool = True):
        self.settings, self.session, self.scale = settings, session, scale
        spec, k, n = session.spec, len(scale), session.spec.envs
        seen = session.segments(500, 1).observations[:, 0]
        self.features = RandomFeatures.of(seen, settings.features, session.rng)
        self.replay = Replay(spec, session.budget.steps + n)
        self.objectives = np.zeros((self.replay.capacity, k), np.float32)  # of each transition, scaled
        self._batch = self.replay.batch(settings.minibatch)
        self.q = VectorQ(
            self.features.width, self.replay.actions, k, session.rng.spawn(1)[0], settings.hidden,
            settings.learning_rate, spec.discount, settings.tau, envelope=envelope,
        )  # fmt: skip
        self._x = np.ones((self.features.width + k + 1, n), np.float32)
        self._observations: Array | None = None
        self._first = np.ones(n, bool)
        self._held, self._until = np.zeros((2, n), int)

    @property
    def done(self) -> float:
        """The share of the environment steps that was used."""
        return 1.0 - self.session.left.steps / self.session.budget.steps

    def leave(self) -> None:
        """Others have used the environments: begin new episodes with the next step."""
        self._observations = None

    def step(self, draw: Any) -> None:
        """One exploring step of every environment; episodes that begin are lived for the weights `draw(n)` [n, k]."""
        session, d = self.session, self.features.width
        if self._observations is None:
            self._observations, self._first[:] = session.env.reset(), True
        before, x = self._observations, self._x
        if self._first.any():
            x[d:-1, self._first] = draw(int(self._first.sum())).T
            self._until[self._first] = 0
        actions = self._explore(before)
        after, _, ends, infos = session.env.step(actions)
        event = np.array([info["event"] for info in infos])
        following = after
        if ends.any():
            following = np.array([info.get("terminal_observation", seen) for info, seen in zip(infos, after)])
        rows = np.arange(self.replay.added, self.replay.added + len(before)) % self.replay.capacity
        self.objectives[rows] = np.array([info["objectives"] for info in infos]) / self.scale
        self.replay.add(before, actions, following, 0.0, event)
        self._observations, self._first = after, ends | event

    def _explore(self, observations: Array) -> Array:
        settings, rng, n = self.settings, self.session.rng, len(observations)
        x, d = self._x, self.features.width
        x[:d] = self.features(observations).T
        random = self.replay.added < settings.random_steps
        epsilon = 1.0 + (settings.epsilon - 1.0) * min(1.0, self.done / max(settings.exploring, 1e-9))
        begin = (self._until == 0) & (rng.random(n) < (1.0 if random else epsilon))
        self._held[begin] = rng.integers(self.replay.actions, size=begin.sum())
        self._until[begin] = np.minimum(rng.zipf(settings.persistence, begin.sum()), self.session.spec.horizon)
        greedy = np.einsum("akn,kn->an", self.q.values(x), x[d:-1]).argmax(axis=0)
        actions = np.where(self._until > 0, self._held, greedy)
        self._until = np.maximum(self._until - 1, 0)
        return actions

    def update(self, draw: Any, homotopy: float = 0.0) -> None:
        """A step's updates, each for weights `draw(m)` [m, k]; none before there is a minibatch."""
        settings, rng = self.settings, self.session.rng
        if len(self.replay) < settings.minibatch:
            return
        self.q.online.adam.learning_rate = settings.learning_rate * (1.0 - 0.9 * self.done)
        for _ in range(settings.updates):
            rows = rng.integers(len(self.replay), size=settings.minibatch)
            batch = self.replay.take(rows, self._batch)
            now, then = self.features(batch.state[:-1].T).T, self.features(batch.next_state[:-1].T).T
            moves = Moves(now, batch.action, self.objectives[rows], then, batch.alive)
            self.q.update(moves, draw(settings.weightings).astype(np.float32), homotopy)

    def policy(self, w: Array, support: Array | None = None) -> VectorGreedy:
        """A snapshot of the policy for w [k]; with a support [m, k], by generalised policy improvement over it."""
        shape = self.session.spec.observation_space.shape or ()
        return self.q.greedy(w, w if support is None else support, self.features, shape, self.session.rng.spawn(1)[0])
