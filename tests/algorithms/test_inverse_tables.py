"""Inverse reinforcement learning on tables: backups, counts, and the walk over rewards."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np
import pytest

from algorithms._blocks.causal_entropy import counted, score, soft_policy
from algorithms._blocks.tabular import Counts, TablePolicy, TableReward, optimal
from algorithms.demonstrations.bayesian_irl import PolicyWalk
from algorithms.demonstrations.mce_irl import MceIrl
from benchmarks.hyperparameters import defaults
from benchmarks.policy_file import unpack
from benchmarks.record import Evaluations, Trial
from benchmarks.registry import load
from benchmarks.trial import play


def chance(seed: int, states: int = 5, actions: int = 3) -> Any:
    """P(s' | s, a) at random."""
    return np.random.default_rng(seed).dirichlet(np.ones(states), (states, actions))


def likelihood(reward: Any, transition: Any, done: Any, discount: float) -> float:
    policy = soft_policy(reward, transition, len(done), discount)
    return float(discount ** np.arange(len(done)) @ (done * np.log(policy)).sum(axis=(1, 2)))


def test_soft_backups_and_the_difference_of_visits_are_imitations() -> None:
    """One trajectory of seven steps where steps leave no chance, and a reward of states only, as there."""
    from imitation.algorithms.mce_irl import mce_occupancy_measures, mce_partition_fh
    from seals.base_envs import TabularModelPOMDP

    rng = np.random.default_rng(1)
    transition, reward = np.eye(5)[rng.integers(5, size=(5, 3))], rng.normal(size=5)
    env = TabularModelPOMDP(
        transition_matrix=transition,
        observation_matrix=np.eye(5),
        reward_matrix=reward,
        horizon=7,
        initial_state_dist=np.eye(5)[2],
    )
    _, _, expected = mce_partition_fh(env, discount=0.8)
    policy = soft_policy(np.repeat(reward[:, None], 3, axis=1), transition, 7, 0.8)
    np.testing.assert_allclose(policy, expected, atol=1e-10)

    states, actions = np.full((1, 8), 2), rng.integers(3, size=(1, 7))
    for t in range(7):
        states[0, t + 1] = transition[states[0, t], actions[0, t]].argmax()
    theirs = np.zeros(5)
    np.add.at(theirs, states[0, :7], 0.8 ** np.arange(7))
    visits, _ = mce_occupancy_measures(env, pi=expected, discount=0.8)
    own = 0.8 ** np.arange(7) @ visits[:7]
    found = score(policy, transition, counted(states[:, :-1], actions, (5, 3)), 0.8)
    np.testing.assert_allclose(found.sum(axis=1), theirs - own, atol=1e-10)


def test_the_gradient_is_that_of_the_likelihood() -> None:
    transition, rng = chance(0), np.random.default_rng(1)
    reward, done = rng.normal(size=(5, 3)), rng.random((4, 5, 3))
    found = score(soft_policy(reward, transition, 4, 0.8), transition, done, 0.8)
    for place in np.ndindex(5, 3):
        step = np.zeros((5, 3))
        step[place] = 1e-5
        ends = [likelihood(reward + sign * step, transition, done, 0.8) for sign in (1, -1)]
        assert found[place] == pytest.approx((ends[0] - ends[1]) / 2e-5, abs=1e-6)


def test_counts_of_trajectories_by_hand() -> None:
    states, actions = np.array([[0, 1], [0, 0]]), np.array([[1, 0], [1, 1]])
    np.testing.assert_allclose(counted(states, actions, (2, 2)), [[[0, 1], [0, 0]], [[0, 0.5], [0.5, 0]]])


def test_what_was_lived_is_counted_and_what_was_not_leads_nowhere() -> None:
    counts = Counts(2)
    before = counts.number(np.array([[0.0, 1.0], [0.0, 1.0], [2.0, 3.0]]))
    assert before.tolist() == [0, 0, 1]
    counts.add(before, np.array([0, 0, 1]), np.array([1, 0, 0]))
    assert counts.tried(np.array([0, 1])).tolist() == [[2, 0], [0, 1]]
    np.testing.assert_allclose(counts.transition()[:, 0], [[0.5, 0.5], [0, 1]])
    np.testing.assert_allclose(counts.transition()[:, 1], [[1, 0], [1, 0]])
    for state in range(40):
        counts.number(np.array([[float(state), -1.0]]))
    assert len(counts) == 42
    assert counts.transition().shape == (42, 2, 42)
    assert counts.tried(np.array([0])).tolist() == [[2, 0]]


def test_the_optimum_by_hand() -> None:
    """Two states; action 1 changes the state, and staying in the second is worth 1: V = (0.5 * 2, 2) at 0.5."""
    transition = np.array([[[1, 0], [0, 1]], [[0, 1], [1, 0]]], dtype=float)
    q, policy = optimal(np.array([[0.0, 0.0], [1.0, 0.0]]), transition, 0.5)
    np.testing.assert_allclose(q, [[0.5, 1.0], [2.0, 0.5]])
    assert policy.tolist() == [1, 0]


def test_the_learned_reward_explains_the_demonstrations() -> None:
    """Trajectories of a soft-optimal policy: the reward that is learned explains them no worse than the true one."""
    transition, rng = chance(2), np.random.default_rng(3)
    reward = rng.normal(size=(5, 3)) * 2
    policy = soft_policy(reward, transition, 6, 0.9)
    states, actions = np.zeros((400, 7), dtype=int), np.zeros((400, 6), dtype=int)
    for i in range(400):
        for t in range(6):
            actions[i, t] = rng.choice(3, p=policy[t, states[i, t]])
            states[i, t + 1] = rng.choice(5, p=transition[states[i, t], actions[i, t]])
    done = counted(states[:, :-1], actions, (5, 3))
    learned = MceIrl(iterations=1000, l2=0.0).fit(np.zeros((5, 3)), transition, done, 0.9)
    assert likelihood(np.zeros((5, 3)), transition, done, 0.9) < likelihood(reward, transition, done, 0.9) - 0.5
    assert likelihood(learned, transition, done, 0.9) > likelihood(reward, transition, done, 0.9)


def test_the_walk_keeps_its_values() -> None:
    transition, rng = chance(4), np.random.default_rng(5)
    done = rng.integers(0, 5, (5, 3)).astype(float)
    walk = PolicyWalk(np.zeros((5, 3)), transition, 0.9, done, 2.0)
    walk.mean(500, 0.5, 1.0, rng)
    q, _ = optimal(walk.reward, transition, 0.9)
    likelihood = (done * (2 * q - np.log(np.exp(2 * q).sum(axis=1, keepdims=True)))).sum()
    assert walk.log_posterior == pytest.approx(likelihood - 0.5 * (walk.reward**2).sum())
    assert 0 < walk.accepted < 500


def test_the_walk_finds_the_posterior_mean() -> None:
    """One state, two actions: Q's difference is that of the rewards, so that the mean is an integral on a grid."""
    done, alpha = np.array([[4.0, 1.0]]), 1.5
    walk = PolicyWalk(np.zeros((1, 2)), np.ones((1, 2, 1)), 0.5, done, alpha)
    found = walk.mean(20_000, 0.1, 1.5, np.random.default_rng(0))
    a, b = np.meshgrid(np.linspace(-6, 6, 241), np.linspace(-6, 6, 241), indexing="ij")
    log = -0.5 * (a**2 + b**2) - 4 * np.logaddexp(0, alpha * (b - a)) - np.logaddexp(0, alpha * (a - b))
    weight = np.exp(log - log.max())
    expected = [float((each * weight).sum() / weight.sum()) for each in (a, b)]
    np.testing.assert_allclose(found[0], expected, atol=0.07)


def test_a_table_answers_for_the_nearest_observation() -> None:
    seen = np.array([[0.0, 0.0], [1.0, 1.0]], dtype=np.float32)
    policy = TablePolicy(seen, np.array([3, 2]))
    assert policy.predict(np.array([0.9, 1.0]))[0] == 2
    assert policy.predict(np.array([[0.1, 0.0], [1.0, 1.0]]))[0].tolist() == [3, 2]
    reward = TableReward(seen, np.array([[1.0, 2.0], [3.0, 4.0]]))
    assert reward(np.array([[0.9, 1.0], [0.0, 0.0]]), np.array([1, 0])).tolist() == [4.0, 1.0]


@pytest.mark.parametrize("name", ["mce-irl", "bayesian-irl"])
def test_on_the_maze_the_recovered_rewards_optimal_policy_is_the_experts(name: str) -> None:
    registry = load()
    task = registry.task("maze")
    trial = Trial(
        task="maze",
        oracle="perfect",
        algorithm=name,
        seed=1000,
        steps=40_000,
        seconds=600.0,
        hyperparameters=defaults(name, registry.algorithm(name)),
        rationality=asdict(registry.oracle("perfect")),
        task_version=task.version,
    )
    policy: Any = unpack(play(trial, Evaluations()).policy)  # type: ignore[arg-type]
    expert, states = task.expert(), task.first
    for _ in range(19):
        actions, _ = policy.predict(task.observe(states))
        q = expert.q(states)
        np.testing.assert_allclose(q[np.arange(len(states)), actions], q.max(axis=1), atol=1e-6)
        moved = task.transition(states, actions)
        states = np.where(task.event(moved)[:, None], states, moved)
