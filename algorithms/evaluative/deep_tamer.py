"""Deep TAMER: TAMER with a deep network and a replay of the person's feedback.

Warnell, Waytowich, Lawhern, Stone, "Deep TAMER: interactive agent shaping in high-dimensional state spaces", 2018.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from algorithms._blocks.asking import affordable
from algorithms._blocks.candidates import best_of, candidate_actions
from algorithms._blocks.exploring import live, wander
from algorithms._blocks.features import inputs
from algorithms._blocks.rating_model import RatingModel, Ratings
from benchmarks.api import Answers, Judge, Policy, Segments, Session, Spec, algorithm


@algorithm("deep-tamer", family="evaluative", asks={Judge})
@dataclass(frozen=True)
class DeepTamer:
    """A signal h at time t_h may be about every step (s, a) that lasted from t_s to t_e, with the weight

    w(t_s, t_e, t_h) = integral of f(t) dt over [t_h - t_e, t_h - t_s],    loss = w (H(s, a) - h)^2,

    f the density of a person's delay, uniform over `delay`; and pi(s) = argmax_a H(s, a). All feedback is kept, and
    minibatches of it are replayed after every few steps, whether something new was said or not. The published f, over
    0.2 to 4 seconds, is for a person who comments on what runs by. Here the question names one step, so that the
    default covers this step alone; for a person who answers late, set `delay` to (0, their steps).
    Of continuous actions the maximum is over candidates drawn once, both bounds among them.
    A few random actions are asked about too: a network takes over to a place what was said elsewhere, and without them
    it never learned of the maze's better ways, where a person is nearly indifferent (0.43 instead of 1).
    """

    delay: tuple[float, float] = (0.0, 1.0)  # steps between the end of a step and its judgement, from and to
    hidden: tuple[int, ...] = (64, 64)
    learning_rate: float = 2e-3
    batch: int = 32  # weighed steps in a minibatch
    every: int = 5  # steps of each environment between two replays (the paper's b is 10 steps of one)
    updates: int = 40  # minibatches of a replay
    explore: float = 0.1  # share of random actions; the paper has none, see above
    candidates: int = 32  # continuous actions to choose from
    warm_up: int = 25  # random steps of each environment, before there is anything to be greedy in
    live_for: int = 25  # steps of each environment between two rounds of questions
    questions: int = 30  # asked in a round, about random steps of it

    def learn(self, session: Session) -> Iterator[Policy]:
        spec, rng = session.spec, session.rng
        model = RatingModel(spec, 1, self.hidden, self.learning_rate, rng)
        candidates = candidate_actions(spec, self.candidates, rng)
        weights = delay_weights(*self.delay)
        data: Ratings | None = None
        wander(session, self.warm_up)
        while n := affordable(session, Judge(session.segments(1, len(weights))), self.questions):
            asked = session.segments(n, len(weights), last=max(self.live_for, len(weights)))
            answers = session.ask(Judge(asked))
            heard = credited(spec, asked, answers, weights)
            data = heard if data is None else data.and_(heard)
            if answers.given.any():
                session.log(mean_feedback=float(np.nanmean(answers.values)), pairs=len(data))
            for _ in range(max(1, self.live_for // self.every)):
                if len(data):
                    model.fit(data, self.updates, self.batch)
                policy = best_of(model, candidates)
                live(session, policy, self.every, explore=self.explore)
            session.reveal(model.reward)
            yield policy


def delay_weights(low: float, high: float) -> Any:
    """w [L] of the last L steps, the very last one last, for a delay that is uniform over [low, high] steps."""
    ages = np.arange(int(np.ceil(high)))[::-1]
    return np.clip(np.minimum(high, ages + 1) - np.maximum(low, ages), 0, None) / (high - low)


def credited(spec: Spec, asked: Segments, answers: Answers, weights: Any) -> Ratings:
    """Every step of the windows that were judged as a question of its own; h is 1 for right and -1 for wrong."""
    given = asked[answers.given]
    seen, done = given.steps()
    h = np.repeat(2 * answers.values[answers.given] - 1, given.length)
    w = np.tile(weights, len(given))
    return Ratings(inputs(spec, seen, done)[w > 0][:, None], h[w > 0], w[w > 0])
