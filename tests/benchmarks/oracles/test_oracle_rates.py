"""Every preset shows its declared rates on every task, on questions it was not calibrated on."""

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.oracles import presets
from benchmarks.task import Trajectories

LENGTH = 25


# where so many questions are worth the same that no threshold parts off a tenth of them
HEAPS = {
    "compare": {"cartpole-absorbing"},
    "rate": {"corridor", "cartpole-absorbing"},
    "judge": {"corridor", "slider", "maze", "deep-sea-treasure", "deep-sea-treasure-concave"}
    | {"cartpole", "cartpole-hard", "cartpole-leak", "cartpole-absorbing"},
}


def held(realised, declared, n, calibrated=10_000):
    """Within 4.5 standard deviations of a binomial share that was drawn twice: here and in calibration."""
    spread = np.sqrt(declared * (1 - declared) * (1 / n + 1 / calibrated))
    return abs(realised - declared) <= 4.5 * spread + 1e-9


def rate(reply):
    return reply.errors / max(reply.decidable, 1)


@pytest.fixture
def asked(any_task, fresh):
    reference = fresh(any_task)
    clips, size = reference.clips(LENGTH), reference.size
    states, actions = reference.decisions()
    following = reference.task.transition(states, actions)
    steps = Trajectories(
        states=np.stack([states, following], axis=1),
        actions=actions[:, None],
        following=following[:, None],
        rewards=np.zeros((size, 1)),
        event=np.zeros((size, 1), dtype=bool),
    )
    here = Trajectories(states[:, None], actions[:, None][:, :0], following[:, None][:, :0], *np.zeros((2, size, 0)))
    outcomes = reference.outcomes()
    return {
        "compare": (clips[:size], clips[size:]),
        "rate": (clips,),
        "judge": (steps,),
        "rank": (clips[:size], clips[size:], clips[np.roll(np.arange(size), 1)]),
        "weigh": (outcomes[:size], outcomes[size:]),
        "advise": (here,),
    }


@pytest.mark.parametrize("preset, error", [(presets.perfect, 0.0), (presets.typical, 0.1), (presets.noisy, 0.2)])
def test_errors(any_task, asked, person_of, preset, error):
    person = person_of(any_task, preset())
    for kind, subjects in asked.items():
        reply = person.answer(kind, *subjects)
        # the pairs of a ranking are not independent: count each ranking once
        assert held(rate(reply), error, max(reply.decidable, 1)), (kind, rate(reply))


def test_equal_pairs(any_task, asked, person_of):
    for preset, share in [(presets.typical, 0.05), (presets.equal, 0.1)]:
        reply = person_of(any_task, preset()).answer("compare", *asked["compare"])
        dead = any_task == "cartpole-absorbing"  # where most clips are still and tie with each other
        assert reply.ties > share * len(reply) if dead else held(reply.ties / len(reply), share, len(reply))
        assert np.all((reply.values == 0.5) == reply.equal)


def test_skipped_questions(any_task, asked, person_of):
    person = person_of(any_task, presets.skip())
    for kind in ("compare", "rate", "judge"):
        reply = person.answer(kind, *asked[kind])
        assert reply.skips == np.isnan(reply.values).sum() and reply.errors == 0
        if any_task not in HEAPS[kind]:
            assert held(reply.skips / len(reply), 0.1, len(reply)), kind


def test_mistakes(any_task, asked, person_of):
    person = person_of(any_task, presets.mistake())
    for kind in ("compare", "rate", "judge", "rank", "weigh"):
        reply = person.answer(kind, *asked[kind])
        assert held(rate(reply), 0.1, max(reply.decidable, 1)), (kind, rate(reply))
    advice, choices = person.answer("advise", *asked["advise"]), person.raters[0].choices
    dilemma = (person.raters[0].advantages(asked["advise"][0].states[:, 0]) < -choices.delta).any(axis=1)
    assert held(advice.errors / dilemma.sum(), 0.1, int(dilemma.sum()))


def test_fatigue(any_task, asked, person_of):
    person = person_of(any_task, presets.fatigued())
    for kind, subjects in asked.items():
        fresh, tired = (person.answer(kind, *subjects, effort=seconds) for seconds in (0.0, 1800.0))
        assert held(rate(fresh), 0.1, max(fresh.decidable, 1)), (kind, rate(fresh))
        assert held(rate(tired), 0.3, max(tired.decidable, 1)), (kind, rate(tired))


def test_crowd(any_task, asked, person_of):
    if any_task.startswith("cartpole") or any_task == "acrobot":  # each taste has its own expert to be solved
        person = person_of(any_task, replace(presets.crowd(), taste=1.0))
    else:
        person = person_of(any_task, presets.crowd())
    for kind, subjects in asked.items():
        reply = person.answer(kind, *subjects)
        for i in range(5):
            mine = reply[reply.raters == i]
            assert held(rate(mine), 0.02 + 0.04 * i, max(mine.decidable, 1)), (kind, i, rate(mine))


def test_myopic_and_biased_people_do_not_err_by_their_own_lights(any_task, asked, person_of):
    perfect = person_of(any_task, presets.perfect())
    told = perfect.answer("compare", *asked["compare"]).values
    for preset in (presets.myopic, presets.biased):
        reply = person_of(any_task, preset()).answer("compare", *asked["compare"])
        assert reply.errors == 0
    myopic = person_of(any_task, presets.myopic()).answer("compare", *asked["compare"]).values
    assert np.any(myopic != told), "on some tasks it is one pair in two hundred"
