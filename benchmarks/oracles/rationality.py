"""How a simulated person falls short of a perfect one, declared by what the person does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal, TypeVar, get_args

from benchmarks.chance import stream
from benchmarks.oracles.outcomes import Outcome

Utility = Literal["progress", "regret", "return", "end-value"]
KINDS = frozenset({"rate", "judge", "compare", "rank", "demonstrate", "correct", "advise", "weigh"})


@dataclass(frozen=True)
class Rationality:
    """One set of declarations for every kind of question.

    Of 100 reference questions of a task, whatever their kind, the person answers 100 * `error` wrongly, calls
    100 * `equal` equal and skips 100 * `skip`; the others are answered as a perfect person would. (Exact ties
    have no wrong answer: they are called equal, even beyond `equal`, and do not count in `error`.)
    The noise is Boltzmann's: a question of margin x is answered wrongly with probability sigma(-beta |x|).
    Its beta is solved per task, per kind and per length of clip, because one beta for all would make tasks
    and channels differ by nothing but the scale of their quantity: beta = 1 is a coin toss for a sum of 25
    small rewards, and perfection for one of 25 large ones.

    What is wrong means, per kind: compare, weigh, rank: the worse of a pair is put first; rate: the rating is
    on the wrong side of 1/2; judge: "no" to a right action or "yes" to another; demonstrate, advise, correct:
    an action that a perfect judge would not call right.
    """

    error: float | None = 0.0  # share of reference questions answered wrongly; None if `beta` is given
    equal: float = 0.0  # share of reference pairs called equal, the closest ones (compare, weigh)
    skip: float = 0.0  # share of reference questions skipped: those in which nothing shown is good enough
    mistake: float = 0.0  # probability that an answer is turned round, on top of `error`
    gamma: float = 1.0  # myopia: step t of a clip of L steps weighs gamma^(L-1-t), the last one 1 (B-Pref's direction)
    beta: float | None = None  # Boltzmann's beta, uncalibrated and the same everywhere
    bias: tuple[tuple[str | int, float], ...] = ()  # (objective, factor on its weight); see `Rater`
    fatigue: float = 0.0  # growth of `error` per hour of the person's time, up to 0.5
    delay: int = 0  # a judgement is about the action so many steps before the last one
    crowd: int = 1  # number of raters: errors spread evenly over 0 to 2 * `error`
    taste: float = 1.0  # each rater of a crowd misweighs each objective by a factor within [1 / taste, taste]
    utility: Utility = "progress"
    outcome: Outcome = "linear"  # how a vector of objectives is weighed (weigh); see `outcomes.py`
    as_published: bool = False  # B-Pref's teacher as its code is, defects included; only compares

    def __post_init__(self) -> None:
        object.__setattr__(self, "bias", tuple((name, float(factor)) for name, factor in self.bias))
        if (self.error is None) == (self.beta is None):
            raise ValueError("a rationality has either an error or a beta; with beta, set error=None")
        for name in ("error", "equal", "skip", "mistake", "gamma"):
            share, most = getattr(self, name), 0.5 if name == "error" else 1.0
            if share is not None and not 0.0 <= share <= most:
                raise ValueError(f"{name} must be within [0, {most:g}], not {share}")
        if self.equal + self.skip > 1.0:
            raise ValueError(f"equal ({self.equal}) and skip ({self.skip}) are more than all questions")
        if (self.beta is not None and self.beta < 0) or self.fatigue < 0 or self.delay < 0:
            raise ValueError("beta, fatigue and delay must not be negative")
        if self.crowd < 1 or self.taste < 1:
            raise ValueError("a crowd has one rater or more, and its taste is a factor of 1 or more")
        if self.fatigue and self.error is None:
            raise ValueError("fatigue makes the error grow: it needs an error, not a beta")
        if self.crowd > 1 and self.error is not None and self.error > 0.25:
            raise ValueError(f"the raters of a crowd err in 0 to 2 * error: error must be <= 0.25, not {self.error}")
        if self.utility not in get_args(Utility):
            raise ValueError(f"utility {self.utility!r} is none of {', '.join(get_args(Utility))}")
        if self.outcome not in get_args(Outcome):
            raise ValueError(f"outcome {self.outcome!r} is none of {', '.join(get_args(Outcome))}")

    def declared(self) -> dict[str, Any]:
        """All parameters, as a trial keeps them.

        A later one is left out at its default, so that trials from before it existed keep their ids.
        """
        values = asdict(self)
        if self.outcome == "linear":
            del values["outcome"]
        return values

    @property
    def kinds(self) -> frozenset[str]:
        """The kinds of question that are answered."""
        return frozenset({"compare"}) if self.as_published else KINDS

    def raters(self, objectives: Sequence[str]) -> tuple[Rationality, ...]:
        """Each person of the crowd; a crowd of one is the person itself.

        Rater i of n errs in 2 * error * (i + 1/2) / n of the questions: in the declared share on the average.
        """
        if self.crowd == 1:
            return (self,)
        crowd = []
        for i in range(self.crowd):
            error = None if self.error is None else 2 * self.error * (i + 0.5) / self.crowd
            tastes = stream("crowd", self.crowd, i).uniform(-1.0, 1.0, len(objectives))
            bias = tuple((name, self.taste**taste) for name, taste in zip(objectives, tastes, strict=True))
            crowd.append(replace(self, error=error, crowd=1, taste=1.0, bias=self.bias + bias))
        return tuple(crowd)


F = TypeVar("F", bound=Callable[[], Rationality])


def oracle(name: str) -> Callable[[F], F]:
    """Tag a function that returns a Rationality. It touches no registry."""

    def tag(make: F) -> F:
        make.oracle_name = name  # type: ignore[attr-defined]
        return make

    return tag
