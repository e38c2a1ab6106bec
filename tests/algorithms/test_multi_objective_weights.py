"""Learners of weights: their estimates on answers made by hand, and weights read off a true reward."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from algorithms._blocks.scalarised import outcome_of, scalarised
from algorithms.multi_objective.linear_scalarisation import Told
from algorithms.multi_objective.weights_from_demonstrations import Shown, WeightsFromDemonstrations
from algorithms.multi_objective.weights_from_ratings import Ratings, WeightsFromRatings
from benchmarks.api import Answers, Segments
from benchmarks.chance import stream
from benchmarks.registry import load
from benchmarks.twin import TwinEnv


def treasures(envs: int = 2) -> TwinEnv:
    return TwinEnv(load().task("deep-sea-treasure"), envs, 10_000, stream("test"), show_objectives=True)


class Down:
    """Goes down, to the nearest treasure."""

    def predict(self, observation: Any, state: Any = None, episode_start: Any = None, deterministic: bool = False):
        return np.ones(len(observation), dtype=int), state


def test_an_outcome_is_that_of_one_episode_of_the_original() -> None:
    session = SimpleNamespace(env=treasures(), spec=SimpleNamespace(objectives=("treasure", "time")))
    np.testing.assert_allclose(outcome_of(session, Down()), [0.7, -1.0])  # the twin would go on to 70 treasures


@pytest.mark.parametrize("episodic", [True, False])
def test_an_event_ends_an_episode_of_the_original_only(episodic: bool) -> None:
    env = scalarised(treasures(), np.array([10.0, 1.0]), episodic)
    env.reset()
    _, rewards, ends, infos = env.step(np.array([1, 3]))  # down to the treasure, and to the right
    np.testing.assert_allclose(rewards, [6.0, -1.0])
    assert ends.tolist() == [episodic, False]
    assert ("terminal_observation" in infos[0]) == episodic


def test_weights_are_read_off_the_true_reward() -> None:
    task = load().task("deep-sea-treasure")
    reward = lambda states, actions, step: step.objectives @ np.asarray(task.weights)  # noqa: E731
    told = Told(TwinEnv(task, 4, 10_000, stream("test"), reward, show_objectives=True), 2)
    told.env.reset()
    assert told.weights().tolist() == [0.0, 0.0]
    for action in (3, 1, 3, 1, 1):
        told.env.step(np.full(4, action))
    np.testing.assert_allclose(told.weights(), task.weights, rtol=1e-5)


def test_ratings_give_the_weights_whatever_the_potential_of_where_one_is() -> None:
    rng, truth, scale = np.random.default_rng(0), np.array([0.5, 0.02]), np.array([2.0, 50.0])
    learner = WeightsFromRatings()
    sums, changes = rng.normal(size=(400, 2)) * scale, rng.normal(size=(400, learner.features))
    known = Ratings(scale, (np.zeros((1, 1)), np.zeros(1)))
    known.sums, known.changes, known.scores = [sums], [changes], [sums @ truth + 3.0 * changes[:, 0] - 1.0]
    np.testing.assert_allclose(learner.weights(None, known), truth / np.linalg.norm(truth), atol=0.01)


def test_ratings_that_are_all_skipped_tell_nothing() -> None:
    learner, n = WeightsFromRatings(), 3
    segments = Segments(
        np.zeros((n, 51, 2, 2)), np.zeros((n, 50)), np.zeros((n, 2), int), "lived", np.zeros((n, 50, 2))
    )
    session = SimpleNamespace(
        spec=SimpleNamespace(horizon=50),
        segments=lambda *_: segments,
        ask=lambda query: Answers(np.full(n, np.nan), np.zeros(n, int)),
    )
    known = Ratings(np.ones(2), (np.ones((4, learner.features)), np.zeros(learner.features)))
    learner.ask(session, known, n)
    assert known.changes[0].shape == (0, learner.features) and learner.weights(session, known).tolist() == [0.0, 0.0]


def test_what_ratings_cannot_tell_counts_as_much_as_the_rest() -> None:
    rng, scale = np.random.default_rng(0), np.array([2.0, 50.0])
    learner = WeightsFromRatings()
    sums, changes = np.stack([rng.normal(size=400), np.full(400, -10.0)], axis=1), rng.normal(size=(400, 30))
    known = Ratings(scale, (np.zeros((1, 1)), np.zeros(1)), [sums], [changes], [3.0 * sums[:, 0]])
    np.testing.assert_allclose(learner.weights(None, known), 1 / scale / np.linalg.norm(1 / scale), rtol=1e-4)


def test_weights_move_to_where_the_person_is_better() -> None:
    learner = WeightsFromDemonstrations(eta=2.0)
    lived = SimpleNamespace(objectives=np.tile([0.1, -0.2], (200, 10, 1)))
    session = SimpleNamespace(spec=SimpleNamespace(horizon=10), segments=lambda *_, **__: lived)
    known = Shown(np.array([10.0, 10.0]), shown=[np.array([0.6, -0.2])], log_w=np.zeros(2))
    w = learner.weights(session, known)
    # ahead by 0.5 a step, 5 an episode, half a scale: log w grows by 2 * 0.5 in the first objective only
    np.testing.assert_allclose(w / w[0], [1.0, np.exp(-1.0)])
