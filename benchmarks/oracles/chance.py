"""Chance that depends on the question alone, so that a learner's other doings never move a person's answer.

Every number is read from a BLAKE2b digest of (seed, kind, content of the question, how often this very
question was asked before). No generator is shared: asking more, or in another order, changes nothing else.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from hashlib import blake2b
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]

WORDS = 8  # uniform numbers in one digest of 64 bytes


class Chance:
    """One person's stream of chance. It remembers which questions it has met, and nothing else."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._met: Counter[bytes] = Counter()

    def draw(self, kind: str, contents: Sequence[Array], count: int) -> Array:
        """Uniform numbers [n, count] in (0, 1) for n questions; row i of the arrays is question i."""
        table, n = as_bytes(contents), len(contents[0])
        head = f"{self._seed}/{kind}/{[content.shape[1:] for content in contents]}/".encode()
        size = len(table) // n if n else 0
        digests = []
        for i in range(n):
            question = blake2b(head + table[i * size : (i + 1) * size], digest_size=16).digest()
            digests.append(expand(question + self._met[question].to_bytes(8, "little"), count))
            self._met[question] += 1
        return uniforms(b"".join(digests)).reshape(n, -1)[:, :count]


def as_bytes(contents: Sequence[Array]) -> bytes:
    """The rows of all arrays side by side: n stretches of equal size."""
    rows = [np.ascontiguousarray(content).reshape(len(content), -1) for content in contents]
    return np.concatenate([row.view(np.uint8) for row in rows if row.size], axis=1).tobytes()


def expand(key: bytes, count: int) -> bytes:
    """Digests of 64 bytes, as many as `count` numbers need."""
    return b"".join(
        blake2b(key, digest_size=8 * WORDS, salt=block.to_bytes(4, "little")).digest()
        for block in range(-(-count // WORDS))
    )


def uniforms(digest: bytes) -> Array:
    """The 53 high bits of each word as a number in (0, 1): its logarithm is finite, and its complement's."""
    return ((np.frombuffer(digest, dtype="<u8") >> np.uint64(11)) + 0.5) * 2.0**-53
