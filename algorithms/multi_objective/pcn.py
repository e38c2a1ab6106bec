"""Pareto-conditioned network: learn from one's own best episodes to come to whatever outcome is asked for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import numpy as np

from algorithms._blocks.choosing import chosen
from algorithms._blocks.exploring import uniform_actions
from algorithms._blocks.features import encode
from algorithms._blocks.fronts import spread, undominated
from algorithms._blocks.return_conditioned import ReturnConditioned
from algorithms._blocks.scalarised import outcomes_of
from benchmarks.api import Policy, Session, Weigh, algorithm

Array = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True, eq=False)
class Episode:
    """An episode of the original: observations [T, ...], actions [T, ...], objectives [T, k]."""

    observations: Array
    actions: Array
    phi: Array

    @cached_property
    def outcome(self) -> Array:
        return self.phi.sum(axis=0)


@algorithm("pcn", family="multi-objective", asks={Weigh}, uses={"objectives"})
@dataclass(frozen=True)
class PCN:
    """Pareto-conditioned network (Reymond, Bargiacchi and Nowe 2022, "Pareto conditioned networks").

    pi(a | s, R, h), see `ReturnConditioned`, learns from the episodes in an archive: (s_t, a_t) with R_t the sum of
    objectives from t on and h_t the steps from t on. A new episode is told to come to an undominated outcome of the
    archive and a little more of one objective, by as much as a part of the deviation among undominated ones. In the
    end the policy of each undominated outcome is played, and the person chooses between what they came to.

    With continuous actions it is regression, and exploration is Gaussian noise (Felten et al. 2023, morl-baselines).
    """

    learning_rate: float = 1e-3  # the paper's
    hidden: tuple[int, ...] = (64, 64)  # relu units; the paper's one layer of 64, multiplied with that of (R, h)
    minibatch: int = 256  # the paper's
    updates: int = 1  # after each step of all environments
    archive: int = 100  # episodes
    crowded: float = 0.2  # the paper's: below this crowding distance an episode counts as further from the front
    random: float = 0.05  # share of the environment steps at random in the beginning
    noise: float = 0.3  # deviation of exploring continuous actions, in half widths of the box
    every: int = 64  # steps of all environments between two looks at the archive
    looking: float = 0.15  # share of the environment steps, at the most, to play the policies in the end
    front: int = 20  # policies played in the end, at the most
    questions: int = 40  # put to the person, at the most

    def learn(self, session: Session) -> Iterator[Policy]:
        spec, k, rng = session.spec, len(session.spec.objectives), session.rng
        net = ReturnConditioned(spec, k, self.hidden, self.learning_rate, rng.spawn(1)[0])
        life = Life(session, net, self.noise)
        reserve = min(self.looking * session.budget.steps, self.front * spec.horizon * 2 + spec.horizon * spec.envs)
        episodes: list[Episode] = []
        while session.left.steps - reserve >= self.every * spec.envs or not episodes:
            table = Table(episodes, net, self.minibatch) if episodes else None
            front = self.front_of(episodes) if episodes else []
            wild = session.budget.steps - session.left.steps < self.random * session.budget.steps
            for _ in range(self.every):
                if session.left.steps < spec.envs:
                    break
                life.step(None if wild or table is None else partial(self.command, front, rng))
                for _ in range(self.updates if table is not None else 0):
                    table.learn(rng)
            episodes = self.kept([*episodes, *life.ended])
            life.ended.clear()
            if session.left.steps < spec.envs:
                break
            if table is not None:
                yield self.best(episodes, net, rng)[0]
        policies = self.best(episodes, net, rng)
        points = self.played(session, policies)
        kept = undominated(points)
        policies = [policies[i] for i in kept]
        session.reveal_front(policies)
        yield from chosen(session, policies, points[kept], self.questions)

    def kept(self, episodes: list[Episode]) -> list[Episode]:
        """The `archive` episodes nearest to the front, crowded ones counting as twice as far."""
        if len(episodes) <= self.archive:
            return episodes
        far = distances(np.array([episode.outcome for episode in episodes]), self.crowded)
        return [episodes[i] for i in np.sort(np.argsort(far, kind="stable")[: self.archive])]

    def front_of(self, episodes: list[Episode]) -> list[Episode]:
        return [episodes[i] for i in undominated(np.array([episode.outcome for episode in episodes]))]

    def command(self, front: list[Episode], rng: np.random.Generator) -> Array:
        """[k + 1]: an outcome to come to and the steps in which, a little beyond what was reached."""
        outcomes = np.array([episode.outcome for episode in front])
        picked, o = rng.integers(len(front)), rng.integers(outcomes.shape[1])
        target = outcomes[picked].copy()
        target[o] += rng.uniform() * outcomes[:, o].std()
        return np.append(target, max(len(front[picked].actions) - 2, 1))

    def best(self, episodes: list[Episode], net: ReturnConditioned, rng: np.random.Generator) -> list[Policy]:
        """A policy for each undominated outcome, the least crowded ones."""
        front = self.front_of(episodes)
        front = [front[i] for i in spread(np.array([episode.outcome for episode in front]), self.front)]
        return [net.aiming(e.outcome, float(len(e.actions)), self.noise, rng.spawn(1)[0]) for e in front]

    def played(self, session: Session, policies: list[Policy]) -> Array:
        """What the policies come to, [m, k], as often as there are steps for."""
        spec = session.spec
        afford = max(1, int(session.left.steps // (spec.horizon * spec.envs)))  # rounds of all environments
        episodes = max(1, min(spec.envs, spec.envs // -(-len(policies) // afford)))
        return outcomes_of(session, policies, episodes)


def distances(outcomes: Array, crowded: float) -> Array:
    """How far each outcome [n, k] is from the nearest undominated one, over the range of outcomes; crowded: twice.

    d if the crowding distance is above the threshold, else 2 (d + 1e-5): so of equal episodes one stays.
    """
    low, width = outcomes.min(axis=0), np.maximum(np.ptp(outcomes, axis=0), 1e-12)
    scaled = (outcomes - low) / width
    front = undominated(outcomes)
    far = np.linalg.norm(scaled[:, None] - scaled[front][None], axis=2).min(axis=1)
    room = np.zeros(len(scaled))
    for values in scaled.T:
        order = np.argsort(values, kind="stable")
        room[order[[0, -1]]] = np.inf
        room[order[1:-1]] += values[order[2:]] - values[order[:-2]]
    near = room <= crowded
    near[front] = False
    return np.where(near, 2 * (far + 1e-5), far)


class Life:
    """Episodes of the original in all environments, each with a command of its own; `ended` since last cleared."""

    def __init__(self, session: Session, net: ReturnConditioned, noise: float) -> None:
        self.session, self.net, self.noise, n = session, net, noise, session.spec.envs
        self.ended: list[Episode] = []
        self._observations = session.env.reset()
        self._steps: list[list[tuple[Any, Any, Any]]] = [[] for _ in range(n)]
        self._told = np.full((n, net.k + 1), np.nan)  # NaN: no command, random actions

    def step(self, command: Any) -> None:
        """One step everywhere; episodes that begin are given `command()`, or random actions without one."""
        session, net, before = self.session, self.net, self._observations
        for i, steps in enumerate(self._steps):
            if not steps:
                self._told[i] = np.nan if command is None else command()
        actions = uniform_actions(session.spec, len(before), session.rng)
        told = ~np.isnan(self._told[:, 0])
        if told.any():
            out = net.outputs(net.inputs(before, np.nan_to_num(self._told[:, :-1]), np.nan_to_num(self._told[:, -1])))
            actions[told] = net.act(out, self.noise, session.rng)[told]
        self._observations, _, ends, infos = session.env.step(actions)
        for i, info in enumerate(infos):
            self._steps[i].append((before[i], actions[i], info["objectives"]))
            self._told[i, :-1] -= info["objectives"]
            self._told[i, -1] = max(self._told[i, -1] - 1.0, 1.0)
            if ends[i] or info["event"]:
                self.ended.append(Episode(*map(np.array, zip(*self._steps[i], strict=True))))
                self._steps[i] = []


class Table:
    """All steps of the episodes, as the networks take them; an episode is as likely as any other, however long."""

    def __init__(self, episodes: list[Episode], net: ReturnConditioned, size: int) -> None:
        self.net, self.size = net, size
        phi = np.concatenate([episode.phi for episode in episodes])
        still = np.concatenate([episode.phi[::-1].cumsum(axis=0)[::-1] for episode in episodes])
        self.lengths = np.array([len(episode.actions) for episode in episodes])
        self.starts = np.cumsum(self.lengths) - self.lengths
        steps = np.concatenate([np.arange(n, 0, -1) for n in self.lengths])
        positive = lambda size: np.where(size > 1e-9, size, 1.0)  # noqa: E731
        net.reach, net.size = positive(np.abs(still).max(axis=0)), positive(np.abs(phi).max(axis=0))
        observations = np.concatenate([episode.observations for episode in episodes])
        actions = encode(net.spec, np.concatenate([episode.actions for episode in episodes]))
        flat = observations.reshape(len(observations), -1)
        self.x = net.inputs(observations, still, steps)
        self.pairs = np.hstack([flat, actions, np.ones((len(flat), 1))]).T.astype(np.float32)
        self.actions, self.phi = actions.T, phi.T.astype(np.float32)

    def learn(self, rng: np.random.Generator) -> None:
        """One step of gradient descent of both networks."""
        which = rng.integers(len(self.lengths), size=self.size)
        rows = self.starts[which] + (rng.random(self.size) * self.lengths[which]).astype(int)
        self.net.imitate(np.ascontiguousarray(self.x[:, rows]), self.actions[:, rows])
        self.net.foresee(np.ascontiguousarray(self.pairs[:, rows]), self.phi[:, rows])
