"""A vector of objectives as one reward, in the twin or in the episodes of the original; and what a policy comes to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from benchmarks.api import Policy, Session

Array = np.ndarray[Any, np.dtype[Any]]


def scalarised(env: Any, weights: Array, episodic: bool = False) -> Any:
    """`env` with the reward w . phi; `weights` [k] is read at every step, so it may change in place.

    `episodic`: an event ends the episode, as in the original, whose outcomes count. The twin goes on from a start
    state all the same, so that the learner's next episode has begun. What was reached cannot be seen, and is worth
    nothing.
    """
    from stable_baselines3.common.vec_env import VecEnvWrapper

    class Scalarised(VecEnvWrapper):
        def reset(self) -> Any:
            return self.venv.reset()

        def step_wait(self) -> Any:
            observations, _, ends, infos = self.venv.step_wait()
            rewards = np.array([info["objectives"] for info in infos]) @ weights
            if episodic:
                for i in np.flatnonzero([info["event"] for info in infos]):
                    infos[i].setdefault("terminal_observation", observations[i])
                    infos[i]["TimeLimit.truncated"] = False
                ends = ends | np.array([info["event"] for info in infos])
            return observations, rewards.astype(np.float32), ends, infos

    return Scalarised(env)


def outcome_of(session: Session, policy: Policy) -> Array:
    """[k]: the mean undiscounted outcome of an episode of the original in every environment, actions deterministic.

    An episode ends at its event or at the horizon. Costs as many steps as the longest takes. Raises BudgetSpent.
    """
    return outcomes_of(session, [policy], session.env.num_envs)[0]


def outcomes_of(session: Session, policies: Sequence[Policy], episodes: int) -> Array:
    """[m, k]: the same of several policies, of at least so many episodes each, as many side by side as fit."""
    n = session.env.num_envs
    together = max(1, n // episodes)
    if len(policies) > together:
        groups = [policies[start : start + together] for start in range(0, len(policies), together)]
        return np.concatenate([outcomes_of(session, group, episodes) for group in groups])
    rows = np.array_split(np.arange(n), len(policies))
    observations, states = session.env.reset(), [None] * len(policies)
    first, alive = np.ones(n, dtype=bool), np.ones(n, dtype=bool)
    gathered = np.zeros((n, len(session.spec.objectives)))
    while alive.any():
        parts = []
        for i, (policy, mine) in enumerate(zip(policies, rows, strict=True)):
            actions, states[i] = policy.predict(
                observations[mine], state=states[i], episode_start=first[mine], deterministic=True
            )
            parts.append(actions)
        observations, _, ends, infos = session.env.step(np.concatenate(parts))
        gathered[alive] += np.array([info["objectives"] for info in infos])[alive]
        first = ends | np.array([info["event"] for info in infos])
        alive &= ~first
    return np.array([gathered[mine].mean(axis=0) for mine in rows])


def scales(session: Session, steps: int) -> Array:
    """[k]: the size of each objective, root mean square, over the episodes of `steps` random actions everywhere.

    1 for an objective that is always 0, as a goal that is not reached by chance.
    """
    from algorithms._blocks.exploring import uniform_actions

    session.env.reset()
    sums: list[Array] = []
    gathered = np.zeros((session.spec.envs, len(session.spec.objectives)))
    for t in range(steps):
        _, _, ends, infos = session.env.step(uniform_actions(session.spec, session.spec.envs, session.rng))
        gathered += np.array([info["objectives"] for info in infos])
        over = ends | np.array([info["event"] for info in infos]) | (t == steps - 1)
        sums += list(gathered[over])
        gathered[over] = 0.0
    size = np.sqrt(np.mean(np.square(sums), axis=0))
    return np.where(size > 1e-9, size, 1.0)
