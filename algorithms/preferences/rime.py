"""RIME: PEBBLE that doubts its teacher.

Cheng, Xiong, Dai, Miao, Lv, Wang, "RIME: robust preference-based reinforcement learning with noisy preferences",
2024.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from algorithms._blocks.comparing import probability
from algorithms._blocks.features import inputs
from algorithms._blocks.mlp import Array
from algorithms._blocks.novelty import standardised
from algorithms._blocks.off_policy import OffPolicyAgent
from algorithms._blocks.preference_replay import PreferenceReplay
from algorithms._blocks.reward_model import Comparisons, Ratings, RewardModel
from benchmarks.api import Compare, Session, algorithm


@algorithm("rime", family="preferences", asks={Compare}, version="2")
@dataclass(frozen=True)
class Rime(PreferenceReplay):
    """Trained on are the answers that the reward model finds likely enough, and, turned round, those that it finds
    absurd. With ℓ = -y log P - (1 - y) log(1 - P), the divergence of an answer y from the mean prediction P:

        trusted  ℓ < τ_lower = -log ρ + α ρ + min(β_t s, 3),    β_t = max(β_min, β_max - k t),
        turned   ℓ > τ_upper = -log τ,

    ρ the largest ℓ of trusted answers and s their deviation, both running means; t counts the sortings. And the
    reward model starts warm: during exploration it learns the intrinsic reward, in [-1, 1], and the critics go on.
    The reward model itself reckons with no blind answers, as in the paper: with `noise`, P could not be absurd.
    """

    noise: float = 0.0
    sortings: int = 10  # of a session; the paper's code sorts before each epoch
    alpha: float = 0.5  # (the paper)
    beta_max: float = 3.0  # (the paper)
    beta_min: float = 1.0  # (the paper)
    decrease: float = 1 / 15  # k (the paper's code: from β_max to β_min in 30 sortings)
    absurd: float = 0.001  # τ (the paper: τ_upper = 3 log 10)
    warming: int = 200  # gradient steps on the intrinsic reward, of 128 states each

    def reward_model(self, session: Session, backend: str = "fast") -> RewardModel:
        return super().reward_model(session)  # whatever the back end: imitation's learns from comparisons only

    def warm_start(self, session: Session, agent: OffPolicyAgent, ensemble: RewardModel) -> None:
        rows = session.rng.integers(len(agent.replay), size=self.known)
        intrinsic = np.clip(standardised(self.novelty(agent, rows, rows)) / 3.0, -1.0, 1.0)  # three deviations reach 1
        features = inputs(session.spec, *agent.replay.lived(rows))
        ensemble.fit(Ratings(features[:, None], intrinsic), self.warming, 128)
        self.standardise(session, ensemble)

    def begin(self, agent: OffPolicyAgent) -> None:
        agent.update(self.catching_up)

    def trainer(self, session: Session, ensemble: RewardModel) -> Callable[[Comparisons], float]:
        sieve, batches = Sieve(self), max(1, self.batches // self.sortings)

        def fit(data: Comparisons) -> float:
            loss = 0.0
            for _ in range(self.sortings):
                used = sieve.sort(data, probability(ensemble, data.features))
                if len(used):
                    loss = ensemble.fit(used, batches, self.pairs)
            session.log(trusted=sieve.trusted, turned=sieve.turned)
            return loss

        return fit


class Sieve:
    """Sorts answers into trusted ones, ones to be turned round, and others; remembers ρ, s and t."""

    RATE = 0.1  # of the running means (the paper's code)

    def __init__(self, settings: Rime):
        self.settings = settings
        self.rho, self.mean, self.variance, self.sorted = 0.0, 0.0, 1.0, 0  # at first all is trusted
        self.trusted, self.turned = 1.0, 0.0  # shares of the last time

    def bounds(self) -> tuple[float, float]:
        """τ_lower and τ_upper."""
        settings = self.settings
        beta = max(settings.beta_min, settings.beta_max - settings.decrease * self.sorted)
        base = -np.log(self.rho + 1e-8) + settings.alpha * self.rho
        return float(base + min(beta * self.variance**0.5, 3.0)), float(-np.log(settings.absurd))

    def sort(self, data: Comparisons, probability: Array) -> Comparisons:
        """The answers to be trained on; probability [n] is P of each."""
        p = np.clip(probability, 1e-12, 1.0 - 1e-12)
        divergence = -data.answers * np.log(p) - (1.0 - data.answers) * np.log(1.0 - p)
        lower, upper = self.bounds()
        trusted, turned = divergence < lower, divergence > upper
        if trusted.any():
            known = divergence[trusted]
            self.rho += self.RATE * (float(known.max()) - self.rho)
            self.mean += self.RATE * (float(known.mean()) - self.mean)
            self.variance += self.RATE * (float(((known - self.mean) ** 2).mean()) - self.variance)
        self.sorted += 1
        self.trusted, self.turned = float(trusted.mean()), float(turned.mean())
        used = trusted | turned
        answers = np.where(turned, 1.0 - data.answers, data.answers)
        return replace(data, features=data.features[used], answers=answers[used])
