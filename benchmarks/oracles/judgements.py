"""Answers in words: which, how good, right or wrong, in what order.

Each answer is pure: what the question shows (`subjects`) and uniform numbers `draws` [n, ...] in (0, 1) in, a
Reply out. `tired` (a number or [n]) is what fatigue adds to the declared error.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from benchmarks.api import Policy
from benchmarks.oracles.against import Against
from benchmarks.oracles.calibrate import Margins, sigmoid
from benchmarks.oracles.rater import Rater
from benchmarks.oracles.reply import Reply
from benchmarks.task import Trajectories

Array = np.ndarray[Any, np.dtype[Any]]

TINY = 1e-300  # instead of beta = 0, whose noise is infinite


def compare(rater: Rater, subjects: Sequence[Trajectories], draws: Array, tired: Array | float = 0.0) -> Reply:
    """Of (left, right): P(left) = sigma(beta (u_left - u_right)); 0.5 if called equal, NaN if skipped."""
    left, right = subjects
    scale = rater.clips(max(left.length, right.length), rater.rationality.equal)
    beta = rater.beta(scale, "pairs of clips", tired)
    return sided(rater, rater.utility(left), rater.utility(right), scale, beta, draws)


def weigh(rater: Rater, subjects: Sequence[Array], draws: Array, tired: Array | float = 0.0) -> Reply:
    """Of the outcomes (left, right): P(left) = sigma(beta (u(v_left) - u(v_right))); else as `compare`.

    u is linear, w' . v, or another of `outcomes.py`.
    """
    left, right = (rater.worth(outcomes) for outcomes in subjects)
    scale = rater.outcomes
    return sided(rater, left, right, scale, rater.beta(scale, "outcomes", tired), draws)


def sided(rater: Rater, left: Array, right: Array, scale: Margins, beta: Array | float, draws: Array) -> Reply:
    margin = left - right
    skipped = np.maximum(left, right) < scale.skip
    equal = (np.abs(margin) <= scale.equal) & ~skipped
    said = (draws[:, 0] < yes(beta, margin)) ^ (draws[:, 1] < rater.rationality.mistake)
    tied = np.abs(margin) <= scale.tie
    truth = np.where(tied, 0.5, margin > 0)
    values = np.where(skipped, np.nan, np.where(equal, 0.5, said))
    return Reply.of(values, truth, np.abs(values - truth) == 1.0, tied=tied, equal=equal, skipped=skipped)


def rate(rater: Rater, subjects: Sequence[Trajectories], draws: Array, tired: Array | float = 0.0) -> Reply:
    """Quantile of u + noise among the reference clips of the same length, ties counting half.

    The noise is logistic, of scale 1 / beta: P(wrong side of the median m) = sigma(-beta |u - m|).
    """
    (clips,) = subjects
    known, middle, scale = rater.known(clips.length)
    utility = rater.utility(clips)
    logistic = np.log(draws[:, 0]) - np.log1p(-draws[:, 0])
    noise = logistic / np.maximum(rater.beta(scale, "clips", tired), TINY)
    truth, heard = (quantile(known, heard, scale.tie) for heard in (utility, utility + noise))
    said = np.where(draws[:, 1] < rater.rationality.mistake, 1.0 - heard, heard)
    tied = np.abs(utility - middle) <= scale.tie
    skipped = utility < scale.skip
    wrong = ((said - 0.5) * (utility - middle) < 0) & ~tied & ~skipped
    return Reply.of(np.where(skipped, np.nan, said), truth, wrong, tied=tied, skipped=skipped)


def judge(
    rater: Rater,
    subjects: Sequence[Trajectories],
    draws: Array,
    tired: Array | float = 0.0,
    policy: Policy | None = None,
) -> Reply:
    """Right is A*(s, a) >= -delta; P(yes) = sigma(beta (A* + delta)).

    Against a policy: A > 0 of `Against`, P(yes) = sigma(beta A), and no answer to A = 0 is wrong.
    With a delay the person answers about an earlier action, but is held against the last one.
    """
    (clips,) = subjects
    if policy is not None:
        return judge_against(rater, clips, draws, tired, policy)
    delta, scale = rater.actions
    last = clips.length - 1
    seen = max(last - rater.rationality.delay, 0)
    advantage = rater.advantage(clips.states[:, seen], clips.actions[:, seen])
    about = advantage if seen == last else rater.advantage(clips.states[:, last], clips.actions[:, last])
    truth = about >= -delta
    chance = yes(rater.beta(scale, "actions", tired), advantage + delta)
    said = (draws[:, 0] < chance) ^ (draws[:, 1] < rater.rationality.mistake)
    skipped = advantage < scale.skip
    return Reply.of(np.where(skipped, np.nan, said), truth, (said != truth) & ~skipped, skipped=skipped)


def judge_against(
    rater: Rater, clips: Trajectories, draws: Array, tired: Array | float, policy: Policy
) -> Reply:
    against = Against(rater, policy, seed=int(draws[0, 2] * 2**53))
    last = clips.length - 1
    seen = max(last - rater.rationality.delay, 0)
    advantage = against.advantage(clips.states[:, seen], clips.actions[:, seen])
    about = advantage if seen == last else against.advantage(clips.states[:, last], clips.actions[:, last])
    tied = np.abs(about) <= against.scale.tie
    chance = yes(against.beta(tired), np.where(np.abs(advantage) <= against.scale.tie, 0.0, advantage))
    said = (draws[:, 0] < chance) ^ (draws[:, 1] < rater.rationality.mistake)
    skipped = advantage < against.scale.skip
    truth = np.where(tied, 0.5, about > 0)
    wrong = (said != truth) & ~tied & ~skipped
    return Reply.of(np.where(skipped, np.nan, said), truth, wrong, tied=tied, skipped=skipped)


def rank(rater: Rater, subjects: Sequence[Trajectories], draws: Array, tired: Array | float = 0.0) -> Reply:
    """Plackett-Luce: ranks [n, k] by u + Gumbel noise of scale 1 / beta; a mistake turns the order round.

    So any two candidates are in the wrong order with `compare`'s probability sigma(-beta |du|).
    """
    scale = rater.clips(max(clips.length for clips in subjects), equal=0.0)
    utility = np.stack([rater.utility(clips) for clips in subjects], axis=1)
    noise = -np.log(-np.log(draws[:, 1 : 1 + len(subjects)]))
    beta = np.minimum(rater.beta(scale, "pairs of clips", tired), scale.certain)
    said = ranks(np.reshape(beta, (-1, 1)) * utility + noise)
    said = np.where(draws[:, :1] < rater.rationality.mistake, len(subjects) - 1 - said, said)
    first, second = np.triu_indices(len(subjects), 1)
    margin = utility[:, first] - utility[:, second]
    sided = np.abs(margin) > scale.tie
    wrong = ((said[:, first] < said[:, second]) != (margin > 0)) & sided
    share = wrong.sum(axis=1) / np.maximum(sided.sum(axis=1), 1)
    skipped = utility.max(axis=1) < scale.skip
    values = np.where(skipped[:, None], np.nan, said)
    truth = ranks(scale.certain * utility + noise)
    return Reply.of(values, truth, share * ~skipped, tied=~sided.any(axis=1), skipped=skipped)


def yes(beta: Array | float, margin: Array) -> Array:
    """sigma(beta * margin), beta = infinity included: 1/2 at margin 0."""
    with np.errstate(invalid="ignore"):
        return np.where(margin == 0, 0.5, sigmoid(beta * margin))


def quantile(known: Array, values: Array, tie: float) -> Array:
    """Share of the sorted `known` below each value, those tied counting half."""
    below = np.searchsorted(known, values - tie, side="left")
    return (below + np.searchsorted(known, values + tie, side="right")) / (2 * len(known))


def ranks(scores: Array) -> Array:
    """Ranks [n, k] of the scores in each row, 0 for the highest."""
    return np.argsort(np.argsort(-scores, axis=1), axis=1)
