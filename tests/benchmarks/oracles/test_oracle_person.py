import json
from dataclasses import asdict, replace

import numpy as np
import pytest
from toys import corridor, walk

from benchmarks.oracles import presets
from benchmarks.oracles.rationality import KINDS, Rationality, oracle
from benchmarks.oracles.utility import step_utility

TYPICAL = Rationality(error=0.2, equal=0.05, skip=0.05, mistake=0.05)


def questions(person, n=60):
    clips = person.reference.clips(5)
    a, b, c = clips[:n], clips[n : 2 * n], clips[2 * n : 3 * n]
    outcomes = person.reference.outcomes()
    return {
        "compare": (a, b),
        "rate": (a,),
        "judge": (a,),
        "rank": (a, b, c),
        "weigh": (outcomes[:n], outcomes[n : 2 * n]),
        "advise": (a,),
        "correct": (a,),
        "demonstrate": (np.full(n, 5),),
    }


def numbers(values):
    return values if isinstance(values, np.ndarray) else values.actions


def same(one, other):
    return np.array_equal(numbers(one.values).astype(float), numbers(other.values).astype(float), equal_nan=True)


@pytest.mark.parametrize("kind", sorted(KINDS))
@pytest.mark.parametrize("name", ["corridor", "slider"])
def test_the_same_seed_is_the_same_person_whatever_else_is_asked(person_of, name, kind):
    quiet, busy, other = (person_of(name, TYPICAL, seed) for seed in (0, 0, 1))
    asked = questions(quiet)
    first, second = quiet.answer(kind, *asked[kind]), quiet.answer(kind, *asked[kind])
    for noise in sorted(KINDS - {kind}):
        busy.answer(noise, *asked[noise])
    halves = [busy.answer(kind, *(part[i] for part in asked[kind])) for i in (np.arange(30), np.arange(30, 60))]
    assert np.array_equal(
        np.concatenate([numbers(half.values) for half in halves]).astype(float),
        numbers(first.values).astype(float),
        equal_nan=True,
    )
    assert same(busy.answer(kind, *asked[kind]), second)
    assert not same(first, second) and not same(first, other.answer(kind, *asked[kind]))


def test_every_question_is_answered_by_someone_of_the_crowd(person_of):
    person = person_of("corridor", presets.crowd())
    assert [rater.rationality.error for rater in person.raters] == pytest.approx([0.02, 0.06, 0.1, 0.14, 0.18])
    weights = np.array([rater.weights / person.task.weights for rater in person.raters])
    assert np.all((weights >= 0.5) & (weights <= 2)) and len(np.unique(weights)) == 10
    for kind, subjects in questions(person).items():
        reply = person.answer(kind, *subjects)
        assert set(reply.raters) == set(range(5)) and len(reply) == 60
        assert len(numbers(reply.values)) == 60


def test_a_crowd_answers_in_the_order_of_the_questions(person_of):
    person = person_of("corridor", replace(presets.crowd(), error=0.0, taste=1.0))
    alone = person_of("corridor", Rationality())
    asked = questions(person)
    for kind in ("compare", "judge", "advise", "weigh", "rate"):
        assert same(person.answer(kind, *asked[kind]), alone.answer(kind, *asked[kind]))
    clips = asked["correct"][0]
    assert np.array_equal(person.answer("correct", clips).values.states[:, 0], clips.states[:, 0])


def test_fatigue_grows_with_effort_up_to_a_coin(person_of):
    person = person_of("slider", Rationality(error=0.1, fatigue=0.4))
    clips = person.reference.clips(5)
    half = len(clips) // 2
    for hours, error in [(0.0, 0.1), (0.25, 0.2), (0.5, 0.3), (9.0, 0.5)]:
        reply = person.answer("compare", clips[:half], clips[half:], effort=3600 * hours)
        assert reply.errors / reply.decidable == pytest.approx(error, abs=0.02)
    effort = np.where(np.arange(half) % 2, 0.0, 1800.0)  # each question has its own
    reply = person.answer("compare", clips[:half], clips[half:], effort=effort)
    for which, error in [(slice(0, None, 2), 0.3), (slice(1, None, 2), 0.1)]:
        assert reply[which].errors / reply[which].decidable == pytest.approx(error, abs=0.03)


