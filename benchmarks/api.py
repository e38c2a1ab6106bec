"""Everything a learner may see: segments, queries and their answers, the session, and the `@algorithm` tag.

Shapes use `n` for a batch, `L` for the steps of a segment, `k` for objectives. Times are seconds of a
person's time unless a name says otherwise. Nothing here knows a reward.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Literal, Protocol, TypeVar, runtime_checkable

import numpy as np

if TYPE_CHECKING:
    import gymnasium
    from stable_baselines3.common.vec_env import VecEnv

Array = np.ndarray[Any, np.dtype[Any]]
A = TypeVar("A")
Source = Literal["lived", "logged", "played"]

FAMILIES = ("references", "evaluative", "preferences", "demonstrations", "advice", "multi-objective", "direct")
PRIVILEGES = ("objectives", "log", "sparse_reward", "true_reward", "oracle_utility", "expert")


class BudgetSpent(Exception):
    """The step or the question would overspend the budget; it was not taken, and nothing was charged."""


@dataclass(frozen=True)
class Budget:
    """What a learner may still spend: environment steps and seconds of a person's time."""

    steps: int
    seconds: float


# ---- segments -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Segments:
    """A batch of `n` stretches of behaviour, `L` steps each, named by their place in the session's ledger.

    observations  [n, L + 1, ...]  what was seen, the last one after the last action
    actions       [n, L, ...]      what was done
    places        [n, 2]           (track, first step) in the ledger of `source`
    objectives    [n, L, k]        only for learners tagged `uses={"objectives"}`, otherwise None
    rewards       [n, L]           the true ones, only for reference rows tagged `uses={"true_reward"}`

    The arrays are copies: the person looks up the place, so that changing them changes no answer.
    A segment of length 0 is a single state (see `Session.here`).
    """

    observations: Array
    actions: Array
    places: Array
    source: Source
    objectives: Array | None = None
    rewards: Array | None = None

    def __len__(self) -> int:
        return len(self.places)

    @property
    def length(self) -> int:
        return int(self.actions.shape[1])

    def __getitem__(self, which: Any) -> Segments:
        """The segments that an index array, a mask or a slice picks; an integer gives a batch of one."""
        which = np.atleast_1d(which) if not isinstance(which, slice) else which
        picked = None if self.objectives is None else self.objectives[which]
        return replace(
            self,
            observations=self.observations[which],
            actions=self.actions[which],
            places=self.places[which],
            objectives=picked,
            rewards=None if self.rewards is None else self.rewards[which],
        )

    def steps(self) -> tuple[Array, Array]:
        """All (observation, action) pairs in one batch: [n * L, ...] each."""
        shape = (-1, *self.observations.shape[2:])
        return self.observations[:, :-1].reshape(shape), self.actions.reshape(-1, *self.actions.shape[2:])


def join(parts: Iterable[Segments]) -> Segments:
    """One batch out of several of the same length and source."""
    batches = list(parts)
    if len({(part.source, part.length) for part in batches}) != 1:
        raise ValueError("only segments of one source and one length can be joined")
    objectives = None
    if batches[0].objectives is not None:
        objectives = np.concatenate([part.objectives for part in batches if part.objectives is not None])
    rewards = None
    if batches[0].rewards is not None:
        rewards = np.concatenate([part.rewards for part in batches if part.rewards is not None])
    return replace(
        batches[0],
        observations=np.concatenate([part.observations for part in batches]),
        actions=np.concatenate([part.actions for part in batches]),
        places=np.concatenate([part.places for part in batches]),
        objectives=objectives,
        rewards=rewards,
    )


# ---- questions and answers ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Answers:
    """What a person said to a batch of `n` questions.

    values  [n] (or as the query says); NaN where the person skipped the question
    raters  [n] which person answered; all 0 unless the oracle is a crowd
    """

    values: Array
    raters: Array

    def __len__(self) -> int:
        return len(self.values)

    @property
    def given(self) -> Array:
        """[n] bool: the question was answered, not skipped."""
        axes = tuple(range(1, self.values.ndim))
        return np.asarray(~np.isnan(self.values).any(axis=axes))


class Query(Generic[A]):
    """A batch of questions of one kind. The type parameter is the type of the answer."""

    kind: ClassVar[str]

    def __len__(self) -> int:
        raise NotImplementedError


