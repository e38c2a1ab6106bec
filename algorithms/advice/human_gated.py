"""HG-DAgger: the person watches, takes over when it is needed, and only what was done then is learned.

Kelly, Sidrane, Driggs-Campbell, Kochenderfer, "HG-DAgger: interactive imitation learning with human experts", 2019.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from algorithms._blocks.asking import affordable
from algorithms._blocks.ensemble_cloning import Advice, EnsembleCloning
from algorithms._blocks.exploring import live, wander
from benchmarks.api import Correct, Policy, Segments, Session, algorithm

Array = np.ndarray[Any, np.dtype[Any]]


@algorithm("human-gated", family="advice", asks={Correct})
@dataclass(frozen=True)
class HumanGated(EnsembleCloning):
    """The person's gate is g(s) = 1 where the novice is outside of what the person permits:

    pi_i(s) = g(s) pi_H(s) + (1 - g(s)) pi_N(s),    D <- D + {(s, pi_H(s)) : g(s) = 1},

    and the novice pi_N, an ensemble, is trained on D. Nobody here watches live. The person is shown clips of what the
    novice just did and may play them better from their start (`Correct`): a clip that comes back as it was is one in
    which they did not take over, one that was played differently is a take-over of its whole length. So the gate is
    the person's own, but it acts on a replay, and the novice goes on from where it came to. The first clips are of
    random behaviour, where the paper has demonstrations.

    The paper's doubt threshold, tau = mean of the novice's doubt over the last quarter of the take-overs (in the order
    they came), is logged: states with more doubt are those in which a person may be needed.
    """

    length: int = 25  # steps of a clip, and so of a take-over
    watched: int = 4  # clips that the person is shown at a time, of different moments
    pace: int = 50  # steps of each environment between two times

    def learn(self, session: Session) -> Iterator[Policy]:
        length = min(self.length, session.spec.horizon)
        pace = max(self.pace, 2 * length)  # so that some clip of it lies within an episode
        ensemble = self.ensemble(session)
        novice = self.committee(session, ensemble)
        taken: Advice = []
        doubts: list[float] = []
        wander(session, pace)
        while n := affordable(session, Correct(session.segments(1, length)), self.watched):
            shown = session.segments(n, length, last=pace)
            played = session.ask(Correct(shown))
            gate = took_over(shown, played)
            if gate.any():
                taken.append(played[gate].steps())
                doubts += novice.consult(shown.observations[gate, 0])[1].tolist()
                self.train(session, ensemble, taken)
                novice = self.committee(session, ensemble)
                session.log(taken_over=float(gate.mean()), doubt_threshold=doubt_threshold(doubts))
                yield novice
            live(session, novice, pace)


def took_over(shown: Segments, played: Segments) -> Array:
    """[n] bool: the person did not let the clip pass as it was."""
    n = len(shown)
    return np.asarray((shown.actions.reshape(n, -1) != played.actions.reshape(n, -1)).any(axis=1))


def doubt_threshold(doubts: list[float]) -> float:
    """tau = (4 / N) sum_{i > 3N/4} doubt_i."""
    return float(np.mean(doubts[3 * len(doubts) // 4 :]))
