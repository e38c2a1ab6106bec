"""The evaluative learners' formulas, held to numbers worked by hand and to torch's gradients."""

from __future__ import annotations

from math import exp, log
from typing import Any

import gymnasium
import numpy as np
import pytest
import torch

from algorithms._blocks.actor import actor, tensors
from algorithms._blocks.candidates import best_of, candidate_actions
from algorithms._blocks.eligibility import trace_weights
from algorithms._blocks.features import encode, inputs
from algorithms._blocks.fourier import FourierRegression
from algorithms._blocks.rating_classes import ClassModel, boundaries, class_of
from algorithms._blocks.rating_model import RatingModel, Ratings, ratings
from algorithms.evaluative.coach import Coach
from algorithms.evaluative.deep_coach import DeepCoach
from algorithms.evaluative.deep_tamer import credited, delay_weights
from benchmarks.api import Answers, Segments, Spec


def spec(discrete: bool) -> Spec:
    seen = gymnasium.spaces.Box(-1, 1, (2,), np.float32)
    act: Any = gymnasium.spaces.Discrete(3) if discrete else gymnasium.spaces.Box(-2, 4, (1,), np.float32)
    return Spec(seen, act, 10, 0.9, 0.1, 1, frozenset())


def segments(n: int, length: int, discrete: bool, rng: Any) -> Segments:
    actions = rng.integers(3, size=(n, length)) if discrete else rng.uniform(-2, 4, (n, length, 1))
    return Segments(rng.uniform(-1, 1, (n, length + 1, 2)), actions, np.zeros((n, 2), dtype=int), "lived")


# ---- TAMER


@pytest.mark.parametrize("discrete", [True, False])
def test_tamer_is_ridge_regression_however_the_answers_come(discrete: bool) -> None:
    """w = (Phi^T Phi + ridge I)^-1 Phi^T h, in one batch or in two."""
    rng = np.random.default_rng(0)
    model = FourierRegression(spec(discrete), 6, (1.0, 0.5), 2.0, 0.3, rng)
    seen, done = segments(20, 1, discrete, rng).steps()
    h = rng.choice([-1.0, 1.0], 20)
    phi = model.phi(seen, done)
    assert phi.shape == (20, 6)
    model.learn(seen[:8], done[:8], h[:8])
    model.learn(seen[8:], done[8:], h[8:])
    np.testing.assert_allclose(model.weights, np.linalg.solve(phi.T @ phi + 0.3 * np.eye(6), phi.T @ h), rtol=1e-9)
    np.testing.assert_allclose(model.reward(seen, done), phi @ model.weights, rtol=1e-9)


def test_random_features_stand_for_radial_basis_functions() -> None:
    """E[phi(x) . phi(y)] = exp(-gamma |x - y|^2): for x - y = (0.6, 0) and gamma 2, exp(-0.72)."""
    model = FourierRegression(spec(False), 2_000, (2.0,), 1.0, 1.0, np.random.default_rng(0))
    one, two = (model.phi(np.array([[x, 0.3]]), np.array([[1.0]]))[0] for x in (0.1, 0.7))
    assert one @ two == pytest.approx(exp(-0.72), abs=0.06)


@pytest.mark.parametrize("discrete", [True, False])
def test_greedy_policies_do_what_is_thought_best_of(discrete: bool) -> None:
    rng = np.random.default_rng(1)
    tamer, deep = FourierRegression(spec(discrete), 30, (1.0,), 2.0, 0.3, rng), RatingModel(
        spec(discrete), 1, (8, 8), 1e-3, rng
    )
    seen, done = segments(40, 1, discrete, rng).steps()
    tamer.learn(seen, done, rng.normal(size=40))
    candidates = candidate_actions(spec(discrete), 5, rng)
    assert len(candidates) == (3 if discrete else 5)
    assert discrete or {-2.0, 4.0} <= set(candidates[:, 0].tolist())
    for model, policy in ((tamer, tamer.greedy(candidates)), (deep, best_of(deep, candidates))):
        worth = np.stack([model.reward(seen, np.repeat(action[None], 40, axis=0)) for action in candidates])
        np.testing.assert_array_equal(policy.predict(seen)[0], candidates[worth.argmax(axis=0)])
        np.testing.assert_array_equal(policy.predict(seen[0])[0], candidates[worth[:, 0].argmax()])


# ---- Deep TAMER


def test_importance_by_delay_is_the_overlap_of_the_delays_with_the_step() -> None:
    """Steps of 1 s and the published 0.2 to 4 s: the last step was over 0 to 1 s ago, of which 0.8 of 3.8 s count."""
    np.testing.assert_allclose(delay_weights(0.2, 4.0), np.array([1, 1, 1, 0.8]) / 3.8)
    np.testing.assert_allclose(delay_weights(0.0, 1.0), [1])
    np.testing.assert_allclose(delay_weights(1.5, 2.5), [0.5, 0.5, 0])


