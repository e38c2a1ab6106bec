"""Learning a policy straight from what a person says of segments, without a reward."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from algorithms._blocks.actor import TorchActor
from algorithms._blocks.distributions import Bounds
from algorithms._blocks.fast_actor import FastActor
from algorithms._blocks.preference_losses import PairLoss, both_orders
from algorithms._blocks.rounds import Asked, Rounds

if TYPE_CHECKING:
    from benchmarks.api import Policy, Session, Spec

Array = np.ndarray[Any, np.dtype[Any]]
Loss = Callable[[Array, Array, Array], tuple[float, Array]]


@dataclass(frozen=True)
class Direct(Rounds):
    """Each round trains anew on all answers so far, from the clone of the log on.

    Rounds grow threefold, so that training anew costs half as much again in all.
    """

    epochs: int = 65  # passes over all answers in each round
    fewest: int = 200  # gradient steps of a round at the least
    pairs: int = 32  # answers in a gradient step
    learning_rate: float = 3e-3
    weight_decay: float = 0.1  # apart from the gradient (AdamW); a few hundred answers are soon learned by heart
    averaging: float = 0.99  # of the weights over the last 1 / (1 - averaging) gradient steps
    hidden: tuple[int, ...] = (64, 64)
    log_std: float = -0.7  # of a Gaussian policy, in units of half the action's box; not trained
    bounds: Bounds = "clipped"  # of a Gaussian policy: see `FastActor`
    cloned: int = 10_000  # steps of the log that the reference policy is cloned from
    cloning: int = 500  # gradient steps of cloning
    cloning_batch: int = 256  # steps of the log in each of them
    backend: Literal["fast", "reference"] = "fast"  # numpy; stable-baselines3's policy and torch

    def loss(self, log_pi: Array, log_ref: Array, answers: Array) -> tuple[float, Array]:
        """Loss, and its gradient, from log pi(a_t | s_t) and log pi_ref(a_t | s_t), both [b, sides, L]; answers [b].

        The gradient may be [b, sides, 1] if it is the same for all steps of a segment.
        """
        raise NotImplementedError

    def loss_on(self, spec: Spec) -> Loss:
        """`loss`, for methods to which the space of actions matters."""
        return self.loss

    def begin(self, session: Session) -> Any:
        """The reference policy: behaviour cloning of the log."""
        length = self.span(session.spec)
        actor, rng = self.actor(session), session.rng
        observations, actions = session.logged(max(1, self.cloned // length), length).steps()
        x, taken = actor.features(observations), actor.taken(actions)
        minus = np.full(self.cloning_batch, -1 / self.cloning_batch, np.float32)
        for _ in range(self.cloning):
            picked = rng.integers(len(observations), size=self.cloning_batch)
            actor.forward(x[:, picked], taken[:, picked])
            actor.backward(minus)
            actor.step()
        return actor

    def train(self, session: Session, asked: Asked, reference: Any) -> tuple[Policy, float]:
        """A new policy, trained from the reference on; the last tenth's mean loss."""
        actor: Any = self.actor(session, weight_decay=self.weight_decay, averaging=self.averaging)
        actor.begin_at(reference)
        answers = np.concatenate(asked.values)
        x, taken = asked.columns(lambda part: part.observations[:, :-1]), asked.columns(lambda part: part.actions)
        shape = x.shape[:3]  # n, sides, L
        x, taken = flat(actor.features, x), flat(actor.taken, taken)
        log_ref = reference.forward(rows(x), rows(taken)).reshape(shape).copy()
        losses, loss_of = [], self.loss_on(session.spec)
        updates = max(self.fewest, self.epochs * len(answers) // self.pairs)
        for _ in range(updates):
            picked = session.rng.integers(len(answers), size=min(self.pairs, len(answers)))
            log_pi = actor.forward(rows(x[:, picked]), rows(taken[:, picked])).reshape(-1, *shape[1:])
            loss, gradient = loss_of(log_pi, log_ref[picked], answers[picked])
            actor.backward(np.ascontiguousarray(np.broadcast_to(gradient, log_pi.shape), np.float32).reshape(-1))
            actor.step()
            losses.append(loss)
        actor.settle()
        return actor.snapshot(), float(np.mean(losses[-max(1, updates // 10) :]))

    def untold(self, begun: Any) -> Policy:
        return begun.snapshot()

    def actor(self, session: Session, **options: Any) -> FastActor | TorchActor:
        """An untrained policy."""
        options |= {"learning_rate": self.learning_rate, "train_std": False, "bounds": self.bounds}
        if not session.spec.discrete:
            options["log_std"] = self.log_std + np.log(half_box(session.spec))
        if self.backend == "fast":
            return FastActor(session.spec, self.hidden, session.rng, **options)
        return TorchActor(session.spec, self.hidden, **options)


def half_box(spec: Spec) -> Array:
    """Half the width of a box of actions, [A]."""
    space: Any = spec.action_space
    return ((space.high - space.low) / 2).reshape(-1)


def flat(columns: Any, batch: Array) -> Array:
    """[n, sides, L, ...] as columns, [d, n, sides, L]."""
    made = columns(batch.reshape(-1, *batch.shape[3:]))
    return made.reshape(-1, *batch.shape[:3])


def rows(columns: Array) -> Array:
    """[d, n, sides, L] -> [d, n * sides * L]."""
    return columns.reshape(len(columns), -1)


def of_sums(loss: PairLoss, log_ratio: Array, answers: Array) -> tuple[float, Array]:
    """A pair's loss of the sums of log ratios [b, 2, L] over the steps: its mean, and its gradient [b, 2, 1]."""
    value, gradient = both_orders(loss, log_ratio.sum(axis=2, dtype=float), answers)
    return value, gradient[:, :, None]
