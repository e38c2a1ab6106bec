"""PPO on a reward of the learner's own: the optimiser that most learners here share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

if TYPE_CHECKING:
    from stable_baselines3 import PPO
    from stable_baselines3.common.vec_env import VecEnv

    from benchmarks.api import Policy, Session

Array = np.ndarray[Any, np.dtype[Any]]
Reward = Callable[[Array, Array], Array]  # (observations [n, ...], actions [n, ...]) -> [n]


@dataclass(frozen=True)
class OnPolicy:
    """PPO's hyper-parameters (Schulman et al. 2017), one value for all tasks.

    Measured on the true reward with seeds that no suite uses; the discount is the task's own.
    """

    learning_rate: float = 1e-3  # at the beginning; falls linearly to a tenth over the environment steps
    rollout: int = 128  # steps of each environment between updates
    minibatch: int = 128
    epochs: int = 10
    gae_lambda: float = 0.9
    clip_range: float = 0.2
    # Weight of the entropy bonus. Without it a policy stops changing while the reward that it learns still does.
    entropy: float = 0.01
    hidden: tuple[int, ...] = (64, 64)  # tanh units of actor and of critic
    noise_correlation: float = 0.9  # of a Gaussian policy's exploration, from step to step; 0 is PPO's own
    # "reference" is stable-baselines3's PPO, unchanged; it has no correlated noise.
    backend: Literal["fast", "reference"] = "fast"

    def ppo(self, session: Session, env: VecEnv) -> PPO:
        """A PPO on `env`, whose rewards are divided by the running deviation of their discounted sum."""
        from stable_baselines3.common.logger import Logger
        from stable_baselines3.common.vec_env import VecNormalize

        settings: dict[str, Any] = {
            "policy": "MlpPolicy",
            "env": VecNormalize(env, norm_obs=False, gamma=session.spec.discount),
            "learning_rate": lambda _: self.learning_rate * (0.1 + 0.9 * session.left.steps / session.budget.steps),
            "n_steps": self.rollout,
            "batch_size": self.minibatch,
            "n_epochs": self.epochs,
            "gamma": session.spec.discount,
            "gae_lambda": self.gae_lambda,
            "clip_range": self.clip_range,
            "ent_coef": self.entropy,
            "policy_kwargs": {"net_arch": {"pi": list(self.hidden), "vf": list(self.hidden)}},
            "seed": int(session.rng.integers(2**31)),
            "device": "cpu",
        }
        model: PPO
        if self.backend == "reference":
            from stable_baselines3 import PPO

            model = PPO(**settings)
        else:
            from algorithms._blocks.fast_ppo import FastPPO

            model = FastPPO(**settings, noise_correlation=self.noise_correlation)
        model.set_logger(Logger(None, []))  # its own would write a folder at every call of learn()
        return model

    def optimise(self, session: Session, env: VecEnv) -> Iterator[Policy]:
        """Policies of PPO on `env`, one after each update, until the budget is spent."""
        model = self.ppo(session, env)
        while True:
            self.update(model)
            yield snapshot_of(model)

    def update(self, model: PPO) -> None:
        """One rollout of all environments and one update."""
        model.learn(model.n_steps * model.n_envs, reset_num_timesteps=False)


def snapshot_of(model: PPO) -> Policy:
    from algorithms._blocks.policies import snapshot

    return snapshot(model.policy)


def rewarded(env: VecEnv, reward: Reward, own: bool = False) -> VecEnv:
    """`env` with the rewards that a function of (observation, action) gives, on top of its `own` or instead of them."""
    from stable_baselines3.common.vec_env import VecEnvWrapper

    class Rewarded(VecEnvWrapper):
        def reset(self) -> Any:
            self.seen = self.venv.reset()
            return self.seen

        def step_async(self, actions: Array) -> None:
            self.done = actions
            self.venv.step_async(actions)

        def step_wait(self) -> Any:
            observations, before, ends, infos = self.venv.step_wait()
            rewards = reward(self.seen, self.done) + (before if own else 0.0)
            self.seen = observations
            return observations, np.asarray(rewards, dtype=np.float32), ends, infos

    return Rewarded(env)
