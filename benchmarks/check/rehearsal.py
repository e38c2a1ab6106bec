"""One run of a learner, watched; and the same run with changes that no learner may notice."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from types import ModuleType
from typing import Any

import numpy as np

from benchmarks.api import Policy
from benchmarks.check import desk
from benchmarks.check.blindfold import blindfold
from benchmarks.check.clock import wrong_clocks
from benchmarks.check.doors import harness, replaced, watched
from benchmarks.check.halt import Endless, Halt, Patience, watchdog
from benchmarks.check.offers import Offer, actions, illegal, probes
from benchmarks.check.verdict import described
from benchmarks.curve import Curve
from benchmarks.evaluate import Worth
from benchmarks.log import mixed_log
from benchmarks.record import Evaluations, Trial
from benchmarks.registry import Registry
from benchmarks.session import Question
from benchmarks.task import Task
from benchmarks.trial import Stage

Array = np.ndarray[Any, np.dtype[Any]]
OFTEN = Evaluations(final_episodes=2, curve_episodes=2, points=12, minutes=(0.1, 0.2, 0.5, 1.0, 2.0))


@dataclass(frozen=True)
class Change:
    """How a run differs from one as in a suite."""

    unseen: bool = False  # no policy is scored
    clock: bool = False  # every clock is wrong
    rewards: bool = False  # the environment's rewards are random numbers instead of NaN
    blind: bool = False  # the truth is NaN, no expert is there, and the first run's answers are given again


@dataclass
class Run:
    """What came of it: plain arrays and numbers, without the session."""

    actions: Array = field(default_factory=lambda: np.empty((0, 0)))  # [envs, steps, ...]
    episodes: Array = field(default_factory=lambda: np.empty((0, 0)))  # [envs, steps + 1]
    states: Array = field(default_factory=lambda: np.empty((0, 0)))  # [envs, steps + 1, d]
    questions: list[desk.Asked] = field(default_factory=list)
    policies: list[Policy] = field(default_factory=list)
    offers: dict[int, Offer] = field(default_factory=dict)  # those policies that act, by their place in the list
    logs: list[dict[str, float]] = field(default_factory=list)
    guests: list[str] = field(default_factory=list)  # who reached behind the session
    metered: tuple[int, float, int] = (0, 0.0, 0)  # steps, seconds and questions by the session's own count
    error: str = ""  # an exception of the learner
    undeclared: str = ""  # a question or a privilege that its tag does not name
    illegal: str = ""  # a policy that does not act as it should
    endless: str = ""  # why it had to be stopped

    @property
    def whole(self) -> bool:
        """It came to an end by itself."""
        return not (self.error or self.endless)


class Theatre:
    """Plays one trial again and again."""

    def __init__(self, trial: Trial, registry: Registry, patience: float) -> None:
        self.trial, self.plugins, self.patience = trial, registry.plugins, patience
        self.target = registry.algorithm(trial.learner)
        self.task: Task = registry.task(trial.task)
        self.log = mixed_log(self.task, self.task.expert())
        self.probes = probes(self.task, self.log)

    def play(self, change: Change = Change(), first: Run | None = None) -> Run:
        """The trial from its beginning to its end, whatever the learner does."""
        run, patience, before = Run(), Patience(), harness()
        with ExitStack() as stack:
            run.guests = stack.enter_context(watched())
            if change.blind:
                objectives = "objectives" in self.target.card.uses
                stack.enter_context(blindfold(self.task.expert(), objectives))
            stage = self._stage(change, run, first)
            session = stage.session
            stage.curve = _Offers(self, run, patience, None if change.unseen else stage.curve)
            session.ask = patience.counted(_declared(session.ask, run))
            session.logged, session.expert = _declared(session.logged, run), _declared(session.expert, run)
            session.env.step_wait = patience.counted(session.env.step_wait)
            if change.clock:
                stack.enter_context(wrong_clocks(self.modules()))
            stack.enter_context(watchdog(self.patience))
            self._learn(stage, run)
        run.guests += replaced(before)
        _take_down(session, run)
        return run

    def modules(self) -> list[ModuleType]:
        """The learner's own code: its module's package, and what algorithms share."""
        roots = {"algorithms", self.target.__module__.partition(".")[0]}
        own = [module for name, module in list(sys.modules.items()) if name.partition(".")[0] in roots]
        return [module for module in own if getattr(module, "__file__", None)]

    def files(self) -> list[str]:
        return [str(module.__file__) for module in self.modules()]

    def _stage(self, change: Change, run: Run, first: Run | None) -> Any:
        def answer(question: Question) -> Any:
            if first is None or not change.blind:
                reply = stage.person.answer(question.kind, *question.subjects, effort=question.effort)
            else:
                reply = desk.again(first.questions, len(run.questions), question)
            seconds = desk.price(self.trial.prices, question, self.task.step_seconds)
            taken = stage.session.env.taken
            run.questions.append(desk.Asked(question.kind, desk.content(question), taken, seconds, reply))
            if reply is None:
                raise Halt("this question was not asked the first time")
            return reply

        stage: Any = Stage(self.trial, OFTEN, self.plugins, answer=answer)
        if change.blind:
            log = replace(self.log)  # a copy, made under the blindfold
            stage.session._world = replace(stage.session._world, log=lambda: log)
            stage.session._before_effort = lambda seconds: None
        if change.rewards:
            noise = np.random.default_rng(0)
            stage.session.env._reward = lambda states, actions, step: noise.normal(size=len(states))
        return stage

    def _learn(self, stage: Any, run: Run) -> None:
        try:
            stage.learn()
            if not run.policies:
                raise RuntimeError("it ended without offering a policy: learn() must yield one")
        except KeyboardInterrupt:
            raise
        except Endless as halt:
            run.endless = str(halt)
        except Halt:
            pass
        except BaseException as error:  # SystemExit too
            run.error = described(error, self.files())


class _Offers:
    """Takes the policies in the place of the stage's curve, and hands them on to it unless none is scored."""

    def __init__(self, theatre: Theatre, run: Run, patience: Patience, curve: Curve | None) -> None:
        self.theatre, self.run, self.patience, self.curve = theatre, run, patience, curve
        self.seconds_taken = 0.0  # which the stage asks for

    def offer(self, policy: Policy, spent: dict[str, float]) -> None:
        self.patience.offered()
        self.run.policies.append(policy)
        if self.curve is None:
            return
        theatre = self.theatre
        trouble = illegal(policy, theatre.task.action_space, theatre.probes, theatre.files())
        if trouble:  # it is not scored, and the learner goes on
            self.run.illegal = self.run.illegal or trouble
            return
        self.run.offers[len(self.run.policies) - 1] = Offer(policy, actions(policy, theatre.probes))
        self.curve.offer(policy, spent)

    def before_effort(self, after: float, spent: dict[str, float]) -> None:
        if self.curve is not None:
            self.curve.before_effort(after, spent)

    def close(self, spent: dict[str, float]) -> Worth | None:
        return None if self.curve is None else self.curve.close(spent)


def _declared(call: Any, run: Run) -> Any:
    """The session's method; a PermissionError, which a learner may swallow, is noted."""

    def declared(*arguments: Any, **keywords: Any) -> Any:
        try:
            return call(*arguments, **keywords)
        except PermissionError as error:
            run.undeclared = run.undeclared or str(error)
            raise

    return declared


def _take_down(session: Any, run: Run) -> None:
    tracks = session.env.tracks
    lived = tracks.lived
    run.actions = tracks.actions[:, :lived].copy()
    run.episodes = tracks.episode[:, : lived + 1].copy()
    run.states = tracks.states[:, : lived + 1].copy()
    run.logs = list(session.logs)
    run.metered = session.env.taken, session.seconds, len(session.transcript)
