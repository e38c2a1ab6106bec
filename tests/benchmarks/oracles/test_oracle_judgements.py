"""Every probability by hand, with beta = 1 and clips whose utility is the sum of given rewards."""

from math import log

import numpy as np
import pytest
from scipy.special import expit
from toys import corridor, rewarded, walk

from benchmarks.oracles import judgements
from benchmarks.oracles.calibrate import Margins
from benchmarks.oracles.rationality import Rationality

NEVER = 0.999
BOLTZMANN = {"error": None, "beta": 1.0, "utility": "return"}


def said(kind, rater, subjects, *draws):
    reply = getattr(judgements, kind)(rater, subjects, np.array([draws]))
    return reply.values[0], reply.truth[0], reply.wrong[0]


def test_compare(rater_of):
    """P(left) = sigma(log 3) = 3/4."""
    rater = rater_of("corridor", Rationality(**BOLTZMANN))
    pair = rewarded([[0.0, log(3)]]), rewarded([[0.0, 0.0]])
    assert said("compare", rater, pair, 0.74, NEVER) == (1, 1, 0)
    assert said("compare", rater, pair, 0.76, NEVER) == (0, 1, 1)
    assert said("compare", rater, pair[::-1], 0.24, NEVER) == (1, 0, 1)


def test_compare_calls_exact_ties_equal(rater_of):
    rater = rater_of("corridor", Rationality(mistake=1.0, utility="return"))
    tie = rewarded([[0.3, 0.1]]), rewarded([[0.1, 0.3]])
    assert said("compare", rater, tie, 0.1, 0.1) == (0.5, 0.5, 0)


def test_mistakes_turn_the_answer(rater_of):
    rater = rater_of("corridor", Rationality(mistake=0.1, utility="return"))
    pair = rewarded([[1.0]]), rewarded([[0.0]])
    assert said("compare", rater, pair, 0.5, 0.09) == (0, 1, 1)
    assert said("compare", rater, pair, 0.5, 0.11) == (1, 1, 0)


def test_skipped_is_nan_and_no_error(rater_of):
    rater = rater_of("corridor", Rationality(skip=0.5, mistake=1.0))
    poor, good = rewarded([[-9.0] * 5]), rewarded([[9.0] * 5])
    for kind, subjects in [("compare", (poor, poor)), ("rate", (poor,)), ("rank", (poor, poor, poor))]:
        reply = getattr(judgements, kind)(rater, subjects, np.full((1, 4), 0.1))
        assert np.isnan(reply.values).all() and reply.skips == 1 and reply.errors == 0
    assert said("compare", rater, (good, poor), 0.5, 0.5)[0] == 0


def test_weigh(rater_of):
    """w = (1, 0.1): a goal against nothing for 10 steps less, plus log 3 in goals: P(left) = 3/4."""
    rater = rater_of("corridor", Rationality(**BOLTZMANN))
    pair = np.array([[1 + log(3), -10.0]]), np.array([[0.0, 0.0]])
    assert said("weigh", rater, pair, 0.74, NEVER) == (1, 1, 0)
    assert said("weigh", rater, pair, 0.76, NEVER) == (0, 1, 1)


def test_rate_is_the_quantile_among_reference_clips(rater_of):
    rater = rater_of("corridor", Rationality(utility="return"))
    known = rater.reference.clips(5).rewards.sum(axis=1)
    for total in (-0.5, 0.2, 0.6):
        rating, truth, _ = said("rate", rater, (rewarded([[total, 0, 0, 0, 0]]),), 0.9, NEVER)
        expected = np.mean(known < total - 1e-9) + 0.5 * np.mean(np.abs(known - total) < 1e-9)
        assert rating == truth == pytest.approx(expected)


def test_rate_errs_about_the_middle(rater_of):
    """u = median + log 3: it is rated under 1/2 with probability sigma(-log 3) = 1/4."""
    rater = rater_of("slider", Rationality(**BOLTZMANN))
    middle = rater.known(5)[1]
    clip = rewarded([[middle + log(3), 0, 0, 0, 0]])
    low, truth, wrong = said("rate", rater, (clip,), 0.24, NEVER)
    assert low < 0.5 < truth and wrong
    high, _, wrong = said("rate", rater, (clip,), 0.26, NEVER)
    assert 0.5 < high < truth and not wrong
    turned = said("rate", rater, (clip,), 0.26, 0.0)[0]
    assert rater.rationality.mistake == 0 and turned == high


