"""The command line: exit statuses, clear sentences, and quick answers."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.arguments import COMMANDS, parse, setting
from benchmarks.cli import main

TINY = str(Path(__file__).with_name("tiny.py"))
HEAVY = ("torch", "stable_baselines3", "imitation", "seaborn", "matplotlib", "pandas", "scipy", "sklearn")
SUITE = """\
description = "For tests."
seeds = 1
tasks = ["corridor"]
oracles = ["perfect"]
algorithms = ["walks", "raises"]
[budget]
steps = 200
minutes = 1.0
envs = 4
[evaluation]
final_episodes = 2
curve_episodes = 2
points = 2
minutes = [0.5]
"""


@pytest.fixture
def suite(tmp_path: Path) -> list[str]:
    """The options that name a small suite, and where its results go."""
    (tmp_path / "small.toml").write_text(SUITE)
    names = ["--algorithms", "walks,raises"]  # a plug-in brings all of its own
    return ["--suite", str(tmp_path / "small.toml"), "--plugin", TINY, "--out", str(tmp_path / "out"), *names]


@pytest.mark.parametrize("arguments", [["--help"], ["list"], ["plan", "--suite", "smoke"], ["run", "--help"]])
def test_quick_commands_import_nothing_heavy(arguments: list[str]) -> None:
    code = f"""
import sys
from benchmarks.cli import main
try:
    main({arguments!r})
except SystemExit:
    pass
print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip().splitlines()[-1] == "[]"
    assert done.stdout


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["--help"])
    assert caught.value.code == 0
    said = capsys.readouterr().out
    assert all(name in said for name in COMMANDS)


