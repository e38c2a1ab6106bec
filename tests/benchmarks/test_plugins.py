"""The example plug-in, and the three ways in: `--plugin`, an entry point, a file in the project's folders."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks import registry, suite_file
from benchmarks.arguments import parse
from benchmarks.cli import main
from benchmarks.errors import RequestError
from benchmarks.new import TEMPLATE, filled
from benchmarks.registry import ROOT, load, plugins_of
from benchmarks.suite import plan

EXAMPLE = TEMPLATE.read_text()
TASK = Path(__file__).with_name("tiny.py").read_text().partition("@dataclass(frozen=True)\nclass Fixed")[0]
ORACLE = """
from benchmarks.oracles.rationality import Rationality, oracle


@oracle("strict")
def strict():
    return Rationality(error=0.02)
"""
SUITE = """
seeds = 1
tasks = ["cartpole"]
oracles = ["typical"]
algorithms = ["example"]
[budget]
steps = 400
minutes = 0.5
envs = 4
[evaluation]
final_episodes = 2
curve_episodes = 2
points = 1
minutes = []
"""


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    """What a registry found is kept; here the places in which it looks change."""
    load.cache_clear()
    yield
    load.cache_clear()


def distribution(folder: Path, module: str, text: str, **groups: str) -> None:
    """A module, and what an installer would write beside it; groups: `algorithms="name = module:Class"`."""
    (folder / f"{module}.py").write_text(text)
    info = folder / f"{module}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module}\nVersion: 1.0\n")
    points = "".join(f"[feedback_bench.{group}]\n{point}\n" for group, point in groups.items())
    (info / "entry_points.txt").write_text(points)


# ---- the example ------------------------------------------------------------------------------------------------


def test_new_writes_a_plug_in_that_keeps_every_law(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["new", "my-learner"]) == 0
    said = capsys.readouterr().out
    text = (tmp_path / "my_learner.py").read_text()
    assert len(text.splitlines()) < 60 and max(map(len, text.splitlines())) <= 120
    assert '@algorithm("my-learner", ' in text and "class MyLearner:" in text and "example" not in text
    commands = [line.strip() for line in said.splitlines() if line.startswith("  ")]
    assert len(commands) == 3 and all(command.startswith("python -m benchmarks ") for command in commands)
    check, run, compare = (parse(shlex.split(command)[3:]) for command in commands)
    assert (check.name, run.plugins, compare.a) == ("my_learner.py", ["my_learner.py"], "my-learner")
    assert run.out == compare.directory and {compare.a, compare.b} < set(run.algorithms)
    assert main(["check", "my_learner.py"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "All 13 laws are kept."


@pytest.mark.parametrize(
    "name, sentence",
    [
        ("3rd", "'3rd' cannot name an algorithm: use lower-case letters, digits and hyphens, as in my-learner."),
        ("My", "'My' cannot name an algorithm"),
        ("a/b", "'a/b' cannot name an algorithm"),
        ("..", "'..' cannot name an algorithm"),
        ("a--b", "'a--b' cannot name an algorithm"),
        ("class", "'class' cannot name an algorithm"),
        ("two words", "'two words' cannot name an algorithm"),
        ("pref-ppo", f"There is an algorithm 'pref-ppo' already, in {ROOT}/algorithms/preferences/pref_ppo.py"),
    ],
)
def test_new_refuses_what_cannot_be_a_name(
    name: str, sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["new", name, "--out", str(tmp_path)]) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"error: {sentence}") and said.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_new_overwrites_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "mine.py"
    file.write_text("precious")
    assert main(["new", "mine", "--out", str(tmp_path)]) == 2
    assert capsys.readouterr().err == f"error: {file} exists already: choose another name, or move it away.\n"
    assert file.read_text() == "precious"
    assert main(["new", "mine", "--out", str(file / "below")]) == 2
    assert "cannot be written: Not a directory." in capsys.readouterr().err
    assert main(["new", "mine", "--out", str(tmp_path / "other.py")]) == 2
    assert "--out takes a folder, not the file" in capsys.readouterr().err
    assert main(["new", "mine", "--out", str(tmp_path / "made" / "for it")]) == 0
    assert (tmp_path / "made" / "for it" / "mine.py").exists()


def test_the_readme_shows_the_example() -> None:
    assert f"```python\n{filled(EXAMPLE, 'my-learner')}```" in (ROOT / "README.md").read_text()


# ---- the three ways in ------------------------------------------------------------------------------------------


def by_plugin(folder: Path) -> tuple[Path, list[str]]:
    (folder / "example.py").write_text(EXAMPLE)
    return ROOT, ["--plugin", str(folder / "example.py")]


def by_entry_point(folder: Path) -> tuple[Path, list[str]]:
    distribution(folder, "example", EXAMPLE, algorithms="example = example:Example")
    return ROOT, []


def by_dropping_it(folder: Path) -> tuple[Path, list[str]]:
    for name in ("algorithms", "benchmarks", "envs"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "algorithms" / "evaluative" / "example.py").write_text(EXAMPLE)
    return folder, []


@pytest.mark.parametrize("way", [by_plugin, by_entry_point, by_dropping_it])
def test_the_example_runs(way: object, tmp_path: Path) -> None:
    assert callable(way)
    home, options = way(tmp_path)
    suite, out = tmp_path / "small.toml", tmp_path / "out"
    suite.write_text(SUITE)
    # the folder of the entry point is on the path of every process, as that of an installed package would be
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (home, tmp_path)))}
    command = [sys.executable, "-m", "benchmarks", "run", "--suite", str(suite), "--out", str(out), "--jobs", "1"]
    done = subprocess.run(
        [*command, "--no-report", *options], cwd=home, env=environment, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "trial is ok." in done.stdout
    (record,) = (out / "trials" / "cartpole" / "typical" / "example").glob("*.json")
    stored = json.loads(record.read_text())
    assert stored["status"] == "ok" and stored["family"] == "evaluative" and stored["feedback"]["judge"]["asked"] > 0


@pytest.mark.parametrize("way", ["plugin", "entry point"])
def test_tasks_and_oracles_come_in_the_same_way(way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if way == "plugin":
        (tmp_path / "task_of_mine.py").write_text(TASK)
        (tmp_path / "oracle_of_mine.py").write_text(ORACLE)
        found = load(plugins_of(str(tmp_path / f"{kind}_of_mine.py") for kind in ("task", "oracle")))
    else:
        distribution(tmp_path, "task_of_mine", TASK, tasks="corridor = task_of_mine:corridor")
        distribution(tmp_path, "oracle_of_mine", ORACLE, oracles="strict = oracle_of_mine:strict")
        monkeypatch.syspath_prepend(tmp_path)
        found = load()
    assert found.task("corridor").name == "corridor" and found.oracle("strict").error == 0.02
    assert found.tasks["corridor"].file == str(tmp_path / "task_of_mine.py")
    assert "strict" in found.oracles and "typical" in found.oracles
    names = SUITE.replace("cartpole", "corridor").replace("typical", "strict").replace("example", "random")
    (tmp_path / "small.toml").write_text(names)
    suite = suite_file.read(str(tmp_path / "small.toml"), found)
    trials = [trial for trial in plan(suite, found)[0] if trial.algorithm == "random"]
    assert [(trial.task, trial.oracle) for trial in trials] == [("corridor", "strict")]
    assert trials[0].rationality["error"] == 0.02


# ---- names, and what is no plug-in ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "kind, name, text, other",
    [
        ("algorithm", "example", EXAMPLE, None),
        ("task", "corridor", TASK, None),
        ("oracle", "strict", ORACLE, None),
        ("algorithm", "bc", filled(EXAMPLE, "bc"), ROOT / "algorithms" / "demonstrations" / "bc.py"),
        ("task", "maze", TASK.replace('"corridor"', '"maze"'), ROOT / "envs" / "maze.py"),
        ("oracle", "typical", ORACLE.replace("strict", "typical"), ROOT / "benchmarks" / "oracles" / "presets.py"),
    ],
)
def test_a_name_is_taken_once(kind: str, name: str, text: str, other: Path | None, tmp_path: Path) -> None:
    first, second = tmp_path / "first.py", tmp_path / "second.py"
    first.write_text(text)
    second.write_text(text)
    files = [first] if other else [first, second]
    with pytest.raises(RequestError) as caught:
        load(plugins_of(map(str, files)))
    place = f"in {other or first} and in {first if other else second}"
    assert str(caught.value) == f"The {kind} {name!r} is defined twice, {place}: rename one."


def test_an_entry_point_with_a_name_that_is_taken_names_both_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    distribution(tmp_path, "taken", filled(EXAMPLE, "sft"), algorithms="sft = taken:Sft")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(RequestError, match=r"'sft' is defined twice, in .*algorithms/direct/sft.py and in .*taken.py"):
        load()


def test_the_same_file_given_twice_is_given_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "example.py").write_text(EXAMPLE)
    monkeypatch.chdir(tmp_path)
    assert load(plugins_of(["example.py", str(tmp_path / "example.py"), "./example.py"])).algorithm("example")


@pytest.mark.parametrize(
    "text, sentence",
    [
        ("x = 1", "mine.py holds nothing tagged @algorithm, @task or @oracle."),
        ("from benchmarks.oracles.presets import typical", "mine.py holds nothing tagged"),
        ("x = = 1", "mine.py does not import: SyntaxError: invalid syntax"),
        ("import nowhere_to_be_found", "mine.py does not import: ModuleNotFoundError: No module named"),
        (EXAMPLE.replace("evaluative", "oracular"), "family 'oracular' is none of references, evaluative"),
        (None, "mine.py does not exist."),
    ],
)
def test_what_is_no_plug_in_is_one_sentence(
    text: str | None, sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "mine.py"
    if text is not None:
        file.write_text(text)
    assert main(["list", "algorithms", "--plugin", str(file)]) == 2
    said = capsys.readouterr().err
    assert sentence in said and said.startswith("error: ") and said.count("\n") == 1 and "Traceback" not in said


@pytest.mark.parametrize(
    "point, sentence",
    [
        ("odd = odd_one:Missing", "The entry point odd = odd_one:Missing does not load: AttributeError"),
        ("odd = odd_one:inputs", "The entry point odd = odd_one:inputs in feedback_bench.algorithms is not tagged"),
    ],
)
def test_an_entry_point_that_is_none_is_one_sentence(
    point: str, sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    distribution(tmp_path, "odd_one", EXAMPLE, algorithms=point)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "odd_one", raising=False)
    with pytest.raises(RequestError) as caught:
        registry.load()
    assert str(caught.value).startswith(sentence)
