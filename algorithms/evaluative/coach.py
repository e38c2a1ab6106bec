"""COACH: convergent actor-critic by humans.

MacGlashan, Ho, Loftin, Peng, Wang, Roberts, Taylor, Littman, "Interactive learning from policy-dependent human
feedback", 2017.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from algorithms._blocks.actor import actor, frozen
from algorithms._blocks.asking import affordable
from algorithms._blocks.eligibility import trace_weights, window_log_probabilities, window_tensors
from algorithms._blocks.exploring import live
from benchmarks.api import Judge, Policy, Session, algorithm


@algorithm("coach", family="evaluative", asks={Judge}, version="2")
@dataclass(frozen=True)
class Coach:
    """The person's feedback f_t is an estimate of the advantage of the current policy, A^pi(s_t, a_t); so the person
    is asked whether an action was better than what the policy does there, and each answer is one gradient step,

    e_t = lambda e_{t-1} + grad log pi(a_{t-d} | s_{t-d}),    theta <- theta + alpha f_t e_t,

    f_t = +1 or -1. The trace begins `window` steps before the judged one. The published d is a person's reaction time;
    the question here names the step, so that it is 0, and lambda is small, because nothing else is meant.
    """

    learning_rate: float = 0.02  # alpha; cartpole ended at .30 with 0.1, at 1.00 with 0.02 (seed 1000)
    longest: float = 1.0  # norm of a trace at the most: that of a Gaussian policy grows without bound as sigma falls
    centred: bool = True  # the mean answer is taken off: E[A] under the policy is 0, that of the sign of A is not
    decay: float = 0.35  # lambda (Arumugam et al. 2019)
    window: int = 1  # steps of a trace: the question names the one that is meant
    delay: int = 0  # d, steps
    hidden: tuple[int, ...] = (64, 64)
    log_std: float = 0.0  # of a Gaussian policy at the beginning
    live_for: int = 25  # steps of each environment in a round
    questions: int = 20  # asked in a round, about random steps of it

    def learn(self, session: Session) -> Iterator[Policy]:
        import torch

        spec = session.spec
        policy = actor(spec, self.hidden, self.learning_rate, self.log_std)
        length = min(max(self.window, self.delay + 1), spec.horizon)
        weights = torch.as_tensor(trace_weights(length, self.decay, self.delay))
        live(session, frozen(policy), self.live_for)
        while n := affordable(session, Judge(session.segments(1, length)), self.questions):
            asked = session.segments(n, length, last=max(self.live_for, length))
            answers = session.ask(Judge(asked, frozen(policy)))
            seen, done = window_tensors(spec, asked)
            feedback = 2 * answers.values - 1
            if self.centred and answers.given.any():
                feedback -= np.nanmean(feedback)
            for i in np.flatnonzero(answers.given):
                rows = slice(i * length, (i + 1) * length)
                self.credit(policy, seen[rows], done[rows], weights, spec.action_space, feedback[i])
            if answers.given.any():
                session.log(mean_feedback=float(np.nanmean(answers.values)))
            yield frozen(policy)
            live(session, frozen(policy), self.live_for)

    def credit(self, policy: Any, seen: Any, done: Any, weights: Any, space: Any, feedback: float) -> None:
        """theta <- theta + alpha f e for the window of observations [L, ...] and actions [L, ...]."""
        import torch

        log_p, _ = window_log_probabilities(policy, seen, done, space, len(weights))
        parameters = list(policy.parameters())
        trace = torch.autograd.grad((log_p * weights).sum(), parameters, allow_unused=True)
        norm = float(sum((e**2).sum() for e in trace if e is not None)) ** 0.5
        step = self.learning_rate * feedback / max(1.0, norm / self.longest)
        with torch.no_grad():
            for parameter, e in zip(parameters, trace, strict=True):
                if e is not None:
                    parameter += step * e
