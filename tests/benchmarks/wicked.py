"""Plug-ins for tests of the contract: one that behaves, and those that break a law each."""

from __future__ import annotations

PREAMBLE = """
import datetime, random, time
from dataclasses import dataclass, field
from time import perf_counter
import numpy as np
from benchmarks.api import Compare, Judge, Rate, algorithm

@dataclass(frozen=True)
class Acts:
    space: object
    share: float  # any number: different numbers act differently

    def predict(self, observation, state=None, episode_start=None, deterministic=False):
        rows = np.asarray(observation).reshape(-1, observation.shape[-1])
        mixed = np.mod(rows.sum(axis=1) * 997.0 + self.share * 13.7, 1.0)
        if hasattr(self.space, "n"):
            actions = np.minimum((mixed * self.space.n).astype(int), self.space.n - 1)
        else:
            actions = (self.space.low + mixed[:, None] * (self.space.high - self.space.low)).astype(np.float32)
        return (actions[0] if observation.ndim == 1 else actions), state

def live(session, share, steps=20):
    policy, seen = Acts(session.spec.action_space, float(share)), session.env.reset()
    total = np.zeros(session.spec.envs)
    for _ in range(steps):
        seen, rewards, _, _ = session.env.step(policy.predict(seen)[0])
        total += rewards
    return policy, total

def judged(session):
    return float(np.nansum(session.ask(Judge(session.segments(3, 1))).values))
"""

GOOD = """
share = 0.1
while True:
    policy, _ = live(session, share)
    yield policy
    share = float(session.rng.random()) + judged(session)
    session.log(share=share)
"""

FORGES = """
yield live(session, 0.1)[0]
asked = session.segments(8, 5)
if FORGED:
    asked = replace(asked, observations=asked.observations * 0 + 9.0, actions=asked.actions * 0)
if OUTSIDE:
    asked = replace(asked, places=asked.places + 10_000)
session.log(**{f"answer{i}": value for i, value in enumerate(session.ask(Rate(asked)).values)})
"""

