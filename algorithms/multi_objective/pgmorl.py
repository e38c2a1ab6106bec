"""PGMORL: a population of PPO policies, of which those are trained further that promise the front most."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from algorithms._blocks.choosing import chosen
from algorithms._blocks.fronts import lattice, sparsity, undominated
from algorithms._blocks.on_policy import OnPolicy, snapshot_of
from algorithms._blocks.scalarised import outcomes_of, scalarised, scales
from benchmarks.api import Policy, Session, Weigh, algorithm

if TYPE_CHECKING:
    from stable_baselines3 import PPO

Array = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True, eq=False)
class Member:
    """A policy as one can go on from it: PPO's parameters, the deviation of its rewards, and what it comes to [k]."""

    parameters: dict[str, Any]
    deviation: Any
    policy: Policy
    outcome: Array


@dataclass(frozen=True, eq=False)
class Training:
    """A member's outcome [k] before it, the weights [k] for which it was, and what an update added on average [k]."""

    before: Array
    weights: Array
    added: Array


@algorithm("pgmorl", family="multi-objective", asks={Weigh}, uses={"objectives"}, spaces={"continuous"})
@dataclass(frozen=True)
class PGMORL(OnPolicy):
    """Prediction-guided multi-objective RL (Xu, Tian, Ma, Rus, Sueda and Matusik 2020).

    Warm-up: PPO on w . (phi / scale) in the original's episodes for each w of a lattice, in two halves. Then,
    generation after generation, what training a member for weights w would add is predicted from all trainings so
    far (`predicted`), those pairs of member and weights are taken, one after another, whose predictions make

        hypervolume of the front - sparsity * (mean squared gap of the front)

    largest (`promising`), and are trained. The paper predicts with a hyperbola for each member and objective; here it
    is a line, to which trainings count the less the further their members are away. The paper's population, the best
    few in each of 100 directions, is all undominated members.
    """

    rollout: int = 64  # shorter than other learners': there are many policies to be trained
    lattice: int = 6  # weights, at least, of the warm-up and of the pairs; fewer if there are not enough steps
    warm_up: float = 0.4  # share of the environment steps
    tasks: int = 4  # pairs of member and weights trained in a generation
    updates: int = 5  # of PPO for each of them
    episodes: int = 4  # of a policy that is played, at least
    sparsity: float = 0.1  # price of the mean squared gap, of objectives over their range (the paper's 1, unscaled)
    margin: float = 0.3  # of the hypervolume's reference point below the range: how much the ends of the front count
    nearness: float = 0.3  # distance of outcomes, over their range, at which a training counts for e^-1/2
    measuring: int = 100  # random steps of each environment, to learn the objectives' scales
    questions: int = 40  # put to the person, at the most

    def learn(self, session: Session) -> Iterator[Policy]:
        spec, update = session.spec, self.rollout * session.spec.envs  # steps
        scale = scales(session, min(self.measuring, session.left.steps // spec.envs // 4))
        w = np.zeros(len(scale))  # of the objectives as they are; the environment reads it at every step
        model = self.ppo(session, scalarised(session.env, w, episodic=True))
        every = lattice(len(scale), self.lattice)
        afford = max(1, min(len(every), session.left.steps // (2 * (update + spec.horizon * spec.envs))))
        every = every[np.linspace(0, len(every) - 1, afford).round().astype(int)]
        half = self.warm_up * session.left.steps / 2 - self.playing(session, len(every))
        members = [Member(*parts(model), np.zeros(len(scale)))] * len(every)
        history: list[Training] = []
        pairs, updates, generation = list(enumerate(every)), max(1, int(half / len(every) / update)), 0
        while generation < 2 or session.left.steps >= self.playing(session, self.tasks) + self.tasks * updates * update:
            if generation >= 2:
                pairs, updates = promising(members, every, history, self), self.updates
            trained = []
            for i, weights in pairs:
                w[:] = weights / scale
                trained.append(self.trained(model, members[i], updates))
                yield trained[-1].policy
            found = outcomes_of(session, [member.policy for member in trained], self.episodes)
            trained = [replace(member, outcome=v) for member, v in zip(trained, found, strict=True)]
            if generation > 0:  # what the policy was worth that none had trained is not known
                before = [members[i].outcome for i, _ in pairs]
                history += [Training(v, p[1], (t.outcome - v) / updates) for v, p, t in zip(before, pairs, trained)]
            members = trained if generation < 2 else [*members, *trained]
            if generation >= 1:
                members = [members[i] for i in undominated(np.array([member.outcome for member in members]))]
            session.log(points=len(members))
            generation += 1
            updates = self.updates if generation >= 2 else updates
        session.reveal_front([member.policy for member in members])
        yield from chosen(
            session, [member.policy for member in members], np.array([m.outcome for m in members]), self.questions
        )

    def playing(self, session: Session, policies: int) -> int:
        """Steps that it takes to play so many policies, at the most."""
        together = max(1, session.spec.envs // self.episodes)
        return -(-policies // together) * session.spec.horizon * session.spec.envs

    def trained(self, model: PPO, member: Member, updates: int) -> Member:
        """The member after so many updates more, not yet played."""
        model.set_parameters(member.parameters)
        model.get_env().ret_rms = deepcopy(member.deviation)
        model._last_obs = None  # others have used the environments: begin new episodes
        for _ in range(updates):
            self.update(model)
        return Member(*parts(model), member.outcome)


def parts(model: PPO) -> tuple[dict[str, Any], Any, Policy]:
    """What a `Member` keeps of a model."""
    return deepcopy(model.get_parameters()), deepcopy(model.get_env().ret_rms), snapshot_of(model)


def predicted(before: Array, weights: Array, history: Sequence[Training], updates: int, near: float) -> Array:
    """The outcome [k] of so many updates for the weights [k], of a member with the outcome `before` [k].

    For each objective o, what an update adds is the line a + b w_o of least squares

        sum_i e^(-|v_i - v|^2 / 2 near^2) (added_i - a - b w_io)^2 + 1e-2 b^2,

    v over the range of all outcomes, and no more and no less than what any training added.
    """
    v = np.array([training.before for training in history])
    told = np.array([training.weights for training in history])
    added = np.array([training.added for training in history])
    away = ((v - before) / np.maximum(np.ptp(v, axis=0), 1e-12)) ** 2
    count = np.exp(-np.minimum(away.sum(axis=1) / (2 * near**2), 50.0))
    count /= count.sum()
    middle, mean = count @ told, count @ added
    slope = (count @ ((told - middle) * (added - mean))) / (count @ (told - middle) ** 2 + 1e-2)
    step = np.clip(mean + slope * (weights - middle), added.min(axis=0), added.max(axis=0))
    return before + updates * step


def promising(
    members: Sequence[Member], every: Array, history: Sequence[Training], settings: PGMORL
) -> list[tuple[int, Array]]:
    """`tasks` pairs (member, weights), one after another, that make the predicted front best."""
    import moocore

    pairs = list(product(range(len(members)), every))
    outcomes = np.array([member.outcome for member in members])
    guesses = np.array(
        [predicted(outcomes[i], w, history, settings.updates, settings.nearness) for i, w in pairs]
    )
    low = np.minimum(outcomes.min(axis=0), guesses.min(axis=0))
    width = np.maximum(np.maximum(outcomes.max(axis=0), guesses.max(axis=0)) - low, 1e-12)
    front, guesses = (outcomes - low) / width, (guesses - low) / width
    chosen: list[int] = []
    for _ in range(min(settings.tasks, len(pairs))):
        worth = np.full(len(pairs), -np.inf)
        for j in set(range(len(pairs))) - set(chosen):
            points = np.vstack([front, guesses[j]])
            points = points[undominated(points)]
            volume = moocore.hypervolume(points, ref=np.full(points.shape[1], -settings.margin), maximise=True)
            worth[j] = float(volume) - settings.sparsity * sparsity(points)
        chosen.append(int(worth.argmax()))
        front = np.vstack([front, guesses[chosen[-1]]])
    return [pairs[j] for j in chosen]
