"""Learners of whole fronts: their formulas on numbers worked by hand."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from gymnasium.spaces import Box, Discrete

from algorithms._blocks.fronts import sparsity
from algorithms._blocks.random_features import RandomFeatures
from algorithms._blocks.return_conditioned import ReturnConditioned
from algorithms._blocks.scalarised import outcomes_of
from algorithms._blocks.vector_q import Moves, VectorGreedy, VectorQ
from algorithms.multi_objective.envelope import Envelope, simplex
from algorithms.multi_objective.gpi_ls import corners, following
from algorithms.multi_objective.pcn import PCN, Episode, Table, distances
from algorithms.multi_objective.pgmorl import PGMORL, Training, predicted, promising
from benchmarks.chance import stream
from benchmarks.record import Evaluations, Trial
from benchmarks.registry import load
from benchmarks.trial import play
from benchmarks.twin import TwinEnv

LINE = Box(0.0, 1.0, (1,), np.float32)
DISCRETE = SimpleNamespace(observation_space=LINE, action_space=Discrete(2), horizon=10, discrete=True)
CONTINUOUS = SimpleNamespace(
    observation_space=LINE, action_space=Box(-2.0, 2.0, (1,), np.float32), horizon=10, discrete=False
)


def always(action: int) -> SimpleNamespace:
    return SimpleNamespace(predict=lambda observation, **_: (np.full(len(observation), action), None))


def test_outcomes_side_by_side_are_those_of_each_policy() -> None:
    env = TwinEnv(load().task("deep-sea-treasure"), 4, 10_000, stream("test"), show_objectives=True)
    session = SimpleNamespace(env=env, spec=SimpleNamespace(objectives=("treasure", "time"), envs=4))
    up, down = always(0), always(1)
    np.testing.assert_allclose(outcomes_of(session, [down, up, down], 2), [[0.7, -1.0], [0.0, -100.0], [0.7, -1.0]])


# ---- pcn


def episode(observations: list[float], actions: list[int], phi: list[list[float]]) -> Episode:
    return Episode(np.array(observations)[:, None], np.array(actions), np.array(phi))


def test_of_equal_episodes_one_stays_and_the_others_count_as_far() -> None:
    # over their ranges: (0, 1), (1, 0), (1, 0) again, (0.5, 0): half a range from (1, 0)
    far = distances(np.array([[0.0, 4.0], [2.0, 0.0], [2.0, 0.0], [1.0, 0.0]]), 0.2)
    np.testing.assert_allclose(far[[0, 1, 3]], [0.0, 0.0, 0.5])
    assert far[2] in (0.0, 2e-5)  # whether it is crowded depends on who is at the end


def test_an_archive_keeps_what_is_near_the_front() -> None:
    good, bad = episode([0.0], [0], [[2.0, -1.0]]), episode([0.0], [1], [[0.0, -5.0]])
    other = episode([0.0], [1], [[0.0, 0.0]])
    assert PCN(archive=2).kept([bad, good, other]) == [good, other]


def test_a_step_is_learned_with_what_came_after_it() -> None:
    net = ReturnConditioned(DISCRETE, 2, (8,), 1e-2, np.random.default_rng(0))
    table = Table([episode([0.0, 1.0], [0, 1], [[0.0, -1.0], [4.0, -1.0]])], net, 4)
    # returns to go (4, -2) and (4, -1) over what is largest, (4, 2); two and one of ten steps left
    np.testing.assert_allclose(table.x.T, [[0.0, 1.0, -1.0, 0.2, 1.0], [1.0, 1.0, -0.5, 0.1, 1.0]])
    np.testing.assert_allclose(net.size, [4.0, 1.0])


@pytest.mark.parametrize("spec", [DISCRETE, CONTINUOUS], ids=["discrete", "continuous"])
def test_the_actor_follows_the_slope_of_its_loss(spec) -> None:
    net = ReturnConditioned(spec, 1, (8,), 1e-3, np.random.default_rng(0))
    rng = np.random.default_rng(1)
    x = np.vstack([rng.normal(size=(3, 5)), np.ones((1, 5))]).astype(np.float32)
    actions = np.eye(2)[rng.integers(2, size=5)].T if spec.discrete else rng.uniform(-1, 1, (1, 5))
    steps: list[np.ndarray] = []
    net.actor.descend = lambda _: steps.append(net.actor.gradient.copy())  # stay here
    before = net.imitate(x, actions)
    net.actor.theta[...] += 1e-2 * np.sign(steps[0])
    after = net.imitate(x, actions)
    assert after - before == pytest.approx(1e-2 * np.abs(steps[0] + steps[1]).sum() / 2, rel=0.02)


def test_a_policy_remembers_what_is_left_of_its_aim() -> None:
    net = ReturnConditioned(DISCRETE, 2, (8,), 1e-2, np.random.default_rng(0))
    net.model.theta[...] = 0.0
    net.model.layers[-1][0, :, -1] = [0.5, -1.0]  # what every step gives, over (4, 1)
    net.size = np.array([4.0, 1.0])
    policy = net.aiming(np.array([10.0, -3.0]), 3.0, 0.0, np.random.default_rng(0))
    _, state = policy.predict(np.zeros((2, 1)), deterministic=True)
    np.testing.assert_allclose(state, [[8.0, -2.0, 2.0]] * 2)
    _, state = policy.predict(np.zeros((2, 1)), state, np.array([False, True]), deterministic=True)
    np.testing.assert_allclose(state, [[6.0, -1.0, 1.0], [8.0, -2.0, 2.0]])


# ---- pgmorl


def test_sparsity_by_hand() -> None:
    assert sparsity(np.array([[0.0, 3.0], [1.0, 1.0], [3.0, 0.0]])) == (1 + 4 + 4 + 1) / 2


def test_what_training_adds_is_a_line_in_the_weight() -> None:
    here = np.array([1.0, 1.0])
    history = [Training(here, np.array([w, 1 - w]), np.array([w, 0.5])) for w in (0.0, 0.5, 1.0)]
    # weighted variance of w: 1 / 6; slope 1 / 6 / (1 / 6 + 0.01); nothing told of the second objective but its mean
    slope = (1 / 6) / (1 / 6 + 0.01)
    found = predicted(here, np.array([0.75, 0.25]), history, 2, near=0.3)
    np.testing.assert_allclose(found, [1.0 + 2 * (0.5 + 0.25 * slope), 1.0 + 2 * 0.5])


def test_nearer_trainings_count_for_more() -> None:
    near, far, w = np.array([0.0, 0.0]), np.array([1.0, 0.0]), np.array([1.0, 0.0])
    history = [Training(near, w, np.array([1.0, 0.0])), Training(far, w, np.array([0.0, 0.0]))]
    count = 1 / (1 + np.exp(-1 / (2 * 0.5**2)))
    np.testing.assert_allclose(predicted(near, w, history, 1, near=0.5), [count, 0.0])


def test_the_pair_is_trained_that_widens_the_front() -> None:
    members = [SimpleNamespace(outcome=np.array([0.0, 1.0])), SimpleNamespace(outcome=np.array([1.0, 0.0]))]
    # only the second member gains, and only where the first objective is wanted
    every = np.array([[0.0, 1.0], [1.0, 0.0]])
    history = [
        Training(members[1].outcome, every[1], np.array([0.2, 0.0])),
        Training(members[1].outcome, every[0], np.array([0.0, 0.0])),
        Training(members[0].outcome, every[0], np.array([0.0, 0.0])),
        Training(members[0].outcome, every[1], np.array([0.0, 0.0])),
    ]
    ((i, weights),) = promising(members, every, history, PGMORL(tasks=1, nearness=0.1))
    assert i == 1 and weights.tolist() == [1.0, 0.0]


# ---- envelope and gpi-ls


def q_of(net, member: int, s: np.ndarray, w: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Q(s, ., w) of one network, [A, k], a sample and a layer at a time."""
    h = np.concatenate([s, w])
    for i, layer in enumerate(net.layers):
        h = layer[member] @ np.append(np.maximum(h, 0.0) if i else h, 1.0)
    return h.reshape(shape)


