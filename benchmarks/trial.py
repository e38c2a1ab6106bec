"""Plays one trial and returns its Record. Whatever the learner does, a record comes of it."""

from __future__ import annotations

import time
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import numpy as np

from benchmarks.anchors import anchors
from benchmarks.api import Budget, BudgetSpent, Policy
from benchmarks.chance import aside, entropy, seed_globals, stream
from benchmarks.curve import Curve
from benchmarks.evaluate import Worth, evaluate
from benchmarks.hyperparameters import configured
from benchmarks.log import mixed_log
from benchmarks.oracles.person import Person
from benchmarks.oracles.rationality import Rationality
from benchmarks.policy_file import pack
from benchmarks.record import Evaluations, Record, Trial
from benchmarks.registry import load
from benchmarks.retraining import recovered, retrained
from benchmarks.reward_quality import Reward, Yardstick, decidedness, weighed, yardstick
from benchmarks.satisfaction import learned_weights, measured
from benchmarks.session import Question, TrialSession, World
from benchmarks.stamp import stamp
from benchmarks.suite import kinds_answered
from benchmarks.task import Step, Task, Trajectories
from benchmarks.transcript import dump

Array = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True)
class Played:
    """What comes back from a trial: the record, and the two files beside it."""

    record: Record
    policy: bytes | None = None
    transcript: bytes | None = None


def play(trial: Trial, evaluations: Evaluations, plugins: tuple[str, ...] = ()) -> Played:
    """Play the trial to the end of its budget. A learner's error is a record with status "failed"."""
    stage = Stage(trial, evaluations, plugins)
    try:
        stage.learn()
        if stage.curve.policy is None:
            raise RuntimeError(f"{trial.algorithm} ended without offering a policy: learn() must yield one")
        stage.measure()
        return Played(stage.record("ok"), pack(stage.curve.policy), dump(stage.session.transcript))
    except Exception as error:
        trouble = {
            "kind": type(error).__name__,
            "message": str(error) or type(error).__name__,
            "traceback": traceback.format_exc(),
        }
        return Played(stage.record("failed", trouble))


