"""The gymnasium ids of all tasks: `feedback_bench/<task>-v<version>`, and `<task>-twin` for the twin.

gymnasium >= 1 loads no plug-ins, so ids are made known by importing this module, as `module:id` does by
itself:

    gymnasium.make("envs.gymnasium_ids:feedback_bench/maze-v1", render_mode="rgb_array")
"""

from __future__ import annotations

from gymnasium.envs import registration

from envs.catalogue import catalogue


def register() -> None:
    """Register the original and the twin of every task, once."""
    for name, make in catalogue().items():
        task = make()
        for suffix, steps in (("", task.time_limit), ("-twin", task.horizon)):
            identity = f"feedback_bench/{name}{suffix}-v{task.version}"
            if identity not in registration.registry:
                registration.register(
                    id=identity,
                    entry_point="envs.gymnasium_env:TaskEnv",
                    max_episode_steps=steps,
                    kwargs={"task": f"{make.__module__}:{make.__name__}", "twin": bool(suffix)},
                )


register()
