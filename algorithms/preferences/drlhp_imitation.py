"""DRLHP as the `imitation` library has it: its own `PreferenceComparisons`, unchanged, as a peer in the table.

Christiano, Leike, Brown, Martic, Legg, Amodei, "Deep reinforcement learning from human preferences", 2017;
Gleave et al., "imitation: clean imitation learning implementations", 2022. Its loop, for i = 0, ..., N:

    1. `AgentTrainer.sample`       whole episodes, of the agent's rollouts and partly explored ones
    2. `RandomFragmenter`          pairs of fragments, as many as the hyperbolic schedule 1 / (1 + i / (N - 1)) says
    3. a `PreferenceGatherer`      the only part that is ours: it puts the pairs to the session's person
    4. `BasicRewardTrainer`        -mu log P - (1 - mu) log(1 - P),  P = sigmoid(sum_t r(left) - sum_t r(right))
    5. `AgentTrainer.train`        stable-baselines3's PPO on r

imitation knows no skipped question: one counts as "equal". Its loop trains (N + 1) / N times the steps that it is told
of, in whole rollouts of PPO, and what it samples before the first comes on top: it is told of so many, and has so few
iterations, that all of them fit into the budget.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from tempfile import TemporaryDirectory
from threading import RLock
from typing import TYPE_CHECKING, Any

import numpy as np

from algorithms._blocks.by_turns import by_turns
from benchmarks.api import BudgetSpent, Compare, Policy, Segments, Session, algorithm

if TYPE_CHECKING:
    from stable_baselines3 import PPO
    from stable_baselines3.common.vec_env import VecEnv

Array = np.ndarray[Any, np.dtype[Any]]


@algorithm("drlhp-imitation", family="preferences", asks={Compare})
@dataclass(frozen=True)
class DrlhpImitation:
    """Hyper-parameters are those of the library's documented example (preference comparisons on pendulum, its
    release 1.0) where no other source is said. The discount is the task's own; the example's is 0.97.
    """

    iterations: int = 22  # N; the example has 5, and says 60 "for better performance"; 22 fill 200,000 steps well
    length: int = 25  # steps of a fragment; the example's 100 would leave time for a third to a half of the questions
    initial_comparisons: float = 0.1  # share of the comparisons asked about the untrained agent
    initial_epochs: float = 13.0  # times `epochs`, on those: about 40 in all, as in the example
    epochs: int = 3  # over all comparisons so far, in each iteration; the example's 10 in 5 come to about as many
    reward_learning_rate: float = 1e-3  # AdamW, the library's default
    pairs: int = 32  # comparisons in a minibatch, the library's default
    # Share of the steps sampled for questions that explore. 0 is the library's default; the example's 0.05 would cost
    # an episode of every environment in each iteration, and more than half of the steps on some tasks.
    exploration: float = 0.0
    learning_rate: float = 2e-3
    rollout: int = 2048  # steps of all environments between updates
    minibatch: int = 64  # 128 costs half as much, but reached 0.17 on pendulum where 64 reached 0.89 (one seed each)
    epochs_of_ppo: int = 10
    gae_lambda: float = 0.95
    clip_range: float = 0.1
    entropy: float = 0.01

    def learn(self, session: Session) -> Iterator[Policy]:
        with TemporaryDirectory() as folder:  # imitation makes folders wherever it logs
            agent, loop = self.loop(session, folder)
            questions = affordable(session, self.length)
            yield policy_of(agent)
            if questions < 2:
                return
            iterations, steps = self.plan(session, questions, agent.n_steps * agent.n_envs)
            loop.num_iterations = iterations
            loop.initial_comparison_frac = max(self.initial_comparisons, 1.01 / questions)
            net = loop.model

            def work(report: Callable[[], None]) -> None:
                loop.train(total_timesteps=iterations * steps, total_comparisons=questions, callback=lambda _: report())

            try:
                for _ in silently(by_turns(work)):
                    reveal(session, net)
                    session.log(comparisons=len(loop.dataset))
                    yield policy_of(agent)
            except BudgetSpent:
                yield policy_of(agent)  # what the last iteration came to
                raise

    def plan(self, session: Session, questions: int, rollout: int) -> tuple[int, int]:
        """N, and the steps of each of the N + 1 times that the agent is trained.

        Whole episodes are lived before the first; where an iteration is shorter than an episode, imitation lives more.
        """
        episodes = session.spec.horizon * session.spec.envs
        rollouts, fewest = (session.left.steps - episodes) // rollout, -(-episodes // rollout)
        iterations = max(1, min(self.iterations, questions // 3, rollouts // fewest - 1))  # each has to ask something
        return iterations, max(1, rollouts // (iterations + 1)) * rollout

    def loop(self, session: Session, folder: str) -> tuple[PPO, Any]:
        """imitation's objects, put together as in its example."""
        from imitation.algorithms import preference_comparisons as theirs
        from imitation.rewards.reward_nets import BasicRewardNet
        from imitation.util.logger import configure
        from imitation.util.networks import RunningNorm
        from tqdm import tqdm

        tqdm.set_lock(RLock())  # imitation's bars have one of their own, whose semaphores would outlive the worker
        env = placed(session)
        net = BasicRewardNet(env.observation_space, env.action_space, normalize_input_layer=RunningNorm)
        rng = np.random.default_rng(int(session.rng.integers(2**31)))
        agent, quiet = self.agent(session, env), configure(folder, [])
        trainer = theirs.BasicRewardTrainer(
            preference_model=theirs.PreferenceModel(net),
            loss=theirs.CrossEntropyRewardLoss(),
            rng=rng,
            batch_size=self.pairs,
            epochs=self.epochs,
            lr=self.reward_learning_rate,
            custom_logger=quiet,
        )
        return agent, theirs.PreferenceComparisons(
            theirs.AgentTrainer(agent, net, env, rng, exploration_frac=self.exploration, custom_logger=quiet),
            net,
            num_iterations=self.iterations,
            fragmenter=theirs.RandomFragmenter(rng=rng, warning_threshold=0, custom_logger=quiet),
            preference_gatherer=gatherer(session, quiet),
            reward_trainer=trainer,
            fragment_length=min(self.length, session.spec.horizon),
            transition_oversampling=1,
            initial_comparison_frac=self.initial_comparisons,
            initial_epoch_multiplier=self.initial_epochs,
            query_schedule="hyperbolic",
            custom_logger=quiet,
        )

    def agent(self, session: Session, env: VecEnv) -> PPO:
        from imitation.policies.base import FeedForward32Policy, NormalizeFeaturesExtractor
        from imitation.util.networks import RunningNorm
        from stable_baselines3 import PPO

        return PPO(
            FeedForward32Policy,
            env,
            policy_kwargs={
                "features_extractor_class": NormalizeFeaturesExtractor,
                "features_extractor_kwargs": {"normalize_class": RunningNorm},
            },
            n_steps=max(2, self.rollout // session.spec.envs),
            batch_size=self.minibatch,
            n_epochs=self.epochs_of_ppo,
            learning_rate=self.learning_rate,
            gamma=session.spec.discount,
            gae_lambda=self.gae_lambda,
            clip_range=self.clip_range,
            ent_coef=self.entropy,
            seed=int(session.rng.integers(2**31)),
            device="cpu",
        )


def affordable(session: Session, length: int) -> int:
    """How many fragments of `length` can be compared in all."""
    length = min(length, session.spec.horizon)
    still = Segments(np.zeros((1, length + 1)), np.zeros((1, length)), np.zeros((1, 2), int), "lived")
    return int((session.left.seconds + 1e-9) // session.price(Compare(still, still)))


def placed(session: Session) -> VecEnv:
    """The session's environments with the place of each step in `info["place"]`, as imitation keeps the infos.

    Its loss compares with the true rewards where fragments have them: they have zeros.
    """
    from stable_baselines3.common.vec_env import VecEnvWrapper

    class Placed(VecEnvWrapper):
        def reset(self) -> Any:
            return self.venv.reset()

        def step_wait(self) -> Any:
            lived = (session.budget.steps - session.left.steps) // self.num_envs
            observations, _, ends, infos = self.venv.step_wait()
            for track, info in enumerate(infos):
                info["place"] = (track, lived)
            return observations, np.zeros(self.num_envs, np.float32), ends, infos

    return Placed(session.env)


def gatherer(session: Session, logger: Any) -> Any:
    """Puts imitation's pairs of fragments to the person: P(the first is better), [n] float32; 0.5 for a skip."""
    from imitation.algorithms.preference_comparisons import PreferenceGatherer

    class Asking(PreferenceGatherer):
        def __call__(self, fragment_pairs: Any) -> Array:
            left, right = (segments(part) for part in zip(*fragment_pairs, strict=True))
            values = session.ask(Compare(left, right)).values
            return np.where(np.isnan(values), 0.5, values).astype(np.float32)

    return Asking(custom_logger=logger)


def segments(fragments: Any) -> Segments:
    """imitation's fragments, by the places of their first steps."""
    return Segments(
        observations=np.stack([fragment.obs for fragment in fragments]),
        actions=np.stack([fragment.acts for fragment in fragments]),
        places=np.array([fragment.infos[0]["place"] for fragment in fragments]),
        source="lived",
    )


def policy_of(agent: PPO) -> Policy:
    """The agent's actor at this moment. Its normaliser x -> (x - m) / s is folded into the first layer:
    W (x - m) / s + b = (W / s) x + (b - W m / s).
    """
    import torch as th
    from gymnasium import spaces

    from algorithms._blocks.policies import Snapshot

    policy: Any = agent.policy
    layers = [part for part in (*policy.mlp_extractor.policy_net, policy.action_net) if isinstance(part, th.nn.Linear)]
    weights = [layer.weight.detach().numpy().astype(np.float64).T for layer in layers]
    biases = [layer.bias.detach().numpy().astype(np.float64) for layer in layers]
    norm = policy.pi_features_extractor.normalize
    mean, scale = norm.running_mean.numpy(), np.sqrt(norm.running_var.numpy().astype(np.float64) + norm.eps)
    weights[0] = weights[0] / scale[:, None]
    biases[0] = biases[0] - mean @ weights[0]
    seen, done = policy.observation_space, policy.action_space
    discrete = isinstance(done, spaces.Discrete)
    return Snapshot(
        weights=tuple(weight.astype(np.float32) for weight in weights),
        biases=tuple(bias.astype(np.float32) for bias in biases),
        activation="tanh",
        observation_shape=seen.shape,
        n_observations=int(seen.n) if isinstance(seen, spaces.Discrete) else None,
        action_shape=done.shape,
        std=None if discrete else np.exp(policy.log_std.detach().numpy()),
        low=None if discrete else done.low.copy(),
        high=None if discrete else done.high.copy(),
        rng=np.random.default_rng(int(th.randint(2**63 - 1, ()))),
    )


def reveal(session: Session, net: Any) -> None:
    """The learned reward as it is now; it looks at the state and the action only."""
    now = copy.deepcopy(net)
    session.reveal(lambda seen, done: now.predict(seen, done, seen, np.zeros(len(done), bool)), logits=True)


def silently(steps: Iterator[None]) -> Iterator[None]:
    """The same iterator; what it prints while it works is dropped (imitation prints its schedule and its progress)."""
    while True:
        with redirect_stdout(StringIO()), redirect_stderr(StringIO()):
            try:
                next(steps)
            except StopIteration:
                return
        yield
