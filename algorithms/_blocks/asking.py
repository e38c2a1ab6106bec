"""How to spend a person's time: in rounds, so that there is a policy for every budget on the way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from benchmarks.api import Demonstrate

if TYPE_CHECKING:
    from benchmarks.api import Query, Segments, Session


@dataclass(frozen=True)
class Sessions:
    """When a learner that lives and asks by turns does ask."""

    sessions: int = 10  # feedback sessions, each with as much of the person's time
    asking: float = 0.6  # share of the environment steps during which there are sessions

    def schedule(self) -> list[tuple[float, float]]:
        """Of each session: the share of the environment steps before it, and of the person's time used after it."""
        return [(i / self.sessions * self.asking, share) for i, share in enumerate(shares(self.sessions))]


def affordable(session: Session, one: Query[Any], at_most: int) -> int:
    """How many questions as dear as the batch-of-one `one` can still be asked, at most `at_most`."""
    price = session.price(one)
    return at_most if price <= 0 else max(0, min(at_most, int((session.left.seconds + 1e-9) // price)))


def shares(rounds: int) -> list[float]:
    """Shares of the person's whole time used after each round of a learner that asks as it goes: even ones.

    Rounds that grow quadratically did worse in pref-ppo's first trials (cartpole-hard .77 and .38 against .78 and
    .88, 2 seeds, at 80 and 100 batches a session): too few to be sure of.
    """
    return [(i + 1) / rounds for i in range(rounds)]


def growing() -> list[float]:
    """Shares of the person's time used after each round of an offline learner: threefold each time, up to 1."""
    return [1 / 90, 1 / 30, 1 / 10, 1 / 3, 1.0]


def appointments(asking: float) -> list[tuple[float, float]]:
    """As `Sessions.schedule`, with `growing` shares, the last of them after `asking` of the environment steps."""
    parts = growing()
    return [(asking * i / (len(parts) - 1), share) for i, share in enumerate(parts)]


def demonstrated(session: Session, share: float, length: int) -> Segments | None:
    """Demonstrations of at most `length` steps, until `share` of the person's whole time is used; None for none."""
    query = Demonstrate(1, min(length, session.spec.horizon))
    n = due(session, share, query)
    return session.ask(Demonstrate(n, query.length)) if n else None


def due(session: Session, share: float, one: Query[Any]) -> int:
    """Questions to ask now so that `share` of the person's whole time is used."""
    wanted = share * session.budget.seconds - (session.budget.seconds - session.left.seconds)
    price = session.price(one)
    return max(0, int((min(wanted, session.left.seconds) + 1e-9) // price)) if price > 0 else 0
