"""How good a learned reward is: held against the true one, against the person, and against what it leads to.

Measured with a yardstick that is the same for all learners of a task and that none of them meets: clips of 25
steps out of episodes like the log's, but other ones. With R(clip) = sum_t r(o_t, a_t) of the learned reward r:

accuracy             share of the pairs of clips that R orders as the person's own utility, free of error, does;
                     pairs of equal utility are left out, and equal R counts half
step_correlation     Spearman's rank correlation of r with the true reward, over the steps of the clips
return_correlation   of R with the clips' true returns, undiscounted
utility_correlation  of R with the clips' utility to the person
epic                 distance of r from the true reward, in [0, 1], see `canonical`; 1 is its opposite
calibration_error    of sigmoid(R(left) - R(right)) against the person's answers; for rewards that are revealed as
                     logits of comparisons (Bradley and Terry 1952)
learned_return       mean r of a step where the offered policy was scored, in deviations of r over the clips from its
                     mean there. Where it rises while the score falls, the reward was over-optimised (Gao, Schulman,
                     Hilton, "Scaling laws for reward model overoptimization", 2022)

A number that is undefined, as the correlation of a constant, is None.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

from benchmarks.api import Policy
from benchmarks.chance import entropy, stream
from benchmarks.evaluate import Worth
from benchmarks.log import mixed_log, random_actions
from benchmarks.oracles.person import Person
from benchmarks.oracles.reference import CLIP, Reference
from benchmarks.oracles.utility import absorbed
from benchmarks.task import Expert, Task, Trajectories

Array = np.ndarray[Any, np.dtype[Any]]
Reward = Callable[[Array, Array], Array]  # (observations [n, ...], actions [n, ...]) -> [n]

PAIRS = 64  # twice as many clips
EPISODES = 25
TRANSITIONS = 128  # on which EPIC is taken
ACTIONS = 6  # at most, drawn for EPIC's mean over actions
ANSWERED = 500  # pairs that are put to the person
VISITED = 1000  # steps of a policy's scored episodes, at most


# ---- the measures -----------------------------------------------------------------------------------------


def accuracy(learned: Array, truth: Array) -> float | None:
    """Share of the pairs of n clips that `learned` [n] orders as `truth` [n] does (Kendall's tau_a is 2 x - 1)."""
    left, right = np.triu_indices(len(truth), 1)
    right_way = np.sign(truth[left] - truth[right])
    decided = np.abs(truth[left] - truth[right]) > 1e-9 * max(1.0, float(np.abs(truth).max()))
    agreed = np.sign(learned[left] - learned[right]) * right_way
    return float((0.5 + 0.5 * agreed[decided]).mean()) if decided.any() else None


def spearman(first: Array, second: Array) -> float | None:
    """Pearson's correlation of the ranks; equal numbers share their mean rank."""
    return pearson(ranks(first), ranks(second))


def ranks(values: Array) -> Array:
    """[n], from 0; equal values share the mean of their places."""
    _, which, counts = np.unique(values, return_inverse=True, return_counts=True)
    return (np.cumsum(counts) - (counts + 1) / 2)[which]


def pearson(first: Array, second: Array) -> float | None:
    """Their correlation; None if either is constant."""
    a, b = first - first.mean(), second - second.mean()
    size = float(np.sqrt((a @ a) * (b @ b)))
    return float(np.clip(a @ b / size, -1.0, 1.0)) if size > 1e-12 * len(a) else None


def calibration_error(probability: Array, answers: Array, bins: int = 10) -> float | None:
    """Expected calibration error, sum_b n_b / n |mean p - mean answer|, over bins of equal width of p [n]."""
    if not len(answers):
        return None
    place = np.minimum((probability * bins).astype(int), bins - 1)
    gaps = np.bincount(place, probability - answers, minlength=bins)
    return float(np.abs(gaps).sum() / len(answers))


def canonical(given: Array, before: Array, after: Array, discount: float) -> Array:
    """C(R)(s, a, s') = R(s, a, s') + E[gamma R(s', A, S') - R(s, A, S') - gamma R(S, A, S')] on n transitions.

    Gleave, Dennis, Legg, Russell, Leike, "Quantifying differences in reward functions", 2021. Here D_S is the
    departure states s_i of the transitions themselves and D_A some actions drawn at random (all, if there are
    few), the same for every reward; S, A and S' are independent, so that a potential drops out exactly:

    given   [n]  R(s_i, a_i, s'_i)
    before  [n]  E_{A, S'} R(s_i, A, S')
    after   [n]  E_{A, S'} R(s'_i, A, S'), s'_i being where the twin went on from, a start state after an event

    A learned reward r(s, a) is the function R(s, a, s') = r(s, a), so that its mean over S' is itself. Potentials
    can only be written with s': a model of (s, a) that has learned "the value of where this leads to" through
    the dynamics is *not* forgiven it here, though it leads to the same policies.
    """
    return given + discount * after - before - discount * before.mean()


def epic(first: Array, second: Array) -> float | None:
    """sqrt((1 - rho) / 2) of two canonical rewards [n], rho Pearson's: 0 for equal ones up to scale, 1 for opposites.

    A reward whose canonical form is constant tells nothing and is at 1 / sqrt(2) from all others.
    """
    rho = pearson(first, second)
    return float(np.sqrt((1 - (rho or 0.0)) / 2))


def learned_return(reward: Reward, known: Array, worth: Worth) -> float | None:
    """Mean learned reward of the steps of a policy's scored episodes, in deviations of `known` [n] from its mean."""
    spread = float(known.std())
    if worth.visited is None or spread < 1e-12:
        return None
    observations, actions = worth.visited
    evenly = np.linspace(0, len(actions) - 1, min(VISITED, len(actions))).astype(int)
    return float((called(reward, observations[evenly], actions[evenly]).mean() - known.mean()) / spread)


def decidedness(policy: Policy, worth: Worth) -> dict[str, float]:
    """entropy: mean H(pi(.|o)) in nats over steps of the policy's scored episodes, if it can tell it; or else
    agreement: the share of those steps in which two actions drawn from it are the same, if it can be copied.
    """
    assert worth.visited is not None
    observations = worth.visited[0]
    observations = observations[np.linspace(0, len(observations) - 1, min(VISITED, len(observations))).astype(int)]
    if hasattr(policy, "entropy"):
        return {"entropy": float(np.mean(policy.entropy(observations)))}
    try:
        twin = deepcopy(policy)  # that has used up no chance of the policy's own
    except Exception:  # what cannot be copied cannot be stored either, and is told so where it is to be stored
        return {}
    one, other = (np.asarray(twin.predict(observations, deterministic=False)[0]) for _ in range(2))
    return {"agreement": float((one == other).reshape(len(observations), -1).all(axis=1).mean())}


# ---- the yardstick ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Yardstick:
    """n clips of L steps and what is known of them; N transitions and m actions each for EPIC.

    observations [n * L, ...], actions [n * L, ...]   the steps of the clips
    rewards [n * L], returns [n], utility [n]         the truth, and the person's
    pairs [k, 2], answers [k]                         what the person said of pairs of clips, NaN where skipped
    rows                                              observations and actions of EPIC, [N * (1 + 2 m), ...] each
    true [N]                                          the canonical true reward
    """

    observations: Array
    actions: Array
    rewards: Array
    returns: Array
    utility: Array
    pairs: Array
    answers: Array
    rows: tuple[Array, Array]
    true: Array
    discount: float

    def measure(self, reward: Reward, logits: bool, worth: Worth) -> dict[str, float | None]:
        """The quality of a learned reward, and what it makes of the steps of a policy that was `worth` so much.

        `logits`: differences of its sums over clips are log-odds.
        """
        steps = called(reward, self.observations, self.actions)
        clips = steps.reshape(len(self.returns), -1).sum(axis=1)
        given, before, after = np.split(called(reward, *self.rows), np.array([1, 1 + self._m]) * len(self.true))
        shape = (self._m, len(self.true))
        learned = canonical(given, before.reshape(shape).mean(0), after.reshape(shape).mean(0), self.discount)
        found = {
            "accuracy": accuracy(clips, self.utility),
            "step_correlation": spearman(steps, self.rewards),
            "return_correlation": spearman(clips, self.returns),
            "utility_correlation": spearman(clips, self.utility),
            "epic": epic(learned, self.true),
            "learned_return": learned_return(reward, steps, worth),
        }
        if logits:
            margin = clips[self.pairs[:, 0]] - clips[self.pairs[:, 1]]
            said = ~np.isnan(self.answers)
            probability = 1 / (1 + np.exp(-np.clip(margin[said], -50, 50)))
            found["calibration_error"] = calibration_error(probability, self.answers[said])
        return found

    @property
    def _m(self) -> int:
        return (len(self.rows[1]) // len(self.true) - 1) // 2


def weighed(task: Task, weights: Array) -> Reward:
    """r(o, a) = w . phi: the reward of a learner that says in weights [k] of the objectives what it takes to be
    rewarded. Where chance has a part in a step, it is left out."""

    def reward(observations: Array, actions: Array) -> Array:
        states = task.recover(observations)
        phi = task.phi(states, actions, task.transition(states, actions))
        return np.where(absorbed(task, states), 0.0, phi @ weights)

    return reward


def called(reward: Reward, observations: Array, actions: Array) -> Array:
    """What a revealed reward gives for copies of the rows, [n] float64. Raises ValueError if that is no reward."""
    values = np.asarray(reward(observations.copy(), actions.copy()), dtype=float)
    if values.shape != (len(actions),) or not np.isfinite(values).all():
        raise ValueError(f"a revealed reward must give {len(actions)} finite numbers, not {values.shape}")
    return values


def yardstick(task: Task, expert: Expert, person: Person, compares: bool, seed: int) -> Yardstick:
    """Built from streams of the task's name and version; the answers from one of `seed`, and of the person.

    `compares`: the person answers comparisons. The person here has chance of their own: no answer that the
    learner gets depends on it.
    """
    log = mixed_log(task, expert, EPISODES, seed=1)
    clips = Reference(task, expert, log, PAIRS, "reward quality").clips(min(CLIP, task.horizon))
    rng = stream("reward quality", task.name, task.version)
    pairs = np.array(list(combinations(range(len(clips)), 2)))
    pairs = pairs[rng.choice(len(pairs), size=ANSWERED, replace=False)]
    answers = np.full(len(pairs), np.nan)
    if compares:
        other = person.with_chance(entropy("reward quality", task.name, seed))
        answers = np.asarray(other.answer("compare", clips[pairs[:, 0]], clips[pairs[:, 1]]).values, dtype=float)
    rows, true = transitions(task, clips, rng)
    observations, actions = steps_of(task, clips)
    return Yardstick(
        observations=observations,
        actions=actions,
        rewards=clips.rewards.reshape(-1),
        returns=clips.rewards.sum(axis=1),
        utility=person.utility(clips),
        pairs=pairs,
        answers=answers,
        rows=rows,
        true=true,
        discount=task.discount,
    )


def steps_of(task: Task, clips: Trajectories) -> tuple[Array, Array]:
    """All (observation, action) pairs, [n * L, ...] each."""
    states = clips.states[:, :-1].reshape(-1, clips.states.shape[2])
    return task.observe(states), clips.actions.reshape(-1, *clips.actions.shape[2:])


def transitions(task: Task, clips: Trajectories, rng: np.random.Generator) -> tuple[tuple[Array, Array], Array]:
    """EPIC's rows, (s_i, a_i), then (s_i, A_j) and (s'_i, A_j) for one j after the other, and the true C(R) [N]."""
    picked = rng.choice(len(clips) * clips.length, size=min(TRANSITIONS, len(clips) * clips.length), replace=False)
    clip, step = np.divmod(picked, clips.length)
    states, arrived = clips.states[clip, step], clips.states[clip, step + 1]
    done, n = clips.actions[clip, step], len(picked)
    space: Any = task.action_space
    few = hasattr(space, "n") and int(space.n) <= ACTIONS
    chosen = np.arange(int(space.n)) if few else random_actions(task, ACTIONS, rng)
    each = np.repeat(chosen, n, axis=0)
    m = len(chosen)
    seen = np.concatenate([states, np.tile(states, (m, 1)), np.tile(arrived, (m, 1))])
    rows = task.observe(seen), np.concatenate([done, each, each]).astype(space.dtype)

    def expected(origin: Array) -> Array:
        """E_{A, S'} R(s_i, A, S'), [n]."""
        origins, goals = np.tile(np.repeat(origin, n, axis=0), (m, 1)), np.tile(states, (n * m, 1))
        values = task.reward(origins, np.repeat(chosen, n * n, axis=0), goals)
        values = np.where(absorbed(task, origins), 0.0, values)
        return values.reshape(m, n, n).mean(axis=(0, 2))

    true = canonical(clips.rewards[clip, step], expected(states), expected(arrived), task.discount)
    return rows, true
