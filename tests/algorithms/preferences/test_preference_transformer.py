"""The preference transformer against its formulas written out step by step, and against torch's own attention."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import gymnasium
import numpy as np
import pytest
import torch
from torch.nn.functional import layer_norm

from algorithms._blocks.history_reward import HistoryReward, RewardedByHistory
from algorithms._blocks.reward_model import Comparisons
from benchmarks.api import Spec

SPEC = Spec(
    gymnasium.spaces.Box(-1, 1, (2,), np.float32), gymnasium.spaces.Discrete(3), 10, 0.9, 0.1, 1, frozenset()
)
RNG = np.random.default_rng(0)


def model(history: int = 3, **settings: Any) -> HistoryReward:
    made = HistoryReward(SPEC, **{"members": 2, "width": 8, "heads": 2, "history": history, "seed": 1, **settings})
    with torch.no_grad():  # biases that differ
        made.parts["distance"].copy_(torch.tensor(RNG.normal(size=made.parts["distance"].shape)))
    return made


def segments(n: int, length: int) -> Any:
    return RNG.normal(size=(n, length, 5)).astype(np.float32)


def written_out(made: HistoryReward, m: int, segment: Any) -> tuple[list[float], list[float]]:
    """r_t and w_t of one segment [L, 5] for member m, with a loop for every index."""
    part = {name: tensor[m].detach().double().squeeze(0) for name, tensor in made.parts.items()}
    x = torch.tensor(segment, dtype=torch.double)

    def linear(name: str, v: Any) -> Any:
        return v @ part[name] + part[f"{name} bias"]

    def norm(v: Any) -> Any:
        return layer_norm(v, (8,))

    h = [linear("embed", v) for v in x]
    tokens = []
    for t in range(len(h)):
        mixed = []
        for head in range(2):
            cut = slice(4 * head, 4 * head + 4)
            reach = range(max(0, t - made.history + 1), t + 1)
            q = linear("query", norm(h[t]))[cut]
            scores = torch.stack(
                [q @ linear("key", norm(h[s]))[cut] / 2 + part["distance"][head, t - s] for s in reach]
            )
            values = torch.stack([linear("value", norm(h[s]))[cut] for s in reach])
            mixed.append(torch.softmax(scores, dim=0) @ values)
        token = h[t] + linear("mix", torch.cat(mixed))
        token = token + linear("down", torch.relu(linear("up", norm(token))))
        tokens.append(norm(token))
    rewards = [linear("reward", token).item() for token in tokens]
    weights = np.zeros(len(tokens))
    for token in tokens:
        scores = [linear("judge_query", token) @ linear("judge_key", other) / 8**0.5 for other in tokens]
        weights += torch.softmax(torch.stack(scores), dim=0).numpy() / len(tokens)
    return rewards, weights.tolist()


def test_rewards_weights_and_scores_are_those_of_the_formulas() -> None:
    made, x = model(), segments(3, 6)
    with torch.no_grad():
        rewards, weights = made.judged(made._for_each(x))
    for m in range(2):
        for i in range(3):
            r, w = written_out(made, m, x[i])
            np.testing.assert_allclose(rewards[m, i], r, atol=1e-5)
            np.testing.assert_allclose(weights[m, i], w, atol=1e-5)
            assert made.returns(x)[m, i] == pytest.approx(np.dot(r, w), abs=1e-5)
    np.testing.assert_allclose(weights.sum(dim=2), 1.0, rtol=1e-5)


def test_the_attention_is_torchs() -> None:
    made, x = model(), segments(4, 6)
    inner = {name: made.parts[name][0].detach() for name in ("query", "key", "value", "mix")}
    bias = {name: made.parts[f"{name} bias"][0, 0].detach() for name in inner}
    theirs = torch.nn.MultiheadAttention(8, 2, batch_first=True)
    with torch.no_grad():
        theirs.in_proj_weight.copy_(torch.cat([inner[name].T for name in ("query", "key", "value")]))
        theirs.in_proj_bias.copy_(torch.cat([bias[name] for name in ("query", "key", "value")]))
        theirs.out_proj.weight.copy_(inner["mix"].T)
        theirs.out_proj.bias.copy_(bias["mix"])
        h = made.linear("embed", made._for_each(x))
        normal = layer_norm(h, (8,))[0]
        mask = made.biases(6)[0, 0].repeat(4, 1, 1)  # [batch * heads, L, L]
        attended, _ = theirs(normal, normal, normal, attn_mask=mask, need_weights=False)
        token = h[0] + attended
        up = torch.relu(made.linear("up", layer_norm(token, (8,))[None].expand(2, 4, 6, 8)))
        expected = layer_norm(token + made.linear("down", up)[0], (8,))
        np.testing.assert_allclose(made.tokens(made._for_each(x))[0], expected, atol=1e-5)


def test_a_reward_depends_on_the_last_steps_only() -> None:
    made, x = model(history=3), segments(1, 8)
    with torch.no_grad():
        before = made.judged(made._for_each(x))[0][0, 0].numpy()
        changed = x.copy()
        changed[0, 3] += 1.0
        after = made.judged(made._for_each(changed))[0][0, 0].numpy()
    moved = np.abs(after - before) > 1e-6
    assert moved.tolist() == [False] * 3 + [True] * 3 + [False] * 2


def test_a_window_of_an_episode_gives_what_the_segment_gives() -> None:
    made, x = model(history=3), segments(2, 6)
    with torch.no_grad():
        expected = made.judged(made._for_each(x))[0].numpy()
    for t in range(6):
        known = min(t + 1, 3)
        windows = np.full((2, 3, 5), 7.0, np.float32)  # what is not known may be anything
        windows[:, 3 - known :] = x[:, t + 1 - known : t + 1]
        np.testing.assert_allclose(made.last(windows, np.full(2, known)), expected[:, :, t], atol=1e-5)
    np.testing.assert_allclose(made.each(x[:, 0]), expected[:, :, 0], atol=1e-5)


def test_the_loss_by_hand() -> None:
    made = model(noise=0.2)
    made.judged = lambda x: (  # type: ignore[method-assign]
        torch.tensor([[[1.0, 3.0], [2.0, 0.0]]] * 2),
        torch.tensor([[[0.5, 0.5], [0.25, 0.75]]] * 2),
    )  # scores 2 and 0.5
    p = 0.1 + 0.8 / (1 + np.exp(-1.5))
    expected = -0.7 * np.log(p) - 0.3 * np.log(1 - p)
    loss = made.loss(torch.zeros(2, 1, 2, 2, 5), torch.full((2, 1), 0.7))
    assert loss.item() == pytest.approx(2 * expected, rel=1e-5)


def test_it_learns_what_no_reward_of_single_steps_can() -> None:
    """The person likes a feature that is as it was two steps before; alone, all its values are as frequent."""
    rng = np.random.default_rng(3)

    def pairs(n: int) -> Comparisons:
        x = rng.choice([-1.0, 1.0], (n, 2, 12, 5)).astype(np.float32)
        kept = (x[:, :, 2:, 0] == x[:, :, :-2, 0]).mean(axis=2)
        return Comparisons(x, np.where(kept[:, 0] == kept[:, 1], 0.5, kept[:, 0] > kept[:, 1]))

    made = HistoryReward(SPEC, members=1, width=16, history=3, noise=0.0, learning_rate=3e-3, seed=0)
    made.fit(pairs(500), 200, 32)
    fresh = pairs(200)
    said = made.returns(fresh.features[:, 0]) > made.returns(fresh.features[:, 1])
    clear = fresh.answers != 0.5
    assert (said[0] == (fresh.answers == 1))[clear].mean() > 0.8


def test_windows_are_the_last_steps_of_each_episode() -> None:
    seen = iter(np.arange(40, dtype=np.float32).reshape(10, 2, 2) / 40)
    ends = iter([[False, False], [False, True], [False, False], [False, False]])
    inner: Any = SimpleNamespace(
        num_envs=2, observation_space=SPEC.observation_space, action_space=SPEC.action_space, render_mode=None,
        reset=lambda: next(seen), step_async=lambda actions: None,
        step_wait=lambda: (next(seen), np.full(2, np.nan), np.array(next(ends)), [{}, {}]),
    )  # fmt: skip
    told: list[Any] = []

    def newest(windows: Any, known: Any) -> Any:
        told.append((windows.copy(), known.copy()))
        return known

    env = RewardedByHistory(inner, SPEC, 3, newest)
    observations = [env.reset()]
    for _ in range(4):
        after, rewards, _, _ = env.step(np.array([0, 2]))
        observations.append(after)
        np.testing.assert_array_equal(rewards, told[-1][1])
    assert [known.tolist() for _, known in told] == [[1, 1], [2, 2], [3, 1], [3, 2]]
    windows, _ = told[-1]
    np.testing.assert_array_equal(windows[0, :, :2], np.stack([observations[t][0] for t in (1, 2, 3)]))
    np.testing.assert_array_equal(windows[1, 1:, :2], np.stack([observations[t][1] for t in (2, 3)]))
    np.testing.assert_array_equal(windows[1, 2, 2:], [0, 0, 1])


def test_rewards_are_standardised_on_whole_windows() -> None:
    made, windows = model(), segments(50, 3)
    made.standardise(windows)
    rewards = made.newest(windows, np.full(50, 3))
    assert rewards.mean() == pytest.approx(0.0, abs=1e-5) and rewards.std() == pytest.approx(1.0, rel=1e-4)
