"""What is solved is kept, found again, and made anew where it is damaged."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from envs.cache import folder, forget
from envs.catalogue import catalogue
from envs.experts import expert_of


@pytest.fixture(autouse=True)
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("FEEDBACK_BENCH_CACHE", str(tmp_path))
    expert_of.cache_clear()
    yield
    expert_of.cache_clear()


def solved(**changes: Any) -> Any:
    """An expert as another process would come by it."""
    expert_of.cache_clear()
    return replace(catalogue()["deep-sea-treasure"](), **changes).expert()


def test_the_folder_is_where_the_environment_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert folder() == tmp_path
    monkeypatch.delenv("FEEDBACK_BENCH_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert folder() == tmp_path / "xdg" / "feedback-bench"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert folder() == tmp_path / "home" / ".cache" / "feedback-bench"


def test_it_is_solved_once_and_then_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = solved()
    (file,) = tmp_path.iterdir()
    assert file.name.startswith("deep-sea-treasure-v1-") and file.suffix == ".npz"
    monkeypatch.setattr("envs.grid.Grid.solve", lambda *_: pytest.fail("solved again"))
    second = solved()
    np.testing.assert_array_equal(first.values, second.values)
    assert first.v0 == second.v0 and list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize("damage", ["empty", "half", "flipped", "text", "other"])
def test_a_damaged_file_is_made_anew(tmp_path: Path, damage: str) -> None:
    whole = solved()
    (file,) = tmp_path.iterdir()
    content = file.read_bytes()
    if damage == "other":
        np.savez(file, nothing=np.zeros(3))
    else:
        middle = len(content) // 2
        flipped = content[:middle] + bytes([content[middle] ^ 255]) + content[middle + 1 :]
        file.write_bytes({"empty": b"", "half": content[:middle], "flipped": flipped, "text": b"no array"}[damage])
    np.testing.assert_array_equal(solved().values, whole.values)
    assert file.read_bytes() == content, "written anew"


def test_other_constants_are_another_file(tmp_path: Path) -> None:
    plain, other = solved(), solved(discount=0.9)
    assert len(list(tmp_path.iterdir())) == 2 and plain.v0 != other.v0
    solved(treasures=tuple(range(1, 11)))
    assert len(list(tmp_path.iterdir())) == 3


def test_a_cache_that_cannot_be_written_is_a_warning_not_an_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("FEEDBACK_BENCH_CACHE", str(tmp_path / "file" / "folder"))
    with pytest.warns(UserWarning, match="could not be written"):
        assert solved().v0 > 0


def test_a_write_that_fails_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.warns(UserWarning, match="No space left"):
        solved()
    assert list(tmp_path.iterdir()) == []


def test_forgetting_one_task_leaves_the_others(tmp_path: Path) -> None:
    solved()
    catalogue()["deep-sea-treasure-concave"]().expert()
    forget("deep-sea-treasure-v1")
    assert [file.name.rsplit("-", 1)[0] for file in tmp_path.iterdir()] == ["deep-sea-treasure-concave-v1"]
