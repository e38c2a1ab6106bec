"""The discriminator of adversarial imitation: which transitions are the person's, and which the learner's own.

Ho and Ermon, "Generative adversarial imitation learning", 2016; Fu, Luo, Levine, "Learning robust rewards with
adversarial inverse reinforcement learning", 2018. Loss and networks are those of the `imitation` library, the
gradients are written by hand.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING, Any

import numpy as np

from algorithms._blocks.features import inputs, width_of
from algorithms._blocks.mlp import Adam
from algorithms._blocks.scalar_net import ScalarNet

if TYPE_CHECKING:
    from benchmarks.api import Spec

Array = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True)
class Transitions:
    """n steps: what was seen [n, ...], done [n, ...] and seen next [n, ...]. None of them ends in a terminal state."""

    before: Array
    actions: Array
    after: Array

    def __len__(self) -> int:
        return len(self.actions)

    def __getitem__(self, which: Array) -> Transitions:
        return Transitions(self.before[which], self.actions[which], self.after[which])


class Discriminator:
    """P(the person's | s, a, s') = sigmoid(z), with

        z = f(s, a)                                               without a potential (GAIL),
        z = f(s, a, s') - log pi(a | s),
            f(s, a, s') = g(s, a) + gamma h(s') - h(s)            with one (AIRL; Ng, Harada, Russell 1999),

    and the loss of a batch of B transitions of each kind, y = 1 for the person's and 0 for the learner's own,

        L = -1 / 2B sum [y log sigmoid(z) + (1 - y) log sigmoid(-z)],    dL / dz = (sigmoid(z) - y) / 2B.

    Trained by Adam. Episodes end by the clock only, so no state is terminal and no potential is set to 0.
    """

    def __init__(
        self,
        spec: Spec,
        hidden: tuple[int, ...],
        learning_rate: float,
        rng: np.random.Generator,
        potential: tuple[int, ...] | None = None,
    ) -> None:
        """`hidden`: widths of g, or of f; `potential`: those of h, None without one."""
        self.spec, self.shaped = spec, potential is not None
        pair = width_of(spec)
        nets = [(pair, *hidden)]
        if potential is not None:
            nets.append((int(np.prod(spec.observation_space.shape or ())), *potential))
        sizes = [ScalarNet.size(widths) for widths in nets]
        self.theta, self.gradient = np.zeros((2, sum(sizes)), np.float32)
        places = np.split(np.arange(sum(sizes)), np.cumsum(sizes)[:-1])
        self.nets = [
            ScalarNet(widths, self.theta[place[0] : place[-1] + 1], self.gradient[place[0] : place[-1] + 1])
            for widths, place in zip(nets, places, strict=True)
        ]
        for net in self.nets:
            net.draw(rng)
        self.adam = Adam(sum(sizes))
        self.adam.configure(learning_rate)

    def step(self, theirs: Transitions, own: Transitions, log_pi: Array | float = 0.0) -> tuple[float, float]:
        """One gradient step on equal numbers of both; the loss before it, and the share that was told apart.

        `log_pi` [2B]: the learner's log pi(a | s) of the person's transitions and of its own, for AIRL.
        """
        loss, right = self.differentiate(theirs, own, log_pi)
        self.adam.step(self.theta, self.gradient, inf)
        return loss, right

    def differentiate(self, theirs: Transitions, own: Transitions, log_pi: Array | float = 0.0) -> tuple[float, float]:
        """Fill `gradient`; the loss, and the share that is told apart."""
        if len(theirs) != len(own):
            raise ValueError(f"as many of the person's transitions as own ones are needed: {len(theirs)}, {len(own)}")
        pairs = np.concatenate([self._pairs(part) for part in (theirs, own)], axis=1)
        z = self.nets[0].forward(pairs) - log_pi
        n = len(z)
        if self.shaped:
            places = [part.after for part in (theirs, own)] + [part.before for part in (theirs, own)]
            states = np.concatenate([_columns(_flat(place)) for place in places], axis=1)
            h = self.nets[1].forward(states)
            z += self.spec.discount * h[:n] - h[n:]
        y = np.arange(n) < len(theirs)
        towards = np.where(y, z, -z)
        slope = ((_sigmoid(z) - y) / n).astype(np.float32)
        self.nets[0].backward(pairs, slope)
        if self.shaped:
            self.nets[1].backward(states, np.concatenate([self.spec.discount * slope, -slope]).astype(np.float32))
        return float(np.logaddexp(0.0, -towards).mean()), float((towards > 0).mean())

    def logits(self, lived: Transitions) -> Array:
        """f of each transition, [n]: GAIL's logit; AIRL's f(s, a, s'), without the policy's part of its logit."""
        f = self.values(lived.before, lived.actions)
        if self.shaped:
            f = f + self.spec.discount * self.nets[1].values(_flat(lived.after))
            f -= self.nets[1].values(_flat(lived.before))
        return f

    def values(self, before: Array, actions: Array) -> Array:
        """GAIL's logit f(s, a), or AIRL's g(s, a), the reward without the shaping: [n]."""
        return self.nets[0].values(inputs(self.spec, before, actions))

    def snapshot(self) -> Callable[[Array, Array], Array]:
        """`values` as they are now, for good."""
        spec, net = self.spec, self.nets[0].copy()
        return lambda before, actions: net.values(inputs(spec, before, actions))

    def _pairs(self, part: Transitions) -> Array:
        return _columns(inputs(self.spec, part.before, part.actions))


def _flat(observations: Array) -> Array:
    return np.asarray(observations, np.float32).reshape(len(observations), -1)


def _columns(rows: Array) -> Array:
    """[n, d] -> [d + 1, n], the last row ones."""
    return np.concatenate([rows.T, np.ones((1, len(rows)), np.float32)])


def _sigmoid(z: Array) -> Array:
    return 0.5 * (1.0 + np.tanh(0.5 * z))
