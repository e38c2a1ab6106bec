"""A policy as a `.zip`: what it is in JSON, and the object itself.

Only `watch` and `check` ever load one; the report never does, since loading runs code.
"""

from __future__ import annotations

import io
import json
import sys
import zipfile

import cloudpickle

from benchmarks.api import Policy
from benchmarks.registry import PLUGIN

_DATE = (2000, 1, 1, 0, 0, 0)  # one policy, one file: no clock in it


def pack(policy: Policy) -> bytes:
    module = sys.modules.get(type(policy).__module__)
    if module is not None and module.__name__.startswith(PLUGIN):  # another process could not import it
        cloudpickle.register_pickle_by_value(module)
    kind = f"{type(policy).__module__}.{type(policy).__qualname__}"
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo("policy.json", _DATE), json.dumps({"format": 1, "type": kind}))
        archive.writestr(zipfile.ZipInfo("policy.pkl", _DATE), cloudpickle.dumps(policy))
    return buffer.getvalue()


def unpack(data: bytes) -> Policy:
    """The policy in a file that you trust."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        policy: Policy = cloudpickle.loads(archive.read("policy.pkl"))
    return policy
