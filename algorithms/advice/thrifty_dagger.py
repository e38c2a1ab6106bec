"""ThriftyDAgger: hand over to the person where it is new or risky, so often as the person allows.

Hoque, Balakrishna, Novoseller, Wilcox, Brown, Goldberg, "ThriftyDAgger: budget-aware novelty and risk gating for
interactive imitation learning", 2021.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING, Any

import numpy as np

from algorithms._blocks.asking import affordable
from algorithms._blocks.ensemble_cloning import Advice, EnsembleCloning
from algorithms._blocks.exploring import wander
from algorithms._blocks.features import inputs, width_of
from algorithms._blocks.reward_losses import sigmoid
from algorithms._blocks.value_nets import ValueNets, columns
from benchmarks.api import Advise, Policy, Rate, Segments, Session, algorithm

if TYPE_CHECKING:
    from algorithms._blocks.committee import Committee
    from benchmarks.api import Spec

Array = np.ndarray[Any, np.dtype[Any]]


@algorithm("thrifty-dagger", family="advice", asks={Advise, Rate}, version="2")
@dataclass(frozen=True)
class ThriftyDagger(EnsembleCloning):
    """The person acts, and is learned from, from when

    Novelty(s) = var of the members' actions >= delta_h    or    Risk(s) = 1 - Q_G(s, pi(s)) >= beta_h,

    until |pi(s) - a_H|^2 < delta_r and Risk(s) < beta_r. delta_h and beta_h are the 1 - `target_rate` quantiles of
    what was met since the last training or episode, so that each gate opens in that share of the states at least; the
    paper's > would open none for a novice that goes round in a few cells, where the quantile is the largest value
    there is. delta_r is the mean discrepancy on the advice so far and beta_r the median risk. Q_G in [0, 1] is
    learned by

    minimise mean (Q_G(s, a) - (1 - gamma) g - gamma Q_G(s', pi(s')))^2.

    The paper's success is reaching a goal that the robot notices; no task here tells of one. So g is what the person
    thinks of how it goes: the rating in [0, 1] (`Rate`) of the segment that the step is in, and Q_G the discounted
    mean of the ratings ahead. The person is asked for some of them before each training. The paper's offline
    demonstrations are here advice on `first` states of random behaviour.
    """

    members: int = 5  # theirs
    target_rate: float = 0.05  # alpha_h; theirs is 0.01, of episodes that a person watches from end to end
    first: int = 64  # pieces of advice before the gates are set for the first time
    every: int = 32  # pieces of advice between two trainings
    rated: int = 4  # segments rated before each training
    length: int = 10  # steps of a rated segment
    risk_discount: float = 0.95  # gamma; theirs, for a goal at the end of an episode, is 0.9999
    risk_updates: int = 200  # gradient steps of Q_G in a training
    recent: int = 200  # states, of those lived lately, from which the thresholds are read

    def learn(self, session: Session) -> Iterator[Policy]:
        spec = session.spec
        length = min(self.length, spec.horizon)
        ensemble, success = self.ensemble(session), Success(spec, self.hidden, self.learning_rate, session.rng)
        wander(session, spec.horizon)
        offline = session.segments(self.first, 1)
        offline = offline[: affordable(session, Advise(offline[:1]), self.first)]
        if len(offline) == 0:
            return
        asked, advised = self.ask(session, offline)
        if len(asked) == 0:
            return
        advice: Advice = [(asked.observations[:, -1], advised)]
        rated: list[tuple[Segments, Array]] = []
        lived, learned, steered = spec.horizon, -self.every, np.zeros(spec.envs, bool)
        observations = session.here().observations[:, -1]
        while True:
            known = sum(len(actions) for _, actions in advice)
            if known >= learned + self.every:
                learned = known
                self.rate(session, rated, length, lived)
                self.train(session, ensemble, advice)
                committee = self.committee(session, ensemble)
                success.follow(rated, committee, self.risk_discount, session.rng, self.risk_updates, self.batch)
                gates = self.gates(session, committee, success, lived, advice)
                session.log(advice=known, novelty_gate=gates.novelty, risk_gate=gates.risk)
                yield committee
                lived = 0
            elif lived and lived % spec.horizon == 0:
                gates = self.gates(session, committee, success, spec.horizon, advice)
            actions, _ = committee.consult(observations)
            risk = 1 - success.of(observations, actions)
            steered |= gates.opened(novelty(committee, observations), risk)
            if steered.any():
                here = session.here()[steered]
                here = here[: affordable(session, Advise(here[:1]), len(here))]
                if len(here) == 0:
                    break
                asked, advised = self.ask(session, here)
                states, who = asked.observations[:, -1], asked.places[:, 0]
                near = discrepancy(spec, committee, states, advised) < gates.discrepancy
                steered[who] = ~(near & (risk[who] < gates.safe))
                actions[who] = advised
                advice.append((states, advised))
            observations = session.env.step(actions)[0]
            lived += 1
        self.train(session, ensemble, advice)
        yield self.committee(session, ensemble)

    def rate(self, session: Session, rated: list[tuple[Segments, Array]], length: int, lived: int) -> None:
        """Ratings of some segments of what was lived since the last training."""
        one = session.segments(1, length)
        if n := affordable(session, Rate(one), self.rated):
            shown = session.segments(n, length, last=max(lived, 2 * length))
            answers = session.ask(Rate(shown))
            rated.append((shown[answers.given], answers.values[answers.given]))

    def gates(
        self, session: Session, committee: Committee, success: Success, lived: int, advice: Advice
    ) -> Gates:
        """The thresholds that states of the last `lived` steps and all advice give."""
        recent = session.segments(self.recent, 1, last=lived).observations[:, 0]
        risks = 1 - success.of(recent, committee.consult(recent)[0])
        seen, done = (np.concatenate(column) for column in zip(*advice, strict=True))
        apart = discrepancy(session.spec, committee, seen, done)
        return Gates.of(novelty(committee, recent), risks, apart, self.target_rate)


@dataclass(frozen=True)
class Gates:
    """Thresholds: the person takes over from `novelty` or `risk` on, and hands back below `discrepancy` and `safe`."""

    novelty: float  # delta_h
    risk: float  # beta_h
    discrepancy: float  # delta_r
    safe: float  # beta_r

    @classmethod
    def of(cls, novelties: Array, risks: Array, discrepancies: Array, rate: float) -> Gates:
        """From what was met lately, novelties and risks [n], and the discrepancies [m] of the advice so far."""
        upper = (float(np.quantile(values, 1 - rate)) if rate > 0 else inf for values in (novelties, risks))
        return cls(*upper, float(discrepancies.mean()), float(np.median(risks)))

    def opened(self, novelties: Array, risks: Array) -> Array:
        """[n] bool: the person takes over."""
        return (novelties >= self.novelty) | (risks >= self.risk)


def novelty(committee: Committee, observations: Array) -> Array:
    """Variance over the members of what they would do, [n]: of probabilities or of actions, their mean."""
    if committee.discrete:
        outputs = np.stack([member.probabilities(observations) for member in committee.members])
    else:
        outputs = np.stack([member.predict(observations, deterministic=True)[0] for member in committee.members])
    return outputs.var(axis=0).reshape(len(observations), -1).mean(axis=1)


def discrepancy(spec: Spec, committee: Committee, observations: Array, advised: Array) -> Array:
    """|pi(s) - a_H|^2, [n]; of discrete actions, whose difference is none, 1 - pi(a_H | s) of the mean policy."""
    if spec.discrete:
        mean = np.mean([member.probabilities(observations) for member in committee.members], axis=0)
        return 1 - mean[np.arange(len(mean)), np.asarray(advised, int)]
    apart = committee.consult(observations)[0] - advised
    return (apart**2).reshape(len(apart), -1).sum(axis=1)


class Success:
    """Q_G(s, a) = sigmoid of a perceptron: the discounted mean of the person's ratings from here on."""

    def __init__(self, spec: Spec, hidden: tuple[int, ...], learning_rate: float, rng: np.random.Generator) -> None:
        self.spec = spec
        self.net = ValueNets(1, width_of(spec), hidden, rng, learning_rate)

    def of(self, observations: Array, actions: Array) -> Array:
        """Q_G, [n]."""
        return sigmoid(self.net.forward(columns(inputs(self.spec, observations, actions)))[0])

    def follow(
        self,
        rated: list[tuple[Segments, Array]],
        committee: Committee,
        discount: float,
        rng: np.random.Generator,
        updates: int,
        batch: int,
    ) -> None:
        """Gradient steps on the steps of the rated segments, with the committee's action in the next state."""
        if sum(len(ratings) for _, ratings in rated) == 0:
            return
        steps = [segments.steps() for segments, _ in rated]
        seen, done = (np.concatenate(column) for column in zip(*steps, strict=True))
        shape = seen.shape[1:]
        following = np.concatenate([segments.observations[:, 1:].reshape(-1, *shape) for segments, _ in rated])
        g = np.concatenate([np.repeat(ratings, segments.length) for segments, ratings in rated])
        x = columns(inputs(self.spec, seen, done))
        next_x = columns(inputs(self.spec, following, committee.consult(following)[0]))
        for picked in rng.integers(len(g), size=(updates, min(batch, len(g)))):
            ahead = sigmoid(self.net.forward(next_x[:, picked])[0])
            self.step(x[:, picked], (1 - discount) * g[picked] + discount * ahead)

    def step(self, x: Array, targets: Array) -> None:
        """One gradient step on mean (Q - y)^2, whose slope in the net's output is 2 (Q - y) Q (1 - Q) / B."""
        q = sigmoid(self.net.forward(x)[0])
        self.net.backward((2 * (q - targets) * q * (1 - q) / len(q)).astype(np.float32)[None])
        self.net.step()
