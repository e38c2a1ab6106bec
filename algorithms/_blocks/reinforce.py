"""REINFORCE on a person's feedback to single actions.

Williams 1992: the gradient of E[h(s, a)] is E[(h - b) grad log pi(a | s)], b the mean feedback. What the
person said of an action stays true when the policy changes, so old answers are used again, weighed by
min(c, pi(a | s) / mu(a | s)), mu the policy that acted (truncated importance weights, Ionides 2008).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from algorithms._blocks.actor import actor, clipped_log_probabilities, frozen, tensors
from algorithms._blocks.asking import affordable
from algorithms._blocks.exploring import live

if TYPE_CHECKING:
    from benchmarks.api import Answers, Policy, Query, Segments, Session


@dataclass(frozen=True)
class Reinforce:
    """In each round: live a while with the policy, ask about some of its steps, follow the gradient."""

    learning_rate: float = 3e-3
    hidden: tuple[int, ...] = (64, 64)
    log_std: float = 0.0  # of a Gaussian policy at the beginning
    live_for: int = 25  # steps of each environment in a round
    questions: int = 30  # asked in a round, about random steps of it
    updates: int = 30  # gradient steps of a round
    batch: int = 128  # answers in one gradient step
    truncation: float = 2.0  # c, the largest importance weight
    entropy: float = 0.01  # weight of the entropy bonus

    def improve(self, session: Session, question: Callable[[Segments], Query[Answers]]) -> Iterator[Policy]:
        """Policies, one after each round, until the person's time or the steps are spent."""
        import torch

        spec = session.spec
        policy = actor(spec, self.hidden, self.learning_rate, self.log_std)
        memory: list[tuple[Any, ...]] = []
        while True:
            live(session, frozen(policy), self.live_for)
            n = affordable(session, question(session.segments(1, 1)), self.questions)
            if n == 0:
                return
            asked = session.segments(n, 1, last=self.live_for)
            answers = session.ask(question(asked))
            if answers.given.any():
                seen, done = tensors(spec, *asked[answers.given].steps())
                with torch.no_grad():
                    acted = clipped_log_probabilities(policy.get_distribution(seen), done, spec.action_space)
                memory.append((seen, done, torch.as_tensor(answers.values[answers.given], dtype=torch.float32), acted))
                columns = [torch.cat(column) for column in zip(*memory, strict=True)]
                self.follow(policy, columns, spec.action_space, session.rng)
                session.log(mean_feedback=float(np.nanmean(answers.values)), answers=len(columns[0]))
            yield frozen(policy)

    def follow(self, policy: Any, columns: list[Any], space: Any, rng: np.random.Generator) -> None:
        """`updates` gradient steps on minibatches of all answers so far."""
        import torch

        seen, done, feedback, acted = columns
        advantage = feedback - feedback.mean()
        for _ in range(self.updates):
            picked = torch.as_tensor(rng.integers(len(seen), size=min(self.batch, len(seen))))
            distribution = policy.get_distribution(seen[picked])
            now = clipped_log_probabilities(distribution, done[picked], space)
            weight = torch.exp(now.detach() - acted[picked]).clamp(max=self.truncation)
            loss = -(weight * advantage[picked] * now).mean() - self.entropy * distribution.entropy().mean()
            policy.optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(policy.parameters(), 0.5)
            policy.optimizer.step()
