"""imitation's loop inside a session: whom it asks, about what, and what comes out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from algorithms._blocks.by_turns import Abandoned, by_turns
from algorithms.preferences.drlhp_imitation import DrlhpImitation, affordable, placed, policy_of
from benchmarks.api import Budget, BudgetSpent
from benchmarks.chance import stream
from benchmarks.record import Prices
from benchmarks.registry import load
from benchmarks.session import TrialSession, World

SMALL = {"iterations": 2, "length": 10, "epochs": 1, "epochs_of_ppo": 1, "rollout": 800, "minibatch": 80}


def session_of(steps: int, seconds: float, answer: Any = 1.0) -> Any:
    """pendulum, four times; the person answers every question with `answer`."""
    task: Any = load().task("pendulum")

    def said(question: Any) -> Any:
        n = len(question.effort)
        return SimpleNamespace(values=np.full(n, answer), raters=np.zeros(n, int), ties=0, decidable=n, errors=0)

    def nothing() -> Any:
        raise AssertionError("no learner may look at this")

    world = World(task, said, frozenset({"compare"}), nothing, nothing)
    return TrialSession(
        world, DrlhpImitation.card, Budget(steps, seconds), Prices(), 4, stream("world"), stream("learner")
    )


def learned(session: Any, **settings: Any) -> list[Any]:
    torch.manual_seed(0)
    policies = []
    try:
        for policy in DrlhpImitation(**{**SMALL, **settings}).learn(session):
            policies.append(policy)
    except BudgetSpent:
        pass
    return policies


def test_what_the_person_is_shown_is_what_the_loop_compares() -> None:
    session = session_of(4000, 40.0)
    learned(session)
    assert session.tallies["compare"].asked == affordable(session_of(4000, 40.0), 10) == 10
    for exchange in session.transcript:
        for part in exchange.segments:
            truth = session.env.tracks.cut(part.places, 10)
            seen = session.env.task.observe(truth.states.reshape(-1, truth.states.shape[2]))
            np.testing.assert_array_equal(part.observations.reshape(seen.shape), seen)
            np.testing.assert_allclose(np.clip(part.actions, -2, 2), truth.actions, rtol=1e-6)
    assert session.left.steps >= 0


def test_it_reports_after_every_iteration_and_at_the_end_of_the_budget() -> None:
    assert len(learned(session_of(4000, 40.0))) == 4  # untrained, and three iterations: the initial one and two
    assert len(learned(session_of(4000, 3.0))) == 1  # not one pair can be asked about
    assert len(learned(session_of(400, 40.0))) == 2  # before the first pair is asked about


@pytest.mark.parametrize(
    ("steps", "questions", "plan"),
    [
        (4000, 10, (2, 800)),  # 4,000 - 4 * 200 are four rollouts
        (4000, 5, (1, 1600)),
        (1700, 10, (1, 800)),  # none fits twice
        (8000, 30, (2, 2400)),
    ],
)
def test_its_iterations_fit_into_the_budget(steps: int, questions: int, plan: tuple[int, int]) -> None:
    assert DrlhpImitation(iterations=2).plan(session_of(steps, 1.0), questions, 800) == plan


@pytest.mark.parametrize("answer", [1.0, np.nan])
def test_answers_reach_its_dataset_and_a_skip_is_an_equal(answer: float) -> None:
    session = session_of(4000, 40.0, answer)
    kept: list[Any] = []

    class Watched(DrlhpImitation):
        def loop(self, session: Any, folder: str) -> Any:
            agent, loop = super().loop(session, folder)
            kept.append(loop)
            return agent, loop

    torch.manual_seed(0)
    list(Watched(**SMALL).learn(session))
    (preferences,) = {tuple(set(loop.dataset.preferences.tolist())) for loop in kept}
    assert preferences == ((0.5,) if np.isnan(answer) else (1.0,))


def test_the_policy_is_the_agents_with_its_normaliser_folded_in() -> None:
    session = session_of(4000, 40.0)
    torch.manual_seed(0)
    agent = DrlhpImitation(**SMALL).agent(session, placed(session))
    agent.learn(800)
    observations = np.random.default_rng(0).normal(size=(20, 3)).astype(np.float32)
    theirs, _ = agent.predict(observations, deterministic=True)
    assert abs(agent.policy.features_extractor.normalize.running_mean.numpy()).max() > 0.01
    np.testing.assert_allclose(policy_of(agent).predict(observations, deterministic=True)[0], theirs, atol=1e-5)


# ---- taking turns


def counting(log: list[int], error: type[Exception] | None = None) -> Callable[[Callable[[], None]], None]:
    def work(report: Callable[[], None]) -> None:
        for i in range(3):
            log.append(i)
            report()
        if error:
            raise error("at the end")

    return work


def test_a_call_and_its_reader_take_turns() -> None:
    log: list[int] = []
    for _ in by_turns(counting(log)):
        log.append(-1)
    assert log == [0, -1, 1, -1, 2, -1]


def test_what_the_call_raises_is_raised_to_the_reader() -> None:
    log: list[int] = []
    with pytest.raises(BudgetSpent, match="at the end"):
        list(by_turns(counting(log, BudgetSpent)))
    assert log == [0, 1, 2]


def test_a_call_ends_when_its_reader_leaves() -> None:
    log: list[Any] = []

    def work(report: Callable[[], None]) -> None:
        try:
            counting(log)(report)
        except Abandoned:
            log.append("left")
            raise

    steps: Iterator[None] = by_turns(work)
    next(steps)
    steps.close()  # type: ignore[attr-defined]
    assert log == [0, "left"]
