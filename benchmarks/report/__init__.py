"""Tables, figures and the page of what is stored. Nothing is run: `write` makes them, `compare` tells two apart."""

from __future__ import annotations

from benchmarks.report.build import write
from benchmarks.report.compare import compare

__all__ = ["compare", "write"]