def test_feedback_is_credited_to_every_step_of_the_window_that_it_may_be_about() -> None:
    rng = np.random.default_rng(2)
    asked = segments(3, 2, True, rng)
    answers = Answers(np.array([1.0, np.nan, 0.0]), np.zeros(3))
    heard = credited(spec(True), asked, answers, np.array([0.25, 0.75]))
    np.testing.assert_allclose(heard.answers, [1, 1, -1, -1])
    np.testing.assert_allclose(heard.weights, [0.25, 0.75, 0.25, 0.75])
    np.testing.assert_allclose(heard.features[:, 0], inputs(spec(True), *asked[[0, 2]].steps()))
    assert len(credited(spec(True), asked, answers, np.array([0.0, 1.0]))) == 2


# ---- regression of ratings


def in_torch(model: RatingModel) -> list[torch.Tensor]:
    return [torch.tensor(layer, dtype=torch.float64, requires_grad=True) for layer in model.nets.layers]


def means(layers: list[torch.Tensor], features: Any) -> torch.Tensor:
    """R of each segment for each member, [members, n]."""
    n, length, width = features.shape
    x = torch.as_tensor(features.reshape(1, -1, width), dtype=torch.float64)
    for i, layer in enumerate(layers):
        x = x @ layer[:, :, :-1].transpose(1, 2) + layer[:, None, :, -1]
        x = torch.relu(x) if i < len(layers) - 1 else x
    return x.reshape(len(layers[0]), n, length).mean(dim=2)


def test_the_weighed_squared_error_and_its_gradient_are_torchs() -> None:
    rng = np.random.default_rng(3)
    model = RatingModel(spec(True), 2, (8,), 1e-3, rng)
    asked = segments(6, 4, True, rng)
    data = ratings(spec(True), asked, Answers(np.array([0.1, np.nan, 0.9, 0.4, 0.5, 0.7]), np.zeros(6)))
    assert len(data) == 5
    weights = np.array([1.0, 2.0, 0.5, 1.0, 1.0])
    layers = in_torch(model)
    off = means(layers, data.features) - torch.as_tensor(data.answers)
    losses = (torch.as_tensor(weights) * off**2).sum(dim=1) / weights.sum()
    losses.sum().backward()
    gradients = caught(model)
    assert model.step(data.features, data.answers, weights) == pytest.approx(float(losses.mean().detach()), rel=1e-5)
    expected = torch.cat([layer.grad.reshape(-1) for layer in layers])
    np.testing.assert_allclose(gradients[0], expected, rtol=1e-4, atol=1e-6)


def caught(model: RatingModel) -> list[Any]:
    """The gradients of the steps to come."""
    found: list[Any] = []
    descend = model.nets.descend
    model.nets.descend = lambda: (found.append(model.nets.gradient.copy()), descend())  # type: ignore[assignment]
    return found


def test_a_model_learns_its_ratings_and_standardises() -> None:
    rng = np.random.default_rng(4)
    model = RatingModel(spec(False), 3, (16,), 1e-2, rng)
    features = rng.normal(size=(50, 3, 3)).astype(np.float32)
    answers = features[:, :, 0].mean(axis=1)
    assert model.fit(Ratings(features, answers, np.ones(50)), 400, 20) < 0.01
    flat = features.reshape(-1, 3)
    model.standardise(flat)
    said = (model.each(flat).mean(axis=0) - model.centre) / model.scale
    assert said.mean() == pytest.approx(0, abs=1e-5) and said.std() == pytest.approx(1, abs=1e-5)
    seen, done = flat[:, :2], flat[:, 2:] * 3 + 1  # the box of actions is [-2, 4]
    inside = np.abs(flat[:, 2]) < 1
    np.testing.assert_allclose(model.reward(seen, done)[inside], said[inside], atol=1e-5)
    np.testing.assert_allclose(encode(spec(False), done)[inside], flat[inside, 2:], atol=1e-6)


# ---- RbRL


def test_classes_and_their_bounds() -> None:
    """Two ratings of class 0, one of class 1, one of class 3: bounds after the 2nd, the 3rd and the 3rd return."""
    label = class_of(np.array([0.1, 0.3, 0.2, 1.0]), np.array([0.25, 0.5, 0.75]))
    np.testing.assert_array_equal(label, [0, 1, 0, 3])
    np.testing.assert_allclose(boundaries(np.array([0.0, 0.6, 0.2, 1.0]), label, 4), [0, 0.4, 0.8, 0.8, 1])


def test_classes_have_equally_many_of_the_ratings() -> None:
    model = ClassModel(spec(True), 1, (4,), 1e-3, np.random.default_rng(0))
    answers = np.linspace(0.0, 0.1, 12) ** 2
    model.fit(Ratings(np.zeros((12, 1, 5), np.float32), answers, np.ones(12)), 1, 12)
    np.testing.assert_array_equal(np.bincount(class_of(answers, model.edges)), [3, 3, 3, 3])