@dataclass(frozen=True)
class Rate(Query[Answers]):
    """How good is this segment? Answer [n] in [0, 1]: its quantile among segments the person knows."""

    segments: Segments
    kind: ClassVar[str] = "rate"

    def __len__(self) -> int:
        return len(self.segments)


@dataclass(frozen=True)
class Judge(Query[Answers]):
    """Was the last action of this segment right? Answer [n]: 1 yes, 0 no.

    With a `policy`, right means better than what this policy does there, not nearly the best that there is.
    """

    segments: Segments
    policy: Policy | None = None
    kind: ClassVar[str] = "judge"

    def __len__(self) -> int:
        return len(self.segments)


@dataclass(frozen=True)
class Compare(Query[Answers]):
    """Which of two segments is better? Answer [n]: the probability that left is, 0.5 for "equal"."""

    left: Segments
    right: Segments
    kind: ClassVar[str] = "compare"

    def __post_init__(self) -> None:
        if len(self.left) != len(self.right):
            raise ValueError(f"Compare needs equal numbers of segments, not {len(self.left)} and {len(self.right)}")

    def __len__(self) -> int:
        return len(self.left)


@dataclass(frozen=True)
class Rank(Query[Answers]):
    """Order k segments from best to worst. Answer [n, k]: the rank of each, 0 for the best."""

    candidates: tuple[Segments, ...]
    kind: ClassVar[str] = "rank"

    def __post_init__(self) -> None:
        if len(self.candidates) < 2 or len({len(segments) for segments in self.candidates}) != 1:
            raise ValueError("Rank needs two candidates or more, each a batch of the same size")

    def __len__(self) -> int:
        return len(self.candidates[0])


@dataclass(frozen=True)
class Demonstrate(Query[Segments]):
    """Show `n` times, for `length` steps each, how it is done from a start of the task.

    Answer: Segments of source "played", in which the person's own imperfection shows.
    """

    n: int
    length: int
    kind: ClassVar[str] = "demonstrate"

    def __post_init__(self) -> None:
        if self.n < 1 or self.length < 1:
            raise ValueError("Demonstrate needs n >= 1 and length >= 1")

    def __len__(self) -> int:
        return self.n


@dataclass(frozen=True)
class Correct(Query[Segments]):
    """Show how this segment should have gone. Answer: Segments of source "played", from the same starts."""

    segments: Segments
    kind: ClassVar[str] = "correct"

    def __len__(self) -> int:
        return len(self.segments)


@dataclass(frozen=True)
class Advise(Query[Answers]):
    """What would you do at the end of this segment? Answer [n, ...]: actions (discrete ones as floats)."""

    segments: Segments
    kind: ClassVar[str] = "advise"

    def __len__(self) -> int:
        return len(self.segments)


@dataclass(frozen=True)
class Weigh(Query[Answers]):
    """Which of two outcomes is better, each a vector of objectives [n, k]? Answer as for `Compare`."""

    left: Array
    right: Array
    kind: ClassVar[str] = "weigh"

    def __post_init__(self) -> None:
        if self.left.ndim != 2 or self.left.shape != self.right.shape:
            raise ValueError(f"Weigh needs two arrays [n, k], not {self.left.shape} and {self.right.shape}")

    def __len__(self) -> int:
        return len(self.left)


QUERIES: tuple[type[Query[Any]], ...] = (Rate, Judge, Compare, Rank, Demonstrate, Correct, Advise, Weigh)


# ---- the session ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Spec:
    """What a learner is told of the task. There is no name in it and no reward."""

    observation_space: gymnasium.Space[Any]
    action_space: gymnasium.Space[Any]
    horizon: int  # steps of an episode, always the same
    discount: float
    step_seconds: float  # how long a person watches one step
    envs: int  # environments that `Session.env` runs at once
    answers: frozenset[str]  # kinds of query that are answered here
    objectives: tuple[str, ...] = ()  # names, more of each is better; only with `uses={"objectives"}`

    @property
    def discrete(self) -> bool:
        return hasattr(self.action_space, "n")


