"""The Session that a learner is given: it meters, remembers, and puts questions to the person."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.api import (
    Advise,
    Answers,
    Budget,
    BudgetSpent,
    Card,
    Compare,
    Correct,
    Demonstrate,
    Judge,
    Policy,
    Query,
    Rank,
    Rate,
    Segments,
    Spec,
    Weigh,
)
from benchmarks.expert_policy import ExpertPolicy
from benchmarks.ledger import Shelf, random_places
from benchmarks.record import Prices
from benchmarks.task import Expert, Task, Trajectories
from benchmarks.twin import Reward, TwinEnv

Array = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True)
class Question:
    """A query with its places looked up: what a person sees.

    subjects  one a column: Trajectories of n clips, vectors [n, k] of a Weigh, lengths [n] of a Demonstrate
    effort    [n] seconds of the person's time used before each question
    policy    what actions are judged against, None for the best there is
    """

    kind: str
    subjects: tuple[Any, ...]
    effort: Array
    policy: Policy | None = None


@dataclass
class Tally:
    """What one kind of question came to."""

    asked: int = 0
    answered: int = 0
    skipped: int = 0
    ties: int = 0
    decidable: int = 0  # answers that take a side, where there is a right one
    errors: float = 0.0  # wrong ones among them; a ranking or a played clip may be wrong in part
    seconds: float = 0.0


@dataclass(frozen=True)
class World:
    """All that a session hides: the task, who answers, and what privileged learners are given."""

    task: Task
    answer: Callable[[Question], Any]  # a person's, or a transcript read back
    answers: frozenset[str]
    expert: Callable[[], Expert]
    log: Callable[[], Trajectories]
    reward: Reward | None = None


@dataclass(frozen=True)
class Exchange:
    """One entry of the transcript: what was asked, of which places, and what was said."""

    kind: str
    segments: tuple[Segments, ...]
    vectors: tuple[Array, Array] | None
    reply: Any
    answer: Answers | Segments
    steps: int
    seconds: float
    against: bool = False  # judged against a policy of the learner's


class TrialSession:
    """The one implementation of `benchmarks.api.Session`."""

    def __init__(
        self,
        world: World,
        card: Card,
        budget: Budget,
        prices: Prices,
        envs: int,
        chance: np.random.Generator,
        rng: np.random.Generator,
        before_effort: Callable[[float], None] = lambda seconds: None,
    ) -> None:
        task = world.task
        self.rng = rng
        self.budget = budget
        self.spec = Spec(
            observation_space=task.observation_space,
            action_space=task.action_space,
            horizon=task.horizon,
            discount=task.discount,
            step_seconds=task.step_seconds,
            envs=envs,
            answers=world.answers,
            objectives=task.objectives if "objectives" in card.uses else (),
        )
        self.env = TwinEnv(task, envs, budget.steps, chance, world.reward, "objectives" in card.uses)
        self.seconds = 0.0
        self.tallies: dict[str, Tally] = {}
        self.transcript: list[Exchange] = []
        self.logs: list[dict[str, float]] = []
        self.revealed: Callable[[Array, Array], Array] | None = None
        self.revealed_logits = False
        self.front: tuple[Policy, ...] = ()
        self._world, self._card, self._prices = world, card, prices
        self._before_effort = before_effort
        self._played = Shelf()
        self._log: Shelf | None = None

    @property
    def left(self) -> Budget:
        return Budget(self.budget.steps - self.env.taken, self.budget.seconds - self.seconds)

    # ---- questions

    def price(self, query: Query[Any]) -> float:
        steps = sum(len(part) * part.length for part in _segments_of(query))
        if isinstance(query, Demonstrate):
            steps = query.n * query.length
        if isinstance(query, Correct):
            steps *= 2  # the segment is watched, then played better
        questions = len(query) * (len(query.candidates) if isinstance(query, Rank) else 1)
        return float(questions * getattr(self._prices, query.kind) + steps * self.spec.step_seconds)

    def ask(self, query: Query[Any]) -> Any:
        kind = query.kind
        if kind not in self._card.asks:
            raise PermissionError(f"{self._card.name} asks {kind!r} without declaring it in @algorithm(asks=...)")
        if kind not in self._world.answers:
            raise PermissionError(f"questions of the kind {kind!r} are not answered here")
        if len(query) == 0:
            raise ValueError(f"a question of the kind {kind!r} was asked about nothing")
        price = self.price(query)
        if price > self.left.seconds + 1e-9:
            raise BudgetSpent(f"this {kind} costs {price:.1f} s and {self.left.seconds:.1f} s are left")
        question = self._look_up(query, price)
        self._before_effort(self.seconds + price)
        reply = self._world.answer(question)
        self.seconds += price
        answer = self._deliver(reply)
        self._keep(query, reply, answer, price)
        return answer

    def _look_up(self, query: Query[Any], price: float) -> Question:
        subjects: tuple[Any, ...]
        match query:
            case Weigh():
                subjects = self._vector(query.left), self._vector(query.right)
            case Demonstrate():
                subjects = (np.full(query.n, query.length),)
            case _:
                subjects = tuple(self._truth(part) for part in _segments_of(query))
                if query.kind != "advise" and subjects[0].length < 1:
                    raise ValueError(f"a question of the kind {query.kind!r} needs segments of one step or more")
        effort = self.seconds + price * np.arange(len(query)) / max(1, len(query))
        return Question(query.kind, subjects, effort, query.policy if isinstance(query, Judge) else None)

    def _vector(self, given: Array) -> Array:
        width = len(self._world.task.objectives)
        vectors = np.array(given, dtype=float)
        if vectors.shape[1] != width or not np.isfinite(vectors).all():
            raise ValueError(f"Weigh needs finite vectors of the task's {width} objectives")
        return vectors

    def _truth(self, segments: Segments) -> Trajectories:
        shelf: Any = {"lived": self.env.tracks, "played": self._played, "logged": self._log}.get(segments.source)
        if shelf is None:
            raise ValueError(f"there are no segments of the source {segments.source!r}")
        return shelf.cut(segments.places, segments.length)

    def _deliver(self, reply: Any) -> Answers | Segments:
        if isinstance(reply.values, Trajectories):
            return self._show(reply.values, self._played.put(reply.values), "played")
        return Answers(np.array(reply.values), np.array(reply.raters))

    def _keep(self, query: Query[Any], reply: Any, answer: Answers | Segments, price: float) -> None:
        tally = self.tallies.setdefault(query.kind, Tally())
        skipped = 0 if isinstance(answer, Segments) else int((~answer.given).sum())
        tally.asked += len(query)
        tally.skipped += skipped
        tally.answered += len(query) - skipped
        tally.ties += int(reply.ties)
        tally.decidable += int(reply.decidable)
        tally.errors += float(reply.errors)
        tally.seconds += price
        vectors = (query.left, query.right) if isinstance(query, Weigh) else None
        parts = _segments_of(query)
        against = isinstance(query, Judge) and query.policy is not None
        self.transcript.append(
            Exchange(query.kind, parts, vectors, reply, answer, self.env.taken, self.seconds, against)
        )

    # ---- segments

    def segments(self, n: int, length: int, last: int | None = None) -> Segments:
        tracks = self.env.tracks
        places = tracks.draw(n, length, last, self.rng)
        return self._show(tracks.cut(places, length), places, "lived")

    def here(self) -> Segments:
        tracks = self.env.tracks
        places = np.stack([np.arange(self.spec.envs), np.full(self.spec.envs, tracks.lived)], axis=1)
        return self._show(tracks.cut(places, 0), places, "lived")

    def logged(self, n: int, length: int) -> Segments:
        if "log" not in self._card.uses:
            raise PermissionError(f'{self._card.name} reads the log without declaring it in @algorithm(uses={{"log"}})')
        if self._log is None:
            self._log = Shelf()
            self._log.put(self._world.log())
        episodes = self._log.items
        places = random_places(len(episodes), episodes[0].length, n, length, self.rng)
        return self._show(self._log.cut(places, length), places, "logged")

    def _show(self, truth: Trajectories, places: Array, source: Any) -> Segments:
        task, (n, columns, width) = self._world.task, truth.states.shape
        seen = task.observe(truth.states.reshape(-1, width))
        objectives = None
        if self.spec.objectives and truth.length:
            objectives = task.phi(
                truth.states[:, :-1].reshape(-1, width),
                truth.actions.reshape(-1, *truth.actions.shape[2:]),
                truth.following.reshape(-1, width),
            ).reshape(n, truth.length, -1)
        return Segments(
            observations=seen.reshape(n, columns, *seen.shape[1:]),
            actions=truth.actions.copy(),
            places=places,
            source=source,
            objectives=objectives,
            rewards=truth.rewards.copy() if "true_reward" in self._card.uses else None,
        )

    # ---- the rest

    def expert(self) -> Policy:
        if "expert" not in self._card.uses:
            raise PermissionError(f'{self._card.name} calls the expert without declaring @algorithm(uses={{"expert"}})')
        return ExpertPolicy(self._world.task, self._world.expert())

    def reveal(self, reward: Callable[[Array, Array], Array], logits: bool = False) -> None:
        self.revealed, self.revealed_logits = reward, logits

    def reveal_front(self, policies: Sequence[Policy]) -> None:
        self.front = tuple(policies)

    def log(self, **scalars: float) -> None:
        self.logs.append(
            {"steps": self.env.taken, "human_seconds": self.seconds, **{k: float(v) for k, v in scalars.items()}}
        )


def _segments_of(query: Query[Any]) -> tuple[Segments, ...]:
    """The batches of segments that a query shows, one a column."""
    match query:
        case Compare():
            return query.left, query.right
        case Rank():
            return query.candidates
        case Rate() | Judge() | Correct() | Advise():
            return (query.segments,)
        case _:
            return ()
