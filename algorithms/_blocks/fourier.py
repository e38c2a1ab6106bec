"""A function of (observation, action) that is linear in random features, and the policy that is greedy in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from algorithms._blocks.features import encode, flattened, width_of

if TYPE_CHECKING:
    from benchmarks.api import Spec

Array = np.ndarray[Any, np.dtype[Any]]


class FourierRegression:
    """H(s, a) = w . phi(s, a) by ridge regression, phi_i = sqrt(2 / D) cos(omega_i . (s, a) + b_i).

    The random features stand for radial basis functions (Rahimi and Recht, "Random features for large-scale kernel
    machines", 2007): with omega ~ N(0, 2 gamma) and b ~ U(0, 2 pi), E[phi(x) . phi(y)] = exp(-gamma |x - y|^2).
    Every gamma of `widths` gets as many features. The minimum of sum (H - h)^2 + ridge |w|^2 is kept exactly, as
    (Phi^T Phi + ridge I) w = Phi^T h, whose sums grow with every answer.
    """

    def __init__(
        self, spec: Spec, features: int, widths: tuple[float, ...], apart: float, ridge: float, rng: np.random.Generator
    ) -> None:
        gammas = np.repeat(widths, -(-features // len(widths)))
        self.spec, self.apart = spec, apart
        self.omega = rng.normal(size=(width_of(spec), len(gammas))) * np.sqrt(2 * gammas)
        self.phase = rng.uniform(0, 2 * np.pi, len(gammas))
        self.weights = np.zeros(len(gammas))
        self._gram, self._sums = ridge * np.eye(len(gammas)), np.zeros(len(gammas))

    def learn(self, observations: Array, actions: Array, labels: Array) -> None:
        """Take these labels [n] in, and solve for w."""
        phi = self.phi(observations, actions)
        self._gram += phi.T @ phi
        self._sums += phi.T @ labels
        self.weights = np.linalg.solve(self._gram, self._sums)

    def reward(self, observations: Array, actions: Array) -> Array:
        """H(s, a), [n]."""
        return self.phi(observations, actions) @ self.weights

    def phi(self, observations: Array, actions: Array) -> Array:
        """[n, D]."""
        shifted = self.angles(observations) + self.shifts(encode(self.spec, actions))
        return np.sqrt(2 / len(self.phase)) * np.cos(shifted)

    def angles(self, observations: Array) -> Array:
        """The observation's part of omega . (s, a), [n, D]."""
        flat = flattened(np.asarray(observations, dtype=float))
        return flat @ self.omega[: flat.shape[1]]

    def shifts(self, encoded: Array) -> Array:
        """The action's part of omega . (s, a), and b, [n, D]. One-hot actions are put `apart`, unlike each other."""
        scale = self.apart if self.spec.discrete else 1.0
        return scale * encoded @ self.omega[-encoded.shape[1] :] + self.phase

    def greedy(self, candidates: Array) -> Greedy:
        """The policy argmax_a H(s, a) over these actions [k, ...], as it is now."""
        shape = self.spec.observation_space.shape or ()
        width = int(np.prod(shape))
        shifts = self.shifts(encode(self.spec, candidates)).T
        weights = self.weights[:, None]
        return Greedy(self.omega[:width], weights * np.cos(shifts), weights * np.sin(shifts), candidates, shape)


@dataclass(frozen=True)
class Greedy:
    """cos(x + y) = cos x cos y - sin x sin y makes H of all candidates two products of matrices."""

    omega: Array  # [observation, D]
    cosines: Array  # [D, k], times the weights
    sines: Array
    candidates: Array  # [k, ...]
    shape: tuple[int, ...]  # of one observation

    def predict(
        self, observation: Any, state: Any = None, episode_start: Any = None, deterministic: bool = False
    ) -> tuple[Any, Any]:
        seen = np.asarray(observation, dtype=float)
        angles = seen.reshape(-1, len(self.omega)) @ self.omega
        best = (np.cos(angles) @ self.cosines - np.sin(angles) @ self.sines).argmax(axis=1)
        actions = self.candidates[best]
        return (actions[0] if seen.shape == self.shape else actions), state
