"""What a learner of weights can reach at the best: PPO on w . phi with the weights told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from algorithms._blocks.on_policy import OnPolicy, snapshot_of
from algorithms._blocks.scalarised import scalarised
from benchmarks.api import Policy, Session, algorithm

Array = np.ndarray[Any, np.dtype[Any]]


@algorithm("linear-scalarisation", family="multi-objective", uses={"objectives", "true_reward"})
@dataclass(frozen=True)
class LinearScalarisation(OnPolicy):
    """PPO on r = w . phi (Roijers et al. 2013, "A survey of multi-objective sequential decision-making").

    A reference row: the weights are not asked for but read off the true reward, by least squares over all that was
    lived; an objective that never varied yet has the weight 0, as it has made no difference yet. It asks nothing,
    so it is what `weights-from-preferences` would be if the person had said all at once and never erred. What it
    cannot reach for any weights is shown by `outer-loop`.
    """

    episodic: bool = False  # learn in the original's episodes, which end at an event, instead of in the twin

    def learn(self, session: Session) -> Iterator[Policy]:
        names = session.spec.objectives
        weights = np.zeros(len(names))
        told = Told(session.env, len(names))
        model = self.ppo(session, scalarised(told.env, weights, self.episodic))
        model.env.reset()
        while True:
            weights[:] = told.weights()
            session.log(**{f"weight_{name}": w for name, w in zip(names, weights.tolist(), strict=True)})
            self.update(model)
            yield snapshot_of(model)


class Told:
    """`env`, and the weights [k] of the rewards that it has paid: argmin_w sum (r - w . phi)^2, the shortest such w."""

    def __init__(self, env: Any, k: int) -> None:
        from stable_baselines3.common.vec_env import VecEnvWrapper

        gram, moment = self.gram, self.moment = np.zeros((k, k)), np.zeros(k)

        class Heard(VecEnvWrapper):
            def reset(self) -> Any:
                return self.venv.reset()

            def step_wait(self) -> Any:
                step = self.venv.step_wait()
                phi = np.array([info["objectives"] for info in step[3]])
                gram[:] += phi.T @ phi
                moment[:] += phi.T @ step[1]
                return step

        self.env = Heard(env)

    def weights(self) -> Array:
        return np.linalg.lstsq(self.gram, self.moment, rcond=1e-10)[0]
