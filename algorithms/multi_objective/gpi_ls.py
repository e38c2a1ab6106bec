"""GPI-LS: learn next for the weights where the policies so far leave most to be gained."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

from algorithms._blocks.choosing import chosen
from algorithms._blocks.fronts import undominated
from algorithms._blocks.scalarised import outcomes_of, scales
from algorithms._blocks.vector_agent import VectorAgent, VectorSettings
from benchmarks.api import Policy, Session, Weigh, algorithm

Array = np.ndarray[Any, np.dtype[Any]]


@algorithm("gpi-ls", family="multi-objective", asks={Weigh}, uses={"objectives"}, spaces={"discrete"}, version="4")
@dataclass(frozen=True)
class GPILS(VectorSettings):
    """Generalised policy improvement with linear support (Alegre, Bazzan, Roijers, Nowe and da Silva 2023,
    "Sample-efficient multi-objective learning via generalized policy improvement prioritization").

    With the outcomes V so far, what can be gained is largest at a corner weight, a vertex of max over v in V of w . v
    over the simplex (`corners`). In each round the policies of generalised policy improvement for the corners,

        pi(s, w) = argmax_a max_{w' in M} w . Q(s, a, w'),    M the weights learned for,

    are played. Of the weights played and not yet in M the one where w . v(pi) - max_{v in V} w . v is largest joins M
    and is lived and learned for next, beside the others. One network holds all Q, as in the paper's deep version; it is
    that of `envelope` without homotopy and without the envelope, under which it diverged for weights drawn anew for
    each batch.

    Unlike the paper's, random weights are lived, learned for and played (and so may join M) beside the corners: as long
    as V is one point, its corners are the ends of the simplex, and whoever learns nothing for an end never gets
    further.
    """

    rounds: int = 20
    corners: int = 8  # played in a round: a random choice of more; random weights fill the places of fewer
    episodes: int = 2  # of a policy that is played, at least
    newest: float = 0.3  # share of the weights lived and learned for that are the latest corner
    supported: float = 0.5  # of the others: from M; the rest is from all over the simplex
    warm_up: int = 100  # random steps of each environment, to learn the objectives' scales
    questions: int = 40  # put to the person, at the most

    def learn(self, session: Session) -> Iterator[Policy]:
        spec, k, rng = session.spec, len(session.spec.objectives), session.rng
        scale = scales(session, min(self.warm_up, session.left.steps // spec.envs // 4))
        agent = VectorAgent(self, session, scale, envelope=False)
        support, outcomes = [np.full(k, 1.0 / k)], np.zeros((0, k))
        latest = support[0]
        policies: list[Policy] = []
        groups = -(-self.corners // max(1, spec.envs // self.episodes))
        looking = groups * spec.horizon * spec.envs  # steps of a round's play, at the most

        def draw(n: int) -> Array:
            drawn = rng.dirichlet(np.ones(k), size=n)
            supported = rng.random(n) < self.supported
            drawn[supported] = np.array(support)[rng.integers(len(support), size=int(supported.sum()))]
            drawn[rng.random(n) < self.newest] = latest
            return drawn

        rounds = max(1, min(self.rounds, session.left.steps // (2 * looking)))
        for i in range(rounds):
            for _ in range(max(1, (session.left.steps // (rounds - i) - looking) // spec.envs)):
                agent.step(draw)
                agent.update(draw)
            yield agent.policy(support[0], np.array(support))
            weights = corners(outcomes / scale) if len(outcomes) else np.vstack([support, np.eye(k)])
            if len(weights) > self.corners:
                weights = weights[rng.choice(len(weights), self.corners, replace=False)]
            weights = np.vstack([weights, rng.dirichlet(np.ones(k), size=self.corners - len(weights))])
            tried: list[Policy] = [agent.policy(w, np.vstack([support, weights])) for w in weights]
            found = outcomes_of(session, tried, self.episodes)
            agent.leave()
            best = (weights @ (outcomes / scale).T).max(axis=1, initial=-np.inf)
            gain = np.einsum("nk,nk->n", weights, found / scale) - best
            latest = weights[following(weights, gain, support, rng)]
            if not known(latest, support):
                support.append(latest)
            outcomes, policies = np.vstack([outcomes, found]), [*policies, *tried]
            kept = undominated(outcomes)
            outcomes, policies = outcomes[kept], [policies[j] for j in kept]
            session.log(points=len(kept), gain=float(np.clip(gain.max(), -1e9, 1e9)))
        session.reveal_front(policies)
        yield from chosen(session, policies, outcomes, self.questions)


def following(weights: Array, gain: Array, support: list[Array], rng: np.random.Generator) -> int:
    """Which of the weights [m, k] comes next: of those not yet learned for, the one of the largest gain; if all were,
    any of them."""
    new = np.array([not known(w, support) for w in weights])
    best = new & (gain == gain[new].max()) if new.any() else ~new
    return int(rng.choice(np.flatnonzero(best)))


def known(w: Array, support: list[Array]) -> bool:
    return bool(np.isclose(support, w).all(axis=1).any())


def corners(values: Array) -> Array:
    """The vertices [m, k] of w -> max over v of w . v over the simplex w >= 0, sum w = 1; values [n, k].

    A vertex (w, x) of {x >= w . v} has k constraints that hold as equalities, of x = w . v and w_o = 0: every choice
    of k of them is solved, and those solutions stay that keep all constraints.
    """
    values = values[undominated(values)]
    n, k = values.shape
    tight = np.vstack([np.hstack([values, -np.ones((n, 1))]), np.eye(k, k + 1)])
    picks = np.array([pick for pick in combinations(range(n + k), k) if pick[0] < n])
    total = np.append(np.ones(k), 0.0)
    systems = np.concatenate([tight[picks], np.tile(total, (len(picks), 1, 1))], axis=1)
    solvable = np.abs(np.linalg.det(systems)) > 1e-9
    found = np.linalg.solve(systems[solvable], np.append(np.zeros(k), 1.0)[:, None])[:, :, 0]
    w, x = found[:, :k], found[:, k]
    slack = 1e-7 * (1.0 + np.abs(x))
    held = (w >= -1e-9).all(axis=1) & (w @ values.T <= (x + slack)[:, None]).all(axis=1)
    w = np.clip(w[held], 0.0, None)
    return np.unique((w / w.sum(axis=1, keepdims=True)).round(9), axis=0)
