"""Which of the last steps a person's feedback is credited to: eligibility traces over windows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from algorithms._blocks.actor import clipped_log_probabilities, tensors

if TYPE_CHECKING:
    from benchmarks.api import Segments, Spec

Array = np.ndarray[Any, np.dtype[Any]]


def trace_weights(length: int, decay: float, delay: int) -> Array:
    """[L] float32: decay^(age - delay) of a step that is `age` steps before the last, 0 before the delay."""
    ages = np.arange(length)[::-1]
    return np.where(ages >= delay, float(decay) ** np.maximum(ages - delay, 0), 0.0).astype(np.float32)


def window_tensors(spec: Spec, windows: Segments) -> tuple[Any, Any]:
    """Observations before the actions [n * L, ...] and actions [n * L, ...]."""
    return tensors(spec, *windows.steps())


def window_log_probabilities(policy: Any, seen: Any, done: Any, space: Any, length: int) -> tuple[Any, Any]:
    """log pi(a | s) of all steps [n, L], and the distribution over them all."""
    distribution = policy.get_distribution(seen)
    return clipped_log_probabilities(distribution, done, space).reshape(-1, length), distribution
