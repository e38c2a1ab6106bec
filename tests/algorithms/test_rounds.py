"""Which segments the direct methods ask about, offline and online, and what a round trains on."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import gymnasium
import numpy as np
import pytest

from algorithms._blocks.rounds import Asked, Rounds
from algorithms.direct.kto import Kto
from benchmarks.api import Answers, Budget, Segments, Spec

SEEN, DONE = gymnasium.spaces.Box(-1, 1, (2,), np.float32), gymnasium.spaces.Discrete(2)
SPEC = Spec(SEEN, DONE, horizon=50, discount=0.9, step_seconds=0.1, envs=4, answers=frozenset({"compare"}))


@dataclass
class Stay:
    """A session that writes down the questions (source, segments, steps) and how long the environments lived."""

    spec: Spec = SPEC
    budget: Budget = Budget(steps=2000, seconds=900.0)
    asked: list[tuple[str, int, int]] = field(default_factory=list)
    lived: int = 0

    @property
    def env(self) -> Any:
        return self

    @property
    def left(self) -> Budget:
        return Budget(self.budget.steps, self.budget.seconds - sum(n for _, n, _ in self.asked))

    def price(self, query: Any) -> float:
        return float(len(query))

    def ask(self, query: Any) -> Answers:
        self.asked.append((query.left.source, len(query), query.left.length))
        return Answers(np.where(np.arange(len(query)) == 0, np.nan, 1.0), np.zeros(len(query)))

    def logged(self, n: int, length: int) -> Segments:
        return Segments(np.zeros((n, length + 1, 2)), np.zeros((n, length)), np.zeros((n, 2)), "logged")

    def segments(self, n: int, length: int, last: int) -> Segments:
        assert length <= last <= self.lived
        return Segments(np.zeros((n, length + 1, 2)), np.ones((n, length)), np.zeros((n, 2)), "lived")

    def here(self) -> Segments:
        return Segments(np.zeros((4, 1, 2)), np.zeros((4, 0)), np.zeros((4, 2)), "lived")

    def step(self, actions: Any) -> Any:
        assert (actions == 1).all()
        self.lived += 1
        return np.zeros((4, 2)), None, None, None

    def log(self, **scalars: float) -> None:
        pass


@dataclass(frozen=True)
class Counting(Rounds):
    """Trains nothing; its policy, which does 1 everywhere, remembers what it was trained on."""

    def begin(self, session: Any) -> None:
        return None

    def train(self, session: Any, asked: Asked, begun: None) -> tuple[Any, float]:
        sources = [part.source for part in asked.sides[0] for _ in range(len(part))]

        def ones(observations: Any, deterministic: bool) -> Any:
            return np.ones(len(observations), int), None

        return SimpleNamespace(predict=ones, sources=sources, answers=np.concatenate(asked.values)), 0.0


def test_offline_all_is_asked_about_the_log_in_rounds_that_grow_threefold() -> None:
    session: Any = Stay()
    policies = list(Counting().improve(session))
    assert session.asked == [("logged", n, 10) for n in (10, 20, 60, 210, 600)] and session.lived == 0
    assert [len(policy.answers) for policy in policies] == [9, 28, 87, 296, 895]  # one of each batch was skipped


def test_online_half_of_all_rounds_but_the_first_is_asked_about_what_the_policy_did() -> None:
    session: Any = Stay()
    *_, last = Counting(online=True).improve(session)
    later = [(source, n, 10) for n in (10, 30, 105, 300) for source in ("lived", "logged")]
    assert session.asked == [("logged", 10, 10), *later]
    assert session.left.seconds == 0
    assert session.lived == 4 * (2000 // 4 // 5)  # environment steps: an equal share before each round but the first
    assert last.sources.count("lived") == 9 + 29 + 104 + 299 and len(last.answers) == len(last.sources)


@pytest.mark.parametrize(("channel", "kind", "steps"), [("rate", "rate", 10), ("judge", "judge", 1)])
def test_kto_judges_single_steps(channel: str, kind: str, steps: int) -> None:
    learner, session = Kto(channel=channel), Stay()
    assert learner.span(SPEC) == steps
    assert learner.question([session.logged(3, steps)]).kind == kind