# name: (body of learn(), code above the class, the laws that it breaks, words of the first one's sentence)
WICKED: dict[str, tuple[str, str, set[str], str]] = {
    "learns from the reward": (
        """
        share = 0.1
        while True:
            policy, total = live(session, share)
            yield policy
            share = int(total.mean())
        """,
        "",
        {"runs"},
        "it fails with ValueError: cannot convert float NaN to integer (wicked.py, line",
    ),
    "acts on NaN": (
        """
        while True:
            _, total = live(session, 0.1)
            yield Acts(session.spec.action_space, 0.1)
            if not session.spec.discrete:
                session.env.step(np.full((session.spec.envs, 1), total.mean()))
        """,
        "",
        {"runs"},
        "on pendulum it fails with ValueError: an action is NaN or infinite (wicked.py, line",
    ),
    "learns from the reward if there is one": (
        """
        share = 0.1
        while True:
            policy, total = live(session, share)
            yield policy
            share = np.nan_to_num(total).mean()
        """,
        "",
        {"reward"},
        "when session.env returns other rewards than NaN: no learner is given a reward",
    ),
    "reads the task's weights": (
        """
        share = 0.1
        while True:
            policy, _ = live(session, share)
            yield policy
            share = np.nan_to_num(session._world.task.weights[0])
        """,
        "",
        {"front door", "non-interference"},
        "reads session._world: a learner sees what benchmarks.api.Session says",
    ),
    "reads the reward off the ledger": (
        """
        share = 0.1
        while True:
            policy, _ = live(session, share)
            yield policy
            tracks = vars(vars(session)["env"])["tracks"]
            share = np.nan_to_num(tracks.objectives[:, : tracks.lived]).sum()
        """,
        "",
        {"non-interference"},
        "is another when the same answers are given in a world whose true reward is NaN",
    ),
    "reads the events off the ledger": (
        """
        share = 0.1
        while True:
            policy, _ = live(session, share, 60)
            yield policy
            tracks = session.env.tracks
            share = tracks.event[:, : tracks.lived].sum() / 7
        """,
        "",
        {"front door", "non-interference"},
        "reads session.env.tracks",
    ),
    "asks the task for the reward": (
        """
        share = 0.1
        while True:
            policy, _ = live(session, share)
            yield policy
            task = session.env.task
            states = task.starts(1, np.random.default_rng(0))
            action = np.array([session.spec.action_space.low if not session.spec.discrete else 0])
            share = np.nan_to_num(task.reward(states, action, task.transition(states, action)))[0]
        """,
        "",
        {"front door", "non-interference"},
        "reads session.env.task",
    ),
    "asks the expert": (
        """
        while True:
            policy, _ = live(session, 0.1)
            yield policy
            task = session.env.task
            session.env.step(task.expert().act(task.recover(session.env.reset())))
        """,
        "",
        {"front door", "non-interference"},
        "reads session.env.task",
    ),
    "finds the task by the garbage collector": (
        """
        import gc
        tasks = [item for item in gc.get_objects() if type(item).__name__ == "Pendulum"]
        while True:
            policy, _ = live(session, max(np.nan_to_num(task.weights[1]) for task in tasks))
            yield policy
        """,
        "",
        {"non-interference"},
        "is another when the same answers are given in a world whose true reward is NaN",
    ),
    "imports the tasks": (
        GOOD,
        "from envs.cartpole import cartpole",
        {"imports"},
        "it imports envs.cartpole.cartpole in line",
    ),
    "imports the registry by name": (
        """
        share = 0.1
        while True:
            policy, _ = live(session, share)
            yield policy
            share = np.nan_to_num(load().task("cartpole").weights[0])
        """,
        """
        import importlib
        load = importlib.import_module("benchmarks.registry").load
        """,
        {"imports", "non-interference"},
        "it imports benchmarks.registry in line",
    ),
    "reads answers' truth": (
        """
        share = 0.1
        while True:
            policy, _ = live(session, share)
            yield policy
            judged(session)
            share = np.nan_to_num(session.transcript[-1].reply.truth).sum()
        """,
        "",
        {"front door", "non-interference"},
        "reads session.transcript",
    ),
    "reads the clock": (
        """
        while True:
            policy, _ = live(session, perf_counter() // 1000)
            yield policy
        """,
        "",
        {"clock"},
        "when the clocks are wrong: count steps, questions or session.left instead of seconds",
    ),
    "stops by the clock": (
        """
        begun = datetime.datetime.now()
        while (datetime.datetime.now() - begun).total_seconds() < 600:
            policy, _ = live(session, 0.1)
            yield policy
        """,
        "",
        {"clock"},
        "when the clocks are wrong",
    ),
    "takes its seed from the clock": (
        """
        while True:
            policy, _ = live(session, time.time_ns() % 1009)
            yield policy
        """,
        "",
        {"determinism"},
        "when it is played again: draw all chance from session.rng",
    ),
    "draws from a generator without a seed": (
        """
        while True:
            policy, _ = live(session, np.random.default_rng().random())
            yield policy
        """,
        "",
        {"determinism"},
        "when it is played again: draw all chance from session.rng",
    ),
    "remembers earlier runs": (
        """
        MEMORY.append(1)
        while True:
            policy, _ = live(session, len(MEMORY))
            yield policy
        """,
        "MEMORY = []",
        {"determinism"},
        "keep nothing from one run to the next",
    ),
    "logs the time": (
        """
        yield live(session, 0.1)[0]
        session.log(at=time.time() // 1000)
        """,
        "",
        {"clock"},
        "what it logs is another",
    ),
    "never ends, though it is refused": (
        """
        yield live(session, 0.1)[0]
        while True:
            try:
                live(session, 0.1)
            except Exception:
                pass
        """,
        "",
        {"budget"},
        "it goes on when the budget is spent, and was refused 100 times in a row: let BudgetSpent end learn()",
    ),
    "offers for ever": (
        """
        policy, _ = live(session, 0.1)
        while True:
            yield policy
        """,
        "",
        {"budget"},
        "it offers 200 policies in a row without taking a step or asking a question",
    ),
    "hangs": (
        """
        yield live(session, 0.1)[0]
        while True:
            time.sleep(0.01)
        """,
        "",
        {"budget"},
        "it still runs after 1 seconds on a budget that takes a few",
    ),
    "turns the meter back": (
        """
        share = 0.1
        for _ in range(30):
            policy, _ = live(session, share, 5)
            yield policy
            session.seconds = 0.0
            share = judged(session)
        """,
        "",
        {"budget", "front door"},
        "leave its meters alone",
    ),
    "makes questions free": (
        """
        session.price = lambda query: 0.0
        share = 0.1
        for _ in range(30):
            policy, _ = live(session, share, 5)
            yield policy
            share = judged(session)
        """,
        "",
        {"budget"},
        "s of 30.0 s of the person's time, and the session counted 0.0 s",
    ),
    "asks behind the session's back": (
        """
        world = vars(session)["_world"]
        share = 0.1
        while True:
            policy, _ = live(session, share, 5)
            yield policy
            question = session._look_up(Judge(session.segments(3, 1)), 0.0)
            share = float(np.nansum(world.answer(question).values))
        """,
        "",
        {"budget"},
        "times, but asked 0 times by session.ask()",
    ),
    "replaces the scoring": (
        """
        import sys
        policy, _ = live(session, 0.1)
        yield policy
        trial = sys.modules["benchmarks.trial"]
        true = trial.evaluate
        trial.evaluate = lambda *arguments: true(*arguments)
        """,
        "",
        {"front door"},
        "it replaces benchmarks.trial.evaluate: a learner sees what benchmarks.api.Session says",
    ),
    "goes where it likes": (
        """
        while True:
            policy, _ = live(session, 0.1, 10)
            yield policy
            vars(session.env)["_states"] = vars(session.env)["_states"] * 0.5
            session.env.step(policy.predict(session.here().observations[:, 0])[0])
        """,
        "",
        {"front door"},
        "are not those that its actions lead to: act by session.env only",
    ),
    "asks what it did not declare": (
        """
        share = 0.1
        while True:
            policy, _ = live(session, share)
            yield policy
            session.ask(Rate(session.segments(2, 1)))
        """,
        "",
        {"runs", "queries"},
        "asks 'rate' without declaring it in @algorithm(asks=...)",
    ),
    "uses what it did not declare, and hides it": (
        """
        while True:
            policy, _ = live(session, 0.1)
            yield policy
            try:
                session.logged(2, 1)
            except PermissionError:
                pass
        """,
        "",
        {"queries"},
        "reads the log without declaring it in @algorithm(uses=",
    ),
    "changes a policy that it offered": (
        """
        policy, _ = live(session, 0.1)
        while True:
            yield policy
            live(session, 0.1)
            object.__setattr__(policy, "share", policy.share + 0.3)
        """,
        "",
        {"snapshots", "determinism"},
        "acts otherwise at the end than when it was offered: yield a copy",
    ),
    "shares its generator with a policy": (
        """
        class Draws(Acts):
            def predict(self, observation, state=None, episode_start=None, deterministic=False):
                session.rng.random()
                return super().predict(observation, state, episode_start, deterministic)

        while True:
            live(session, float(session.rng.random()))
            yield Draws(session.spec.action_space, 0.1)
        """,
        "",
        {"evaluation"},
        "when its policies are not scored: a policy must share no generator and no other state with the learner",
    ),
    "offers what cannot be stored": (
        """
        class Locked(Acts):
            def __reduce__(self):
                raise TypeError("cannot pickle this")

        while True:
            live(session, 0.1)
            yield Locked(session.spec.action_space, 0.1)
        """,
        "",
        {"policies"},
        "its policy cannot be stored (TypeError: cannot pickle this)",
    ),
    "offers what forgets itself when it is stored": (
        """
        class Forgets(Acts):
            def __reduce__(self):
                return Acts, (self.space, self.share + 0.3)

        while True:
            live(session, 0.1)
            yield Forgets(session.spec.action_space, 0.1)
        """,
        "",
        {"policies"},
        "its policy acts otherwise after it was stored and read back",
    ),
    "offers no policy": (
        """
        live(session, 0.1)
        yield {"weights": 1}
        """,
        "",
        {"runs"},
        "yielded a dict, which has no predict()",
    ),
    "offers NaN": (
        """
        class Lost(Acts):
            def predict(self, observation, state=None, episode_start=None, deterministic=False):
                actions, _ = super().predict(observation, state)
                return actions * np.nan, state

        while True:
            live(session, 0.1)
            yield Lost(session.spec.action_space, 0.1)
        """,
        "",
        {"policies"},
        "its policy gives no actions: an action is NaN or infinite: predict() must do what stable-baselines3's does",
    ),
    "knows batches only": (
        """
        class Batched(Acts):
            def predict(self, observation, state=None, episode_start=None, deterministic=False):
                return super().predict(observation[:, :], state)

        while True:
            live(session, 0.1)
            yield Batched(session.spec.action_space, 0.1)
        """,
        "",
        {"policies"},
        "asked about a single observation of shape [4] its policy fails with IndexError",
    ),
    "gives one action for all": (
        """
        class Single(Acts):
            def predict(self, observation, state=None, episode_start=None, deterministic=False):
                actions, _ = super().predict(observation, state)
                return (actions if observation.ndim == 1 else actions[0]), state

        while True:
            live(session, 0.1)
            yield Single(session.spec.action_space, 0.1)
        """,
        "",
        {"policies"},
        "asked about a batch of observations of shape [32, 4] its policy gives actions of shape [] and not [32]",
    ),
    "is moody": (
        """
        class Moody(Acts):
            def predict(self, observation, state=None, episode_start=None, deterministic=False):
                COUNT.append(1)
                return Acts(self.space, len(COUNT)).predict(observation, state)

        while True:
            live(session, 0.1)
            yield Moody(session.spec.action_space, 0.1)
        """,
        "COUNT = []",
        {"policies"},
        "asked twice about the same observations its policy acts otherwise",
    ),
    "ends without a policy": (
        """
        live(session, 0.1)
        return
        yield
        """,
        "",
        {"runs"},
        "it ended without offering a policy: learn() must yield one",
    ),
    "leaves the program": (
        """
        import sys
        yield live(session, 0.1)[0]
        sys.exit("enough")
        """,
        "",
        {"runs"},
        "it fails with SystemExit: enough (wicked.py, line",
    ),
}
