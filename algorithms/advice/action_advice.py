"""Action advice: a budget of advice, spent in the states that a rule picks.

Torrey and Taylor, "Teaching on a budget: agents advising agents in reinforcement learning", 2013. Their teacher picks
the moments; here the student asks, as in Amir, Kamar, Kolobov, Grosz, "Interactive teaching strategies for agent
training", 2016, because a person who must watch every step spends time on watching, not on advice.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from algorithms._blocks.asking import affordable
from algorithms._blocks.committee import Committee
from algorithms._blocks.ensemble_cloning import Advice, EnsembleCloning
from benchmarks.api import Advise, Judge, Policy, Segments, Session, algorithm

Array = np.ndarray[Any, np.dtype[Any]]
Rule = Literal["uncertainty", "early", "importance", "mistake-correcting"]


@algorithm("action-advice", family="advice", asks={Advise, Judge}, version="2")
@dataclass(frozen=True)
class ActionAdvice(EnsembleCloning):
    """Lives with the ensemble's policy; every `pace` steps some environments ask and obey. Which ones, `rule` says:

    uncertainty         where the members agree least
    early               all of them, in every step, until the person's time is spent
    importance          where I(s) = max_a Q(s, a) - min_a Q(s, a) is largest
    mistake-correcting  as importance, but the student's action is judged first and advised upon if it was wrong

    The paper asks where I(s) exceeds a threshold that is tuned per task; here the largest of the environments do. No
    reward is seen, so that the student has no Q but what the advice tells: of a person who chooses with probability
    pi(a | s) ~ exp(beta Q(s, a)), I(s) = (max_a log pi - min_a log pi) / beta. Under mistake-correcting the action has
    been done by the time it is judged (a `Judge` is about what was lived), so that advice on it is learned from and
    not obeyed; an action that was called right is learned from as if it had been advised.
    """

    rule: Rule = "uncertainty"
    pace: int = 5  # steps between two moments of asking
    asking: int = 4  # environments that ask at such a moment
    every: int = 32  # pieces of advice between two trainings

    def learn(self, session: Session) -> Iterator[Policy]:
        ensemble = self.ensemble(session)
        committee = self.committee(session, ensemble)
        judged_first, always = self.rule == "mistake-correcting", self.rule == "early"
        advice: Advice = []
        learned, moment = 0, 0
        observations = session.env.reset()
        while True:
            actions, doubt = committee.consult(observations)
            here = None
            if always or moment % self.pace == 0:
                here = session.here()[self.picked(committee, observations, doubt)]
                one = Judge(acted(here[:1], actions)) if judged_first else Advise(here[:1])
                here = here[: affordable(session, one, len(here))]
                if len(here) == 0:
                    break
                if not judged_first:
                    obeyed, advised = self.ask(session, here)
                    actions[obeyed.places[:, 0]] = advised
                    advice.append((obeyed.observations[:, -1], advised))
            moment += 1
            observations = session.env.step(actions)[0]
            if here is not None and judged_first:
                advice += self.corrected(session, acted(here, actions), here)
            known = sum(len(actions) for _, actions in advice)
            if known >= learned + self.every:
                learned = known
                self.train(session, ensemble, advice)
                committee = self.committee(session, ensemble)
                session.log(doubt=float(doubt.mean()), advice=known)
                yield committee
        if any(len(actions) for _, actions in advice):
            self.train(session, ensemble, advice)
            yield self.committee(session, ensemble)

    def picked(self, committee: Committee, observations: Array, doubt: Array) -> Array:
        """The environments that ask now."""
        if self.rule == "early":
            return np.arange(len(observations))
        score = doubt if self.rule == "uncertainty" else importance(committee, observations)
        return np.argsort(-score, kind="stable")[: self.asking]

    def corrected(self, session: Session, done: Segments, here: Segments) -> Advice:
        """The actions judged right, and what the person would have done instead of those judged wrong."""
        verdicts = session.ask(Judge(done)).values
        right, wrong = done[verdicts == 1], here[verdicts == 0]
        heard: Advice = [right.steps()]
        wrong = wrong[: affordable(session, Advise(wrong[:1]), len(wrong))]
        if len(wrong):
            advised, actions = self.ask(session, wrong)
            heard.append((advised.observations[:, -1], actions))
        return heard


def importance(committee: Committee, observations: Array) -> Array:
    """beta I(s) = max_a log pi(a | s) - min_a log pi(a | s), [n], of the committee's mean policy.

    Of N(mu, sigma^2) in a box: sum over components of max(mu - low, high - mu)^2 / (2 sigma^2).
    """
    if committee.discrete:
        mean = np.mean([member.probabilities(observations) for member in committee.members], axis=0)
        log_p = np.log(np.maximum(mean, 1e-12))
        return np.asarray(log_p.max(axis=1) - log_p.min(axis=1))
    mean = committee.consult(observations)[0]
    std = np.mean([member.std for member in committee.members], axis=0)
    low, high = committee.members[0].low, committee.members[0].high
    spans = np.maximum(mean - low, high - mean).reshape(len(mean), -1) / std
    return np.asarray((spans**2).sum(axis=1) / 2)


def acted(here: Segments, actions: Array) -> Segments:
    """The step that each of these environments does next, as a segment of length 1: its place is what counts."""
    done = actions[here.places[:, 0]][:, None]
    return replace(here, observations=np.repeat(here.observations, 2, axis=1), actions=done)
