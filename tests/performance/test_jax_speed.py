"""FastPPO beside a jitted JAX PPO of the same settings, the speed of light; its compile time is left out.

jax is in the dependency group `bench` only. BENCH_JAX names a Python that has it, if this one has not.
"""

from __future__ import annotations

import os
from importlib.util import find_spec
from typing import Any

import pytest

PYTHON = os.environ.get("BENCH_JAX")


@pytest.mark.parametrize(("envs", "minibatch"), [(8, 64), (64, 256)])
def test_speed_of_light(envs: int, minibatch: int, compare: Any) -> None:
    if find_spec("jax") is None and not PYTHON:
        pytest.skip("jax is not installed: `pip install jax`, or name a Python that has it in BENCH_JAX")
    cell = {"task": "cartpole", "envs": envs, "minibatch": minibatch, "rollout": 2048}
    compare(
        f"PPO, cartpole, {envs} environments, minibatch {minibatch}",
        "tests.performance.test_ppo_speed:ours",
        "tests.performance.jax_ppo:jitted",
        {**cell, "steps": 16 * 2048},
        {**cell, "rollout": 512, "steps": 512},
        "jitted JAX",
        their_python=PYTHON,
    )
