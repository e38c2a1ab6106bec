"""Judging against a policy: the advantage is the one of exact evaluation, and it is not the one of Q*."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from scipy.special import expit
from toys import corridor

from benchmarks.oracles import against, judgements
from benchmarks.oracles.against import AHEAD, Against
from benchmarks.oracles.rationality import Rationality
from benchmarks.task import Trajectories


@dataclass
class Table:
    """Does action `table[cell]`, or a random one in a share `eps` of the steps, drawn from its own generator."""

    task: Any
    table: Any  # [rows, columns] or [cells]
    eps: float = 0.0
    rng: Any = None

    def predict(self, observation, state=None, episode_start=None, deterministic=False):
        cells = tuple(self.task.recover(observation).astype(int).T)
        done = self.table[cells]
        if self.eps and not deterministic:
            lost = self.rng.random(len(done)) < self.eps
            done = np.where(lost, self.rng.integers(self.task.action_space.n, size=len(done)), done)
        return done, state


def exact(task, expert, cells, starts, chances):
    """A(s, a) [n, m] of the policy with these chances [n, m] by AHEAD backups, beginning with V*."""
    m = chances.shape[1]
    place = {tuple(cell): i for i, cell in enumerate(cells)}
    value = expert.value(cells)
    for _ in range(AHEAD):
        born = np.mean([value[place[tuple(start)]] for start in starts])
        q = np.empty((len(cells), m))
        for a in range(m):
            actions = np.full(len(cells), a)
            following = task.transition(cells, actions)
            after = np.array([value[place[tuple(cell)]] for cell in following])
            worth = np.where(task.event(following), born, after)
            q[:, a] = task.reward(cells, actions, following) + task.discount * worth
        value = (chances * q).sum(axis=1)
    return q - value[:, None]


def steps(task, states, actions):
    following = task.transition(states, actions)
    none = np.zeros((len(states), 1))
    return Trajectories(
        np.stack([states, following], axis=1), actions[:, None], following[:, None], none, none.astype(bool)
    )


@pytest.mark.parametrize("eps", [0.0, 0.5])
def test_it_is_the_advantage_of_exact_evaluation(rater_of, eps):
    """On the maze: of a policy that goes up wherever it is, and of one that is lost half of the time."""
    rater = rater_of("maze", Rationality())
    task = rater.task
    cells = np.argwhere(task.free & (task.cells != "G")).astype(float)
    every = np.argwhere(task.free).astype(float)
    chances = np.full((len(every), 4), eps / 4)
    chances[:, 0] += 1 - eps
    truth = exact(task, rater.expert, every, task.first.astype(float), chances)
    truth = truth[[i for i, cell in enumerate(every) if task.cells[tuple(cell.astype(int))] != "G"]]
    policy = Table(task, np.zeros(task.free.shape, dtype=int), eps, np.random.default_rng(1))
    shown = np.repeat(cells, 25, axis=0)
    for action in range(4):
        found = Against(rater, policy, seed=3).advantage(shown, np.full(len(shown), action)).reshape(len(cells), 25)
        off = found.mean(axis=1) - truth[:, action]
        spread = found.std(axis=1) / 5
        assert (np.abs(off) < 6 * spread + 0.01).all()  # an event that is too rare for the sample has no spread
    assert np.abs(truth).max() > 0.2


def test_answers_come_at_the_stated_rate(person_of):
    """P(yes) = sigma(beta A), A by exact evaluation of "stay at 3, else go right" in a corridor."""
    person = person_of("corridor", Rationality(error=None, beta=3.0))
    task, cells = corridor(), np.arange(7.0)[:, None]
    table = np.array([2, 2, 2, 1, 2, 2, 2])
    chances = np.eye(3)[table]
    truth = exact(task, person.raters[0].expert, cells, cells[:3], chances)
    policy = Table(task, table)
    for action in (0, 1, 2):
        shown = steps(task, np.full((1000, 1), 3.0), np.full(1000, action))
        said = person.answer("judge", shown, policy=policy).values
        chance = expit(3.0 * truth[3, action])
        assert abs(said.mean() - chance) < 4.5 * np.sqrt(chance * (1 - chance) / 1000)
    assert expit(3.0 * truth[3, 2]) > 0.8  # the goal, instead of nothing for ever


def test_what_is_better_than_the_policy_is_praised_though_it_is_not_the_best(rater_of, monkeypatch):
    """On the maze, against a policy that goes up, or anywhere half of the time; by exact evaluation of both."""
    monkeypatch.setattr(against, "SAMPLES", 2000)
    rater = rater_of("maze", Rationality())
    task, expert = rater.task, rater.expert
    cells = np.argwhere(task.free).astype(float)
    chances = np.full((len(cells), 4), 0.125)
    chances[:, 0] += 0.5
    relative, best = exact(task, expert, cells, task.first.astype(float), chances), rater.advantages(cells)
    here, action = np.nonzero((relative > 0.15) & (best < -rater.actions[0]) & ~task.event(cells)[:, None])
    assert len(here) >= 2
    clips, draws = steps(task, cells[here], action), np.tile([0.5, 0.999, 0.5], (len(here), 1))
    bad = Table(task, np.zeros(task.free.shape, dtype=int), 0.5, np.random.default_rng(0))
    np.testing.assert_array_equal(judgements.judge(rater, (clips,), draws).values, 0)
    np.testing.assert_array_equal(judgements.judge(rater, (clips,), draws, policy=bad).values, 1)


def test_what_the_policy_does_itself_is_neither_right_nor_wrong(person_of):
    person, task = person_of("corridor", Rationality()), corridor()
    shown = steps(task, np.full((200, 1), 3.0), np.ones(200, dtype=int))
    reply = person.answer("judge", shown, policy=Table(task, np.ones(7, dtype=int)))
    assert reply.decidable == 0 and reply.errors == 0
    assert 0.3 < reply.values.mean() < 0.7


@pytest.mark.parametrize("table", [0, 1])
def test_declared_errors_hold_for_every_policy(person_of, fresh, table):
    """On the maze, of a policy that goes up or down; on questions that nobody was calibrated on."""
    person, reference = person_of("maze", Rationality(error=0.1)), fresh("maze")
    states, actions = reference.decisions()
    policy = Table(reference.task, np.full(reference.task.free.shape, table))
    reply = person.answer("judge", steps(reference.task, states, actions), policy=policy)
    assert reply.errors / reply.decidable == pytest.approx(0.1, abs=0.045)  # calibrated on 100, asked 1000


def test_the_policy_and_all_global_chance_stay_as_they_were(person_of):
    task, rng = corridor(), np.random.default_rng(5)
    policy = Table(task, np.ones(7, dtype=int), 0.5, rng)
    before = rng.bit_generator.state, np.random.get_state()[1].tolist()
    shown = steps(task, np.full((5, 1), 3.0), np.ones(5, dtype=int))
    answers = [person_of("corridor", Rationality()).answer("judge", shown, policy=policy).values for _ in range(2)]
    np.testing.assert_array_equal(*answers)
    assert (rng.bit_generator.state, np.random.get_state()[1].tolist()) == before
