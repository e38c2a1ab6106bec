import numpy as np
from scipy.stats import kstest

from benchmarks.chance import stream
from benchmarks.oracles.chance import Chance

QUESTIONS = [np.arange(4000.0).reshape(1000, 2, 2), np.arange(1000)]


def test_numbers_are_uniform_and_independent():
    draws = Chance(0).draw("compare", QUESTIONS, 20)
    assert draws.shape == (1000, 20) and draws.min() > 0 and draws.max() < 1
    assert min(kstest(column, "uniform").pvalue for column in draws.T) > 1e-4
    assert np.abs(np.corrcoef(draws.T) - np.eye(20)).max() < 5 / np.sqrt(1000)


def test_an_answer_depends_on_the_question_alone():
    alone = Chance(7).draw("rate", QUESTIONS, 3)
    busy = Chance(7)
    busy.draw("rank", QUESTIONS, 5)
    busy.draw("rate", [np.ones((9, 2, 2)), np.ones(9, dtype=int)], 3)
    shuffled = np.random.default_rng(0).permutation(1000)
    again = np.concatenate([busy.draw("rate", [part[i] for part in QUESTIONS], 3) for i in shuffled.reshape(-1, 4)])
    assert np.array_equal(again, alone[shuffled])


def test_asking_again_is_another_draw_and_reproducible():
    one, other = Chance(1), Chance(1)
    first, second = one.draw("rate", QUESTIONS, 2), one.draw("rate", QUESTIONS, 2)
    assert not np.any(first == second)
    twice = other.draw("rate", [np.repeat(part, 2, axis=0) for part in QUESTIONS], 2)
    assert np.array_equal(twice[0::2], first) and np.array_equal(twice[1::2], second)


def test_seed_and_kind_matter():
    draws = [Chance(seed).draw(kind, QUESTIONS, 1) for seed in (0, 1) for kind in ("rate", "judge")]
    assert len(np.unique(np.concatenate(draws))) == 4000


def test_streams_have_coordinates():
    assert stream("a", 1).random() == stream("a", 1).random() != stream("a", 2).random()
