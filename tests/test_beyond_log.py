"""The yardstick of `scripts.beyond_log`."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.log import mixed_log
from benchmarks.registry import load
from scripts.beyond_log import main, returns, scored


def test_returns_are_sums_of_rewards_over_an_episode_of_the_twin() -> None:
    task = load().task("deep-sea-treasure")
    down = returns(task, lambda states, _: np.ones(len(states), dtype=int), 3)
    # a treasure of 0.7 at -1 a step, and anew from the start: 100 times (0.7 * 2 - 1 * 5) / 7
    np.testing.assert_allclose(down, 100 * (0.7 * 2 - 5) / 7)


def test_the_log_lies_between_chance_and_the_expert() -> None:
    task = load().task("pendulum")
    log = scored(task)(mixed_log(task, task.expert()).rewards.sum(axis=1))
    assert 0.0 < log.mean() < log.max() < 1.0


def test_a_run_without_policies_says_so(tmp_path) -> None:
    with pytest.raises(SystemExit, match="There is no policy of t-rex"):
        main(str(tmp_path), "t-rex")
