"""The command line. Exit status: 0 all well; 1 some trial did not end ok; 2 the request itself was wrong."""

from __future__ import annotations

import argparse
import os
import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.arguments import cores, parse
from benchmarks.errors import RequestError

if TYPE_CHECKING:
    from benchmarks.run import Means, Request


def main(argv: list[str]) -> int:
    """Carry a request out and return the exit status."""
    from benchmarks.pool import PoolError
    from benchmarks.store import StoreError

    try:
        arguments = parse(argv)
        arguments.typed = argv
        return _COMMANDS[arguments.command](arguments)
    except RequestError as error:
        return _complain(str(error), 2)
    except (StoreError, PoolError) as error:
        return _complain(str(error), 1)
    except KeyboardInterrupt:
        return _complain("stopped; what was done is stored, and the same command goes on from there.", 1)
    except BrokenPipeError:  # the reader of our output went away, as `| head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def _run(arguments: argparse.Namespace) -> int:
    from benchmarks.progress import count
    from benchmarks.progress import outcome as told
    from benchmarks.run import run

    with _means(arguments) as means:
        outcome = run(replace(_request(arguments), reuse=tuple(arguments.reuse)), means)
    total, directory = len(outcome.trials), outcome.directory
    if outcome.stopped:
        print(
            f"Stopped: {outcome.ok} of {count(total, 'trial')} are stored in {directory}. The same command goes on "
            f"from there; `python -m benchmarks report {directory}` shows what is there."
        )
        return 1
    bad = [outcome.records[trial.id] for trial in outcome.trials if outcome.records[trial.id].status != "ok"]
    if bad:
        print(f"{len(bad)} of {count(total, 'trial')} did not end ok; the same command tries them again:")
        for record in bad[:10]:
            print(f"  {told(record, record.spent.get('wall_seconds') or 0.0)}")
        more = f"  and {len(bad) - 10} more; " if len(bad) > 10 else "  "
        print(f"{more}their records, with tracebacks, are in {directory / 'trials'}.")
    else:
        print("The trial is ok." if total == 1 else f"All {total} trials are ok.")
    if arguments.report:
        _make_clips(directory, arguments)
        _report(argparse.Namespace(directory=str(directory)))
    return 1 if bad else 0


@contextmanager
def _means(arguments: argparse.Namespace) -> Iterator[Means]:
    """With what trials are played: this machine, or a cluster for as long as it is needed."""
    from benchmarks.run import Means, prepare
    from benchmarks.worker import Limits

    limits = Limits(arguments.time_limit, int(arguments.memory_limit * 1e9))
    if arguments.executor == "local":
        if arguments.address:
            raise RequestError("--address names a Ray cluster, which takes --executor ray.")
        yield Means(arguments.jobs or cores(), limits)
        return
    from benchmarks.ray_cluster import LOCAL, RayCluster, require

    require()
    prepare(_request(arguments))  # a misspelt name is told before a cluster is waited for
    with RayCluster(arguments.address or os.environ.get("RAY_ADDRESS") or LOCAL) as cluster:
        for note in cluster.notes:
            print(note, flush=True)
        yield Means(arguments.jobs or max(1, cluster.cpus()), limits, cluster=cluster)


def _report(arguments: argparse.Namespace) -> int:
    from benchmarks import planned, report

    planned.read(Path(arguments.directory))  # that it is a run at all
    page: Path = report.write(Path(arguments.directory))
    print(f"The report is {page}.")
    return 0


def _watch(arguments: argparse.Namespace) -> int:
    from benchmarks.watch import watch

    directory = Path(arguments.directory)
    if arguments.trial is None:
        if arguments.out or arguments.window:
            raise RequestError("Say which trial to watch: without one, the animations for the report are made.")
        return 1 if _make_clips(directory, arguments) else _report(arguments)
    out = Path(arguments.out) if arguments.out else None
    print(watch(directory, arguments.trial, out, arguments.window, arguments.episode, tuple(arguments.plugins)))
    return 0


def _withdraw(arguments: argparse.Namespace) -> int:
    from benchmarks.withdraw import withdraw

    print(withdraw(Path(arguments.directory), arguments.trial, arguments.rater, tuple(arguments.plugins)))
    return 0


def _make_clips(directory: Path, arguments: argparse.Namespace) -> list[str]:
    from benchmarks import clips
    from benchmarks.run import Means
    from benchmarks.worker import Limits

    means = Means(arguments.jobs or cores(), Limits(None, int(arguments.memory_limit * 1e9)))
    troubles = clips.make(directory, means, tuple(arguments.plugins))
    for trouble in troubles:
        print(trouble)
    return troubles


def _list(arguments: argparse.Namespace) -> int:
    from benchmarks.listing import listing

    print(listing(arguments.kind, arguments.json, tuple(arguments.plugins)))
    return 0


def _plan(arguments: argparse.Namespace) -> int:
    from benchmarks.listing import plan_text
    from benchmarks.run import prepare

    directory, now, _ = prepare(_request(arguments))
    print(plan_text(directory, now))
    return 0


def _compare(arguments: argparse.Namespace) -> int:
    from benchmarks import planned
    from benchmarks.report.compare import compare

    planned.read(Path(arguments.directory))
    print(compare(Path(arguments.directory), arguments.a, arguments.b, arguments.by, arguments.margin))
    return 0


def _export(arguments: argparse.Namespace) -> int:
    from benchmarks import planned
    from benchmarks.datasets_of import demonstrations, preferences
    from benchmarks.excerpt import excerpt
    from benchmarks.tensorboard_of import tensorboard

    directory = Path(arguments.directory)
    planned.read(directory)
    kinds = dict(preferences=preferences, demonstrations=demonstrations, tensorboard=tensorboard, excerpt=excerpt)
    out = Path(arguments.out) if arguments.out else directory / "export"
    made = kinds[arguments.what](directory, out)
    print(f"{len(made)} written below {out}, the first {made[0]}.")
    return 0


def _check(arguments: argparse.Namespace) -> int:
    from benchmarks.check import main as check

    return int(check(arguments.name, tuple(arguments.plugins)))


def _new(arguments: argparse.Namespace) -> int:
    from benchmarks.new import main as new

    return int(new(arguments.name, Path(arguments.out)))


def _verify(arguments: argparse.Namespace) -> int:
    from benchmarks.run import Means
    from benchmarks.verify import Held, Numbers, Scores, verify
    from benchmarks.worker import Limits

    limits = Limits(arguments.time_limit, int(arguments.memory_limit * 1e9))
    means = Means(arguments.jobs, limits)
    held: Held = Scores(arguments.margin) if arguments.margin else Numbers(arguments.tolerance)
    return verify(Path(arguments.directory), means, arguments.sample, held, tuple(arguments.plugins))


def _request(arguments: argparse.Namespace) -> Request:
    from benchmarks.run import Request

    return Request(
        command=shlex.join(["python", "-m", "benchmarks", *arguments.typed]),
        suite=arguments.suite,
        out=arguments.out,
        seeds=arguments.seeds,
        algorithms=arguments.algorithms,
        tasks=arguments.tasks,
        oracles=arguments.oracles,
        settings=tuple(arguments.settings),
        plugins=tuple(arguments.plugins),
    )


def _complain(sentence: str, status: int) -> int:
    print(f"error: {sentence}", file=sys.stderr)
    return status


_COMMANDS = {
    "run": _run,
    "report": _report,
    "list": _list,
    "plan": _plan,
    "compare": _compare,
    "export": _export,
    "check": _check,
    "new": _new,
    "verify": _verify,
    "watch": _watch,
    "withdraw": _withdraw,
}