@pytest.mark.parametrize("name", ["goal", 0, "largest"])
def test_bias_reaches_every_channel(person_of, name):
    """Who holds a goal for half its worth is an expert of the task in which it pays 1/2."""
    person, fair = (person_of("corridor", Rationality(bias=bias)) for bias in (((name, 0.5),), ()))
    (rater,) = person.raters
    assert rater.weights.tolist() == [0.5, 0.1]
    other = corridor(weights=(0.5, 0.1))
    clip = walk(corridor(), [4, 5, 6], [2, 2], arrived=[5, 1])
    expected = step_utility(other, other.expert(), walk(other, [4, 5, 6], [2, 2], arrived=[5, 1]))
    assert person.step_utility(clip) == pytest.approx(expected)
    cells = np.arange(6.0)[:, None]
    assert rater.advantages(cells) == pytest.approx(other.expert().q(cells) - other.expert().value(cells)[:, None])
    outcomes = np.array([[1.0, -6.0]]), np.array([[0.0, 0.0]])  # 1 - 0.6 > 0, but 0.5 - 0.6 < 0
    assert fair.answer("weigh", *outcomes).values == 1 and person.answer("weigh", *outcomes).values == 0


def test_who_does_not_care_for_the_goal_does_not_go_there(person_of):
    person = person_of("corridor", Rationality(bias=(("goal", -1.0),)))
    played = person.answer("demonstrate", np.full(10, 40)).values
    assert not played.event.any()
    assert played.rewards == pytest.approx(np.full((10, 40), -0.1))  # the true reward, not the person's


def test_a_bias_about_nothing_is_an_error(person_of):
    with pytest.raises(ValueError, match="no objective 'beauty'"):
        person_of("corridor", Rationality(bias=(("beauty", 2.0),)))


def test_myopia_looks_at_the_end_of_a_clip(person_of):
    """Right then left against left then right: the same for one who weighs steps alike, but for the costs."""
    task = corridor()
    early, late = walk(task, [3, 4, 3], [2, 0]), walk(task, [3, 2, 3], [0, 2])
    myopic = person_of("corridor", Rationality(gamma=0.5))
    assert myopic.answer("compare", early, late).values == 0
    assert person_of("corridor", Rationality()).answer("compare", early, late).values == 0.5


def test_step_utility_adds_up_to_the_utility_compared(any_task, person_of):
    person = person_of(any_task, presets.biased())
    clips = person.reference.clips(10)[:20]
    assert person.step_utility(clips).sum(axis=1) == pytest.approx(person.raters[0].utility(clips))


def test_what_cannot_be_is_said_in_a_sentence(person_of):
    person = person_of("corridor", Rationality(error=0.1))
    clips = person.reference.clips(5)
    with pytest.raises(ValueError, match="does not answer 'sing'"):
        person.answer("sing", clips)
    with pytest.raises(ValueError, match="no 'rate' questions"):
        person.answer("rate", clips[:0])
    with pytest.raises(ValueError, match="one step or more"):
        here = replace(clips[:3], **{name: getattr(clips, name)[:3, :0] for name in ("actions", "rewards", "event")})
        person.answer("judge", here)
    with pytest.raises(ValueError, match="longer than an episode"):
        person.reference.clips(41)
    with pytest.raises(ValueError, match=r"nobody can answer 45\.0% of the reference pairs of clips wrongly"):
        careful = person_of("corridor", Rationality(error=0.45, equal=0.5))
        careful.answer("compare", clips[:5], clips[5:10])


@pytest.mark.parametrize(
    "wrong, message",
    [
        ({"error": 0.6}, "error must be within"),
        ({"beta": 1.0}, "either an error or a beta"),
        ({"error": None}, "either an error or a beta"),
        ({"equal": 0.6, "skip": 0.6}, "more than all questions"),
        ({"error": None, "beta": 1.0, "fatigue": 0.1}, "needs an error"),
        ({"error": 0.3, "crowd": 3}, "must be <= 0.25"),
        ({"utility": "beauty"}, "none of progress"),
        ({"delay": -1}, "must not be negative"),
        ({"taste": 0.5}, "factor of 1 or more"),
    ],
)
def test_an_impossible_rationality(wrong, message):
    with pytest.raises(ValueError, match=message):
        Rationality(**wrong)


def test_presets_are_tagged_and_survive_json():
    made = {made.oracle_name: made for made in vars(presets).values() if hasattr(made, "oracle_name")}
    assert len(made) == 19
    for name, preset in made.items():
        assert preset.__name__ == name.replace("-", "_") and preset.__doc__
        assert Rationality(**json.loads(json.dumps(asdict(preset())))) == preset()


def test_a_plug_in_is_a_tagged_function():
    @oracle("mine")
    def mine():
        return Rationality(error=0.15, delay=2)

    assert mine.oracle_name == "mine" and mine().delay == 2
