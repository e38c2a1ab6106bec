"""Trials as TensorBoard logs: `tensorboard --logdir OUT/tensorboard` shows scores and what learners logged."""

from __future__ import annotations

import shutil
from pathlib import Path

from benchmarks import scores, store
from benchmarks.errors import RequestError


def tensorboard(directory: Path, out: Path) -> list[Path]:
    """One run a trial, OUT/tensorboard/<task>/<oracle>/<algorithm>/<seed>, over environment steps."""
    from torch.utils.tensorboard import SummaryWriter

    made = []
    for record in store.read(directory).records.values():
        trial = record.trial
        folder = out / "tensorboard" / trial.task / trial.oracle / trial.algorithm / str(trial.seed)
        shutil.rmtree(folder, ignore_errors=True)  # TensorBoard would show what lies there as well
        with SummaryWriter(str(folder)) as writer:
            for point in record.curve:
                known = [value for value in point["returns"] if value is not None]
                step = int(point["steps"])
                if known:
                    value = sum(known) / len(known)
                    writer.add_scalar("evaluation/return", value, step)
                    writer.add_scalar("evaluation/score", scores.score(value, record.anchors), step)
                writer.add_scalar("spent/human_minutes", point["human_seconds"] / 60.0, step)
            for entry in record.logs:
                for name, value in entry.items():
                    if name not in ("steps", "human_seconds") and value is not None:
                        writer.add_scalar(f"learner/{name}", value, int(entry["steps"]))
        made.append(folder)
    if not made:
        raise RequestError(f"There is no trial in {directory}: run a suite first.")
    return made
