"""Learning a policy straight from comparisons of logged segments, in rounds of ever more answers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from algorithms._blocks.actor import actor, frozen, log_probabilities, tensors
from algorithms._blocks.asking import due, growing
from benchmarks.api import Compare

if TYPE_CHECKING:
    from benchmarks.api import Policy, Segments, Session


@dataclass(frozen=True)
class Offline:
    """Each round asks until its share of the person's time is used and trains anew on all answers so far.

    Rounds grow threefold and training with them, so training anew costs half as much again in all.
    """

    length: int = 25  # steps of a segment
    epochs: int = 200  # passes over all answers in each round
    fewest: int = 200  # gradient steps of a round at the least
    pairs: int = 32  # comparisons in a gradient step
    learning_rate: float = 3e-3
    hidden: tuple[int, ...] = (64, 64)
    log_std: float = -0.7  # of a Gaussian policy, in units of the action; not trained

    def improve(self, session: Session) -> Iterator[Policy]:
        asked: list[tuple[Segments, Segments, Any]] = []
        length = min(self.length, session.spec.horizon)
        one = session.logged(1, length)
        for share in growing():
            n = due(session, share, Compare(one, one))
            if n == 0:
                continue
            left, right = session.logged(n, length), session.logged(n, length)
            answers = session.ask(Compare(left, right))
            asked.append((left[answers.given], right[answers.given], answers.values[answers.given]))
            if sum(len(values) for _, _, values in asked):
                policy, loss = self.train(session, asked)
                session.log(loss=loss, comparisons=sum(len(values) for _, _, values in asked))
                yield frozen(policy)

    def train(self, session: Session, asked: list[tuple[Segments, Segments, Any]]) -> tuple[Any, float]:
        """A new policy, trained on pairs with the better segment first; the last tenth's mean loss."""
        import torch

        spec = session.spec
        policy = actor(spec, self.hidden, self.learning_rate, self.log_std)
        sides = [tensors(spec, *stack([pair[i] for pair in asked])) for i in (0, 1)]
        answers = torch.as_tensor(np.concatenate([values for _, _, values in asked]), dtype=torch.float32)
        observations, actions = (torch.stack(column, dim=1) for column in zip(*sides, strict=True))
        losses = []
        updates = max(self.fewest, self.epochs * len(answers) // self.pairs)
        for _ in range(updates):
            picked = torch.as_tensor(session.rng.integers(len(answers), size=min(self.pairs, len(answers))))
            seen, done = observations[picked], actions[picked]
            flat = log_probabilities(policy, seen.flatten(0, 2), done.flatten(0, 2))
            loss = self.loss(flat.reshape(done.shape[:3]), answers[picked])
            policy.optimizer.zero_grad()
            loss.backward()
            if not spec.discrete:
                policy.log_std.grad = None  # Adam passes over what has no gradient
            policy.optimizer.step()
            losses.append(float(loss.detach()))
        return policy, float(np.mean(losses[-updates // 10 :]))

    def loss(self, log_probability: Any, answers: Any) -> Any:
        """Scalar loss from log pi(a_t | o_t) [b, 2, L] of left and right, and P(left better) [b]."""
        raise NotImplementedError


def stack(parts: list[Segments]) -> tuple[Any, Any]:
    """Observations before the actions [n, L, ...] and actions [n, L, ...] of several batches."""
    return (
        np.concatenate([part.observations[:, :-1] for part in parts]),
        np.concatenate([part.actions for part in parts]),
    )
