"""Every erratum names tests that exist, with a body that asserts something."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from synthetic import record, store, trial

from benchmarks.report import write
from benchmarks.report.errata import ERRATA, Erratum

ROOT = Path(__file__).resolve().parents[2]


def asserts(node: ast.AST) -> bool:
    checks = ("raises", "check", "assert")
    return any(
        isinstance(one, ast.Assert)
        or (isinstance(one, ast.Call) and any(word in ast.unparse(one.func) for word in checks))
        for one in ast.walk(node)
    )


@pytest.mark.parametrize("erratum", ERRATA, ids=lambda one: one.defect[:40])
def test_the_named_tests_exist(erratum: Erratum) -> None:
    assert erratum.tests
    for name in erratum.tests:
        file, _, test = name.partition("::")
        functions = {one.name: one for one in ast.parse((ROOT / file).read_text()).body if hasattr(one, "name")}
        assert test in functions and asserts(functions[test]), name


def test_the_page_lists_them(tmp_path: Path) -> None:
    page = write(store(tmp_path, [record(trial("maze", "bc"))])).read_text()
    assert all(test in page for erratum in ERRATA for test in erratum.tests)
