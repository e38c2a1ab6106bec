"""The parts of GAIL, AIRL, density and feature matching that are no discriminator, held to numbers by hand."""

from __future__ import annotations

from typing import Any

import gymnasium
import numpy as np
import pytest

from algorithms._blocks.adversarial import joined, watched
from algorithms._blocks.asking import appointments
from algorithms._blocks.discriminator import Transitions
from algorithms.demonstrations.airl import Airl
from algorithms.demonstrations.density import Kernels
from algorithms.demonstrations.feature_matching import projected
from algorithms.demonstrations.gail import Gail
from benchmarks.api import Spec
from benchmarks.registry import load
from benchmarks.twin import TwinEnv


class Judge:
    """A discriminator whose logit of a transition is its first action's number."""

    spec = Spec(gymnasium.spaces.Box(-1, 1, (2,)), gymnasium.spaces.Discrete(3), 10, 0.9, 0.1, 1, frozenset())

    def logits(self, lived: Transitions) -> Any:
        return lived.actions.astype(float)

    def snapshot(self) -> Any:
        return lambda seen, done: done.astype(float)


class Policy:
    def clipped_log_prob(self, seen: Any, done: Any) -> Any:
        return -0.5 * done


LIVED = Transitions(np.zeros((3, 2)), np.array([-2, 0, 1]), np.zeros((3, 2)))


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ("-log(1 - D)", [np.log1p(np.exp(-2)), np.log(2), np.log1p(np.exp(1))]),
        ("log D", [-np.log1p(np.exp(2)), -np.log(2), -np.log1p(np.exp(-1))]),
        ("log-odds", [-2, 0, 1]),
    ],
)
def test_gails_rewards(form: str, expected: list[float]) -> None:
    judge: Any = Judge()
    learner = Gail(form=form)
    np.testing.assert_allclose(learner.reward(judge, Policy(), LIVED), expected)
    np.testing.assert_allclose(learner.learned(judge)(LIVED.before, LIVED.actions), expected)


def test_airls_rewards() -> None:
    judge: Any = Judge()
    np.testing.assert_allclose(Airl(form="f").reward(judge, Policy(), LIVED), [-2, 0, 1])
    np.testing.assert_allclose(Airl(form="f - log pi").reward(judge, Policy(), LIVED), [-3, 0, 1.5])
    np.testing.assert_allclose(Airl().log_pi(Policy(), LIVED, LIVED), [1, 0, -0.5, 1, 0, -0.5])


def test_what_comes_after_the_last_step_of_an_episode_is_its_end_not_the_next_start() -> None:
    task = load().task("maze")
    env = watched(TwinEnv(task, 3, 1000, np.random.default_rng(0)))
    env.reward = lambda lived: lived.actions.astype(float)
    seen = env.reset()
    columns = []
    for step in range(task.horizon + 1):
        actions = np.full(3, step % 4)
        after, rewards, ends, infos = env.step(actions)
        assert rewards.tolist() == [step % 4] * 3
        last = np.stack([info["terminal_observation"] for info in infos]) if ends.all() else after
        columns.append((seen, actions, last))
        seen = after
    lived = env.pop()
    for found, expected in zip(vars(lived).values(), map(np.concatenate, zip(*columns, strict=True)), strict=True):
        np.testing.assert_array_equal(found, expected)
    env.step(actions)
    assert len(env.pop()) == 3


def test_joined() -> None:
    assert joined(None, None) is None
    assert joined(None, LIVED) is LIVED
    both: Any = joined(LIVED, LIVED)
    assert both.actions.tolist() == [-2, 0, 1, -2, 0, 1]


def test_demonstrations_come_early_and_the_first_at_once() -> None:
    found = appointments(0.2)
    assert found[0][0] == 0.0
    assert found[-1] == (0.2, 1.0)


def test_the_density_is_sklearns() -> None:
    from sklearn.neighbors import KernelDensity

    rng = np.random.default_rng(0)
    points, rows = rng.normal(2, 3, (50, 3)), rng.normal(2, 3, (20, 3))
    centre, spread = points.mean(axis=0), points.std(axis=0)
    theirs = KernelDensity(kernel="gaussian", bandwidth=0.5).fit((points - centre) / spread)
    np.testing.assert_allclose(Kernels(points, 0.5)(rows), theirs.score_samples((rows - centre) / spread), rtol=1e-6)


def test_a_column_that_never_varies_does_no_harm() -> None:
    kernels = Kernels(np.array([[0.0, 1.0], [2.0, 1.0]]), 0.5)
    assert np.isfinite(kernels(np.array([[1.0, 1.0]]))).all()
    assert kernels(np.array([[1.0, 1.0]])) > kernels(np.array([[1.0, 3.0]]))


def test_projection_by_hand() -> None:
    start, through = np.array([0.0, 0.0]), np.array([2.0, 0.0])
    assert projected(start, through, np.array([1.0, 1.0])).tolist() == [1, 0]
    assert projected(start, through, np.array([5.0, 1.0])).tolist() == [2, 0]
    assert projected(start, through, np.array([-1.0, 1.0])).tolist() == [0, 0]
    assert projected(start, start, through).tolist() == [0, 0]


def test_the_probability_of_an_action_as_it_was_done() -> None:
    import torch

    from algorithms._blocks.actor import actor, clipped_log_probabilities, frozen

    act = gymnasium.spaces.Box(np.float32([-2, -1]), np.float32([4, 1]))
    spec = Spec(gymnasium.spaces.Box(-1, 1, (2,), np.float32), act, 10, 0.9, 0.1, 1, frozenset())
    torch.manual_seed(0)
    policy = actor(spec, (8,), 1e-3)
    rng = np.random.default_rng(0)
    seen, done = rng.normal(size=(50, 2)).astype(np.float32), rng.normal(0, 3, (50, 2)).astype(np.float32)
    done = np.clip(done, act.low, act.high)
    with torch.no_grad():
        distribution = policy.get_distribution(torch.as_tensor(seen))
        expected = clipped_log_probabilities(distribution, torch.as_tensor(done), act)
    np.testing.assert_allclose(frozen(policy).clipped_log_prob(seen, done), expected, atol=1e-5)
