"""Adversarial imitation: PPO on the reward of a discriminator that learns to tell its steps from the person's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from algorithms._blocks.asking import appointments, demonstrated
from algorithms._blocks.discriminator import Discriminator, Transitions
from algorithms._blocks.on_policy import OnPolicy, snapshot_of

if TYPE_CHECKING:
    from stable_baselines3.common.vec_env import VecEnv

    from benchmarks.api import Policy, Segments, Session

Array = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True)
class Adversarial(OnPolicy):
    """Each round lives a rollout on the discriminator's reward, updates the policy by PPO, and then takes some
    gradient steps on the discriminator: as many of the person's transitions in each as of the latest rollout's.
    """

    length: int = 200  # steps of a demonstration, at most an episode
    asking: float = 0.2  # share of the environment steps during which demonstrations are asked for, ever more
    judge_hidden: tuple[int, ...] = (32, 32)  # ReLU units of the reward network (imitation's)
    judge_learning_rate: float = 1e-3  # of its Adam (imitation's)
    judge_updates: int = 8  # gradient steps of a round
    judge_batch: int = 512  # transitions of each kind in a gradient step

    def learn(self, session: Session) -> Iterator[Policy]:
        if self.backend == "reference":
            from algorithms._blocks.adversarial_reference import rounds

            yield from rounds(self, session)
            return
        judge = self.judge(session)
        env = watched(session.env)
        model = self.ppo(session, env)
        theirs: Transitions | None = None
        for begin, share in appointments(self.asking):
            while theirs is not None and session.budget.steps - session.left.steps < begin * session.budget.steps:
                yield from self.round(session, model, env, judge, theirs)
            theirs = joined(theirs, self.ask(session, share))
        while theirs is not None:
            yield from self.round(session, model, env, judge, theirs)

    def judge(self, session: Session) -> Discriminator:
        raise NotImplementedError

    def reward(self, judge: Discriminator, policy: Any, lived: Transitions) -> Array:
        """What PPO maximises, [n], while `policy` acts."""
        raise NotImplementedError

    def learned(self, judge: Discriminator) -> Callable[[Array, Array], Array]:
        """The reward of (observations, actions) that was learned so far, for good."""
        raise NotImplementedError

    def trainer(self, session: Session, settings: dict[str, Any]) -> Any:
        """The imitation library's own, for the reference backend."""
        raise NotImplementedError

    def ask(self, session: Session, share: float) -> Transitions | None:
        shown = demonstrated(session, share, self.length)
        return transitions_of(shown) if shown else None

    def round(
        self, session: Session, model: Any, env: Any, judge: Discriminator, theirs: Transitions
    ) -> Iterator[Policy]:
        acting = snapshot_of(model)
        env.reward = lambda lived: self.reward(judge, acting, lived)
        self.update(model)
        policy: Any = snapshot_of(model)
        own = env.pop()
        size = min(self.judge_batch, len(own))
        seen = []
        for _ in range(self.judge_updates):
            drawn = theirs[session.rng.integers(len(theirs), size=size)], own[session.rng.permutation(len(own))[:size]]
            seen.append(judge.step(*drawn, self.log_pi(policy, *drawn)))
        loss, right = np.mean(seen, axis=0)
        session.reveal(self.learned(judge))
        session.log(discriminator_loss=loss, told_apart=right, demonstrated=len(theirs))
        yield policy

    def log_pi(self, policy: Any, theirs: Transitions, own: Transitions) -> Array | float:
        """What the discriminator's logit takes of the policy: nothing, unless it is AIRL's."""
        return 0.0


def transitions_of(segments: Segments) -> Transitions:
    """Every step of the segments."""
    before, actions = segments.steps()
    return Transitions(before, actions, segments.observations[:, 1:].reshape(before.shape))


def joined(one: Transitions | None, other: Transitions | None) -> Transitions | None:
    if one is None or other is None:
        return one or other
    columns = zip(vars(one).values(), vars(other).values(), strict=True)
    return Transitions(*(np.concatenate(pair) for pair in columns))


def watched(env: VecEnv) -> Any:
    """`env` with the rewards that its attribute `reward` gives transitions; `pop` tells what was lived since."""
    from stable_baselines3.common.vec_env import VecEnvWrapper

    class Watched(VecEnvWrapper):
        reward: Callable[[Transitions], Array]

        def reset(self) -> Any:
            self.seen, self.lived = self.venv.reset(), []
            return self.seen

        def step_async(self, actions: Array) -> None:
            self.done = actions
            self.venv.step_async(actions)

        def step_wait(self) -> Any:
            observations, _, ends, infos = self.venv.step_wait()
            after = observations
            if ends.any():
                after = observations.copy()
                for i in np.flatnonzero(ends):
                    after[i] = infos[i]["terminal_observation"]
            self.lived.append(Transitions(self.seen, self.done, after))
            self.seen = observations
            return observations, np.asarray(self.reward(self.lived[-1]), dtype=np.float32), ends, infos

        def pop(self) -> Transitions:
            lived, self.lived = self.lived, []
            return Transitions(*(np.concatenate(column) for column in zip(*(vars(one).values() for one in lived))))

    return Watched(env)
