"""Our multi-objective learners beside morl-baselines': as a test, both are measured after few steps.

`python -m tests.performance.morl_fronts` measures; see there.
"""

from __future__ import annotations

import pytest

from tests.performance.morl_fronts import ALGORITHMS, COLUMNS, MISSING, SEEDS, compared, markdown, ours, their_python


@pytest.mark.slow
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_both_do_their_steps_and_are_measured(algorithm: str) -> None:
    python = their_python()
    if python is None:
        pytest.skip(MISSING)
    rows = compared(algorithm, 1000, SEEDS[0], python)
    assert [row["side"] for row in rows] == ["ours", "theirs"]
    assert all(set(row) == set(COLUMNS) and 0 <= row["share"] <= 1 and row["points"] <= 10 for row in rows)


def test_ours_is_the_same_again_and_the_table_says_it() -> None:
    found = [ours("pareto-q", 1500, SEEDS[0])() for _ in range(2)]
    for one in found:
        one.pop("cpu_seconds")
    assert found[0] == found[1] and found[0]["share"] == pytest.approx(1.0)
    row = {"algorithm": "pareto-q", "steps": 1500, "seed": 1000, "cpu_seconds": 1.0, **found[0]}
    rows = [{**row, "side": side, "algorithm": name} for side in ("ours", "theirs") for name in ALGORITHMS]
    assert "| pareto-q | 20,000 | theirs | 401.8 | 1.00 | 10 | 1.0 |" in markdown(rows)
