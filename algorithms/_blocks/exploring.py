"""Ways of moving about before there is a reason to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from benchmarks.api import Policy, Session, Spec


def uniform_actions(spec: Spec, n: int, rng: np.random.Generator) -> Any:
    """[n, ...] uniformly random actions."""
    space: Any = spec.action_space
    if spec.discrete:
        return rng.integers(space.n, size=n)
    return rng.uniform(space.low, space.high, (n, *space.shape)).astype(space.dtype)


def wander(session: Session, steps: int) -> None:
    """`steps` uniformly random actions in every environment, so that there is something to ask about."""
    session.env.reset()
    for _ in range(steps):
        session.env.step(uniform_actions(session.spec, session.spec.envs, session.rng))


def live(
    session: Session, policy: Policy, steps: int, deterministic: bool = False, explore: float = 0.0
) -> None:
    """`steps` of a policy in every environment, on from where they are; a share `explore` of the actions is random."""
    observations = session.here().observations[:, 0]
    for _ in range(steps):
        actions, _ = policy.predict(observations, deterministic=deterministic)
        if explore:
            lost = session.rng.random(len(actions)) < explore
            actions = np.array(actions)
            actions[lost] = uniform_actions(session.spec, int(lost.sum()), session.rng)
        observations = session.env.step(actions)[0]
