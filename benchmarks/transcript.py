"""The transcript of a trial: every question and answer, one JSON object a line, gzipped.

Arrays are {"shape", "dtype", "data"} with the bytes in base64, so that nothing is rounded. It holds what a
learner saw and what it was told; the hidden states are in it for played segments only, so that it can be
read back as the person was.
"""

from __future__ import annotations

import base64
import gzip
import json
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np

from benchmarks.api import Answers, Segments
from benchmarks.session import Exchange


def dump(transcript: list[Exchange]) -> bytes:
    lines = [json.dumps(_plain(exchange), separators=(",", ":")) for exchange in transcript]
    return gzip.compress("\n".join(lines).encode(), compresslevel=3, mtime=0)


def load(data: bytes) -> list[dict[str, Any]]:
    """The exchanges as plain dictionaries with arrays."""
    return [json.loads(line, object_hook=_array) for line in gzip.decompress(data).decode().splitlines() if line]


def _plain(exchange: Exchange) -> dict[str, Any]:
    answer = exchange.answer
    body: dict[str, Any] = {"kind": exchange.kind, "steps": exchange.steps, "seconds": exchange.seconds}
    if exchange.against:
        body["against"] = "policy"
    if exchange.segments:
        body["segments"] = [_json(part) for part in exchange.segments]
    if exchange.vectors is not None:
        body["vectors"] = [_json(np.asarray(vector)) for vector in exchange.vectors]
    body["answer"] = _json(answer)
    if isinstance(answer, Segments):
        body["played"] = _json(exchange.reply.values)
    return body


def _json(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return {
            "shape": list(value.shape),
            "dtype": value.dtype.str,
            "data": base64.b64encode(np.ascontiguousarray(value).tobytes()).decode(),
        }
    if isinstance(value, (Answers, Segments)) or is_dataclass(value):
        return {item.name: _json(getattr(value, item.name)) for item in fields(value)}
    return value


def _array(item: dict[str, Any]) -> Any:
    if item.keys() == {"shape", "dtype", "data"}:
        return np.frombuffer(base64.b64decode(item["data"]), dtype=item["dtype"]).reshape(item["shape"])
    return item
