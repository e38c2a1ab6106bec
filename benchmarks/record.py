"""The two plain values at the ends of a trial: `Trial`, what to play, and `Record`, what came of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import Any, Literal

Status = Literal["ok", "failed", "crashed", "timeout"]
STATUSES: tuple[Status, ...] = ("ok", "failed", "crashed", "timeout")


@dataclass(frozen=True)
class Prices:
    """What a question costs in seconds of a person's time, beside the watching.

    A query of n questions costs n * (its price here) + watched steps * the task's seconds of a step.
    Demonstrations and corrections cost the real time that the person plays, plus the price as set-up.
    Sources: comparisons of clips of 1-2 s took people 3-5 s each (Christiano et al. 2017, section 3);
    the other prices are declared assumptions in proportion to it, to be varied in a suite's `[prices]`.
    """

    compare: float = 3.0
    rate: float = 2.5
    judge: float = 1.5
    rank: float = 2.0  # for each candidate
    demonstrate: float = 5.0
    correct: float = 5.0
    advise: float = 2.0
    weigh: float = 4.0


@dataclass(frozen=True)
class Trial:
    """One learner, one task, one person, one seed: all that its outcome depends on."""

    task: str
    oracle: str
    algorithm: str
    seed: int
    steps: int  # environment steps that may be taken
    seconds: float  # of the person's time that may be used
    hyperparameters: Mapping[str, Any] = field(default_factory=dict)  # all of them, defaults included
    rationality: Mapping[str, Any] = field(default_factory=dict)  # all of the oracle's parameters
    prices: Prices = Prices()
    envs: int = 16
    task_version: int = 1
    algorithm_version: str = "1"
    of: str = ""  # the learner that `algorithm` is a suite's variant of; "" if it is none

    @property
    def learner(self) -> str:
        """The name under which the registry knows the learner."""
        return self.of or self.algorithm

    @cached_property
    def id(self) -> str:
        """Twelve hexadecimal digits of the SHA-256 of the trial's canonical JSON."""
        return hashlib.sha256(self._canonical().encode()).hexdigest()[:12]

    def as_json(self) -> dict[str, Any]:
        return json.loads(self._canonical())

    def _canonical(self) -> str:
        body = {item.name: getattr(self, item.name) for item in fields(self)}  # `asdict` takes longer than the hash
        if not self.of:
            del body["of"]
        return canonical({**body, "prices": vars(self.prices)})

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Trial:
        return cls(**{**data, "prices": Prices(**data["prices"])})

    def __str__(self) -> str:
        return f"{self.algorithm} on {self.task} with {self.oracle}, seed {self.seed}"


@dataclass(frozen=True)
class Evaluations:
    """When and how policies are scored. It changes what is measured, never what is learned."""

    final_episodes: int = 100
    curve_episodes: int = 20
    points: int = 16  # equally spaced over the environment steps
    minutes: tuple[float, ...] = (0.3, 1.0, 3.0, 10.0, 30.0)  # of the person's time: always scored there
    changed: bool = False  # the last policy, and a retrained one, are scored under changed dynamics as well
    retrain_steps: int = 0  # environment steps of a new policy on the recovered reward; 0 for none


@dataclass(frozen=True)
class Record:
    """What came of a trial. Plain JSON values only, so that it can be read without any of the code.

    curve      evaluations in order: steps, human_seconds, wall_seconds, cpu_seconds, returns (every episode's);
               a point says what the last policy offered by then was worth; and, where there is one, its entropy
               in nats, or else the agreement of two actions drawn from it, and the `reward_model` of that time
    final      the same for the last policy offered, with more episodes; None if none was
    anchors    returns of the random policy and of the expert: score = (return - random) / (expert - random)
    spent      env_steps, human_seconds, wall_seconds, cpu_seconds (learning only), evaluation_seconds
    feedback   per kind of question: asked, answered, skipped, ties, decidable, errors, seconds
    logs       the learner's own numbers: steps, human_seconds and what it logged
    reward_model  quality of a learned reward at the end, where one was revealed: see `benchmarks.reward_quality`
    objectives mean objective returns of the final evaluation
    front      the same for each policy of the front that the learner revealed: vectors [m, k]
    outcomes   of a task with two objectives or more: what each rater gets, and the measures of the front and of the
               learned weights; see `benchmarks/satisfaction.py`
    changed    by the name of each task of changed dynamics: returns of the last policy offered, and the anchors there
    retrained  the same of a policy trained from scratch on the recovered reward, there and on the task itself
    stamp      commit, versions, machine, time
    """

    trial: Trial
    status: Status
    family: str
    error: dict[str, str] | None = None  # kind, message, traceback
    curve: list[dict[str, Any]] = field(default_factory=list)
    final: dict[str, Any] | None = None
    anchors: dict[str, float] = field(default_factory=dict)
    spent: dict[str, float] = field(default_factory=dict)
    feedback: dict[str, dict[str, float]] = field(default_factory=dict)
    logs: list[dict[str, float]] = field(default_factory=list)
    reward_model: dict[str, float | None] | None = None
    objectives: dict[str, float] = field(default_factory=dict)
    front: list[list[float]] = field(default_factory=list)
    outcomes: dict[str, Any] = field(default_factory=dict)
    changed: dict[str, dict[str, Any]] = field(default_factory=dict)
    retrained: dict[str, dict[str, Any]] = field(default_factory=dict)
    stamp: dict[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        body = {item.name: getattr(self, item.name) for item in fields(self) if item.name != "trial"}
        return {"format": 1, "id": self.trial.id, "trial": self.trial.as_json(), **body}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Record:
        names = {item.name for item in fields(cls)} - {"trial"}
        return cls(trial=Trial.from_json(data["trial"]), **{key: data[key] for key in names if key in data})


def canonical(value: Any) -> str:
    """JSON with sorted keys and no spaces: equal values give equal text."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)
