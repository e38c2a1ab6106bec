"""B-Pref's `get_label`, worked out by hand: clips of two steps, m = 10 unless said otherwise."""

import numpy as np
import pytest

from benchmarks.oracles.bpref import published
from benchmarks.oracles.presets import (
    bpref_equal,
    bpref_mistake,
    bpref_myopic,
    bpref_noisy,
    bpref_oracle,
    bpref_skip,
)

NEVER = 0.999


def ask(teacher, left, right, draws=(0.5, NEVER), margin=10.0, first_session=True):
    reply = published(
        np.array([left], dtype=float),
        np.array([right], dtype=float),
        np.array([draws]),
        teacher=teacher,
        margin=margin,
        first_session=first_session,
    )
    return reply.values[0]


def test_rational_and_ties_go_to_the_first():
    assert ask(bpref_oracle(), [1, 2], [1, 1]) == 1
    assert ask(bpref_oracle(), [1, 1], [1, 2]) == 0
    assert ask(bpref_oracle(), [1, 1], [2, 0]) == 1


def test_noise_is_a_softmax_of_beta_one():
    """P(second) = sigma(log 3) = 3/4."""
    assert ask(bpref_noisy(), [0, 0], [0, np.log(3)], draws=(0.74, NEVER)) == 0
    assert ask(bpref_noisy(), [0, 0], [0, np.log(3)], draws=(0.76, NEVER)) == 1


def test_myopia_discounts_early_steps():
    """Sums are 1.9 and 2.0 but 0.9 * 0 + 1.9 = 1.9 and 0.9 * 2 + 0 = 1.8 after it."""
    assert ask(bpref_oracle(), [0, 1.9], [2, 0]) == 0
    assert ask(bpref_myopic(), [0, 1.9], [2, 0]) == 1


def test_mistakes_turn_the_label_and_equal_overrides_both():
    assert ask(bpref_mistake(), [2, 0], [1, 0], draws=(0.5, 0.1)) == 0
    assert ask(bpref_mistake(), [2, 0], [1, 0], draws=(0.5, 0.101)) == 1
    assert ask(bpref_equal(), [1, 1], [1, 1.9], draws=(0.5, 0.0)) == 0.5


@pytest.mark.parametrize("first, threshold", [(True, 1.0), (False, 0.1)])
def test_thresholds_are_eps_then_eps_squared(first, threshold):
    """eps = 0.1: 0.1 * 10 at the first session, 0.01 * 10 at the later ones."""
    below, above = threshold - 0.01, threshold + 0.01
    assert ask(bpref_equal(), [0, 0], [0, below], first_session=first) == 0.5
    assert ask(bpref_equal(), [0, 0], [0, above], first_session=first) == 0
    assert np.isnan(ask(bpref_skip(), [0, 0], [0, threshold], first_session=first))  # not above it
    assert ask(bpref_skip(), [0, 0], [0, above], first_session=first) == 0


def test_negative_margins_silently_make_a_perfect_teacher():
    assert ask(bpref_skip(), [-9, -9], [-9, -8], margin=-10.0) == 0
    assert ask(bpref_equal(), [-9, -9], [-9, -8.999], margin=-10.0) == 0


def test_skip_and_equal_look_at_undiscounted_sums():
    """0.1 * 10 = 1 < the sum 2, though with gamma 0.1 only 0.2 would be left."""
    from benchmarks.oracles.rationality import Rationality

    teacher = Rationality(skip=0.1, gamma=0.1, utility="return", as_published=True)
    assert ask(teacher, [2, 0], [0, 0]) == 1


def test_the_person_counts_sessions(person_of, fresh):
    """At the corridor the log's mean return is negative; every task's first batch is its first session."""
    clips = fresh("corridor", 50).clips(5)
    person = person_of("corridor", bpref_equal())
    person.answer("compare", clips[:50], clips[50:])
    assert person._sessions == 1
    with pytest.raises(ValueError, match="does not answer 'rate'"):
        person.answer("rate", clips)
