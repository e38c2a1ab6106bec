"""Deep COACH: COACH with a replay of judged windows and an entropy bonus.

Arumugam, Lee, Saskin, Littman, "Deep reinforcement learning from policy-dependent human feedback", 2019.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil
from typing import Any

import numpy as np

from algorithms._blocks.actor import actor, frozen
from algorithms._blocks.asking import affordable
from algorithms._blocks.eligibility import trace_weights, window_log_probabilities, window_tensors
from algorithms._blocks.exploring import live
from benchmarks.api import Judge, Policy, Session, algorithm


@algorithm("deep-coach", family="evaluative", asks={Judge}, version="2")
@dataclass(frozen=True)
class DeepCoach:
    """The person says whether an action was better than what the policy does there (f = +1 or -1, see `coach`). The
    `window` steps up to it are kept, and gradient steps are taken on m windows from the replay,

    e <- lambda e + pi(a | s) / pi_old(a | s) grad log pi(a | s)    over the steps of a window, `delay` ones left out,
    theta <- theta + alpha [(1 / m) sum_w f_w e_w + beta grad H(pi)],

    pi_old the policy that acted. The ratio corrects for how the steps were come by, not for a judgement that was
    about an older policy; so that only the last `remembered` answers are replayed.

    A policy that always does the same hears nothing more: its advantage is 0. The entropy bonus is
    against that (CREW's code has beta = 1.5). Besides, the number of gradient steps grows here with the replay: after
    30 of them on the first 20 answers, mountain-car's policy did one action in every state and stayed so.
    """

    learning_rate: float = 1e-3  # alpha, of Adam; maze ended at .53 with 3e-3, at 1.00 with 1e-3 (seed 1000)
    decay: float = 0.35  # lambda (the paper's)
    window: int = 1  # steps of a window; the paper's 10 are for feedback that names no step
    delay: int = 0  # d, steps; the question names the step
    entropy: float = 0.3  # beta
    centred: bool = True  # the mean answer is taken off: E[A] under the policy is 0, that of the sign of A is not
    windows: int = 64  # m, in a gradient step
    passes: float = 3.0  # times that each remembered answer is replayed in a round
    remembered: int = 600  # answers in the replay
    truncation: float = 2.0  # of the ratio, at the most
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
        memory: list[tuple[Any, ...]] = []
        live(session, frozen(policy), self.live_for)
        while n := affordable(session, Judge(session.segments(1, length)), self.questions):
            asked = session.segments(n, length, last=max(self.live_for, length))
            answers = session.ask(Judge(asked, frozen(policy)))
            given = np.flatnonzero(answers.given)
            if len(given):
                seen, done = window_tensors(spec, asked[given])
                with torch.no_grad():
                    before, _ = window_log_probabilities(policy, seen, done, spec.action_space, length)
                shaped = (part.reshape(len(given), length, *part.shape[1:]) for part in (seen, done))
                feedback = torch.as_tensor(2 * answers.values[given] - 1, dtype=torch.float32)
                memory.append((*shaped, before, feedback))
                columns = [torch.cat(column)[-self.remembered :] for column in zip(*memory, strict=True)]
                self.follow(policy, columns, weights, spec.action_space, session.rng)
                session.log(mean_feedback=float(np.nanmean(answers.values)))
            yield frozen(policy)
            live(session, frozen(policy), self.live_for)

    def follow(self, policy: Any, columns: list[Any], weights: Any, space: Any, rng: np.random.Generator) -> None:
        """`updates` gradient steps; columns are observations, actions, log pi_old [n, L] and feedback [n]."""
        import torch

        seen, done, before, feedback = columns
        advantage = feedback - feedback.mean() if self.centred else feedback
        for _ in range(ceil(self.passes * len(feedback) / self.windows)):
            picked = torch.as_tensor(rng.integers(len(feedback), size=self.windows))
            flat = seen[picked].flatten(0, 1), done[picked].flatten(0, 1)
            now, distribution = window_log_probabilities(policy, *flat, space, len(weights))
            ratio = torch.exp(now.detach() - before[picked]).clamp(max=self.truncation)
            traces = (weights * ratio * now).sum(dim=1)
            loss = -(advantage[picked] * traces).mean() - self.entropy * distribution.entropy().mean()
            policy.optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(policy.parameters(), 0.5)
            policy.optimizer.step()
