"""The session: what is metered, what is hidden, and that places, not arrays, are what the person sees."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from benchmarks.api import (
    Advise,
    Budget,
    BudgetSpent,
    Card,
    Compare,
    Correct,
    Demonstrate,
    Judge,
    Rank,
    Rate,
    Weigh,
)
from benchmarks.chance import entropy, stream
from benchmarks.log import mixed_log
from benchmarks.oracles.person import Person
from benchmarks.oracles.rationality import KINDS, Rationality
from benchmarks.record import Prices
from benchmarks.registry import load
from benchmarks.session import TrialSession, World

PRICES = Prices(compare=3, rate=2.5, judge=1.5, rank=2, demonstrate=5, correct=5, advise=2, weigh=4)


def person_on(name: str, **oracle: Any) -> Person:
    task = load().task(name)
    return Person(task, task.expert(), Rationality(**oracle), entropy("test"), mixed_log(task, task.expert()))


def session_on(name: str = "pendulum", steps: int = 4000, seconds: float = 1e6, uses: Any = (), **oracle: Any) -> Any:
    task = load().task(name)
    expert = task.expert()
    person = person_on(name, **oracle)
    world = World(
        task=task,
        answer=lambda q: person.answer(q.kind, *q.subjects, effort=q.effort),
        answers=KINDS,
        expert=task.expert,
        log=lambda: mixed_log(task, expert),
    )
    card = Card("test", "references", KINDS, frozenset(uses), frozenset({"continuous"}), "1")
    return TrialSession(world, card, Budget(steps, seconds), PRICES, 4, stream("world"), stream("learner"))


def live(session: Any, steps: int) -> list[Any]:
    seen = [session.env.reset()]
    for _ in range(steps):
        seen.append(session.env.step(np.stack([session.env.action_space.sample() for _ in range(4)]))[0])
    return seen


def test_the_reward_is_nan_and_infos_are_empty_until_the_horizon() -> None:
    session = session_on()
    session.env.reset()
    for t in range(200):
        _, rewards, ends, infos = session.env.step(np.zeros((4, 1), dtype=np.float32))
        assert np.isnan(rewards).all()
        if t < 199:
            assert not ends.any()
            assert infos == [{}] * 4
    assert ends.all()
    assert all(info.keys() == {"terminal_observation", "TimeLimit.truncated"} for info in infos)
    assert all(info["TimeLimit.truncated"] for info in infos)


def test_the_step_that_would_overspend_is_not_taken() -> None:
    session = session_on(steps=10)
    live(session, 2)
    assert session.left.steps == 2
    with pytest.raises(BudgetSpent):
        session.env.step(np.zeros((4, 1)))
    assert session.left.steps == 2
    assert session.env.tracks.lived == 2


def test_the_question_that_would_overspend_is_not_answered() -> None:
    session = session_on(seconds=10.0)
    live(session, 10)
    two = session.segments(2, 1)
    session.ask(Judge(two[[0]]))
    spent = 10.0 - session.left.seconds
    with pytest.raises(BudgetSpent, match="judge costs"):
        session.ask(Judge(session.segments(6, 1)))
    assert 10.0 - session.left.seconds == spent
    assert session.tallies["judge"].asked == 1


def test_prices_are_deciding_plus_watching() -> None:
    session = session_on()
    live(session, 30)
    a, b = session.segments(3, 20), session.segments(3, 20)
    step = session.spec.step_seconds
    assert session.price(Compare(a, b)) == pytest.approx(3 * 3 + 3 * 2 * 20 * step)
    assert session.price(Rate(a)) == pytest.approx(3 * 2.5 + 3 * 20 * step)
    assert session.price(Judge(a)) == pytest.approx(3 * 1.5 + 3 * 20 * step)
    assert session.price(Rank((a, b, a))) == pytest.approx(3 * 3 * 2 + 3 * 3 * 20 * step)
    assert session.price(Demonstrate(2, 50)) == pytest.approx(2 * 5 + 2 * 50 * step)
    assert session.price(Correct(a)) == pytest.approx(3 * 5 + 3 * 2 * 20 * step)
    assert session.price(Advise(session.here())) == pytest.approx(4 * 2)
    assert session.price(Weigh(np.zeros((5, 3)), np.ones((5, 3)))) == pytest.approx(5 * 4)


def test_segments_are_what_was_seen_and_done() -> None:
    session = session_on()
    seen = np.stack(live(session, 60), axis=1)
    segments = session.segments(50, 7)
    for i, (track, first) in enumerate(segments.places):
        np.testing.assert_array_equal(segments.observations[i], seen[track, first : first + 8])


def test_segments_stay_within_an_episode_and_within_the_last_steps() -> None:
    session = session_on()
    live(session, 450)
    places = session.segments(2000, 25).places
    first = places[:, 1]
    assert ((first // 200) == ((first + 24) // 200)).all()
    assert (session.segments(200, 25, last=40).places[:, 1] >= 410).all()


def test_here_is_the_present() -> None:
    session = session_on()
    seen = live(session, 5)
    here = session.here()
    assert here.length == 0
    np.testing.assert_array_equal(here.observations[:, 0], seen[-1])
    assert session.ask(Advise(here)).values.shape == (4, 1)


def test_forged_arrays_change_no_answer_and_forged_places_are_an_error() -> None:
    session = session_on()
    live(session, 60)
    left, right = session.segments(20, 10), session.segments(20, 10)
    honest = session.ask(Compare(left, right)).values
    forged = replace(left, observations=np.ones_like(left.observations), actions=left.actions * 0 + 2)
    np.testing.assert_array_equal(session.ask(Compare(forged, right)).values, honest)
    for place in ([0, 10_000], [99, 0], [-1, 0], [0, -3]):
        with pytest.raises(ValueError, match="no segment at"):
            session.ask(Compare(replace(left, places=np.array([place] * 20)), right))
    with pytest.raises(ValueError, match="integers"):
        session.ask(Rate(replace(left, places=left.places.astype(float))))
    with pytest.raises(ValueError, match="source"):
        session.ask(Rate(replace(left, source="dreamt")))
    live(session, 200)
    with pytest.raises(ValueError, match="end of an episode"):
        session.ask(Rate(replace(left, places=np.array([[0, 55]] * 20))))


def test_only_declared_questions_and_privileges() -> None:
    session = session_on()
    session._card = Card("shy", "references", frozenset({"rate"}), frozenset(), frozenset({"continuous"}), "1")
    live(session, 5)
    with pytest.raises(PermissionError, match="declaring"):
        session.ask(Judge(session.segments(1, 1)))
    with pytest.raises(PermissionError, match="log"):
        session.logged(1, 5)
    with pytest.raises(PermissionError, match="expert"):
        session.expert()
    assert session.segments(1, 1).objectives is None
    assert session.spec.objectives == ()


def test_objectives_are_shown_to_those_who_may_see_them() -> None:
    session = session_on(uses={"objectives"})
    live(session, 3)
    _, _, _, infos = session.env.step(np.zeros((4, 1)))
    segment = session.segments(1, 4)
    np.testing.assert_array_equal(segment.objectives[0, -1], infos[segment.places[0, 0]]["objectives"])
    assert len(session.spec.objectives) == segment.objectives.shape[2]


def test_a_demonstration_can_be_asked_about() -> None:
    session = session_on()
    shown = session.ask(Demonstrate(3, 20))
    assert shown.source == "played"
    assert shown.observations.shape == (3, 21, 3)
    assert session.ask(Rate(shown)).values.shape == (3,)
    again = session.ask(Demonstrate(2, 20))
    assert again.places[:, 0].tolist() == [3, 4]


def test_a_correction_begins_where_the_segment_does() -> None:
    session = session_on()
    live(session, 60)
    segments = session.segments(5, 10)
    better = session.ask(Correct(segments))
    np.testing.assert_allclose(better.observations[:, 0], segments.observations[:, 0], atol=1e-6)


def test_illegal_actions_are_named() -> None:
    session = session_on()
    session.env.reset()
    with pytest.raises(ValueError, match="NaN"):
        session.env.step(np.full((4, 1), np.nan))
    with pytest.raises(ValueError, match="shape"):
        session.env.step(np.zeros(4))
    discrete = session_on("cartpole")
    discrete.env.reset()
    with pytest.raises(ValueError, match="outside 0"):
        discrete.env.step(np.array([0, 1, 2, 0]))
    with pytest.raises(ValueError, match="integers"):
        discrete.env.step(np.zeros(4))


def test_a_terminating_task_ends_episodes_by_itself() -> None:
    session = session_on("cartpole-leak")
    session.env.reset()
    for _ in range(60):
        seen, _, ends, infos = session.env.step(np.ones(4, dtype=int))
        if ends.any():
            break
    i = int(np.flatnonzero(ends)[0])
    assert not infos[i]["TimeLimit.truncated"]
    assert np.abs(infos[i]["terminal_observation"]).max() >= 1.0
    assert np.abs(seen[i]).max() < 0.5


def test_judging_against_a_policy_costs_the_same_and_takes_no_step() -> None:
    from benchmarks.transcript import dump, load

    class Still:
        def predict(self, observation: Any, state: Any = None, episode_start: Any = None, deterministic: bool = False):
            return np.zeros((len(observation), 1), dtype=np.float32), state

    session = session_on()
    session._world = replace(
        session._world, answer=lambda q: person_on("pendulum").answer(q.kind, *q.subjects, policy=q.policy)
    )
    live(session, 30)
    segments = session.segments(40, 1)
    taken = session.left.steps
    assert session.price(Judge(segments, Still())) == session.price(Judge(segments))
    absolute, relative = session.ask(Judge(segments)), session.ask(Judge(segments, Still()))
    assert session.left.steps == taken
    assert (absolute.values != relative.values).any()
    first, second = load(dump(session.transcript))
    assert "against" not in first and second["against"] == "policy"
