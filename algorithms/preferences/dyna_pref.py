"""Dyna on a reward learned from comparisons: the policy learns in imagination, and lives in between.

Sutton, "Dyna, an integrated architecture for learning, planning, and reacting", 1991; its deep form is that of
Kurutach, Clavera, Duan, Tamar, Abbeel, "Model-ensemble trust-region policy optimization", 2018, with rollouts as short
as those of Janner, Fu, Zhang, Levine, "When to trust your model: model-based policy optimization", 2019. The reward is
pref-ppo's (Christiano et al. 2017), so that the two differ in who makes the experience: the world, or a learned model
of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from algorithms._blocks.comparing import Comparing
from algorithms._blocks.exploring import live, wander
from algorithms._blocks.on_policy import OnPolicy, snapshot_of
from algorithms._blocks.reward_model import Comparisons
from benchmarks.api import Compare, Policy, Session, algorithm


@algorithm("dyna-pref", family="preferences", asks={Compare})
@dataclass(frozen=True)
class DynaPref(OnPolicy, Comparing):
    """In each of `rounds`: live with the policy; fit an ensemble of dynamics to all that was lived,

        s_{t+1} = s_t + f_m(s_t, a_t);

    in some of them, compare segments of what was lived and fit the reward; then, `imaginations` times, imagine
    rollouts from states that were lived, a random member taking each step, and update PPO on their learned rewards

        r(s_t, a_t),  t = 0, ..., k - 1,  and V(s_k) from there on.
    """

    rollout: int = 16  # k: steps of an imagined rollout
    imagined: int = 128  # imagined rollouts of an update
    imaginations: int = 3  # updates of a round
    rounds: int = 40
    lived: float = 0.25  # share of the environment steps that are lived at all
    warm_up: int = 100  # random steps of each environment before the first round
    models: int = 5  # networks of the dynamics (Kurutach et al.)
    model_hidden: tuple[int, ...] = (64, 64)
    model_learning_rate: float = 1e-3  # Kurutach et al., and Janner et al.
    model_batches: int = 60  # gradient steps of a round
    model_batch: int = 128  # lived steps in each

    def learn(self, session: Session) -> Iterator[Policy]:
        from algorithms._blocks.dynamics import DynamicsEnsemble, Imagined

        spec = session.spec
        steps = max(1, int(self.lived * session.budget.steps / self.rounds / spec.envs))
        ensemble = self.reward_model(session, self.backend)
        seed = int(session.rng.integers(2**31))
        dynamics = DynamicsEnsemble(spec, self.models, self.model_hidden, self.model_learning_rate, seed)
        world = Imagined(
            dynamics,
            ensemble.reward,
            lambda n: session.segments(n, 1).observations[:, 0],
            self.imagined,
            self.rollout,
        )
        wander(session, min(self.warm_up, session.left.steps // spec.envs // 4))
        model = self.ppo(session, world)
        asked = {int(before * self.rounds): share for before, share in self.schedule()}
        data: Comparisons | None = None
        for i in range(self.rounds):
            model.lr_schedule = lambda _, i=i: self.learning_rate * (1 - 0.9 * i / self.rounds)
            live(session, snapshot_of(model), steps)
            foreseen = dynamics.fit(
                session.segments(self.model_batches * self.model_batch, 1), self.model_batches, self.model_batch
            )
            if i in asked:
                answered = self.ask(session, ensemble, asked[i], first=data is None)
                if answered is not None:
                    data = answered if data is None else data.and_(answered)
                    loss = ensemble.fit(data, self.batches, self.pairs)
                    self.standardise(session, ensemble)
                    session.log(reward_loss=loss, comparisons=len(data), dynamics_loss=foreseen)
            for _ in range(self.imaginations):
                self.update(model)
                yield snapshot_of(model)
