"""A reward that depends on what led up to a step: an ensemble of preference transformers, side by side in torch.

Kim, Park, Shin, Lee, Abbeel, Lee, "Preference transformer: modeling human preferences using transformers for RL",
2023. With x_t the features of (s_t, a_t), H the history, and LN a layer norm:

    h_t = E x_t,
    h_t <- h_t + attention of LN(h_t) over LN(h_{t'}), t - H < t' <= t      (causal; one layer, several heads)
    h_t <- h_t + MLP(LN(h_t)),
    r_t = w . LN(h_t) + b                                                   the non-Markovian reward r(s_<=t, a_<=t)

    z_i = sum_t softmax_t(<q_i, k_t> / sqrt(d)) r_t                         the preference attention layer,
    R = (1 / L) sum_i z_i = sum_t w_t r_t                                   over all of the segment, both ways
    P(left is better) = sigmoid(R(left) - R(right)).

Unlike theirs, a step is one token, not two (state and action side by side), and where it stands is told by a learned
bias of the attention for each distance t - t' < H (Raffel et al., "T5", 2020), not by its number in the segment. So r_t
is the same function of the last H steps in a segment that a person compares and in an episode that goes on.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import torch as th
from stable_baselines3.common.vec_env import VecEnv, VecEnvWrapper
from torch.nn.functional import layer_norm, softmax

from algorithms._blocks.features import inputs, width_of
from algorithms._blocks.mlp import Array
from algorithms._blocks.reward_model import WEIGHT_DECAY, Answered, RewardModel

if TYPE_CHECKING:
    from benchmarks.api import Spec

NEVER = -1e9  # added to the attention where there is none


class HistoryReward(RewardModel):
    """`members` transformers of `width` features, each trained on its own minibatches.

    `parts`: name -> a tensor whose first axis is the members'; `matrix` [E, in, out] has its `bias` [E, 1, out].
    `reward` of a single step is that of a step without history; of steps that have one, `newest`.
    """

    def __init__(
        self,
        spec: Spec,
        members: int = 3,
        width: int = 32,
        heads: int = 4,
        history: int = 10,
        learning_rate: float = 1e-3,
        noise: float = 0.1,
        seed: int = 0,
    ) -> None:
        super().__init__(spec, members)
        self.width, self.heads, self.history, self.noise = width, heads, history, noise
        self.chance = np.random.default_rng(seed)
        shapes = {
            "embed": (width_of(spec), width),
            "query": (width, width), "key": (width, width), "value": (width, width), "mix": (width, width),
            "up": (width, 4 * width), "down": (4 * width, width),
            "reward": (width, 1), "judge_query": (width, width), "judge_key": (width, width),
        }  # fmt: skip
        self.parts: dict[str, th.Tensor] = {"distance": th.zeros(members, 1, heads, history)}
        for name, shape in shapes.items():  # as torch's Linear
            bound = shape[0] ** -0.5
            self.parts[name] = self._uniform(bound, (members, *shape))
            self.parts[f"{name} bias"] = self._uniform(bound, (members, 1, shape[1]))
        for part in self.parts.values():
            part.requires_grad_()
        self.optimizer = th.optim.AdamW(self.parts.values(), lr=learning_rate, weight_decay=WEIGHT_DECAY)

    def _uniform(self, bound: float, shape: tuple[int, ...]) -> th.Tensor:
        return th.from_numpy(self.chance.uniform(-bound, bound, shape).astype(np.float32))

    # ---- the network

    def linear(self, name: str, x: th.Tensor) -> th.Tensor:
        """[E, b, L, in] -> [E, b, L, out]."""
        members, b, length, _ = x.shape
        flat = x.reshape(members, b * length, -1)
        return th.baddbmm(self.parts[f"{name} bias"], flat, self.parts[name]).view(members, b, length, -1)

    def normal(self, x: th.Tensor) -> th.Tensor:
        return layer_norm(x, x.shape[-1:])  # what it would scale and shift, the matrix behind it does

    def tokens(self, x: th.Tensor, known: th.Tensor | None = None, last: bool = False) -> th.Tensor:
        """LN(h_t) of each step [E, b, L, width], or of the last one only [E, b, 1, width].

        x [E, b, L, in]; of segment i only the last `known[i]` steps are there.
        """
        members, b, length, _ = x.shape
        h = self.linear("embed", x)
        normal = self.normal(h)
        if last:
            h = h[:, :, -1:]
        asking = normal[:, :, -1:] if last else normal

        def split(part: th.Tensor) -> th.Tensor:
            return part.view(members, b, part.shape[2], self.heads, -1).transpose(2, 3)

        q = split(self.linear("query", asking))
        k, v = split(self.linear("key", normal)), split(self.linear("value", normal))
        scores = q @ k.transpose(3, 4) * (self.width // self.heads) ** -0.5 + self.biases(length)[..., -q.shape[3] :, :]
        if known is not None:
            scores = scores.masked_fill((th.arange(length) < length - known[:, None])[:, None, None], NEVER)
        mixed = (softmax(scores, dim=-1) @ v).transpose(2, 3).reshape(h.shape)
        h = h + self.linear("mix", mixed)
        h = h + self.linear("down", th.relu(self.linear("up", self.normal(h))))
        return self.normal(h)

    def biases(self, length: int) -> th.Tensor:
        """What is added to the attention of step t to step t': by their distance, never to what is not in reach."""
        steps = th.arange(length)
        distance = steps[:, None] - steps
        near = (distance >= 0) & (distance < self.history)
        return self.parts["distance"][..., distance.clamp(0, self.history - 1)].masked_fill(~near, NEVER)

    def judged(self, x: th.Tensor) -> tuple[th.Tensor, th.Tensor]:
        """r_t and w_t of the steps of segments, [E, b, L] each; x [E, b, L, in]."""
        tokens = self.tokens(x)
        q, k = self.linear("judge_query", tokens), self.linear("judge_key", tokens)
        attention = softmax(q @ k.transpose(2, 3) * self.width**-0.5, dim=-1)
        return self.linear("reward", tokens)[..., 0], attention.mean(dim=2)

    def loss(self, x: th.Tensor, answers: th.Tensor) -> th.Tensor:
        """Sum over the members of the mean cross-entropy; x [E, b, 2, L, in], answers [E, b], P(left is better)."""
        members, b, _, length, width = x.shape
        rewards, weights = self.judged(x.reshape(members, 2 * b, length, width))
        scores = (rewards * weights).sum(dim=2).view(members, b, 2)
        sides = self.noise / 2 + (1 - self.noise) * softmax(scores, dim=2)
        losses = -answers * sides[..., 0].log() - (1 - answers) * sides[..., 1].log()
        return losses.mean(dim=1).sum()

    # ---- as a reward model

    def fit(self, data: Answered, batches: int, size: int) -> float:
        features = th.from_numpy(np.asarray(data.features, np.float32))
        answers = th.from_numpy(np.asarray(data.answers, np.float32))
        losses = []
        for _ in range(batches):
            picked = th.from_numpy(self.chance.integers(len(data), size=(self.members, min(size, len(data)))))
            loss = self.loss(features[picked], answers[picked])
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
            losses.append(loss.item() / self.members)
        return float(np.mean(losses[-max(1, batches // 10) :]))

    def returns(self, features: Array) -> Array:
        """R of each segment for each member, [members, n]; features [n, L, width]."""
        with th.no_grad():
            rewards, weights = self.judged(self._for_each(features))
            return np.asarray((rewards * weights).sum(dim=2).numpy())

    def each(self, features: Array) -> Array:
        """What each member gives steps without history, [members, n]; features [n, width]."""
        return self.last(features[:, None], np.ones(len(features), int))

    def last(self, windows: Array, known: Array) -> Array:
        """What each member gives the last step of windows [n, H, width] whose last `known` steps are there."""
        with th.no_grad():
            tokens = self.tokens(self._for_each(windows), th.from_numpy(known), last=True)
            return np.asarray(self.linear("reward", tokens)[:, :, 0, 0].numpy())

    def newest(self, windows: Array, known: Array) -> Array:
        """The learned reward of the last step of windows, [n]."""
        return (self.last(windows, known).mean(axis=0) - self.centre) / self.scale

    def standardise(self, features: Array) -> None:
        """From now on `newest` has mean 0 and deviation 1 on these windows [n, H, width], all of which are known."""
        rewards = self.last(features, np.full(len(features), features.shape[1])).mean(axis=0)
        self.centre, self.scale = float(rewards.mean()), float(max(rewards.std(), 1e-6))

    def _for_each(self, features: Array) -> th.Tensor:
        return th.from_numpy(np.asarray(features, np.float32)).expand(self.members, *features.shape)


class RewardedByHistory(VecEnvWrapper):
    """`env` with the rewards that `newest` gives windows of each episode's last `history` steps, as they are taken.

    newest: (windows [n, history, width], how many of their last steps there are [n]) -> [n].
    """

    def __init__(self, env: VecEnv, spec: Spec, history: int, newest: Callable[[Array, Array], Array]) -> None:
        super().__init__(env)
        self.spec, self.newest = spec, newest
        self.windows = np.zeros((self.num_envs, history, width_of(spec)), np.float32)
        self.known = np.zeros(self.num_envs, int)

    def reset(self) -> Any:
        self.known[:] = 0
        self.seen = self.venv.reset()
        return self.seen

    def step_async(self, actions: Array) -> None:
        self.windows[:, :-1] = self.windows[:, 1:].copy()
        self.windows[:, -1] = inputs(self.spec, self.seen, actions)
        self.known = np.minimum(self.known + 1, self.windows.shape[1])
        self.venv.step_async(actions)

    def step_wait(self) -> Any:
        self.seen, _, ends, infos = self.venv.step_wait()
        rewards = np.asarray(self.newest(self.windows, self.known), np.float32)
        self.known = np.where(ends, 0, self.known)
        return self.seen, rewards, ends, infos
