"""Tabular Pareto Q-learning: all undominated outcomes at once, then the person chooses one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from algorithms._blocks.choosing import chosen
from algorithms._blocks.fronts import spread, undominated
from algorithms._blocks.tabular_model import Plan, Planned, TabularModel
from benchmarks.api import Policy, Session, Weigh, algorithm

Array = np.ndarray[Any, np.dtype[Any]]


@algorithm("pareto-q", family="multi-objective", asks={Weigh}, uses={"objectives"}, spaces={"discrete"})
@dataclass(frozen=True)
class ParetoQ:
    """Pareto Q-learning (Van Moffaert and Nowe 2014, "Multi-objective RL using sets of Pareto dominating policies"):

        Q_set(s, a) = R(s, a) + gamma ND_t(s, a),        ND_t(s, a) = ND(union over a' of Q_set(s', a')),

    R the mean vector of objectives and ND the undominated ones; an event, where the original's episode ends, is
    followed by nothing. A policy follows one vector of the start state through the sets, so the task must be
    deterministic and have few states. Unlike the paper's, exploration tries every action in every state (LRTA*)
    instead of acting greedily by hypervolume, and updates spread by prioritised sweeping (Moore and Atkeson 1993).
    """

    # gamma. Outcomes are counted undiscounted, and at less than 1 it would pay to dally before a hazard, without end.
    discount: float = 1.0
    most: int = 30  # vectors of one set; of more the least crowded stay
    backups: int = 32  # sets made anew after each step of all environments
    settling: int = 5_000  # backups at the most when there is nothing left to explore
    exploring: int = 40_000  # steps at the most; a task that is small enough is known after fewer
    questions: int = 40  # put to the person, at the most

    def learn(self, session: Session) -> Iterator[Policy]:
        model, sets = TabularModel(session), Sets(self.discount, self.most)
        for taken in model.explored(self.exploring):
            for s, a in taken:
                sets.changed(model, s, a)
            sets.settle(model, self.backups)
        sets.settle(model, self.settling)
        policies, outcomes = self.front(model, sets, session)
        session.reveal_front(policies)
        yield from chosen(session, policies, outcomes, self.questions)

    def front(self, model: TabularModel, sets: Sets, session: Session) -> tuple[list[Policy], Array]:
        """Policies and their undiscounted outcomes [m, k], of starts that are equally likely.

        One vector is chosen for each start: the undominated sums over starts, built up start by start.
        """
        sums: Array = np.zeros((1, len(session.spec.objectives)))
        picks: list[tuple[tuple[Plan, Array], ...]] = [()]
        for start in list(model.starts)[:8]:
            ways = [follow(model, sets, start, v, session.spec.horizon) for v in sets.of(start)]
            ends = np.array([outcome for _, outcome in ways])
            both = (sums[:, None] + ends[None]).reshape(-1, ends.shape[1])
            kept = undominated(both)
            kept = kept[spread(both[kept], self.most)]
            sums, picks = both[kept], [(*picks[i // len(ways)], ways[i % len(ways)]) for i in kept.tolist()]
        shape = session.spec.observation_space.shape or ()
        policies: list[Policy] = [
            Planned({start: plan for start, (plan, _) in zip(model.starts, picked)}, shape) for picked in picks
        ]
        return policies, sums / max(len(picks[0]), 1)


class Sets:
    """Q_set(s, a) of every action tried, and which of them are to be made anew."""

    def __init__(self, discount: float, most: int) -> None:
        self.discount, self.most = discount, most
        self.of_action: dict[tuple[bytes, int], Array] = {}
        self._of: dict[bytes, Array] = {}
        self._before: defaultdict[bytes, dict[tuple[bytes, int], None]] = defaultdict(dict)
        self._waiting: dict[tuple[bytes, int], None] = {}

    def of(self, s: bytes) -> Array:
        """ND over all actions tried in s, [m, k]."""
        return self._of[s]

    def changed(self, model: TabularModel, s: bytes, a: int) -> None:
        """Something was learned of (s, a): make its set anew, soon."""
        after = model.following[s, a]
        if after is not None:
            self._before[after][s, a] = None
        if (s, a) not in self.of_action or after is None:
            self._waiting[s, a] = None

    def settle(self, model: TabularModel, backups: int) -> None:
        """So many backups, or until nothing waits for one."""
        for _ in range(backups):
            if not self._waiting:
                return
            s, a = next(iter(self._waiting))
            del self._waiting[s, a]
            after, reward = model.following[s, a], model.reward[s, a]
            later = np.zeros((1, len(reward))) if after is None or after not in self._of else self._of[after]
            self.of_action[s, a] = (reward + self.discount * later).round(9)
            every = np.concatenate([self.of_action[s, b] for b in model.tried(s) if (s, b) in self.of_action])
            every = every[undominated(every)]
            every = every[spread(every, self.most)]
            if s not in self._of or not np.array_equal(every, self._of[s]):
                self._of[s] = every
                self._waiting.update(self._before[s])


def follow(model: TabularModel, sets: Sets, start: bytes, target: Array, horizon: int) -> tuple[Plan, Array]:
    """The way on which the vector `target` of the start's set is gathered, and its undiscounted outcome [k].

    In each state the action whose set holds the vector nearest to what is still to come.
    """
    s, plan, outcome = start, {}, np.zeros(len(target))
    for _ in range(horizon):
        choices = [(a, v) for a in model.tried(s) for v in sets.of_action.get((s, a), ())]
        if not choices:
            break
        a, v = choices[int(np.argmin([np.abs(v - target).sum() for _, v in choices]))]
        plan.setdefault(s, a)
        outcome = outcome + model.reward[s, a]
        after = model.following[s, a]
        if after is None:
            break
        s, target = after, (v - model.reward[s, a]) / sets.discount
    return plan, outcome