class Session(Protocol):
    """One learner's stay with one task and one person. Every step and every question is metered."""

    @property
    def spec(self) -> Spec: ...

    @property
    def env(self) -> VecEnv:
        """The dynamics. Every reward it returns is NaN, and episodes end at the horizon only."""

    @property
    def rng(self) -> np.random.Generator: ...

    @property
    def budget(self) -> Budget:
        """What there was at the beginning."""

    @property
    def left(self) -> Budget: ...

    def price(self, query: Query[Any]) -> float:
        """Seconds of the person's time that the query would cost."""

    def ask(self, query: Query[A]) -> A:
        """Put a batch of questions. Raises `BudgetSpent`, charging nothing, if the batch would overspend."""

    def segments(self, n: int, length: int, last: int | None = None) -> Segments:
        """`n` random segments of what was lived in `env`; with `last`, of its last so many steps per environment.

        They never reach over the end of an episode. Raises ValueError while too little was lived.
        """

    def here(self) -> Segments:
        """The present state of every environment, as segments of length 0."""

    def logged(self, n: int, length: int) -> Segments:
        """`n` random segments of the task's fixed log of mixed behaviour; needs `uses={"log"}`."""

    def expert(self) -> Policy:
        """The task's expert; needs `uses={"expert"}`, which is for reference rows."""

    def reveal(self, reward: Callable[[Array, Array], Array], logits: bool = False) -> None:
        """What the learner now takes to be rewarded: (observations [n, ...], actions [n, ...]) -> [n].

        The harness measures how good that reward is and tells nobody; nothing is charged. The function may show
        the present state of a model that goes on learning; it must change nothing. `logits`: the difference of
        its sums over two segments is the log-odds of a comparison, so that its calibration can be measured.
        """

    def reveal_front(self, policies: Sequence[Policy]) -> None:
        """The front that the learner has found so far, a policy a point; the policy it yields is its answer still.

        The harness measures what each policy's objectives come to and tells nobody; nothing is charged.
        """

    def log(self, **scalars: float) -> None:
        """Keep numbers in the trial's record, with the steps and seconds spent so far.

        `weight_<objective>`, of every objective, is what the learner now takes the person's weights to be: the harness
        measures how far off they are, and the reward that they come to as it does a revealed one.
        """


@runtime_checkable
class Policy(Protocol):
    """Anything with stable-baselines3's `predict`. A yielded policy is a snapshot: it must not change later."""

    def predict(
        self,
        observation: Any,
        state: Any = None,
        episode_start: Any = None,
        deterministic: bool = False,
    ) -> tuple[Any, Any]: ...


class Algorithm(Protocol):
    """A frozen dataclass whose fields are its hyper-parameters.

    `learn` is an iterator of policies: each `yield` answers "what would you do now?". It may go on for
    ever: `BudgetSpent`, raised by `session.env` or `session.ask`, is its normal end.
    """

    def learn(self, session: Session) -> Iterator[Policy]: ...


@dataclass(frozen=True)
class Card:
    """What `@algorithm` says of a class."""

    name: str
    family: str
    asks: frozenset[str]  # kinds of query
    uses: frozenset[str]  # privileges beyond what every learner has
    spaces: frozenset[str]  # "discrete", "continuous"
    version: str
    tabular: bool = False  # only for tasks with few states, which it counts


C = TypeVar("C", bound=type)


def algorithm(
    name: str,
    *,
    family: str,
    asks: Iterable[type[Query[Any]]] = (),
    uses: Iterable[str] = (),
    spaces: Iterable[str] = ("discrete", "continuous"),
    version: str = "1",
    tabular: bool = False,
) -> Callable[[C], C]:
    """Tag a frozen dataclass as an algorithm. It touches no registry; raise `version` when results change.

    A `tabular` one is planned only on tasks whose observations are few and come back exactly.
    """
    uses, spaces = frozenset(uses), frozenset(spaces)
    if family not in FAMILIES:
        raise ValueError(f"algorithm {name!r}: family {family!r} is none of {', '.join(FAMILIES)}")
    if unknown := uses - set(PRIVILEGES):
        raise ValueError(f"algorithm {name!r}: uses {sorted(unknown)}, but there are only {', '.join(PRIVILEGES)}")
    if not spaces or spaces - {"discrete", "continuous"}:
        raise ValueError(f'algorithm {name!r}: spaces must be "discrete", "continuous" or both')
    card = Card(name, family, frozenset(query.kind for query in asks), uses, spaces, str(version), tabular)

    def tag(cls: C) -> C:
        cls.card = card  # type: ignore[attr-defined]
        return cls

    return tag
