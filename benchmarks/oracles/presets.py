"""The simulated humans that a suite can name.

Another file may add its own; a tagged function is all there is:

    @oracle("mine")
    def mine() -> Rationality:
        return Rationality(error=0.15, delay=2)

Most of them fall short in one respect only, so that holding them against `perfect` shows what it costs.
"""

from __future__ import annotations

from benchmarks.oracles.rationality import Rationality, oracle


@oracle("perfect")
def perfect() -> Rationality:
    """Never errs; only exact ties are equal."""
    return Rationality()


@oracle("typical")
def typical() -> Rationality:
    """Errs in 10 % of the reference questions and calls the closest 5 % of the pairs equal."""
    return Rationality(error=0.10, equal=0.05)


@oracle("noisy")
def noisy() -> Rationality:
    """Errs in 20 %, mostly where little is at stake. B-Pref's noisy teacher, made the same on every task."""
    return Rationality(error=0.20)


@oracle("mistake")
def mistake() -> Rationality:
    """Turns 10 % of the answers round, whatever is at stake."""
    return Rationality(mistake=0.10)


@oracle("myopic")
def myopic() -> Rationality:
    """Weighs the last step of a clip most, each earlier one 10 % less."""
    return Rationality(gamma=0.9)


@oracle("skip")
def skip() -> Rationality:
    """Skips the 10 % of questions that show nothing good enough."""
    return Rationality(skip=0.10)


@oracle("equal")
def equal() -> Rationality:
    """Calls the closest 10 % of pairs equal."""
    return Rationality(equal=0.10)


@oracle("biased")
def biased() -> Rationality:
    """Weighs the objective that the reward is mostly about at half."""
    return Rationality(bias=(("largest", 0.5),))


@oracle("fatigued")
def fatigued() -> Rationality:
    """Errs in 10 % at first, in 30 % after half an hour."""
    return Rationality(error=0.10, fatigue=0.40)


@oracle("crowd")
def crowd() -> Rationality:
    """Five people who err in 2 to 18 %, and weigh objectives up to twice as much or as little."""
    return Rationality(error=0.10, crowd=5, taste=2.0)


@oracle("divided")
def divided() -> Rationality:
    """Four people who never err, and weigh objectives up to five times as much or as little as the reward does."""
    return Rationality(crowd=4, taste=5.0)


@oracle("chebyshev")
def chebyshev() -> Rationality:
    """Errs as `typical`, and wants no objective far from its best: often a point that no weights make the best."""
    return Rationality(error=0.10, equal=0.05, outcome="chebyshev")


@oracle("threshold")
def threshold() -> Rationality:
    """Errs as `typical`; of the last objective, a cost, wants no more than a moderate amount."""
    return Rationality(error=0.10, equal=0.05, outcome="threshold")


# ---- B-Pref's teachers (Lee et al. 2021) as published, defects included: see `bpref.py` --------------------


@oracle("bpref-oracle")
def bpref_oracle() -> Rationality:
    """Rational on the sum of rewards."""
    return Rationality(utility="return", as_published=True)


@oracle("bpref-mistake")
def bpref_mistake() -> Rationality:
    """eps_mistake 0.1."""
    return Rationality(mistake=0.1, utility="return", as_published=True)


@oracle("bpref-noisy")
def bpref_noisy() -> Rationality:
    """beta 1, whatever the scale of the rewards."""
    return Rationality(error=None, beta=1.0, utility="return", as_published=True)


@oracle("bpref-skip")
def bpref_skip() -> Rationality:
    """eps_skip 0.1."""
    return Rationality(skip=0.1, utility="return", as_published=True)


@oracle("bpref-equal")
def bpref_equal() -> Rationality:
    """eps_equal 0.1."""
    return Rationality(equal=0.1, utility="return", as_published=True)


@oracle("bpref-myopic")
def bpref_myopic() -> Rationality:
    """gamma 0.9."""
    return Rationality(gamma=0.9, utility="return", as_published=True)
