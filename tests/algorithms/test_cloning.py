"""Behaviour cloning by hand-written gradients is held to the imitation library's BC: the same parameters."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np
import pytest
import torch
from gymnasium import spaces

from algorithms._blocks.actor import actor
from algorithms._blocks.clone_update import CloneUpdate, epochs
from benchmarks.api import Spec
from benchmarks.hyperparameters import defaults
from benchmarks.record import Evaluations, Trial
from benchmarks.registry import load
from benchmarks.session import TrialSession
from benchmarks.trial import play

SEEN = spaces.Box(-1, 1, (3,), np.float32)
ACTIONS = {"discrete": spaces.Discrete(4), "gaussian": spaces.Box(-1, 1, (2,), np.float32)}


def pairs(space: Any, n: int, rng: np.random.Generator) -> tuple[Any, Any]:
    done = rng.integers(4, size=n) if hasattr(space, "n") else rng.uniform(-1, 1, (n, 2)).astype(np.float32)
    return rng.uniform(-1, 1, (n, 3)).astype(np.float32), done


@pytest.mark.parametrize("kind", ACTIONS)
@pytest.mark.parametrize("l2_weight", [0.0, 1e-3])
@pytest.mark.parametrize("hidden", [(16, 8), ()])
def test_the_same_minibatches_give_imitations_parameters(kind: str, l2_weight: float, hidden: tuple[int, ...]) -> None:
    from imitation.algorithms.bc import BC
    from imitation.util.logger import HierarchicalLogger
    from stable_baselines3.common.logger import Logger

    spec = Spec(SEEN, ACTIONS[kind], 10, 0.9, 0.1, 1, frozenset())
    rng = np.random.default_rng(0)
    seen, done = pairs(spec.action_space, 100, rng)
    minibatches = list(epochs(len(seen), 32, 200, rng))
    torch.manual_seed(1)
    ours, theirs = actor(spec, hidden, 1e-2), actor(spec, hidden, 1e-2)
    theirs.load_state_dict(ours.state_dict())
    before = ours.action_net.weight.detach().clone()

    trainer = BC(
        observation_space=SEEN,
        action_space=spec.action_space,
        rng=rng,
        policy=theirs,
        demonstrations=[{"obs": seen[picked], "acts": done[picked]} for picked in minibatches],  # type: ignore[arg-type]
        batch_size=32,
        optimizer_kwargs={"lr": 1e-2},
        ent_weight=0.05,
        l2_weight=l2_weight,
        device="cpu",
        custom_logger=HierarchicalLogger(Logger(None, []), []),
    )
    trainer.train(n_batches=200, progress_bar=False, log_interval=10**9)
    update = CloneUpdate(ours, 1e-2, 0.05, l2_weight)
    update.follow(seen, done, minibatches[:80])
    update.follow(seen, done, minibatches[80:])

    mine, other = (torch.nn.utils.parameters_to_vector(p.parameters()).detach().numpy() for p in (ours, theirs))
    assert (ours.action_net.weight - before).abs().max() > 0.1
    assert np.linalg.norm(mine - other) < 1e-5 * np.linalg.norm(other)


def test_every_pair_comes_once_in_an_epoch_and_the_rest_is_left_over() -> None:
    drawn = list(epochs(10, 4, 5, np.random.default_rng(0)))
    assert [len(each) for each in drawn] == [4] * 5
    assert len(set(np.concatenate(drawn[:2]))) == 8
    assert len(set(np.concatenate(drawn[2:4]))) == 8
    assert sorted(next(epochs(3, 64, 1, np.random.default_rng(0)))) == [0, 1, 2]


def test_dagger_is_shown_first_and_then_advised_on_what_its_policy_meets(monkeypatch: pytest.MonkeyPatch) -> None:
    import algorithms.demonstrations.dagger as module

    events: list[str] = []

    def told(function: Any, name: str) -> Any:
        def call(*args: Any) -> Any:
            events.append(name or type(args[1]).__name__)
            return function(*args)

        return call

    monkeypatch.setattr(TrialSession, "ask", told(TrialSession.ask, ""))
    monkeypatch.setattr(module, "live", told(module.live, "live"))
    monkeypatch.setattr(module, "wander", told(module.wander, "wander"))
    registry = load()
    person = asdict(registry.oracle("typical"))
    settings = {**defaults("dagger", registry.algorithm("dagger")), "updates": 5}
    trial = Trial("maze", "typical", "dagger", 1000, 50_000, 600.0, settings, person)
    record = play(trial, Evaluations(1, 1, 1)).record
    assert record.status == "ok", record.error
    shown = events.index("live")
    assert set(events[:shown]) == {"Demonstrate"}
    assert events[shown:] == ["live", "Advise"] * 8
    assert record.feedback["demonstrate"]["seconds"] == pytest.approx(0.2 * 600.0, rel=0.15)
    assert record.spent["human_seconds"] == pytest.approx(600.0, rel=0.05)
