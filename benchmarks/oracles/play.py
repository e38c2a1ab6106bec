"""Answers in deeds: demonstrations, corrections and advice, from one way of choosing an action."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from benchmarks.log import assembled, rows
from benchmarks.oracles.rater import Rater
from benchmarks.oracles.reply import Reply, joined_clips
from benchmarks.task import Trajectories

Array = np.ndarray[Any, np.dtype[Any]]

TRIES = 4  # times that a person has a go at a correction


def choose(rater: Rater, states: Array, draws: Array, beta: Array | float) -> tuple[Array, Array]:
    """Actions [n, ...], and whether each is wrong [n].

    One of the expert's m actions is drawn with the probability exp(beta A*(s, a)) / Z, or uniformly among
    the wrong ones by mistake. If it is wrong (A* < -delta) the person takes it; else the best action, which
    among continuous ones lies between the m. So error 0 plays as the expert does.
    """
    choices = rater.choices
    advantages = rater.advantages(states)
    wrong = advantages < -choices.delta
    weights = np.exp(np.reshape(np.minimum(beta, choices.certain), (-1, 1)) * advantages)
    slips = (draws[:, 1] < rater.rationality.mistake) & wrong.any(axis=1)
    total = np.cumsum(np.where(slips[:, None], wrong, weights), axis=1)
    drawn = (total < draws[:, :1] * total[:, -1:]).sum(axis=1)
    errs = wrong[np.arange(len(states)), drawn]
    best = rater.expert.act(states)
    return np.where(rows(errs, best), rater.expert.actions[drawn], best), errs


def advise(rater: Rater, subjects: Sequence[Trajectories], draws: Array, tired: Array | float = 0.0) -> Reply:
    """An action for the last state of each clip."""
    (clips,) = subjects
    states = clips.states[:, -1]
    actions, errs = choose(rater, states, draws, rater.beta(rater.choices, "decisions", tired))
    return Reply.of(actions.astype(float), rater.expert.act(states), errs)


def demonstrate(rater: Rater, subjects: Sequence[Array], draws: Array, tired: Array | float = 0.0) -> Reply:
    """Play from a start of the task, so many steps as `subjects` ([n] equal lengths) says."""
    (lengths,) = subjects
    generators = seeded(draws[:, 0])
    starts = np.concatenate([rater.world.starts(1, generator) for generator in generators])
    played, errs = play(rater, starts, int(lengths[0]), generators, tired)
    return Reply.of(played, None, errs.mean(axis=1))


def correct(rater: Rater, subjects: Sequence[Trajectories], draws: Array, tired: Array | float = 0.0) -> Reply:
    """The best by utility of a few tries from the clip's start; the clip itself, if none is better."""
    (clips,) = subjects
    n = len(clips)
    starts = np.repeat(clips.states[:, 0], TRIES, axis=0)
    tired = np.repeat(np.broadcast_to(tired, n), TRIES)
    tries, errs = play(rater, starts, clips.length, seeded(draws[:, :TRIES].ravel()), tired)
    utility = rater.utility(tries).reshape(n, TRIES)
    best = utility.argmax(axis=1)
    kept = utility.max(axis=1) <= rater.utility(clips) + rater.clips(clips.length, equal=0.0).tie
    shown = joined_clips([tries, clips])[np.where(kept, n * TRIES + np.arange(n), TRIES * np.arange(n) + best)]
    return Reply.of(shown, None, errs.reshape(n, -1).mean(axis=1), equal=kept)


def play(
    rater: Rater, starts: Array, length: int, generators: Sequence[np.random.Generator], tired: Array | float
) -> tuple[Trajectories, Array]:
    """The twin played for n systems, each with its own generator; and whether each action is wrong [n, L]."""
    task, beta = rater.world, rater.beta(rater.choices, "decisions", tired)
    draws = np.stack([generator.random((length, 2)) for generator in generators], axis=1)
    spare = np.random.default_rng(0)  # for respawns, which are drawn anew below
    states, actions, steps, errs = [starts], [], [], []
    for now in draws:
        action, wrong = choose(rater, states[-1], now, beta)
        step = task.step(states[-1], action, spare)
        arrived = step.arrived.copy()
        if task.after_event != "absorb":
            for i, generator in enumerate(generators):
                if step.event[i]:
                    arrived[i] = task.starts(1, generator)[0]
        states.append(arrived)
        actions.append(action)
        steps.append(step)
        errs.append(wrong)
    return assembled(task, states, actions, steps), np.stack(errs, axis=1)


def seeded(draws: Array) -> list[np.random.Generator]:
    """One generator for each uniform number: what is played depends on the question alone."""
    return [np.random.default_rng(int(draw * 2**53)) for draw in draws]
