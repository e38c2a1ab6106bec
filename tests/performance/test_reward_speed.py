"""The reward ensemble against imitation's networks under its own trainer: as many gradient steps, same minibatches."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

HERE = "tests.performance.test_reward_speed"
LENGTH, MINIBATCH = 50, 32


def spec() -> Any:
    from gymnasium.spaces import Box

    from benchmarks.api import Spec

    seen, act = Box(-1, 1, (3,), np.float32), Box(-2, 2, (1,), np.float32)
    return Spec(seen, act, 200, 0.95, 0.1, 16, frozenset())


def data(n: int) -> Any:
    from algorithms._blocks.reward_model import Comparisons

    rng = np.random.default_rng(0)
    features = rng.normal(size=(n, 2, LENGTH, 4)).astype(np.float32)
    return Comparisons(features, (features[:, 0].sum((1, 2)) > features[:, 1].sum((1, 2))).astype(np.float32))


def fitting(kind: Any, n: int, members: int, hidden: list[int], epochs: int) -> Callable[[], dict[str, int]]:
    known = data(n)
    model = kind(spec(), members, tuple(hidden), noise=0.1)
    model.fit(data(MINIBATCH), 1, MINIBATCH)
    steps = epochs * -(-n // MINIBATCH)  # imitation's last minibatch of an epoch is smaller, ours are whole

    def work() -> dict[str, int]:
        model.fit(known, steps, MINIBATCH)
        return {"gradient steps": steps}

    return work


def ours(**settings: Any) -> Any:
    from algorithms._blocks.reward_model import RewardEnsemble

    return fitting(RewardEnsemble, **settings)


def theirs(n: int, members: int, hidden: list[int], epochs: int) -> Any:
    from imitation.util.logger import configure

    from algorithms._blocks.reference_reward import ReferenceEnsemble, dataset_of

    steps = epochs * -(-n // MINIBATCH)
    model = ReferenceEnsemble(spec(), members, tuple(hidden), noise=0.1)
    model.fit(data(MINIBATCH), 1, MINIBATCH)
    known, trainer = dataset_of(data(n)), model._trainer

    def work() -> dict[str, int]:
        trainer.train(known, epoch_multiplier=epochs)
        return {"gradient steps": steps}

    trainer.logger = configure(format_strs=[])
    return work


@pytest.mark.parametrize("n", [200, 700])
@pytest.mark.parametrize(("members", "hidden"), [(1, [32, 32]), (3, [64, 64])])
def test_fitting_comparisons(n: int, members: int, hidden: list[int], compare: Any) -> None:
    settings = {"n": n, "members": members, "hidden": hidden, "epochs": 10}
    compare(
        f"reward model, {n} comparisons, {members} of {hidden[0]}x{hidden[1]}",
        f"{HERE}:ours",
        f"{HERE}:theirs",
        settings,
        {**settings, "n": 16, "epochs": 1},
        "imitation's trainer",
    )
