"""GAIL and AIRL by the `imitation` library and stable-baselines3's PPO, unchanged, for `backend="reference"`."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import numpy as np

from algorithms._blocks.adversarial import joined
from algorithms._blocks.asking import appointments
from algorithms._blocks.on_policy import snapshot_of

if TYPE_CHECKING:
    from algorithms._blocks.adversarial import Adversarial
    from algorithms._blocks.discriminator import Transitions
    from benchmarks.api import Policy, Session

Array = np.ndarray[Any, np.dtype[Any]]


def rounds(learner: Adversarial, session: Session) -> Iterator[Policy]:
    """As `Adversarial.learn`: the same demonstrations at the same times, and imitation's trainer in between."""
    budget, trainer, theirs = session.budget.steps, None, None
    for begin, share in [*appointments(learner.asking), (np.inf, 1.0)]:
        while trainer is not None and budget - session.left.steps < begin * budget:
            trainer.train_gen()
            for _ in range(trainer.n_disc_updates_per_round):
                trainer.train_disc()
            session.reveal(_reward(trainer))
            yield snapshot_of(trainer.gen_algo)
        more = learner.ask(session, share)
        if more is not None:
            theirs = joined(theirs, more)
            size = min(learner.judge_batch, len(theirs), learner.rollout * session.spec.envs)
            trainer = trainer or learner.trainer(session, adversarial_settings(learner, session, size))
            trainer.demo_batch_size = trainer.demo_minibatch_size = size
            trainer.set_demonstrations(_demonstrations(theirs))


def adversarial_settings(learner: Adversarial, session: Session, size: int) -> dict[str, Any]:
    """What both of imitation's trainers take. Rewards are not scaled: its own wrappers replace VecNormalize."""
    from imitation.util.logger import HierarchicalLogger
    from stable_baselines3.common.logger import Logger

    class Quiet(HierarchicalLogger):
        """Averages nothing and writes no folder."""

        def accumulate_means(self, name: str) -> Any:
            return nullcontext()

    return {
        "demonstrations": None,
        "demo_batch_size": size,
        "venv": session.env,
        "gen_algo": learner.ppo(session, session.env),
        "n_disc_updates_per_round": learner.judge_updates,
        "disc_opt_kwargs": {"lr": learner.judge_learning_rate},
        "custom_logger": Quiet(Logger(None, []), []),
    }


def _demonstrations(theirs: Transitions) -> Any:
    from imitation.data.types import Transitions as Theirs

    n = len(theirs)
    return Theirs(
        obs=theirs.before,
        acts=theirs.actions,
        infos=np.array([{}] * n, dtype=object),
        next_obs=theirs.after,
        dones=np.zeros(n, dtype=bool),
    )


def _reward(trainer: Any) -> Any:
    net = copy.deepcopy(trainer.reward_test)
    return lambda seen, done: net.predict(seen, done, seen, np.zeros(len(done), dtype=bool))