@pytest.mark.parametrize("envelope", [True, False])
@pytest.mark.parametrize("homotopy", [0.0, 0.3])
def test_the_envelope_loss_is_the_papers_with_the_lower_of_two_networks(homotopy: float, envelope: bool) -> None:
    rng, shape, size = np.random.default_rng(0), (3, 2), 5
    q = VectorQ(4, *shape, rng, hidden=(8, 8), discount=0.9, envelope=envelope)
    q.target.renew(rng)
    picked, alive = rng.integers(3, size=size), np.array([1, 1, 0, 1, 1], np.float32)
    now, then = rng.normal(size=(2, 4, size)).astype(np.float32)
    action, phi = np.eye(3, dtype=np.float32)[picked].T, rng.normal(size=(size, 2)).astype(np.float32)
    moves = Moves(now, action, phi, then, alive)
    weights = rng.dirichlet(np.ones(2), size=3).astype(np.float32)
    loss = 0.0
    for w in weights:
        for b in range(size):
            worth, vectors = [], []
            for a in range(3):
                for other in weights if envelope else [w]:
                    both = [q_of(q.target, e, then[:, b], other, shape)[a] for e in range(2)]
                    vectors.append(min(both, key=lambda v: w @ v))
                    worth.append(w @ vectors[-1])
            y = phi[b] + 0.9 * alive[b] * vectors[int(np.argmax(worth))]
            for e in range(2):
                delta = q_of(q.online, e, now[:, b], w, shape)[picked[b]] - y
                loss += (1 - homotopy) * delta @ delta + homotopy * (w @ delta) ** 2
    slopes: list[np.ndarray] = []
    q.online.descend = lambda _: slopes.append(q.online.gradient.copy())
    q.tau = 0.0
    assert q.update(moves, weights, homotopy) == pytest.approx(loss / 15, rel=1e-4)
    q.online.theta[...] += 1e-3 * np.sign(slopes[0])
    gained = q.update(moves, weights, homotopy) - loss / 15
    assert gained == pytest.approx(1e-3 * np.abs(slopes[0]).sum(), rel=0.1)


