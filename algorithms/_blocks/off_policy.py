"""Learning from replay on a reward of the learner's own: DQN for discrete actions, SAC or TD3 for continuous ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from algorithms._blocks.exploring import uniform_actions
from algorithms._blocks.mlp import Array
from algorithms._blocks.policies import GreedySnapshot, Snapshot, TanhSnapshot
from algorithms._blocks.replay import Batch, Replay

if TYPE_CHECKING:
    from benchmarks.api import Session

Reward = Callable[[Array, Array], Array]  # (observations [n, ...], actions [n, ...]) -> [n]


@dataclass(frozen=True)
class OffPolicy:
    """Hyper-parameters of `OffPolicyAgent`, one value for all tasks.

    Measured on the true reward with seeds that no suite uses, DQN on cartpole and mountain-car, SAC on pendulum and
    without the falling rate; the discount is the task's own.
    """

    learning_rate: float = 5e-4  # at the beginning; falls linearly to a tenth over the environment steps
    minibatch: int = 64
    updates: int = 4  # of DQN, after each step of all environments
    actor_updates: int = 2  # of SAC, TD3 and DDPG, each of which costs four times as much
    random_steps: int = 1000  # environment steps of uniformly random actions at the beginning
    capacity: int = 200_000  # transitions kept
    tau: float = 0.01  # share of the network that its slow copy takes over after each update
    hidden: tuple[int, ...] = (64, 64)  # relu units
    epsilon: float = 0.05  # DQN's share of random actions, from `exploring` of all environment steps on
    exploring: float = 0.2  # share of the environment steps during which it falls there from 1
    double: bool = False  # double Q-learning
    kappa: float = 1.0  # where DQN's loss becomes linear; in deviations of the reward
    policy: Literal["sac", "td3", "ddpg"] = "sac"  # for continuous actions
    temperature: float = 0.1  # SAC's at the beginning (PEBBLE's)
    action_noise: float = 0.1  # TD3's and DDPG's deviation of exploring actions, in half widths of the box
    scaled: bool = True  # rewards of a batch are shifted and divided to mean 0 and deviation 1 over the replay
    # "reference" is stable-baselines3's DQN, SAC or TD3 on the same batches.
    backend: Literal["fast", "reference"] = "fast"

    def agent(self, session: Session) -> OffPolicyAgent:
        return OffPolicyAgent(self, session)

    def networks(self, session: Session, replay: Replay) -> dict[str, Any]:
        """The arguments that all learners share."""
        return {
            "observations": replay.observations,
            "actions": replay.actions,
            "rng": session.rng.spawn(1)[0],
            "hidden": self.hidden,
            "learning_rate": self.learning_rate,
            "discount": session.spec.discount,
            "tau": self.tau,
        }

    def learner(self, session: Session, replay: Replay) -> Any:
        """The networks and their update, from the session's chance."""
        settings = self.networks(session, replay)
        kind = "dqn" if session.spec.discrete else self.policy
        if kind == "dqn":
            settings |= {"double": self.double, "kappa": self.kappa}
        elif kind == "sac":
            settings["temperature"] = self.temperature
        elif kind == "ddpg":
            settings |= {"members": 1, "delay": 1, "smoothing": 0.0}
        if self.backend == "reference":
            from algorithms._blocks.sb3_off_policy import ReferenceDQN, ReferenceSAC, ReferenceTD3

            kinds: dict[str, Any] = {"dqn": ReferenceDQN, "sac": ReferenceSAC}
            return kinds.get(kind, ReferenceTD3)(session.env, **settings)
        from algorithms._blocks.fast_dqn import FastDQN
        from algorithms._blocks.fast_sac import FastSAC
        from algorithms._blocks.fast_td3 import FastTD3

        return {"dqn": FastDQN, "sac": FastSAC}.get(kind, FastTD3)(**settings)