def test_the_loss_of_classes_by_hand() -> None:
    """Two segments, two classes, the bound at 1/2. R~ = 0: Q = (0, -k / 2), R~ = 1: Q = (-k / 2, 0)."""
    model = ClassModel(spec(True), 1, (4,), 1e-3, np.random.default_rng(0))
    model.classes, model.sharpness, model.edges = 2, 4.0, np.array([0.5])
    right, _ = model.loss(np.array([[-3.0, 5.0]]), np.array([0.2, 0.9]), np.ones(2))
    assert right == pytest.approx(log(1 + exp(-2)))
    wrong, _ = model.loss(np.array([[5.0, -3.0]]), np.array([0.2, 0.9]), np.ones(2))
    assert wrong == pytest.approx(log(1 + exp(2)))


def test_the_slope_of_the_loss_of_classes_is_that_with_fixed_bounds() -> None:
    """Central differences, the bounds held where they are; those of the smallest and the largest return included."""
    rng = np.random.default_rng(5)
    model = ClassModel(spec(True), 2, (4,), 1e-3, rng)
    model.sharpness, model.edges = 7.0, np.array([0.2, 0.5, 0.8])
    said, answers, weights = rng.normal(size=(2, 6)), rng.random(6), rng.random(6)
    _, slope = model.loss(said, answers, weights)
    share, label = torch.as_tensor(weights / weights.sum()), class_of(answers, model.edges)
    returns = torch.tensor(said, requires_grad=True)
    low, high = returns.min(dim=1, keepdim=True).values, returns.max(dim=1, keepdim=True).values
    scaled = (returns - low) / (high - low)
    bounds = np.stack([boundaries(row, label, model.classes) for row in scaled.detach().numpy()])
    c = torch.as_tensor(bounds)[:, None]
    merit = -7.0 * (scaled[..., None] - c[..., :-1]) * (scaled[..., None] - c[..., 1:])
    picked = torch.log_softmax(merit, dim=2)[:, torch.arange(6), torch.as_tensor(label)]
    (-(share * picked).sum()).backward()
    np.testing.assert_allclose(slope, returns.grad, atol=1e-9)


# ---- COACH


def test_eligibility_by_hand() -> None:
    """lambda = 1/2: the last step counts 1, the one before 1/2; with a delay of one step, the last not at all."""
    np.testing.assert_allclose(trace_weights(3, 0.5, 0), [0.25, 0.5, 1])
    np.testing.assert_allclose(trace_weights(3, 0.5, 1), [0.5, 1, 0])
    np.testing.assert_allclose(trace_weights(2, 0.0, 0), [0, 1])


@pytest.mark.parametrize("discrete", [True, False])
def test_coach_follows_its_trace(discrete: bool) -> None:
    """theta' - theta = alpha f (grad log pi(a_2 | s_2) + lambda grad log pi(a_1 | s_1)), each gradient by itself."""
    torch.manual_seed(0)
    one, rng = spec(discrete), np.random.default_rng(6)
    policy = actor(one, (4,), 1.0)
    seen, done = tensors(one, *segments(1, 2, discrete, rng).steps())
    parameters = [parameter for name, parameter in policy.named_parameters() if not name.startswith("value")]
    before = [parameter.detach().clone() for parameter in parameters]
    expected = [torch.zeros_like(parameter) for parameter in parameters]
    for k, weight in ((0, 0.35), (1, 1.0)):
        log_p = policy.get_distribution(seen[k : k + 1]).log_prob(done[k : k + 1]).sum()
        for total, gradient in zip(expected, torch.autograd.grad(log_p, parameters), strict=True):
            total += 0.1 * -1.0 * weight * gradient
    weights = torch.as_tensor(trace_weights(2, 0.35, 0))
    Coach(learning_rate=0.1, longest=1e9).credit(policy, seen, done, weights, one.action_space, -1.0)
    for parameter, old, change in zip(parameters, before, expected, strict=True):
        np.testing.assert_allclose((parameter.detach() - old), change, atol=1e-6)


def test_deep_coach_makes_what_was_praised_likelier_and_what_was_blamed_less_likely() -> None:
    """Two windows in different places; the steps before the last, which the trace leaves out, do not count."""
    torch.manual_seed(1)
    one = spec(True)
    policy = actor(one, (16,), 3e-3)
    seen = torch.tensor([[[0.5, 0.5], [0.9, -0.2]], [[-0.5, 0.1], [-0.8, 0.7]]])
    done = torch.tensor([[0, 2], [2, 1]])

    def chances() -> Any:
        with torch.no_grad():
            return policy.get_distribution(seen.flatten(0, 1)).distribution.probs.numpy().reshape(2, 2, 3)

    before = torch.log(torch.as_tensor(np.take_along_axis(chances(), done.numpy()[..., None], axis=2)[..., 0]))
    columns = [seen, done, before, torch.tensor([1.0, -1.0])]
    learner = DeepCoach(passes=480, windows=16, entropy=0.01)
    weights = torch.as_tensor(trace_weights(2, 0.0, 0))
    learner.follow(policy, columns, weights, one.action_space, np.random.default_rng(0))
    after = chances()
    assert after[0, 1, 2] > 0.5 and after[1, 1, 1] < 0.2
