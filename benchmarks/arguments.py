"""The command line's words: what each command takes, and clear sentences for what it does not take."""

from __future__ import annotations

import argparse
import math
import os
import tomllib
from collections.abc import Callable
from typing import Any, NoReturn

from benchmarks.errors import RequestError, unknown

COMMANDS = {
    "run": "play a suite's trials that are not stored yet, and write the report",
    "report": "write tables and plots of what is stored; runs nothing",
    "list": "name the suites, tasks, oracles and algorithms that there are",
    "plan": "show a suite's trials, which are done, and which are left out and why; runs nothing",
    "compare": "tell how probably one algorithm is better than another, paired, with interval",
    "check": "hold a plug-in to its contract, one line a law",
    "new": "write a working plug-in file to start from",
    "export": "write what is stored as datasets or TensorBoard logs, or an excerpt small enough to commit",
    "verify": "play a sample of the stored trials again and compare",
    "watch": "play the stored policy of a trial and show it; loading it runs its code, so watch what you trust",
    "withdraw": "play a crowd's trial again from its transcript without one rater's answers, and show what changes",
}
EXPORTS = ("preferences", "demonstrations", "tensorboard", "excerpt")
KINDS = ("suites", "tasks", "oracles", "algorithms")
MEMORY = 4.0  # GB a worker, unless said otherwise


def parse(argv: list[str]) -> argparse.Namespace:
    """The request. Raises RequestError; `--help` exits."""
    if argv and not argv[0].startswith("-") and argv[0] not in COMMANDS:
        raise unknown("command", argv[0], COMMANDS)
    parser = _Parser(prog="python -m benchmarks", description="A benchmark of learning from human feedback.")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", title="commands")
    parsers = {
        name: commands.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}.")
        for name, text in COMMANDS.items()
    }
    for name, sub in parsers.items():
        _ADD[name](sub)
    if not argv:
        parser.print_help()
        raise SystemExit(2)
    for word in argv[1:] if argv[0] in COMMANDS else []:
        name = word.split("=")[0]
        if name.startswith("--") and name not in ("--", "--help", *parsers[argv[0]].options):
            raise unknown(f"option of {argv[0]}", name, parsers[argv[0]].options)
    arguments, extra = parser.parse_known_args(argv)
    if extra:
        raise RequestError(f"{extra[0]!r} is one word too many for `{argv[0]}`; see `{argv[0]} --help`.")
    return arguments


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one sentence, by RequestError, and knows its options' names."""

    def __init__(self, **keywords: Any) -> None:
        self.options: list[str] = []
        super().__init__(**keywords, allow_abbrev=False)

    def _add_action(self, action: argparse.Action) -> Any:
        self.options += [name for name in action.option_strings if name.startswith("--")]
        return super()._add_action(action)

    def error(self, message: str) -> NoReturn:
        command = self.prog.split()[-1]
        raise RequestError(f"{message[0].upper()}{message[1:]}; see `python -m benchmarks {command} --help`.")


def _run(parser: _Parser) -> None:
    _selection(parser)
    parser.add_argument(
        "--reuse",
        metavar="DIR",
        action="append",
        default=[],
        help="copy the trials that another run's directory holds already; may be given again",
    )
    help_jobs = f"trials at a time ({cores()}, or as many as the cluster has CPUs)"
    parser.add_argument("--jobs", metavar="N", type=_count("--jobs"), help=help_jobs)
    parser.add_argument("--executor", choices=("local", "ray"), default="local", help="where trials run (local)")
    help_address = "of the Ray cluster, as `ray start` names it ($RAY_ADDRESS, or one that is started here)"
    parser.add_argument("--address", metavar="HOST:PORT", help=help_address)
    _limits(parser)
    parser.add_argument("--no-report", dest="report", action="store_false", help="write no report at the end")


def _plan(parser: _Parser) -> None:
    _selection(parser)


def _selection(parser: _Parser) -> None:
    parser.add_argument("--suite", metavar="NAME|FILE.toml", required=True, help="a suite's name, or its file")
    parser.add_argument("--out", metavar="DIR", help="where results are kept (results/<suite>)")
    parser.add_argument("--seeds", metavar="N", type=_count("--seeds"), help="so many seeds")
    for name, example in (("algorithms", "a,b"), ("tasks", "x,y"), ("oracles", "o,p")):
        parser.add_argument(f"--{name}", metavar=example, type=_names, default=(), help=f"these {name} only")
    parser.add_argument(
        "--set",
        metavar="ALGORITHM.FIELD=VALUE",
        type=setting,
        action="append",
        default=[],
        dest="settings",
        help="a hyper-parameter, as pebble.step_size=0.1; may be given again",
    )
    _plugin(parser)


def _limits(parser: _Parser) -> None:
    parser.add_argument("--time-limit", metavar="SECONDS", type=_positive("--time-limit"), help="for each trial (none)")
    _memory(parser)


def _memory(parser: _Parser) -> None:
    parser.add_argument(
        "--memory-limit",
        metavar="GB",
        type=_positive("--memory-limit"),
        default=MEMORY,
        help="for each trial (%(default)g)",
    )


def _plugin(parser: _Parser) -> None:
    parser.add_argument(
        "--plugin",
        metavar="FILE.py",
        action="append",
        default=[],
        dest="plugins",
        help="a file with an algorithm, task or oracle of yours; may be given again",
    )