def test_a_mistaken_rating_is_turned_round(rater_of):
    rater = rater_of("slider", Rationality(mistake=0.1, utility="return"))
    clip = rewarded([[rater.known(1)[1] + 0.01]])
    rating, truth, wrong = said("rate", rater, (clip,), 0.5, 0.09)
    assert rating == 1 - truth and wrong


def test_judge(rater_of, monkeypatch):
    """A* + delta = -log 3: "yes" with probability 1/4, and it is wrong."""
    rater = rater_of("corridor", Rationality(**BOLTZMANN))
    monkeypatch.setitem(rater.__dict__, "actions", (0.5, Margins(np.zeros(2), np.array([1.0, -1.0]))))
    clip = walk(corridor(), [3, 4], [2])
    monkeypatch.setattr(rater, "advantage", lambda states, actions: np.array([-0.5 - log(3)]))
    assert said("judge", rater, (clip,), 0.24, NEVER) == (1, 0, 1)
    assert said("judge", rater, (clip,), 0.26, NEVER) == (0, 0, 0)
    monkeypatch.setattr(rater, "advantage", lambda states, actions: np.array([-0.5 + log(3)]))
    assert said("judge", rater, (clip,), 0.74, NEVER) == (1, 1, 0)
    assert said("judge", rater, (clip,), 0.76, NEVER) == (0, 1, 1)


def test_a_delayed_judge_is_about_an_earlier_action(rater_of):
    """Left, right, right: only the first step is wrong."""
    clip = walk(corridor(), [3, 2, 3, 4], [0, 2, 2])
    for delay, expected in [(0, (1, 1, 0)), (1, (1, 1, 0)), (2, (0, 1, 1)), (9, (0, 1, 1))]:
        assert said("judge", rater_of("corridor", Rationality(delay=delay)), (clip,), 0.5, NEVER) == expected


def test_rank_is_plackett_luce(rater_of):
    """Utilities log 1, log 2, log 4: P(order c, b, a) = 4/7 * 2/3, P(a first) = 1/7."""
    rater = rater_of("corridor", Rationality(**BOLTZMANN))
    n = 20000
    candidates = [rewarded(np.full((n, 1), log(weight))) for weight in (1, 2, 4)]
    reply = judgements.rank(rater, candidates, np.random.default_rng(0).uniform(1e-9, 1, (n, 4)))
    assert np.mean((reply.values == [2, 1, 0]).all(axis=1)) == pytest.approx(8 / 21, abs=0.015)
    assert np.mean(reply.values[:, 0] == 0) == pytest.approx(1 / 7, abs=0.011)
    assert np.all(reply.truth == [2, 1, 0])
    # a before b, a before c, b before c: sigma(-log 2), sigma(-log 4), sigma(-log 2)
    assert reply.errors / n == pytest.approx((1 / 3 + 1 / 5 + 1 / 3) / 3, abs=0.01)


def test_rank_without_errors_leaves_ties_to_chance_and_mistakes_turn_it(rater_of):
    rater = rater_of("corridor", Rationality(utility="return"))
    n = 2000
    candidates = [rewarded(np.full((n, 1), reward)) for reward in (0.2, 0.5, 0.2)]
    draws = np.random.default_rng(0).uniform(1e-9, 1, (n, 4))
    reply = judgements.rank(rater, candidates, draws)
    assert np.all(reply.values[:, 1] == 0) and reply.errors == 0
    assert np.mean(reply.values[:, 0] == 1) == pytest.approx(0.5, abs=0.05)
    turned = judgements.rank(rater_of("corridor", Rationality(mistake=1.0, utility="return")), candidates, draws)
    assert np.array_equal(turned.values, 2 - reply.values)


def test_yes_is_a_coin_at_margin_zero():
    margins = np.array([-1.0, 0.0, 1.0])
    assert judgements.yes(np.inf, margins).tolist() == [0.0, 0.5, 1.0]
    assert judgements.yes(2.0, margins) == pytest.approx(expit(2 * margins))
    assert judgements.yes(np.array([0.0, 1.0, 0.0]), margins).tolist() == [0.5, 0.5, 0.5]