def test_a_greedy_policy_improves_over_its_whole_support() -> None:
    # Q(s, a, w) = w for the first action and (0.6, 0.6) for the second, whatever s
    weights = (np.vstack([np.zeros((1, 2)), np.eye(2)]), np.array([[1.0, 0, 0, 0], [0, 1.0, 0, 0]]))
    biases = (np.zeros(2), np.array([0, 0, 0.6, 0.6]))
    none = RandomFeatures(np.zeros(1), np.ones(1), np.zeros((1, 0)), np.zeros(0))
    half, ends = np.array([0.5, 0.5]), np.array([[1.0, 0.0], [0.0, 1.0]])
    rng = np.random.default_rng(0)
    alone = VectorGreedy(weights, biases, half, half[None], none, (1,), rng)
    np.testing.assert_allclose(alone.worth(np.zeros((1, 1))), [[0.5, 0.6]])
    right = VectorGreedy(weights, biases, ends[0], ends, none, (1,), rng)
    np.testing.assert_allclose(right.worth(np.zeros((1, 1))), [[1.0, 0.6]])
    assert alone.predict(np.zeros(1), deterministic=True)[0] == 1
    assert right.predict(np.zeros((2, 1)), deterministic=True)[0].tolist() == [0, 0]


def test_random_features_are_centred_scaled_and_bounded() -> None:
    seen = np.array([[0.0, 5.0], [2.0, 5.0]])
    features = RandomFeatures.of(seen, 7, np.random.default_rng(0))
    rows = features(seen)
    np.testing.assert_allclose(rows[:, :2], [[-1.0, 0.0], [1.0, 0.0]])
    assert features.width == rows.shape[1] == 9 and np.abs(rows[:, 2:]).max() <= np.sqrt(2) + 1e-6


def test_lambda_goes_from_0_to_1() -> None:
    envelope = Envelope(homotopy=0.5, steepness=2.0)
    half = (np.e - 1) / (np.e**2 - 1)
    np.testing.assert_allclose([envelope.lam(x) for x in (0.2, 0.5, 0.75, 1.0)], [0.0, 0.0, half, 1.0])
    np.testing.assert_allclose(simplex(np.array([[1.0, 3.0], [0.0, 0.0]])), [[0.25, 0.75], [0.5, 0.5]])


def test_corners_that_were_learned_for_come_again_only_if_all_were() -> None:
    weights, rng = np.array([[0.0, 1.0], [0.4, 0.6], [1.0, 0.0]]), np.random.default_rng(0)
    gain = np.array([0.0, -2.0, -1.0])
    assert following(weights, gain, [np.array([0.5, 0.5])], rng) == 0
    assert following(weights, gain, [weights[0]], rng) == 2  # to learn for the first again gained nothing
    assert following(weights, gain, [weights[0], weights[2]], rng) == 1
    assert {following(weights, gain, list(weights), rng) for _ in range(50)} == {0, 1, 2}


def test_gpi_ls_offers_a_policy_however_little_it_may_live() -> None:
    short = Trial.from_json(Trial("deep-sea-treasure", "typical", "gpi-ls", 1000, 1000, 60.0).as_json())
    record = play(short, Evaluations(2, 2, 1)).record
    assert record.status == "ok", record.error
    assert record.final["returns"] and record.spent["env_steps"] <= 1000


def test_corner_weights_by_hand() -> None:
    # (4, 0), (3, 3), (0, 4): 4 w = 3 at w = 3 / 4, and the same the other way round; (1, 1) is below them everywhere
    found = corners(np.array([[4.0, 0.0], [3.0, 3.0], [0.0, 4.0], [1.0, 1.0]]))
    np.testing.assert_allclose(found, [[0.0, 1.0], [0.25, 0.75], [0.75, 0.25], [1.0, 0.0]])
    three = corners(np.eye(3))  # where all are worth the same, where two are, and the corners of the simplex
    middle = [[1 / 3] * 3, [0.5, 0.5, 0.0], [0.5, 0.0, 0.5], [0.0, 0.5, 0.5]]
    assert {tuple(w.round(6)) for w in three} == {tuple(np.round(w, 6)) for w in [*np.eye(3), *middle]}


def test_corners_of_the_treasures_lie_between_the_points_of_the_hull() -> None:
    task = load().task("deep-sea-treasure")
    found = corners(np.array(task.front))
    # nine of the ten points are corners of the hull, the tenth on one of its edges: eight corners between, two ends
    assert len(found) == 10
