import numpy as np

from benchmarks.log import STICK, mixed_log
from benchmarks.oracles.reference import Reference


def test_the_log_is_whole_episodes_of_mixed_quality(any_task, fresh):
    reference = fresh(any_task)
    task, expert, log = reference.task, reference.expert, reference.log
    assert log.states.shape[:2] == (100, task.horizon + 1) and len(log) == 100
    following = task.transition(log.states[:, 7], log.actions[:, 7])
    if task.after_event != "absorb":
        assert np.allclose(following, log.following[:, 7])
    wise = np.stack([expert.act(log.states[:, t]) for t in range(0, task.horizon, 5)], axis=1)
    same = np.isclose(log.actions[:, ::5], wise).reshape(100, -1).mean(axis=1)
    by_eps = [same[i :: len(task.log_epsilons)].mean() for i in np.argsort(task.log_epsilons)]
    assert by_eps[0] > by_eps[-1]


def test_the_log_is_fixed_and_made_once(any_task, fresh):
    reference = fresh(any_task)
    task, expert, log = reference.task, reference.expert, reference.log
    assert mixed_log(task, expert) is log
    again = mixed_log.__wrapped__(task, expert)
    assert np.array_equal(again.states, log.states) and np.array_equal(again.rewards, log.rewards)
    assert not np.array_equal(mixed_log.__wrapped__(task, expert, seed=1).states, log.states)


def test_decisions_stick(fresh):
    """An action at random holds for STICK steps on the average: the next is the same in 1 - 1 / STICK of cases."""
    log = fresh("slider").log
    random_episodes = log.actions[4::5, :, 0]  # eps = 1
    same = np.mean(random_episodes[:, 1:] == random_episodes[:, :-1])
    assert abs(same - (1 - 1 / STICK)) < 0.1


def test_clips_are_cut_from_the_log(any_task, fresh):
    reference = fresh(any_task)
    clips = reference.clips(6)
    episode, steps = reference.windows(6)
    assert len(clips) == 2 * reference.size and clips.length == 6
    assert np.array_equal(clips.states[:, 2], reference.log.states[episode[:, 0], steps[:, 2]])
    assert np.array_equal(clips.states[:, 6], reference.log.states[episode[:, 0], steps[:, 5] + 1])


def test_clips_of_a_terminating_task_end_with_its_episodes():
    from toys import corridor

    task = corridor(after_event="terminate", name="corridor-leak")
    expert = task.expert()
    clips = Reference(task, expert, mixed_log(task, expert), size=500).clips(5)
    assert not clips.event[:, :-1].any() and clips.event[:, -1].any()
