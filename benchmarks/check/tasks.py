"""The laws of a task."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, get_args, get_type_hints

import numpy as np

from benchmarks.anchors import anchors
from benchmarks.check.verdict import Verdict, described, judged
from benchmarks.log import mixed_log, random_actions
from benchmarks.registry import Registry
from benchmarks.task import Task
from benchmarks.twin import TwinEnv

Array = np.ndarray[Any, np.dtype[Any]]
SYSTEMS = 64  # side by side
STEPS = 30
CLOSE = 1e-3  # relative: float32 observations, through one step of the dynamics


@dataclass(frozen=True)
class Visit:
    """A task, and transitions of its twin under random actions."""

    name: str  # by its tag
    make: Callable[[], Task]
    task: Task

    @cached_property
    def transitions(self) -> tuple[Array, Array, Array]:
        """States [n, d], none absorbed, actions [n, ...] and the states they lead to."""
        task, rng = self.task, np.random.default_rng(0)
        states, seen = task.starts(SYSTEMS, rng), []
        for _ in range(min(STEPS, task.horizon)):
            seen.append((states, random_actions(task, SYSTEMS, rng)))
            states = task.step(*seen[-1], rng).arrived
        before, actions = (np.concatenate(column) for column in zip(*seen, strict=True))
        live = ~task.event(before)
        return before[live], actions[live], task.transition(before[live], actions[live])


def laws(name: str, registry: Registry) -> Iterator[Verdict]:
    """What each law says of a task. A law that a broken task makes fail says so."""
    make = registry.tasks[name].target
    task = make()
    if not isinstance(task, Task):
        made = f"it returns a {type(task).__name__}"
        yield Verdict("declaration", "FAILED", f"{made}: a function under @task returns a benchmarks.task.Task")
        return
    visit = Visit(name, make, task)
    for law, look, holds in _LAWS:
        yield _told(law, look, visit, holds)


def _told(law: str, look: Callable[[Visit], str], visit: Visit, holds: str) -> Verdict:
    try:
        return judged(law, look(visit), holds)
    except Exception as error:
        return Verdict(law, "FAILED", f"it fails with {described(error)}")


def declared(visit: Visit) -> str:
    task, k = visit.task, len(visit.task.objectives)
    frozen = getattr(type(task), "__dataclass_params__").frozen  # noqa: B009
    if task.name != visit.name:
        return f"its name is {task.name!r}, and its tag says {visit.name!r}: make them one"
    if not frozen or task != visit.make() or hash(task) != hash(visit.make()):
        return "made twice it is not equal to itself: make it a frozen dataclass of numbers, texts and tuples"
    if not k or len(task.weights) != k or len(task.original_weights) != k:
        return (
            f"it has {k} objectives, {len(task.weights)} weights and {len(task.original_weights)} original weights: "
            "each objective needs one of both"
        )
    if not np.isfinite([*task.weights, *task.original_weights]).all():
        return "a weight is not finite"
    if min(*task.weights, *task.original_weights) < 0:
        return "a weight is negative: more of each objective is better, so let costs be negative objectives"
    if min(task.horizon, task.time_limit, task.version) < 1:
        return "its horizon, its time limit and its version must be 1 or more"
    if not (0 < task.discount < 1 and task.step_seconds > 0):
        return "its discount must be between 0 and 1, and a step must last longer than 0 seconds"
    if task.after_event not in get_args(get_type_hints(Task)["after_event"]):
        return f"after_event is {task.after_event!r}, and must be respawn, terminate or absorb"
    return ""


def spaces(visit: Visit) -> str:
    observations: Any = visit.task.observation_space
    actions: Any = visit.task.action_space
    if not hasattr(observations, "low") or observations.dtype != np.float32:
        return f"its observation space must be a Box of float32, not {observations}"
    if not hasattr(actions, "n") and not (hasattr(actions, "low") and actions.is_bounded()):
        return f"its action space must be Discrete or a bounded Box, not {actions}"
    seen = visit.task.observe(visit.transitions[2])
    outside = [row for row in seen if not observations.contains(row)]
    return f"the observation {outside[0]} is not in its observation space" if outside else ""


def starts(visit: Visit) -> str:
    one, same = (visit.task.starts(5, np.random.default_rng(1)) for _ in range(2))
    if one.ndim != 2 or len(one) != 5 or one.dtype != np.float64:
        return f"starts(n, rng) must give float64 [n, d], not {one.dtype} {list(one.shape)}"
    if not np.array_equal(one, same):
        return "equal generators give other starts: draw from the generator that is given"
    if visit.task.event(one).any():
        return "a start state is an event: an episode would be over before it begins"
    return ""


def dynamics(visit: Visit) -> str:
    task, (states, actions, following) = visit.task, visit.transitions
    given = states.copy(), actions.copy()
    again = task.transition(*given)
    if not np.array_equal(again, following):
        return "the same states and actions lead elsewhere the second time: transition() must be pure"
    if following.shape != states.shape or following.dtype != np.float64:
        return f"transition() must give float64 {list(states.shape)}, not {following.dtype} {list(following.shape)}"
    task.phi(*given, following)
    task.step(*given, np.random.default_rng(0))
    task.observe(given[0])
    if not (np.array_equal(given[0], states) and np.array_equal(given[1], actions)):
        return "its methods change the arrays they are given: work on copies"
    alone = [task.transition(states[i : i + 1], actions[i : i + 1]) for i in range(10)]
    if not np.allclose(np.concatenate(alone), following[:10], rtol=1e-9):
        return "a system alone goes elsewhere than in a batch: rows must not touch each other"
    return "" if np.isfinite(following).all() else "a state is not finite"


def observations(visit: Visit) -> str:
    task, (states, actions, following) = visit.task, visit.transitions
    seen = task.observe(states)
    if seen.dtype != np.float32 or seen.shape != (len(states), *(task.observation_space.shape or ())):
        return f"observe() must give float32 [n, ...] of its space, not {seen.dtype} {list(seen.shape)}"
    back = task.recover(seen)
    if not np.allclose(task.observe(back), seen, rtol=1e-5, atol=1e-5):
        return "observe(recover(observation)) is another observation: recover() must be the inverse of observe()"
    then = task.transition(back, actions)
    for what, one, other in (
        ("goes elsewhere", task.observe(then), task.observe(following)),
        ("has another reward", task.phi(back, actions, then), task.phi(states, actions, following)),
    ):
        near = np.isclose(one, other, rtol=CLOSE, atol=CLOSE).reshape(len(states), -1).all(axis=1)
        if near.mean() < 0.99:  # some states lie at a wall's edge
            return f"a recovered state {what} than the one observed: the observation must show all of the state"
    return ""


def reward(visit: Visit) -> str:
    task, transition = visit.task, visit.transitions
    phi, k = task.phi(*transition), len(task.objectives)
    if phi.shape != (len(transition[0]), k):
        return f"phi() must give [n, {k}], a column for each objective, not {list(phi.shape)}"
    if not np.isfinite(phi).all():
        return "an objective is not finite"
    if not np.allclose(task.reward(*transition), phi @ np.asarray(task.weights)):
        return "its reward is not weights . phi"
    return ""


def events(visit: Visit) -> str:
    task, (states, actions, following) = visit.task, visit.transitions
    event = task.event(following)
    if event.shape != (len(states),) or event.dtype != bool:
        return f"event() must give bool [n], not {event.dtype} {list(event.shape)}"
    step = task.step(states, actions, np.random.default_rng(2))
    following, event = task.fated(following, np.random.default_rng(2)), task.event(step.following)
    if not np.array_equal(step.event, event) or not np.array_equal(step.following, following):
        return "step() says something else than transition(), fates() and event()"
    if task.after_event == "absorb":
        return "" if np.array_equal(step.arrived, following) else "it absorbs, but goes on after an event"
    if task.event(step.arrived).any():
        return "after an event it does not go on from a start state"
    return "" if np.array_equal(step.arrived[~event], following[~event]) else "it jumps where there is no event"


def twin(visit: Visit) -> str:
    task, rng = visit.task, np.random.default_rng(3)
    env = TwinEnv(task, 4, 4 * min(2 * task.horizon, 500), rng)
    env.reset()
    for t in range(1, env.steps // 4 + 1):
        seen, rewards, ended, _ = env.step(random_actions(task, 4, rng))
        if not (np.isnan(rewards).all() and all(task.observation_space.contains(row) for row in seen)):
            return f"step {t} of its twin shows a reward, or an observation outside of its space"
        if task.after_event != "terminate" and ended.any() != (t % task.horizon == 0):
            return f"an episode of its twin ends after step {t}, and not at its horizon"
    return ""


def expert(visit: Visit) -> str:
    task, (states, actions, _) = visit.task, visit.transitions
    states, actions = states[:256], actions[:256]
    person = task.expert()
    q, value, best = person.q(states), person.value(states), person.act(states)
    if q.shape != (len(states), len(person.actions)) or value.shape != (len(states),):
        return "its expert's q() must be [n, m] for its m actions, and value() [n]"
    if not (np.isfinite(q).all() and np.isfinite(value).all() and np.isfinite(person.v0)):
        return "a value of its expert is not finite"
    stake = float(np.sqrt(np.mean((q - value[:, None]) ** 2))) + 1e-9  # what one action more or less is worth
    if np.abs(q.max(axis=1) - value).max() > 0.1 * stake + 1e-6 * np.abs(value).max():
        return "its expert's value() is not the largest of q()"
    one = np.repeat(person.actions[:1], len(states), axis=0)
    if not np.allclose(person.q_of(states, one), q[:, 0], atol=0.01 * stake):
        return "its expert's q_of() is not the q() of the same action"
    if not all(task.action_space.contains(np.asarray(row, dtype=task.action_space.dtype)) for row in best):
        return "its expert's actions are not in the action space"
    if person.q_of(states, best).mean() < person.q_of(states, actions).mean():
        return "by its own q_of() its expert acts worse than at random"
    return ""


def bellman(visit: Visit) -> str:
    """Q*(s, a) = r + gamma V*(s') where people are asked, an event being worth what follows it."""
    task, rng = visit.task, np.random.default_rng(4)
    person: Any = task.expert()
    states = mixed_log(task, person).states[:, :-1].reshape(-1, visit.transitions[0].shape[1])
    states = rng.permutation(states[~task.event(states)])[:2000]
    actions = random_actions(task, len(states), rng)
    ended = person.v0 if task.after_event == "respawn" else 0.0
    target = np.zeros(len(states))
    for chance, following in task.fates(task.transition(states, actions)):
        after = np.where(task.event(following), ended, person.value(following))
        target += chance * (task.reward(states, actions, following) + task.discount * after)
    spread = np.sqrt(np.mean((person.q(states) - person.value(states)[:, None]) ** 2))
    error = np.sqrt(np.mean((person.q_of(states, actions) - target) ** 2))
    if error <= 0.5 * spread + 1e-6:
        return ""
    apart = f"its expert's Q is {error:.2g} away from r + discount * V of the next state"
    return f"{apart}, where actions differ by {spread:.2g}: solve the twin, respawns included"


def scores(visit: Visit) -> str:
    low, high = anchors(visit.task)  # raises where the expert is no better
    return "" if high > low else f"its expert returns {high:.3g}, no better than random's {low:.3g}"


_LAWS: tuple[tuple[str, Callable[[Visit], str], str], ...] = (
    ("declaration", declared, "its names, numbers and versions are complete and agree"),
    ("spaces", spaces, "a float32 Box of observations, which holds them, and Discrete or bounded actions"),
    ("starts", starts, "the generator alone decides where episodes start, and no start is an event"),
    ("dynamics", dynamics, "pure: the same in, the same out, and nothing given is changed"),
    ("observations", observations, "recover() is the inverse of observe(), to the precision of float32"),
    ("reward", reward, "finite, and linear in the objectives"),
    ("events", events, "an event leads to where after_event says"),
    ("twin", twin, "its twin shows no reward, and its episodes end as they should"),
    ("expert", expert, "V is the largest Q, and its actions are legal and better than random ones"),
    ("bellman", bellman, "the expert's Q is the reward and the discounted V of the next state"),
    ("scores", scores, "on the original the expert returns more than the random policy"),
)
