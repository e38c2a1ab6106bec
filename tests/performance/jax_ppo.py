"""A jitted PPO in plain JAX on cartpole's twin: the speed of light for the others. Imports nothing of ours.

The settings are those of `test_ppo_speed`: two tanh networks of 64 x 64, Adam (ε = 1e-5) behind a clipped norm,
ten epochs of minibatches, generalized advantages, time limits bootstrapped. A whole rollout and its update are
one compiled function.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from itertools import pairwise
from typing import Any

os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
os.environ["JAX_PLATFORMS"] = "cpu"

import jax
import jax.numpy as jnp

GAMMA, LAMBDA, CLIP, RATE, HORIZON, EPOCHS = 0.99, 0.95, 0.2, 3e-4, 200, 10
SCALE = jnp.array([2.4, 3.0, jnp.pi / 15, 3.0])


def network(key: Any, outputs: int) -> list[Any]:
    make = jax.nn.initializers.orthogonal
    sizes, gains = [4, 64, 64, outputs], [2**0.5, 2**0.5, 0.01 if outputs > 1 else 1.0]
    keys = jax.random.split(key, 3)
    return [(make(gain)(k, pair), jnp.zeros(pair[1])) for k, gain, pair in zip(keys, gains, pairwise(sizes))]


def apply(layers: list[Any], x: Any) -> Any:
    for weight, bias in layers[:-1]:
        x = jnp.tanh(x @ weight + bias)
    return x @ layers[-1][0] + layers[-1][1]


def starts(key: Any, n: int) -> Any:
    return jax.random.uniform(key, (n, 4), minval=-0.05, maxval=0.05)


def move(states: Any, actions: Any) -> tuple[Any, Any, Any]:
    """Next states, rewards, failures of `envs.cartpole`."""
    _, speed, angle, spin = states.T
    cosine, sine = jnp.cos(angle), jnp.sin(angle)
    push = (jnp.where(actions == 1, 10.0, -10.0) + 0.05 * spin**2 * sine) / 1.1
    turn = (9.8 * sine - cosine * push) / (0.5 * (4 / 3 - 0.1 * cosine**2 / 1.1))
    states = states + 0.02 * jnp.stack([speed, push - 0.05 * turn * cosine / 1.1, spin, turn], axis=1)
    failed = (jnp.abs(states[:, 0]) > 2.4) | (jnp.abs(states[:, 2]) > jnp.pi / 15)
    return states, 0.01 - failed - 0.01 * (states[:, 0] / 2.4) ** 2, failed


def rollout(net: Any, world: Any, key: Any, length: int) -> tuple[Any, Any]:
    def step(world: Any, key: Any) -> tuple[Any, Any]:
        states, age = world
        sampling, starting = jax.random.split(key)
        seen = states / SCALE
        logits, value = apply(net["pi"], seen), apply(net["vf"], seen)[:, 0]
        actions = jax.random.categorical(sampling, logits)
        log_p = jnp.take_along_axis(jax.nn.log_softmax(logits), actions[:, None], 1)[:, 0]
        following, rewards, failed = move(states, actions)
        over = age + 1 >= HORIZON
        rewards = rewards + GAMMA * over * apply(net["vf"], following / SCALE)[:, 0]
        fresh = starts(starting, len(states))
        arrived = jnp.where((failed | over)[:, None], fresh, following)
        return (arrived, jnp.where(over, 0, age + 1)), (seen, actions, log_p, value, rewards, over)

    world, steps = jax.lax.scan(step, world, jax.random.split(key, length))
    return world, (*steps, apply(net["vf"], world[0] / SCALE)[:, 0])


def advantages(values: Any, rewards: Any, over: Any, last: Any) -> Any:
    def back(carry: Any, now: Any) -> tuple[Any, Any]:
        advantage, following = carry
        value, reward, ended = now
        advantage = reward + GAMMA * (1 - ended) * (following + LAMBDA * advantage) - value
        return (advantage, value), advantage

    return jax.lax.scan(back, (jnp.zeros_like(last), last), (values, rewards, over * 1.0), reverse=True)[1]


def loss(net: Any, batch: Any) -> Any:
    seen, actions, old, advantage, target = batch
    advantage = (advantage - advantage.mean()) / (advantage.std(ddof=1) + 1e-8)
    log_p = jnp.take_along_axis(jax.nn.log_softmax(apply(net["pi"], seen)), actions[:, None], 1)[:, 0]
    ratio = jnp.exp(log_p - old)
    surrogate = jnp.minimum(ratio * advantage, jnp.clip(ratio, 1 - CLIP, 1 + CLIP) * advantage)
    return -surrogate.mean() + 0.5 * ((target - apply(net["vf"], seen)[:, 0]) ** 2).mean()


def adam(net: Any, moments: Any, gradient: Any) -> tuple[Any, Any]:
    first, second, count = moments
    norm = jnp.sqrt(sum(jnp.sum(g**2) for g in jax.tree.leaves(gradient)))
    gradient = jax.tree.map(lambda g: g * jnp.minimum(1.0, 0.5 / (norm + 1e-6)), gradient)
    count = count + 1
    first = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, first, gradient)
    second = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g**2, second, gradient)
    rate, root = RATE / (1 - 0.9**count), jnp.sqrt(1 - 0.999**count)
    net = jax.tree.map(lambda w, m, v: w - rate * m / (jnp.sqrt(v) / root + 1e-5), net, first, second)
    return net, (first, second, count)


@partial(jax.jit, static_argnums=(1, 2), donate_argnums=0)
def update(state: Any, length: int, minibatch: int) -> Any:
    """One rollout and its ten epochs."""
    net, moments, world, key = state
    key, acting, shuffling = jax.random.split(key, 3)
    world, (seen, actions, log_p, values, rewards, over, last) = rollout(net, world, acting, length)
    gain = advantages(values, rewards, over, last)
    table = [x.reshape(-1, *x.shape[2:]) for x in (seen, actions, log_p, gain, gain + values)]
    samples = len(table[1])

    def step(carry: Any, rows: Any) -> tuple[Any, None]:
        gradient = jax.grad(loss)(carry[0], [x[rows] for x in table])
        return adam(*carry, gradient), None

    shuffled = jax.vmap(lambda k: jax.random.permutation(k, samples))(jax.random.split(shuffling, EPOCHS))
    (net, moments), _ = jax.lax.scan(step, (net, moments), shuffled.reshape(-1, minibatch))
    return net, moments, world, key


def jitted(task: str, envs: int, minibatch: int, steps: int, rollout: int) -> Callable[[], dict[str, int]]:
    assert task == "cartpole"
    key, pi, vf, world = jax.random.split(jax.random.key(0), 4)
    net = {"pi": network(pi, 2), "vf": network(vf, 1)}
    none = jax.tree.map(jnp.zeros_like, net)
    state = (net, (none, jax.tree.map(jnp.zeros_like, net), 0), (starts(world, envs), jnp.zeros(envs, int)), key)
    state = jax.block_until_ready(update(state, rollout // envs, minibatch))  # compiles
    state = jax.block_until_ready(update(state, rollout // envs, minibatch))

    def work() -> dict[str, int]:
        nonlocal state
        for _ in range(steps // rollout):
            state = update(state, rollout // envs, minibatch)
        jax.block_until_ready(state)
        return {"steps": steps // rollout * rollout}

    return work
