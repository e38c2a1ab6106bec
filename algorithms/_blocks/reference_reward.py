"""The reference back end of a learned reward: imitation's own networks, loss and trainer, unchanged."""

from __future__ import annotations

from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np

from algorithms._blocks.features import width_of
from algorithms._blocks.mlp import Array
from algorithms._blocks.reward_model import Answered, Comparisons, RewardModel

if TYPE_CHECKING:
    from benchmarks.api import Spec


class ReferenceEnsemble(RewardModel):
    """imitation's `RewardEnsemble` of `BasicRewardNet`s under its `EnsembleTrainer` (Gleave et al. 2022).

    The networks are given our features as a state, so that both back ends learn from the same inputs. One
    member is a `BasicRewardNet` under a `BasicRewardTrainer`. Only comparisons: imitation learns from no others.
    """

    def __init__(
        self,
        spec: Spec,
        members: int = 3,
        hidden: tuple[int, ...] = (64, 64),
        learning_rate: float = 1e-3,
        noise: float = 0.1,
        seed: int = 0,
        discount: float = 1.0,
    ) -> None:
        from gymnasium.spaces import Box
        from imitation.algorithms import preference_comparisons as theirs
        from imitation.rewards.reward_nets import BasicRewardNet, RewardEnsemble
        from imitation.util.logger import HierarchicalLogger
        from stable_baselines3.common.logger import Logger

        super().__init__(spec, members)
        spaces = Box(-np.inf, np.inf, (width_of(spec),), np.float32), Box(-1.0, 1.0, (1,), np.float32)
        nets = [BasicRewardNet(*spaces, use_action=False, hid_sizes=list(hidden)) for _ in range(members)]
        self.net = nets[0] if members == 1 else RewardEnsemble(*spaces, nets)
        preference = theirs.PreferenceModel(self.net, noise_prob=noise, discount_factor=discount)
        trainer = theirs.BasicRewardTrainer if members == 1 else theirs.EnsembleTrainer
        self._trainer = trainer(
            preference,
            theirs.CrossEntropyRewardLoss(),
            rng=np.random.default_rng(seed),
            lr=learning_rate,
            custom_logger=HierarchicalLogger(Logger(None, [])),
        )

    def fit(self, data: Answered, batches: int, size: int) -> float:
        """As many epochs as come nearest to `batches` minibatches of `size` comparisons; the last epoch's loss."""
        if not isinstance(data, Comparisons):
            raise ValueError("imitation's reward trainer learns from comparisons only")
        from imitation.util.logger import configure

        for trainer in getattr(self._trainer, "member_trainers", [self._trainer]):
            trainer.batch_size = trainer.minibatch_size = size
        with TemporaryDirectory() as folder:  # it makes folders wherever it logs
            self._trainer.logger = configure(folder, [])
            self._trainer.train(dataset_of(data), epoch_multiplier=max(1, round(batches * size / len(data))))
        return float(self._trainer.logger.name_to_value["reward/final/train/loss"])

    def each(self, features: Array) -> Array:
        seen = np.asarray(features, np.float32)
        rest = np.zeros((len(seen), 1), np.float32), seen, np.zeros(len(seen), bool)
        if self.members == 1:
            return self.net.predict_processed(seen, *rest)[None]
        return self.net.predict_processed_all(seen, *rest).T


def dataset_of(data: Comparisons, rewards: Array | None = None) -> Any:
    """imitation's dataset of these comparisons; with `rewards` [n, 2, L], the true ones that it may be told."""
    from imitation.algorithms.preference_comparisons import PreferenceDataset
    from imitation.data.types import TrajectoryWithRew

    n, _, length, _ = data.features.shape
    rewards = np.zeros((n, 2, length), np.float32) if rewards is None else rewards
    still = np.zeros((length, 1), np.float32)

    def fragment(seen: Array, reward: Array) -> TrajectoryWithRew:
        return TrajectoryWithRew(np.concatenate([seen, seen[-1:]]), still, None, False, reward)

    pairs = [(fragment(x[0], r[0]), fragment(x[1], r[1])) for x, r in zip(data.features, rewards)]
    dataset = PreferenceDataset()
    dataset.push(pairs, np.asarray(data.answers, np.float32))
    return dataset
