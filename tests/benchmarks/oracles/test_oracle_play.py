from math import log

import numpy as np
import pytest

from benchmarks.oracles.calibrate import Choices
from benchmarks.oracles.play import choose
from benchmarks.oracles.rationality import Rationality


def test_actions_are_boltzmann_in_q(rater_of, monkeypatch):
    """A = 0, -log 3, -log 9: probabilities 9, 3, 1 of 13; within delta = 0.5 only the first is right."""
    rater = rater_of("corridor", Rationality(error=None, beta=1.0))
    advantages = np.array([[0.0, -log(3), -log(9)]])
    monkeypatch.setitem(rater.__dict__, "choices", Choices(advantages, delta=0.5))
    monkeypatch.setattr(rater, "advantages", lambda states: advantages)
    monkeypatch.setattr(rater.expert, "act", lambda states: np.array([0]))
    for draw, action in [(0.69, 0), (0.70, 1), (0.92, 1), (0.93, 2)]:
        actions, errs = choose(rater, np.zeros((1, 1)), np.array([[draw, 0.5]]), 1.0)
        assert actions[0] == action and errs[0] == (action > 0)


def test_a_mistake_is_any_wrong_action(rater_of, monkeypatch):
    rater = rater_of("corridor", Rationality(mistake=0.1))
    advantages = np.array([[0.0, -1.0, -100.0]])
    monkeypatch.setitem(rater.__dict__, "choices", Choices(advantages, delta=0.5))
    monkeypatch.setattr(rater, "advantages", lambda states: advantages)
    monkeypatch.setattr(rater.expert, "act", lambda states: np.array([0]))
    for draws, action in [((0.4, 0.09), 1), ((0.6, 0.09), 2), ((0.6, 0.11), 0)]:
        assert choose(rater, np.zeros((1, 1)), np.array([draws]), np.inf)[0][0] == action


def test_without_errors_a_person_plays_as_the_expert(any_task, person_of):
    person = person_of(any_task, Rationality())
    expert = person.reference.expert
    played = person.answer("demonstrate", np.full(5, 30)).values
    for t in range(30):
        assert np.array_equal(played.actions[:, t], expert.act(played.states[:, t]))
    clips = person.reference.clips(3)[:50]
    advice = person.answer("advise", clips)
    assert np.array_equal(advice.values, expert.act(clips.states[:, -1])) and advice.errors == 0


def test_demonstrations_are_what_the_dynamics_say(any_task, person_of):
    person = person_of(any_task, Rationality(error=0.3, mistake=0.1))
    task, played = person.task, person.answer("demonstrate", np.full(6, 40)).values
    for t in range(40):
        states, actions = played.states[:, t], played.actions[:, t]
        step = task.step(states, actions, np.random.default_rng(0))
        assert np.allclose(step.following, played.following[:, t])
        assert np.allclose(step.objectives @ np.asarray(task.weights), played.rewards[:, t])
        assert np.array_equal(step.event, played.event[:, t])
        same = ~step.event | (task.after_event == "absorb")
        assert np.allclose(played.states[same, t + 1], played.following[same, t])


def test_each_demonstration_has_its_own_chance(person_of):
    rationality = Rationality(error=0.3)
    at_once = person_of("corridor", rationality).answer("demonstrate", np.full(6, 40))
    person = person_of("corridor", rationality)
    parts = [person.answer("demonstrate", np.full(3, 40)) for _ in range(2)]
    assert np.array_equal(at_once.values.states, np.concatenate([part.values.states for part in parts]))
    assert len(np.unique(at_once.values.states.reshape(6, -1), axis=0)) == 6


@pytest.mark.parametrize("rationality", [Rationality(), Rationality(error=0.3), Rationality(gamma=0.8, mistake=0.3)])
def test_a_correction_is_never_worse(any_task, person_of, rationality):
    person = person_of(any_task, rationality)
    (rater,) = person.raters
    clips = person.reference.clips(10)[:60]
    reply = person.answer("correct", clips)
    gain = rater.utility(reply.values) - rater.utility(clips)
    assert np.all(gain >= 0) and np.all((gain > 0) | reply.equal)
    assert np.array_equal(reply.values.states[:, 0], clips.states[:, 0])
    assert np.array_equal(reply.values.actions[reply.equal], clips.actions[reply.equal])
    assert gain.mean() > 0


def test_what_cannot_be_better_is_given_back(person_of):
    person = person_of("slider", Rationality())
    best = person.answer("demonstrate", np.full(20, 10)).values
    again = person.answer("correct", best)
    assert again.equal.all() and again.ties == 20
