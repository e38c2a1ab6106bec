"""Behaviour cloning, for every learner that imitates: imitation's loss and optimiser, or imitation itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from algorithms._blocks.actor import actor
from algorithms._blocks.clone_update import CloneUpdate, epochs

if TYPE_CHECKING:
    from stable_baselines3.common.policies import ActorCriticPolicy

    from benchmarks.api import Session

Array = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True)
class Cloning:
    """loss = -mean log pi(a | s) - entropy_weight * entropy + l2_weight * |theta|^2 / 2 (imitation's BC)."""

    learning_rate: float = 3e-3
    hidden: tuple[int, ...] = (64, 64)
    updates: int = 1500  # gradient steps of each training; it goes on from the one before
    batch: int = 64
    entropy_weight: float = 1e-3  # imitation's
    l2_weight: float = 0.0  # imitation's
    backend: Literal["fast", "reference"] = "fast"  # "reference" is the imitation library's BC, unchanged

    def clone(
        self, session: Session, observations: Array, actions: Array, before: ActorCriticPolicy | None = None
    ) -> ActorCriticPolicy:
        """A policy that imitates (observation, action) pairs [n, ...]: a new one, or `before` trained further.

        The optimiser begins anew each time.
        """
        policy = before or actor(session.spec, self.hidden, self.learning_rate)
        if self.backend == "reference":
            return self._reference(session, observations, actions, policy)
        update = CloneUpdate(policy, self.learning_rate, self.entropy_weight, self.l2_weight)
        update.follow(observations, actions, epochs(len(actions), self.batch, self.updates, session.rng))
        return policy

    def _reference(
        self, session: Session, observations: Array, actions: Array, policy: ActorCriticPolicy
    ) -> ActorCriticPolicy:
        from imitation.algorithms.bc import BC
        from imitation.data.types import Transitions
        from imitation.util.logger import HierarchicalLogger
        from stable_baselines3.common.logger import Logger

        spec = session.spec
        trainer = BC(
            observation_space=spec.observation_space,
            action_space=spec.action_space,
            rng=session.rng,
            policy=policy,
            demonstrations=Transitions(
                obs=observations,
                acts=actions,
                infos=np.array([{}] * len(actions), dtype=object),
                next_obs=observations,  # asked for by the data type, looked at by nobody
                dones=np.zeros(len(actions), dtype=bool),
            ),
            batch_size=min(self.batch, len(actions)),
            optimizer_kwargs={"lr": self.learning_rate},
            ent_weight=self.entropy_weight,
            l2_weight=self.l2_weight,
            device="cpu",
            custom_logger=HierarchicalLogger(Logger(None, []), []),
        )
        trainer.train(n_batches=self.updates, progress_bar=False, log_interval=10**9)
        return trainer.policy


def as_actions(session: Session, values: Array) -> Array:
    """A person's advice [n, ...], which comes as floats, in the type of the action space."""
    space: Any = session.spec.action_space
    return np.rint(values).astype(space.dtype) if session.spec.discrete else values.astype(space.dtype)
