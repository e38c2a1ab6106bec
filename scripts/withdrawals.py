"""What becomes of a crowd when one of it takes the feedback back? Needs a run that has kept its transcripts.

    python -m scripts.withdrawals results/crowd divided 0 1

plays each learner's trials with these seeds again without each of the raters in turn, from the transcript, and prints
a row a learner: means over its trials of what the withdrawals of all its raters do on the average, with 95 % bootstrap
intervals over the trials. Regret is a rater's own: 0 for the best that is known for that rater, 1 for random.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import planned
from benchmarks.api import FAMILIES
from benchmarks.chance import stream
from benchmarks.registry import load, plugins_of
from benchmarks.scores import worth
from benchmarks.statistics import estimate
from benchmarks.withdraw import Withdrawal, without
from scripts.readme import interval

Array = np.ndarray[Any, np.dtype[Any]]
COLUMNS = (
    "score with all",
    "change of the score",
    "of the regret of who left",
    "of the others'",
)


def changes(found: Withdrawal, rater: int) -> tuple[float, ...]:
    """The numbers of `COLUMNS`; a rater is 1, 2, ..."""
    before, after = (np.array([one["regret"] for one in r.outcomes["raters"]]) for r in (found.before, found.after))
    score, moved = worth(found.before), after - before
    others = np.delete(moved, rater - 1).mean()
    return score, worth(found.after) - score, moved[rater - 1], others


def main(directory: str, oracle: str, seeds: set[int]) -> None:
    plan = planned.read(Path(directory))
    registry = load(plugins_of(plan.plugins))
    rows: dict[str, dict[str, list[Array]]] = defaultdict(lambda: defaultdict(list))
    for trial in plan.trials:
        family = registry.algorithm(trial.learner).card.family
        if trial.oracle == oracle and trial.seed in seeds and family != FAMILIES[0]:
            crowd = range(1, int(trial.rationality["crowd"]) + 1)
            told = [changes(without(Path(directory), trial.id, rater, plan.plugins), rater) for rater in crowd]
            rows[trial.algorithm][trial.task].append(np.mean(told, axis=0))
    if not rows:
        raise SystemExit(f"There is no learner's trial with {oracle} and these seeds in {directory}.")
    print(f"| algorithm | trials | {' | '.join(COLUMNS)} |")
    print("|:--|--:|" + "--:|" * len(COLUMNS))
    for name, tasks in rows.items():
        cells = []
        for column in range(len(COLUMNS)):
            strata = [np.array(runs)[:, column] for runs in tasks.values()]
            found = estimate(strata, stream("withdrawals", name, column), "mean")
            cells.append(interval(found.value, found.low, found.high))
        print(f"| {name} | {sum(map(len, tasks.values()))} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    if len(sys.argv) < 4 or not all(seed.isdigit() for seed in sys.argv[3:]):
        raise SystemExit("It is called as: python -m scripts.withdrawals DIR ORACLE SEED [SEED ...]")
    main(sys.argv[1], sys.argv[2], {int(seed) for seed in sys.argv[3:]})