def _directory(parser: _Parser) -> None:
    parser.add_argument("directory", metavar="DIR", help="the directory of a run, as results/classic")


def _list(parser: _Parser) -> None:
    parser.add_argument("kind", metavar="|".join(KINDS), nargs="?", type=_kind, help="one kind only")
    parser.add_argument("--json", action="store_true", help="as JSON")
    _plugin(parser)


def _compare(parser: _Parser) -> None:
    _directory(parser)
    parser.add_argument("a", metavar="A", help="an algorithm")
    parser.add_argument("b", metavar="B", help="another")
    parser.add_argument(
        "--by",
        choices=("score", "auc_steps", "auc_effort"),
        default="score",
        help="what is compared: the final score (default), its mean over the steps or over the person's time",
    )
    parser.add_argument(
        "--margin", metavar="X", type=_positive("--margin"), help="test whether they are equivalent within X"
    )


def _export(parser: _Parser) -> None:
    _directory(parser)
    parser.add_argument("what", metavar="|".join(EXPORTS), type=_export_kind, help="what is written")
    parser.add_argument("--out", metavar="DIR", help="where it is written (DIR/export)")


def _export_kind(text: str) -> str:
    if text not in EXPORTS:
        raise unknown("export", text, EXPORTS)
    return text


def _check(parser: _Parser) -> None:
    parser.add_argument("name", metavar="NAME|FILE.py", help="an algorithm, task or oracle, or a plug-in file")
    _plugin(parser)


def _new(parser: _Parser) -> None:
    parser.add_argument("name", metavar="NAME", help="the new algorithm's name")
    parser.add_argument("--out", metavar="DIR", default=".", help="where the file is written (here)")


def _verify(parser: _Parser) -> None:
    _directory(parser)
    parser.add_argument(
        "--sample", metavar="N", type=_count("--sample"), default=5, help="so many trials (%(default)s)"
    )
    held = parser.add_mutually_exclusive_group()
    held.add_argument(
        "--tolerance",
        metavar="X",
        type=_positive("--tolerance"),
        default=0.0,
        help="relative difference allowed (none)",
    )
    held.add_argument(
        "--margin",
        metavar="X",
        type=_positive("--margin"),
        help="for another kind of processor, whose rounding is another: test whether the scores are equivalent within "
        "X, instead of asking that all be the same",
    )
    parser.add_argument("--jobs", metavar="N", type=_count("--jobs"), default=cores(), help="processes (%(default)s)")
    _limits(parser)
    _plugin(parser)


def _watch(parser: _Parser) -> None:
    _directory(parser)
    parser.add_argument(
        "trial",
        metavar="TRIAL",
        nargs="?",
        help="its id, or algorithm:task:seed, or as much of either as no other trial fits; without it, the report gets "
        "the animations that it can embed",
    )
    parser.add_argument("--out", metavar="FILE.gif", help="where the animation is written (beside the record)")
    parser.add_argument("--window", action="store_true", help="show it in a window instead")
    help_episode = "which episode of the final evaluation (%(default)s)"
    parser.add_argument("--episode", metavar="N", type=_count("--episode"), default=1, help=help_episode)
    parser.add_argument("--jobs", metavar="N", type=_count("--jobs"), default=cores(), help=argparse.SUPPRESS)
    _memory(parser)
    _plugin(parser)


def _withdraw(parser: _Parser) -> None:
    _directory(parser)
    parser.add_argument("trial", metavar="TRIAL", help="its id, or algorithm:task:oracle:seed, as for watch")
    parser.add_argument(
        "--rater", metavar="N", type=_count("--rater"), required=True, help="who takes the answers back: 1, 2, ..."
    )
    _plugin(parser)


_ADD: dict[str, Callable[[_Parser], None]] = {
    "run": _run, "report": _directory, "list": _list, "plan": _plan,
    "compare": _compare, "export": _export, "check": _check, "new": _new, "verify": _verify,
    "watch": _watch, "withdraw": _withdraw,
}  # fmt: skip


def setting(text: str) -> tuple[str, str, Any]:
    """ALGORITHM.FIELD=VALUE, the value as in TOML; what is no TOML is a text."""
    place, equals, written = text.partition("=")
    algorithm, dot, name = place.strip().rpartition(".")
    if not (equals and dot and algorithm and name):
        raise RequestError(f"--set takes ALGORITHM.FIELD=VALUE, as pebble.step_size=0.1, not {text!r}.")
    try:
        return algorithm, name, tomllib.loads(f"value = {written}")["value"]
    except tomllib.TOMLDecodeError:
        return algorithm, name, written.strip()


def cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _names(text: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    if not names:
        raise RequestError("A list of names is empty: give one name or more, separated by commas.")
    return names


def _kind(text: str) -> str:
    if text not in KINDS:
        raise unknown("kind of thing to list", text, KINDS)
    return text


def _count(option: str) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not text.isascii() or not text.isdigit() or int(text) < 1:
            raise RequestError(f"{option} takes a whole number of 1 or more, not {text!r}.")
        return int(text)

    return read


def _positive(option: str) -> Callable[[str], float]:
    def read(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not (math.isfinite(value) and value > 0):
            raise RequestError(f"{option} takes a number above 0, not {text!r}.")
        return value

    return read
