"""Acting so as to come to a vector of objectives that one names beforehand, in a time that one names too."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from algorithms._blocks.features import encode
from algorithms._blocks.mlp import Array
from algorithms._blocks.perceptrons import Perceptrons

if TYPE_CHECKING:
    from benchmarks.api import Spec

Layers = tuple[tuple[Array, ...], tuple[Array, ...]]  # weights (n_{l-1}, n_l) and biases (n_l,)


class ReturnConditioned:
    """pi(a | s, R, h), R [k] what is still to be gathered and h the steps in which, and phi^(s, a), what a step gives.

    Both learn from pairs as in supervised learning: pi by cross entropy, L = -mean log pi(a | s, R, h), or for
    continuous actions mean |a - pi|^2; phi^ by mean |phi - phi^|^2. phi^ is for a policy that is not told what its
    steps gave, to know what is left of R. R is divided by `reach` [k], phi by `size` [k], h by the horizon.
    """

    def __init__(self, spec: Spec, k: int, hidden: tuple[int, ...], rate: float, rng: np.random.Generator):
        space: Any = spec.action_space
        d = int(np.prod(spec.observation_space.shape or ()))
        m = int(space.n) if spec.discrete else int(np.prod(space.shape))
        self.spec, self.k = spec, k
        self.actor = Perceptrons((d + k + 1, *hidden, m), rng, learning_rate=rate)
        self.model = Perceptrons((d + m, *hidden, k), rng, learning_rate=rate)
        self.reach, self.size = np.ones((2, k))

    def inputs(self, observations: Array, still: Array, steps: Array) -> Array:
        """[s; R; h; 1] of n states, what is still to be gathered [n, k], and the steps left [n]."""
        rows = [observations.reshape(len(observations), -1), still / self.reach, steps[:, None] / self.spec.horizon]
        return np.hstack([*rows, np.ones((len(observations), 1))]).T.astype(np.float32)

    def outputs(self, x: Array) -> Array:
        """Logits, or means in [-1, 1] for the box, [m, n]."""
        return self.actor.at(x.shape[1]).forward(x)[0]

    def imitate(self, x: Array, actions: Array) -> float:
        """One step of Adam on the actor, for encoded actions [m, B]; the loss."""
        size, out = x.shape[1], self.outputs(x)
        if self.spec.discrete:
            p = softmax(out)
            loss, slope = -np.log(np.maximum((p * actions).sum(axis=0), 1e-12)).mean(), (p - actions) / size
        else:
            loss, slope = ((out - actions) ** 2).sum(axis=0).mean(), 2 * (out - actions) / size
        self.actor.at(size).backward(x, slope.astype(np.float32)[None])
        self.actor.descend(10.0)
        return float(loss)

    def foresee(self, x: Array, phi: Array) -> float:
        """One step of Adam on the model, for columns [s; a; 1] and what the steps gave, [k, B]; the loss."""
        delta = self.model.at(x.shape[1]).forward(x)[0] - phi / self.size[:, None]
        self.model.at(x.shape[1]).backward(x, (2 * delta / x.shape[1]).astype(np.float32)[None])
        self.model.descend(10.0)
        return float((delta**2).sum(axis=0).mean())

    def act(self, out: Array, noise: float, rng: np.random.Generator) -> Array:
        """Exploring actions from outputs [m, n], for the environment."""
        if self.spec.discrete:
            return (out + rng.gumbel(size=out.shape)).argmax(axis=0)
        return unscaled(self.spec, out + noise * rng.normal(size=out.shape))

    def aiming(self, target: Array, steps: float, noise: float, rng: np.random.Generator) -> Aiming:
        """A policy that tries to come to the target [k] within so many steps."""
        nets = (self.actor.frozen(), self.model.frozen())
        return Aiming(self.spec, *nets, self.reach.copy(), self.size.copy(), target.copy(), steps, noise, rng)


@dataclass(frozen=True, eq=False)
class Aiming:
    """pi(. | s, R, h) with a memory of what is left, [n, k + 1]: R <- R - phi^(s, a), h <- max(h - 1, 1)."""

    spec: Spec
    actor: Layers
    model: Layers
    reach: Array
    size: Array
    target: Array
    steps: float
    noise: float
    rng: np.random.Generator = field(repr=False)

    def predict(
        self, observation: Any, state: Any = None, episode_start: Any = None, deterministic: bool = False
    ) -> tuple[Any, Any]:
        batch = np.asarray(observation)
        single = batch.shape == self.spec.observation_space.shape
        flat = (batch[None] if single else batch).reshape(1 if single else len(batch), -1)
        begun = np.append(self.target, self.steps)
        left = np.tile(begun, (len(flat), 1)) if state is None else np.array(state)
        left[np.ones(len(flat), bool) if episode_start is None and state is None else np.asarray(episode_start)] = begun
        out = forward(self.actor, np.hstack([flat, left[:, :-1] / self.reach, left[:, -1:] / self.spec.horizon])).T
        if self.spec.discrete:
            actions = (out if deterministic else out + self.rng.gumbel(size=out.shape)).argmax(axis=0)
        else:
            actions = unscaled(self.spec, out if deterministic else out + self.noise * self.rng.normal(size=out.shape))
        left[:, :-1] -= forward(self.model, np.hstack([flat, encode(self.spec, actions)])) * self.size
        left[:, -1] = np.maximum(left[:, -1] - 1.0, 1.0)
        return (actions[0] if single else actions), left


def forward(layers: Layers, rows: Array) -> Array:
    """A relu perceptron's outputs [n, m] for inputs [n, d]."""
    h = rows
    for i, (weight, bias) in enumerate(zip(*layers, strict=True)):
        h = (np.maximum(h, 0.0) if i else h) @ weight + bias
    return h


def softmax(logits: Array) -> Array:
    """Over the first axis."""
    raised = np.exp(logits - logits.max(axis=0))
    return raised / raised.sum(axis=0)


def unscaled(spec: Spec, encoded: Array) -> Array:
    """Actions [n, ...] in the box from columns [m, n] in [-1, 1], clipped."""
    space: Any = spec.action_space
    middle, half = (space.high + space.low) / 2, (space.high - space.low) / 2
    actions = encoded.T.reshape(-1, *space.shape) * half + middle
    return np.clip(actions, space.low, space.high).astype(space.dtype)