class Stage:
    """Everything one trial is played with. `check` builds it too, with other answers or another task."""

    def __init__(
        self,
        trial: Trial,
        evaluations: Evaluations,
        plugins: tuple[str, ...] = (),
        task: Task | None = None,
        answer: Callable[[Question], Any] | None = None,
    ) -> None:
        registry = self.registry = load(plugins)
        make = registry.algorithm(trial.learner)
        self.trial, self.card, self.evaluations = trial, make.card, evaluations
        self.true_task: Task = registry.task(trial.task)
        self.task = task or self.true_task
        self.algorithm = configured(make, trial.hyperparameters)
        self.rationality = Rationality(**trial.rationality)
        self.answer = answer or self.ask_person
        self.budget = Budget(trial.steps, trial.seconds)
        self.curve = Curve(evaluations, self.budget, self._score, self._study)
        self.session = TrialSession(
            world=self._world(),
            card=self.card,
            budget=self.budget,
            prices=trial.prices,
            envs=trial.envs,
            chance=stream("world", trial.task, trial.seed),
            rng=stream("learner", trial.id),
            before_effort=lambda after: self.curve.before_effort(after, self.spent()),
        )
        self._begun = time.perf_counter(), time.process_time()
        self._evaluation_cpu = 0.0
        self._worth: Worth | None = None
        self._front: list[Array] = []
        self._outcomes: dict[str, Any] = {}
        self._changed: dict[str, dict[str, Any]] = {}
        self._retrained: dict[str, dict[str, Any]] = {}

    @cached_property
    def person(self) -> Person:
        trial, task = self.trial, self.true_task
        return Person(
            task=task,
            expert=task.expert(),
            rationality=self.rationality,
            seed=entropy("person", trial.task, trial.oracle, trial.seed),
            reference=self.log,
        )

    @cached_property
    def yardstick(self) -> Yardstick:
        """What a revealed reward is measured with."""
        task = self.true_task
        return yardstick(task, task.expert(), self.person, "compare" in self.session.spec.answers, self.trial.seed)

    @property
    def log(self) -> Trajectories:
        """The task's fixed log of mixed behaviour."""
        return mixed_log(self.true_task, self.true_task.expert())

    def ask_person(self, question: Question) -> Any:
        """What the person says. A learner's policy, where one is judged against, is played on the person's chance."""
        trial, policy = self.trial, question.policy
        chance = aside("imagined", trial.task, trial.oracle, trial.seed, repr(float(question.effort[0])))
        with nullcontext() if policy is None else chance:
            return self.person.answer(question.kind, *question.subjects, effort=question.effort, policy=policy)

    def learn(self) -> None:
        """Run the learner to its end, scoring what it offers along the way."""
        seed_globals("learner", self.trial.id)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                for policy in self._policies():
                    if not isinstance(policy, Policy):
                        kind = type(policy).__name__
                        raise TypeError(f"{self.trial.algorithm} yielded a {kind}, which has no predict()")
                    self.curve.offer(policy, self.spent())
            except BudgetSpent:
                pass
            self._worth = self.curve.close(self.spent())

    def measure(self) -> None:
        """What the learner found, after its end: what its last policy and its reward are worth elsewhere, its front,
        and what each rater gets from its last policy.
        """
        task = self.true_task
        if self._worth is None:
            return
        begun = time.perf_counter()
        self._transfer()
        self.curve.seconds_taken += time.perf_counter() - begun
        if len(task.objectives) < 2:
            return
        episodes = self.evaluations.curve_episodes
        self._front = [self._score(policy, episodes).objectives.mean(axis=0) for policy in self.session.front]
        offered = self._worth.objectives.mean(axis=0)
        self._outcomes = measured(task, self.person, offered, self._front, self.session.logs)

    def _transfer(self) -> None:
        """Score the last policy under changed dynamics, and policies trained on the recovered reward, as asked for."""
        task, asked, last = self.true_task, self.evaluations, self.curve.policy
        assert last is not None
        others = [self.registry.task(name) for name in task.changed] if asked.changed else []
        self._changed = {other.name: self._elsewhere(last, other) for other in others}
        reward = recovered(task, self.card, self.session.revealed, self.session.logs) if asked.retrain_steps else None
        if reward is not None:
            for other in (task, *others):
                begun = time.process_time()
                policy = retrained(
                    other, reward, asked.retrain_steps, self.trial.envs, self.registry, self.trial.id
                )
                self._evaluation_cpu += time.process_time() - begun
                self._retrained[other.name] = self._elsewhere(policy, other)

    def _elsewhere(self, policy: Policy, task: Task) -> dict[str, Any]:
        """The returns of a policy on another task, and that task's anchors."""
        low, high = anchors(task)
        worth = self._score(policy, self.evaluations.final_episodes, task)
        return {"returns": worth.returns.tolist(), "anchors": {"random": low, "expert": high}}

    def _policies(self) -> Iterator[Policy]:
        return iter(self.algorithm.learn(self.session))

    def spent(self) -> dict[str, float]:
        wall, cpu = self._begun
        return {
            "steps": self.session.env.taken,
            "human_seconds": round(self.session.seconds, 6),
            "wall_seconds": time.perf_counter() - wall - self.curve.seconds_taken,
            "cpu_seconds": time.process_time() - cpu - self._evaluation_cpu,
        }

    def record(self, status: Any, error: dict[str, str] | None = None) -> Record:
        spent, worth = self.spent(), self._worth
        low, high = anchors(self.true_task)
        return Record(
            trial=self.trial,
            status=status,
            family=self.card.family,
            error=error,
            curve=self.curve.points,
            final=None if worth is None else {"returns": worth.returns.tolist(), "lengths": worth.lengths.tolist()},
            anchors={"random": low, "expert": high},
            spent={
                "env_steps": spent["steps"],
                **{key: spent[key] for key in ("human_seconds", "wall_seconds", "cpu_seconds")},
                "evaluation_seconds": self.curve.seconds_taken,
            },
            feedback={kind: asdict(tally) for kind, tally in self.session.tallies.items()},
            logs=self.session.logs,
            reward_model=self.curve.points[-1].get("reward_model") if self.curve.points else None,
            objectives={} if worth is None else dict(
                zip(self.true_task.objectives, worth.objectives.mean(axis=0).tolist(), strict=True)
            ),
            front=[outcome.tolist() for outcome in self._front],
            outcomes=self._outcomes,
            changed=self._changed,
            retrained=self._retrained,
            stamp=stamp(),
        )

    def _score(self, policy: Policy, episodes: int, task: Task | None = None) -> Worth:
        begun = time.process_time()
        try:
            return evaluate(policy, task or self.true_task, self.trial.seed, episodes)
        finally:
            self._evaluation_cpu += time.process_time() - begun

    def _reward(self) -> Reward | None:
        """What the learner now takes to be rewarded, by the reward that it revealed or the weights that it logged."""
        if self.session.revealed is not None:
            return self.session.revealed
        weights = learned_weights(self.true_task.objectives, self.session.logs)
        return None if weights is None else weighed(self.true_task, weights)

    def _study(self, policy: Policy, worth: Worth) -> dict[str, Any]:
        """How far the policy has made up its mind, and how good the reward is that the learner has revealed."""
        begun, session = time.process_time(), self.session
        kept = session.rng.bit_generator.state
        try:
            with aside("study", self.trial.task, self.trial.seed):
                found: dict[str, Any] = decidedness(policy, worth)
                if (reward := self._reward()) is not None:
                    found["reward_model"] = self.yardstick.measure(reward, session.revealed_logits, worth)
            return found
        finally:
            session.rng.bit_generator.state = kept
            self._evaluation_cpu += time.process_time() - begun

    def _world(self) -> World:
        task = self.task
        reward = None
        if "true_reward" in self.card.uses:
            weights = np.asarray(task.weights)
            reward = lambda states, actions, step: step.objectives @ weights  # noqa: E731
        elif "sparse_reward" in self.card.uses:
            weights = np.asarray(task.weights)
            reward = lambda states, actions, step: np.where(step.event, step.objectives @ weights, 0.0)  # noqa: E731
        elif "oracle_utility" in self.card.uses:
            reward = self._utility
        return World(
            task=task,
            answer=self.answer,
            answers=kinds_answered(task) & self.rationality.kinds,
            expert=self.true_task.expert,
            log=lambda: self.log,
            reward=reward,
        )

    def _utility(self, states: Any, actions: Any, step: Step) -> Any:
        """What the person thinks of single steps, without error: the privilege "oracle_utility"."""
        one = Trajectories(
            states=np.stack([states, step.arrived], axis=1),
            actions=actions[:, None],
            following=step.following[:, None],
            rewards=(step.objectives @ np.asarray(self.true_task.weights))[:, None],
            event=step.event[:, None],
        )
        return self.person.step_utility(one)[:, 0]
