"""TAMER: learn what the person thinks of actions, and do what they think best.

Knox and Stone, "Interactively shaping agents via human reinforcement: the TAMER framework", 2009.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from algorithms._blocks.asking import affordable
from algorithms._blocks.candidates import candidate_actions
from algorithms._blocks.exploring import live, wander
from algorithms._blocks.fourier import FourierRegression
from benchmarks.api import Judge, Policy, Session, algorithm


@algorithm("tamer", family="evaluative", asks={Judge})
@dataclass(frozen=True)
class Tamer:
    """H(s, a) is regressed on the person's reinforcement h, +1 for right and -1 for wrong, and the policy is

    pi(s) = argmax_a H(s, a),

    with no discount and no exploration of its own: what the person says of an action is all that it is worth.
    Of continuous actions the maximum is over candidates drawn once, both bounds among them.
    The paper's credit assignment, which spreads a signal over the steps that a person may have meant when pressing a
    key in real time, has nothing to do here: questions are asked about single steps.
    """

    features: int = 300  # random radial basis functions of (observation, action)
    widths: tuple[float, ...] = (5.0, 2.0, 1.0, 0.5)  # their gammas, of observations scaled to about [-1, 1]
    apart: float = 2.0  # how far discrete actions lie from each other: exp(-gamma * 2 * apart^2) is shared
    ridge: float = 0.3  # weight of |w|^2
    candidates: int = 32  # continuous actions to choose from
    warm_up: int = 25  # random steps of each environment, before there is anything to be greedy in
    live_for: int = 25  # steps of each environment between two rounds of questions
    questions: int = 30  # asked in a round, about random steps of it

    def learn(self, session: Session) -> Iterator[Policy]:
        spec, rng = session.spec, session.rng
        model = FourierRegression(spec, self.features, self.widths, self.apart, self.ridge, rng)
        candidates = candidate_actions(spec, self.candidates, rng)
        wander(session, self.warm_up)
        while n := affordable(session, Judge(session.segments(1, 1)), self.questions):
            asked = session.segments(n, 1, last=self.live_for)
            answers = session.ask(Judge(asked))
            seen, done = asked[answers.given].steps()
            model.learn(seen, done, 2 * answers.values[answers.given] - 1)
            if answers.given.any():
                session.log(mean_feedback=float(np.nanmean(answers.values)))
            session.reveal(model.reward)
            policy = model.greedy(candidates)
            yield policy
            live(session, policy, self.live_for)