class OffPolicyAgent:
    """Lives in a session's environments, remembers, and learns from what it remembers.

    ``replay``: the transitions; ``learner``: the networks (`FastDQN`, `FastSAC` or `FastTD3`); ``batch``: the
    minibatch, for learners that fill it themselves.
    """

    def __init__(self, settings: OffPolicy, session: Session):
        self.settings, self.session, self.spec = settings, session, session.spec
        self.replay = Replay(session.spec, settings.capacity)
        self.learner = settings.learner(session, self.replay)
        self._x = np.ones((self.replay.observations + 1, session.spec.envs), np.float32)
        self.batch = self.replay.batch(settings.minibatch)
        self._observations: Array | None = None
        self._shift, self._scale, self._measured = 0.0, 1.0, -1

    # ---- living

    def step(self, reward: Reward | None = None, epsilon: float | None = None) -> None:
        """One exploring step of every environment, remembered with this reward or, without one, the environment's."""
        session = self.session
        if self._observations is None:
            self._observations = session.env.reset()
        before = self._observations
        if self.replay.added < self.settings.random_steps:
            actions = uniform_actions(self.spec, len(before), session.rng)
        else:
            actions = self.explore(before, epsilon)
        after, rewards, ends, infos = session.env.step(actions)
        following, terminated = after, ends
        if ends.any():
            following = np.array([info.get("terminal_observation", seen) for info, seen in zip(infos, after)])
            terminated = ends & ~np.array([info.get("TimeLimit.truncated", False) for info in infos])
        if reward is not None:
            rewards = reward(before, actions)
        self.replay.add(before, actions, following, rewards, terminated)
        self._observations = after

    def explore(self, observations: Array, epsilon: float | None = None) -> Array:
        """Actions as they are taken to learn: ε-greedy (by default with the present ε), drawn from SAC, with noise."""
        n, rng, settings = len(observations), self.session.rng, self.settings
        x = self._x if n == self._x.shape[1] else np.ones((self.replay.observations + 1, n), np.float32)
        x[:-1] = np.reshape(observations, (n, -1)).T
        if self.spec.discrete:
            greedy = self.learner.act(x, rng)
            epsilon = self.epsilon if epsilon is None else epsilon
            return np.where(rng.random(n) < epsilon, uniform_actions(self.spec, n, rng), greedy)
        actions = self.learner.act(x, deterministic=False)
        if settings.policy != "sac":
            actions = actions + settings.action_noise * rng.standard_normal(actions.shape, np.float32)
        space: Any = self.spec.action_space
        middle, half = (space.high + space.low) / 2, (space.high - space.low) / 2
        return np.clip(actions.reshape(-1, *space.shape) * half + middle, space.low, space.high)

    @property
    def epsilon(self) -> float:
        """DQN's present share of random actions."""
        done = 1.0 - self.session.left.steps / self.session.budget.steps
        return 1.0 + (self.settings.epsilon - 1.0) * min(1.0, done / max(self.settings.exploring, 1e-9))

    # ---- learning

    @property
    def updates(self) -> int:
        """How many belong to a step of all environments."""
        return self.settings.updates if self.spec.discrete else self.settings.actor_updates

    def update(self, n: int | None = None) -> None:
        """``n`` updates, by default a step's, on random transitions; none before there is a minibatch of them."""
        if len(self.replay) < self.settings.minibatch:
            return
        self._measure()
        self.anneal()
        for _ in range(self.updates if n is None else n):
            self.learner.update(self.scaled(self.replay.sample(self.batch, self.session.rng)))

    def anneal(self) -> None:
        """Set the learning rate that belongs to the steps that are left."""
        left = self.session.left.steps / self.session.budget.steps
        self.learner.set_learning_rate(self.settings.learning_rate * (0.1 + 0.9 * left))

    def scaled(self, batch: Batch) -> Batch:
        """The batch with rewards of mean 0 and deviation 1 over the replay.

        Neither changes what is best as long as nothing ends for good; where it does, rewards are not shifted.
        """
        if self.settings.scaled:
            batch.rewards -= self._shift
            batch.rewards /= self._scale
        return batch

    def relabel(self, reward: Reward) -> None:
        """Give everything remembered the reward that this function gives now."""
        self.replay.relabel(reward)
        self._measured = -1

    def _measure(self) -> None:
        """Mean and deviation of the rewards, anew whenever a twentieth more is remembered."""
        if self._measured < 0 or self.replay.added > 1.05 * self._measured:
            kept = self.replay.rewards[: len(self.replay)]
            self._shift = float(kept.mean()) if self.replay.alive[: len(self.replay)].all() else 0.0
            self._scale, self._measured = max(float(kept.std()), 1e-6), self.replay.added

    # ---- policies

    def snapshot(self) -> Snapshot:
        """The present policy as a frozen value: greedy, or with the deviation of `explore` where it has one."""
        observations, actions = self.spec.observation_space, self.spec.action_space
        discrete = self.spec.discrete
        nets = self.learner.online if discrete else self.learner.actor
        weights, biases = nets.frozen()
        shared: dict[str, Any] = {
            "weights": weights,
            "biases": biases,
            "activation": nets.activation,
            "observation_shape": observations.shape,
            "n_observations": None,
            "action_shape": actions.shape,
            "std": None,
            "low": None if discrete else actions.low.copy(),
            "high": None if discrete else actions.high.copy(),
            "rng": self.session.rng.spawn(1)[0],
        }
        return GreedySnapshot(**shared, epsilon=self.settings.epsilon) if discrete else TanhSnapshot(**shared)