def test_no_command_shows_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main([])
    assert caught.value.code == 2 and "commands" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["rnu"], "There is no command 'rnu': did you mean 'run'?"),
        (["run", "--suite", "clasic"], "There is no suite 'clasic': did you mean 'classic'?"),
        (["run", "--suite", "none.toml"], "The suite file none.toml does not exist."),
        (["run", "--siute", "smoke"], "did you mean '--suite'?"),
        (["run"], "The following arguments are required: --suite; see `python -m benchmarks run --help`."),
        (["run", "--suite", "smoke", "--sedes", "3"], "There is no option of run '--sedes': did you mean '--seeds'?"),
        (["run", "--suite", "smoke", "more"], "'more' is one word too many for `run`; see `run --help`."),
        (["run", "--suite", "smoke", "--seeds", "0"], "--seeds takes a whole number of 1 or more, not '0'."),
        (["run", "--suite", "smoke", "--jobs", "two"], "--jobs takes a whole number of 1 or more, not 'two'."),
        (["run", "--suite", "smoke", "--time-limit", "-1"], "--time-limit takes a number above 0, not '-1'."),
        (["run", "--suite", "smoke", "--time-limit", "nan"], "--time-limit takes a number above 0, not 'nan'."),
        (["run", "--suite", "smoke", "--algorithms", "bcc"], "There is no algorithm 'bcc': did you mean 'bc'?"),
        (["run", "--suite", "smoke", "--tasks", "pendulm"], "There is no task 'pendulm': did you mean 'pendulum'?"),
        (["run", "--suite", "smoke", "--oracles", "typicl"], "There is no oracle 'typicl': did you mean 'typical'?"),
        (["run", "--suite", "smoke", "--tasks", ","], "A list of names is empty"),
        (
            ["run", "--suite", "smoke", "--set", "bc"],
            "--set takes ALGORITHM.FIELD=VALUE, as pebble.step_size=0.1, not 'bc'.",
        ),
        (["run", "--suite", "smoke", "--set", "bc.nothing=1"], "There is no hyper-parameter of bc 'nothing'"),
        (
            ["run", "--suite", "smoke", "--set", "bc.backend=quick"],
            'bc.backend is "quick", but must be "fast" or "reference".',
        ),
        (
            ["run", "--suite", "smoke", "--set", "airl.form=log D"],
            'airl.form is "log D", but must be "f - log pi" or "f".',
        ),
        (["run", "--suite", "smoke", "--plugin", "none.py"], "none.py does not exist."),
        (["run", "--suite", "smoke", "--address", "a:1"], "--address names a Ray cluster, which takes --executor ray."),
        (["run", "--suite", "smoke", "--executor", "cloud"], "invalid choice: 'cloud'"),
        (["report", "nowhere"], "nowhere holds no run: there is no suite.json in it."),
        (["verify", "nowhere"], "nowhere holds no run: there is no suite.json in it."),
        (
            ["verify", "nowhere", "--tolerance", "0.1", "--margin", "0.1"],
            "Argument --margin: not allowed with argument --tolerance; see `python -m benchmarks verify --help`.",
        ),
        (["verify", "nowhere", "--margn", "0.1"], "did you mean '--margin'?"),
        (["compare", "nowhere", "bc", "cpl"], "nowhere holds no run: there is no suite.json in it."),
        (["watch", "nowhere", "bc"], "nowhere holds no run: there is no suite.json in it."),
        (["watch", "nowhere"], "nowhere holds no run: there is no suite.json in it."),
        (["watch", "nowhere", "--window"], "Say which trial to watch"),
        (["withdraw", "nowhere", "bc", "--rater", "1"], "nowhere holds no run: there is no suite.json in it."),
        (["withdraw", "nowhere", "bc", "--rater", "0"], "--rater takes a whole number of 1 or more, not '0'."),
        (["compare", "nowhere"], "The following arguments are required: A, B"),
        (["list", "tsks"], "There is no kind of thing to list 'tsks': did you mean 'tasks'?"),
    ],
)
def test_a_wrong_request_is_one_sentence_and_status_2(
    arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    said = capsys.readouterr()
    assert said.err.startswith("error: ") and sentence in said.err
    assert said.err.count("\n") == 1 and "Traceback" not in said.err and not said.out


def test_settings_are_toml_or_text() -> None:
    assert setting("pebble.step_size=0.1") == ("pebble", "step_size", 0.1)
    assert setting("pref-ppo.layers=[64, 64]") == ("pref-ppo", "layers", [64, 64])
    assert setting("bc.backend=reference") == ("bc", "backend", "reference")
    assert setting('bc.backend="true"') == ("bc", "backend", "true")


def test_options_have_their_defaults() -> None:
    given = parse(["run", "--suite", "smoke"])
    assert given.jobs is None and given.executor == "local" and given.address is None
    assert given.report and given.time_limit is None
    given = parse(["run", "--suite", "smoke", "--no-report", "--algorithms", "a, b", "--tasks", "x"])
    assert not given.report and given.algorithms == ("a", "b") and given.tasks == ("x",)


def test_list_names_what_there_is_as_text_and_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list", "--plugin", TINY]) == 0
    said = capsys.readouterr().out
    assert all(
        word in said for word in ("SUITES", "TASKS", "ORACLES", "ALGORITHMS", "corridor", "walks", "typical", "classic")
    )
    assert main(["list", "algorithms", "--json", "--plugin", TINY]) == 0
    rows = {row["name"]: row for row in json.loads(capsys.readouterr().out)}
    assert rows["compares"]["asks"] == ["compare"] and rows["compares"]["family"] == "preferences"
    assert main(["list", "--json"]) == 0
    assert json.loads(capsys.readouterr().out).keys() == {"suites", "tasks", "oracles", "algorithms"}


def test_plan_runs_nothing_and_says_why_something_is_left_out(
    suite: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["plan", *suite, "--algorithms", "walks,pushes"]) == 0
    said = capsys.readouterr().out
    assert "1 trial into" in said and "0 done, 1 to do" in said
    assert "pushes on corridor: pushes takes continuous actions, and those of corridor are discrete." in said
    assert not (tmp_path / "out").exists()


def test_a_run_in_which_nothing_can_be_run_is_refused(suite: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", *suite, "--algorithms", "pushes,weighs"]) == 2
    assert "Nothing can be run: all 2 combinations are left out" in capsys.readouterr().err


@pytest.mark.usefixtures("forkserver")
def test_a_run_ends_in_a_report_and_status_0(
    suite: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", *suite, "--jobs", "2"]) == 0
    said = capsys.readouterr().out
    assert "All 2 trials are ok." in said and f"The report is {tmp_path / 'out' / 'report' / 'index.html'}." in said
    table = (tmp_path / "out" / "report" / "tables" / "scores.csv").read_text().splitlines()
    assert len(table) == 3 and table[0].startswith("task,oracle,algorithm,family,seed,status,score,return,")
    assert main(["plan", *suite]) == 0
    assert "2 done, 0 to do" in capsys.readouterr().out
    assert main(["verify", str(tmp_path / "out"), "--sample", "1"]) == 0
    assert main(["compare", str(tmp_path / "out"), "walks", "raises"]) == 0
    assert main(["run", *suite, "--out", str(tmp_path / "small.toml")]) == 2
    assert "is a file" in capsys.readouterr().err


@pytest.mark.usefixtures("forkserver")
def test_a_run_with_a_failed_trial_ends_with_status_1(
    suite: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plugin = tmp_path / "tiny.py"
    plugin.write_text(Path(TINY).read_text())
    (tmp_path / "faults").write_text("raises")
    suite[suite.index(TINY)] = str(plugin)
    assert main(["run", *suite, "--jobs", "2"]) == 1
    said = capsys.readouterr().out
    assert "1 of 2 trials did not end ok; the same command tries them again:" in said
    assert "raises on corridor with perfect, seed 0: failed: ArithmeticError: two and two are five" in said
    assert ",failed," in (tmp_path / "out" / "report" / "tables" / "scores.csv").read_text()
    assert main(["plan", *suite]) == 0
    assert "1 done, 0 to do, 1 to do again, which did not end ok." in capsys.readouterr().out
    (tmp_path / "faults").unlink()
    assert main(["run", *suite, "--jobs", "2", "--no-report"]) == 0
    assert "2 trials of small, 1 of them stored already" in capsys.readouterr().out
