"""Small perceptrons and Adam on one flat vector, in numpy.

On networks of a few thousand weights a deep-learning framework spends its time on dispatch, not on
arithmetic. Here every array is allocated once, every operation writes where its result is needed, and all
parameters lie in one vector, so that clipping and Adam are a dozen calls whatever the number of layers.

Two conventions hold throughout:

* *Features by samples.* A batch is ``(features, B)``; the nets of a pair then lie one after the other.
* *The bias is a column.* A layer is one matrix ``[W b]``, ``(out, in + 1)``, and its input ends with a row of
  ones: ``[W b][h; 1] = W h + b``. Forward and backward get the bias for nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from math import sqrt

import numpy as np

Array = np.ndarray


@lru_cache
def _zeros(size: int) -> Array:
    return np.zeros(size, np.float32)


def relu(z: Array, out: Array) -> None:
    np.maximum(z, _zeros(z.shape[-1]), out=out)  # with a scalar it takes more than twice as long


def _relu_slope(h: Array, out: Array) -> None:
    np.greater(h, 0.0, out=out, casting="unsafe")  # a quarter of the time of np.sign


def _tanh_slope(h: Array, out: Array) -> None:
    np.multiply(h, h, out=out)
    np.subtract(1.0, out, out=out)


#: name -> (φ, and φ' as a function of h = φ(z)); relu'(0) = 0, as in torch.
ACTIVATIONS: dict[str, tuple[Callable[..., object], Callable[[Array, Array], object]]] = {
    "tanh": (np.tanh, _tanh_slope),
    "relu": (relu, _relu_slope),
}


class Towers:
    """``E`` perceptrons of one shape on the same input, evaluated side by side for batches of ``B``.

    h_0 = x,  h_l = φ(W_l h_{l-1} + b_l),  l = 1..L.

    ``weights[l]`` and ``gradients[l]``: ``(E, n_l, n_{l-1} + 1)``, views of the flat vectors.
    ``d_output``: dL/dh_L, ``(E, n_L, B)``, to be filled before `backward`; None without hidden layers.
    """

    def __init__(self, weights: Sequence[Array], gradients: Sequence[Array], activation: str, batch: int):
        self._phi, self._slope = ACTIVATIONS[activation]
        hidden = [np.ones((w.shape[0], w.shape[1] + 1, batch), np.float32) for w in weights]
        deltas = [np.empty_like(h[:, :-1]) for h in hidden]
        slopes = [np.empty_like(delta) for delta in deltas]
        self._output = hidden[-1] if hidden else None
        self.d_output = deltas[-1] if hidden else None
        self._forward = [(w, h[:, :-1], h) for w, h in zip(weights, hidden)]
        transposed = [w[:, :, :-1].swapaxes(1, 2) for w in weights]
        inputs = [None, *(h.swapaxes(1, 2) for h in hidden[:-1])]
        below = [None, *deltas[:-1]]
        values = [h[:, :-1] for h in hidden]
        self._backward = list(zip(transposed, inputs, below, values, slopes, deltas, gradients))[::-1]

    def latent(self, x: Array, place: int) -> Array:
        """h_L of one perceptron and its row of ones, ``(n_L + 1, B)``; ``x`` without hidden layers."""
        return x if self._output is None else self._output[place]

    def latents(self, x: Array) -> Array:
        """h_L of all perceptrons and its rows of ones, ``(E, n_L + 1, B)``; ``x`` without hidden layers."""
        return x if self._output is None else self._output

    def forward(self, x: Array) -> None:
        """Evaluate ``x``, ``(n_0 + 1, B)``, whose last row is ones; or ``(E, n_0 + 1, B)``, each its own."""
        phi = self._phi
        h = x
        for w, z, output in self._forward:
            np.matmul(w, h, out=z)
            phi(z, out=z)
            h = output

    def backward(self, x: Array, parameters: bool = True) -> None:
        """Fill the gradients from `d_output`; without ``parameters``, only what `d_input` needs:

        δ_l = dL/dh_l * φ'(z_l),  dL/d[W_l b_l] = δ_l [h_{l-1}; 1]^T,  dL/dh_{l-1} = W_l^T δ_l.
        """
        for w_t, h_t, d_below, h, slope, delta, gradient in self._backward:
            self._slope(h, slope)
            np.multiply(delta, slope, out=delta)
            if parameters:
                np.matmul(delta, x.swapaxes(-1, -2) if h_t is None else h_t, out=gradient)
            if d_below is not None:
                np.matmul(w_t, delta, out=d_below)

    def d_input(self) -> Array:
        """dL/dx of each perceptron, ``(E, n_0, B)``; `backward` comes before."""
        w_t, _, _, _, _, delta, _ = self._backward[-1]
        return w_t @ delta


class Adam:
    """Adam (Kingma & Ba 2015) behind a clipped global norm, with torch's definitions, on one flat vector.

    g <- g * min(1, max_norm / (|g| + 1e-6)),
    m <- β_1 m + (1 - β_1) g,              v <- β_2 v + (1 - β_2) g^2,
    θ <- θ - α * m^ / (sqrt(v^) + ε),      m^ = m / (1 - β_1^t),  v^ = v / (1 - β_2^t).

    Kept are M = m / (1 - β_1) and V = v / (1 - β_2), which saves two passes over the parameters a step;
    `moments` and `restore` speak of m and v.
    """

    def __init__(self, size: int):
        self._first = np.zeros(size, np.float32)
        self._second = np.zeros(size, np.float32)
        self._scratch = np.empty(size, np.float32)
        self.configure(learning_rate=1e-3)

    def configure(
        self,
        learning_rate: float,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        steps: int = 0,
    ) -> None:
        self.learning_rate, self.betas, self.eps, self.steps = learning_rate, betas, eps, steps

    def restore(self, m: Array, v: Array) -> None:
        """Continue from these moments."""
        np.divide(m, 1 - self.betas[0], out=self._first)
        np.divide(v, 1 - self.betas[1], out=self._second)

    def moments(self, m: Array, v: Array) -> None:
        """Write the moments into ``m`` and ``v``."""
        np.multiply(self._first, 1 - self.betas[0], out=m)
        np.multiply(self._second, 1 - self.betas[1], out=v)

    def step(self, theta: Array, gradient: Array, max_norm: float) -> None:
        """Move ``theta`` in place; ``gradient`` is consumed."""
        first, second, scratch, (beta1, beta2) = self._first, self._second, self._scratch, self.betas
        clip = max_norm / (sqrt(np.dot(gradient, gradient)) + 1e-6)
        if not clip >= 1.0:  # so written, a NaN spreads as it does in torch
            np.multiply(gradient, clip, out=gradient)
        np.multiply(first, beta1, out=first)
        np.add(first, gradient, out=first)
        np.multiply(gradient, gradient, out=gradient)
        np.multiply(second, beta2, out=second)
        np.add(second, gradient, out=second)

        self.steps += 1
        root = sqrt((1 - beta2) / (1 - beta2**self.steps))  # sqrt(v^) = root * sqrt(V)
        rate = self.learning_rate * (1 - beta1) / (1 - beta1**self.steps) / root
        np.sqrt(second, out=scratch)
        np.add(scratch, self.eps / root, out=scratch)
        np.divide(first, scratch, out=scratch)
        np.multiply(scratch, rate, out=scratch)
        np.subtract(theta, scratch, out=theta)
