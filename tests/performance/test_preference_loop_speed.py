"""pref-ppo against imitation's `PreferenceComparisons` with stable-baselines3's PPO, in the shape of its example.

Equal: world (pendulum's twin), environment steps, comparisons, length of fragments, PPO's settings, networks,
members, gradient steps and minibatches of the reward model, uniformly random fragments. Each side has its own
simulated person: ours reads its utilities off the expert, imitation's adds up the true reward.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import numpy as np

HERE = "tests.performance.test_preference_loop_speed"
ENVS, LENGTH, MEMBERS, HIDDEN = 8, 25, 3, [64, 64]
ITERATIONS, EARLY = 6, 1600  # rounds of asking and learning; random steps before the first
EPOCHS = 10  # of imitation's reward trainer in each round
#: rollout, steps of a round, comparisons, gradient steps of a round: imitation's 10 epochs on what there is by
#: then, (1 + 3 + 4 + 5 + 6 + 7) * 10 minibatches of 32 in six rounds of 200 comparisons
WHOLE = {"rollout": 2048, "steps": 4096, "comparisons": 200, "batches": 44}
TINY = {"rollout": 1600, "steps": 1600, "comparisons": 20, "batches": 1}


def ours(**settings: int) -> Callable[[], dict[str, int]]:
    our_loop(**TINY)()
    return our_loop(**settings)


def theirs(**settings: int) -> Callable[[], dict[str, int]]:
    their_loop(**TINY)()
    return their_loop(**settings)


def our_loop(rollout: int, steps: int, comparisons: int, batches: int) -> Callable[[], dict[str, int]]:
    from benchmarks.hyperparameters import defaults
    from benchmarks.record import Evaluations, Prices, Trial
    from benchmarks.registry import load
    from benchmarks.trial import Stage

    registry = load()
    task = registry.task("pendulum")
    price = Prices().compare + 2 * LENGTH * task.step_seconds
    settings = {
        **defaults("pref-ppo", registry.algorithm("pref-ppo")),
        "rollout": rollout // ENVS, "minibatch": 64, "epochs": 10, "gae_lambda": 0.95, "entropy": 0.0,
        "noise_correlation": 0.0, "length": LENGTH, "sessions": ITERATIONS, "asking": 1.0, "warm_up": EARLY // ENVS,
        "selection": "uniform", "members": MEMBERS, "reward_hidden": HIDDEN, "noise": 0.0, "batches": batches,
    }  # fmt: skip
    total = EARLY + ITERATIONS * steps
    person = asdict(registry.oracle("perfect"))
    seconds = comparisons * price + 1e-3
    trial = Trial("pendulum", "perfect", "pref-ppo", 1000, total, seconds, settings, person, envs=ENVS)
    stage = Stage(Trial.from_json(trial.as_json()), Evaluations())
    assert stage.person  # made now: the expert comes from a file

    def work() -> dict[str, int]:
        from benchmarks.api import BudgetSpent

        try:
            for _ in stage._policies():
                pass
        except BudgetSpent:
            pass
        return {"steps": stage.session.env.taken - EARLY, "comparisons": stage.session.tallies["compare"].asked}

    return work


def their_loop(rollout: int, steps: int, comparisons: int, batches: int) -> Callable[[], dict[str, int]]:
    from imitation.algorithms import preference_comparisons as pc
    from imitation.rewards.reward_nets import BasicRewardNet, RewardEnsemble
    from imitation.util.logger import configure
    from stable_baselines3 import PPO

    from tests.performance.test_ppo_speed import world

    venv, rng = world("pendulum", ENVS), np.random.default_rng(0)
    spaces = venv.observation_space, venv.action_space
    net = RewardEnsemble(*spaces, [BasicRewardNet(*spaces, hid_sizes=HIDDEN) for _ in range(MEMBERS)])
    agent = PPO(
        "MlpPolicy", venv, n_steps=rollout // ENVS, batch_size=64, n_epochs=10, learning_rate=1e-3, gamma=0.95,
        seed=0, device="cpu",
    )  # fmt: skip
    trainer = pc.EnsembleTrainer(pc.PreferenceModel(net), pc.CrossEntropyRewardLoss(), rng=rng, epochs=EPOCHS)
    loop = pc.PreferenceComparisons(
        pc.AgentTrainer(agent, net, venv, rng),
        net,
        num_iterations=ITERATIONS - 1,  # it counts the rounds after the first
        fragmenter=pc.RandomFragmenter(rng=rng, warning_threshold=0),
        preference_gatherer=pc.SyntheticGatherer(rng=rng, temperature=0.0),
        reward_trainer=trainer,
        fragment_length=LENGTH,
        initial_epoch_multiplier=1,
        initial_comparison_frac=0.1,
        custom_logger=configure(format_strs=[]),
    )

    def work() -> dict[str, int]:
        loop.train(total_timesteps=(ITERATIONS - 1) * steps, total_comparisons=comparisons)
        return {"steps": agent.num_timesteps, "comparisons": len(loop.dataset)}

    return work


def test_learning_from_comparisons(compare: Any) -> None:
    compare(
        "preference loop, pendulum, 24,576 steps, 200 comparisons",
        f"{HERE}:ours",
        f"{HERE}:theirs",
        WHOLE,
        TINY,
        "imitation's PreferenceComparisons",
    )
