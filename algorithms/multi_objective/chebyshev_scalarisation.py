"""A front by Chebyshev's scalarisation, which reaches its concave parts, then the person chooses from it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from algorithms._blocks.choosing import chosen
from algorithms._blocks.fronts import Scalarisation, best_of, lattice, spread, undominated
from algorithms._blocks.tabular_model import Plan, Planned, TabularModel
from benchmarks.api import Policy, Session, Weigh, algorithm

Array = np.ndarray[Any, np.dtype[Any]]


@algorithm("chebyshev-scalarisation", family="multi-objective", asks={Weigh}, uses={"objectives"}, spaces={"discrete"})
@dataclass(frozen=True)
class ChebyshevScalarisation:
    """For each weight w of a lattice the episode of least max_o w_o (z_o - v_o), z the best of each objective.

    That is no sum over steps: what is best from here on depends on what was gathered before. (Q-learning that
    compares the vectors of single states, as in Van Moffaert, Drugan and Nowe 2013, "Scalarized multi-objective
    reinforcement learning", has no guarantee for it.) So the state is augmented by the vector gathered so far, as
    in Roijers, Steckelmacher and Nowe 2018; of all ways to a state those that are dominated need no second look, as
    every scalarisation here grows with each objective. That leaves few augmented states in a task that is
    deterministic and small, which is learned by trying every action in every state.

    `scalarisation = "linear"` reaches, on the same ways, only the convex hull of the front: the control.
    """

    scalarisation: Scalarisation = "chebyshev"
    weights: int = 100  # of the lattice, at least
    most: int = 30  # ways to one state; of more the least crowded stay
    exploring: int = 40_000  # steps at the most; a task that is small enough is known after fewer
    extensions: int = 10_000  # of ways by a step, at the most
    questions: int = 40  # put to the person, at the most

    def learn(self, session: Session) -> Iterator[Policy]:
        model, spec = TabularModel(session), session.spec
        for _ in model.explored(self.exploring):
            pass
        starts = list(model.starts)[:8]
        found = [self.episodes(model, start, len(spec.objectives), spec.horizon) for start in starts]
        members: dict[tuple[float, ...], Policy] = {}
        for w in lattice(len(spec.objectives), self.weights):
            best = [best_of(ends, w, self.scalarisation) for ends, _ in found]
            outcome = np.mean([ends[i] for i, (ends, _) in zip(best, found)], axis=0)
            plans = {start: ways[i] for start, i, (_, ways) in zip(starts, best, found)}
            members.setdefault(tuple(outcome.round(9).tolist()), Planned(plans, spec.observation_space.shape or ()))
        outcomes, policies = np.array(list(members)), list(members.values())
        kept = undominated(outcomes)
        policies, outcomes = [policies[i] for i in kept], outcomes[kept]
        session.reveal_front(policies)
        yield from chosen(session, policies, outcomes, self.questions)

    def episodes(self, model: TabularModel, start: bytes, k: int, horizon: int) -> tuple[Array, list[Plan]]:
        """Undominated outcomes [m, k] of the episodes from a start, and the plan of each.

        Label correcting (Martins 1984): a label is (what was gathered, the way here), and those of a state are
        extended by one step, breadth first, up to the horizon; there, whoever met no event ends all the same.
        """
        labels: dict[bytes, list[tuple[Array, tuple[tuple[bytes, int], ...]]]] = {start: [(np.zeros(k), ())]}
        ended: list[tuple[Array, tuple[tuple[bytes, int], ...]]] = []
        waiting = deque([(start, labels[start][0])])
        for _ in range(self.extensions):
            if not waiting:
                break
            s, label = waiting.popleft()
            if not any(label is other for other in labels[s]):
                continue  # since found to be dominated
            gathered, way = label
            if len(way) >= horizon:
                ended.append(label)
                continue
            for a in model.tried(s):
                new = (gathered + model.reward[s, a], (*way, (s, a)))
                after = model.following[s, a]
                if after is None:
                    ended = self._kept([*ended, new])
                else:
                    labels[after] = self._kept([*labels.get(after, []), new])
                    if any(new is other for other in labels[after]):
                        waiting.append((after, new))
        if not ended:
            ended = self._kept([label for those in labels.values() for label in those])
        return np.array([gathered for gathered, _ in ended]), [dict(reversed(way)) for _, way in ended]

    def _kept(self, labels: list[tuple[Array, tuple[tuple[bytes, int], ...]]]) -> Any:
        vectors = np.array([gathered for gathered, _ in labels])
        kept = undominated(vectors)
        return [labels[i] for i in kept[spread(vectors[kept], self.most)]]
