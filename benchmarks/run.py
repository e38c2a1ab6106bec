"""The driver: plan, minus what is stored, through the pool, into the store, and on to the report."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import planned, store, suite_file
from benchmarks.errors import RequestError
from benchmarks.lock import locked
from benchmarks.planned import Planned
from benchmarks.pool import Ended, Executor, Job, Local, each
from benchmarks.preload import ALWAYS, imports
from benchmarks.progress import Progress, count, progress
from benchmarks.record import Record, Trial
from benchmarks.registry import Registry, load, plugins_of
from benchmarks.remote import Cluster, Remote
from benchmarks.schedule import LongestFirst
from benchmarks.stamp import stamp
from benchmarks.stop import Stop
from benchmarks.store import Stored
from benchmarks.suite import narrowed, plan, with_settings
from benchmarks.worker import Limits

PLAY = "benchmarks.trial:play"


@dataclass(frozen=True)
class Request:
    """What the command line asks for."""

    suite: str
    out: str | None = None
    seeds: int | None = None
    algorithms: tuple[str, ...] = ()
    tasks: tuple[str, ...] = ()
    oracles: tuple[str, ...] = ()
    settings: tuple[tuple[str, str, Any], ...] = ()  # algorithm, field, value
    plugins: tuple[str, ...] = ()
    reuse: tuple[str, ...] = ()  # directories whose trials need not be played again
    command: str = ""  # as it was typed


@dataclass(frozen=True)
class Means:
    """With what the trials are played."""

    processes: int
    limits: Limits = Limits()
    play: str = PLAY  # "module:function", as `benchmarks.trial.play`
    preload: bool = True
    cluster: Cluster | None = None  # where, if not on this machine

    def executor(self, stop: Stop, plugins: tuple[str, ...], say: Callable[[str], None]) -> Executor:
        if self.cluster is None:
            return Local(self.processes, self.limits, stop)
        files = {path: Path(path).read_bytes() for path in plugins}  # the nodes have no such files
        return Remote(self.cluster, self.processes, self.limits, stop, files, say)


@dataclass(frozen=True)
class Outcome:
    """How a run ended: every planned trial's record, as far as there is one."""

    directory: Path
    trials: tuple[Trial, ...]
    records: Mapping[str, Record]
    stopped: bool

    @property
    def ok(self) -> int:
        return sum(trial.id in self.records and self.records[trial.id].status == "ok" for trial in self.trials)


def prepare(request: Request) -> tuple[Path, Planned, Registry]:
    """The directory and what is planned for it; nothing is written. Raises RequestError."""
    registry = load(plugins_of(request.plugins))
    suite = suite_file.read(request.suite, registry)
    suite = narrowed(suite, registry, request.seeds, request.algorithms, request.tasks, request.oracles)
    suite = with_settings(suite, registry, request.settings)
    trials, left_out = plan(suite, registry)
    directory = Path(request.out) if request.out else Path("results") / suite.name
    return directory, planned.planned(suite, registry, trials, left_out, request.command), registry


def run(request: Request, means: Means) -> Outcome:
    """Play what is planned and not stored. Raises RequestError, StoreError and PoolError."""
    directory, now, registry = prepare(request)
    if not now.trials:
        raise RequestError(
            f"Nothing can be run: all {len(now.left_out)} combinations are left out, the first since "
            f"{now.left_out[0].reason}; `plan` names them all."
        )
    with locked(directory):
        store.clean(directory)
        stored = store.read(directory)
        notes = _keep_plan(directory, now, stored)
        for item in stored.damaged:
            notes.append(f"{item.path} is damaged: {item.reason}; set aside as {store.set_aside(item).name}")
        records = {trial.id: stored.records[trial.id] for trial in now.trials if trial.id in stored.records}
        for source in request.reuse:
            copied = _copied(Path(source), directory, now, records)
            records |= copied
            notes.append(f"{count(len(copied), 'trial')} copied from {source}.")
        todo = [trial for trial in now.trials if not _done(trial, records)]
        schedule = LongestFirst(todo, stored.records.values())
        show = progress(len(now.trials), len(now.trials) - len(todo), schedule, means.processes)
        for note in (*notes, _opening(now, len(todo), directory)):
            show.say(note)
        stopped = False
        if todo:
            work = _Work(directory, now, registry, means, todo, schedule, show)
            with Stop() as stop, show, means.executor(stop, registry.plugins, show.say) as pool:
                for record in _played(pool, work):
                    records[record.trial.id] = record
                stopped = stop.requested
    return Outcome(directory, now.trials, records, stopped)


@dataclass(frozen=True)
class _Work:
    """What there is to do in a directory, in which order, and who is told."""

    directory: Path
    now: Planned
    registry: Registry
    means: Means
    todo: list[Trial]
    schedule: LongestFirst
    show: Progress


def _played(pool: Executor, work: _Work) -> Iterator[Record]:
    """The records of the trials as they end, each stored first."""
    show, plugins = work.show, work.registry.plugins
    if work.means.preload:
        show.doing("importing the libraries")
        used = sorted({trial.learner for trial in work.todo})
        pool.warm_up((*ALWAYS, *imports(work.registry.algorithms[name].file for name in used)))
        _solve_experts(pool, work)
    show.doing("")

    def job() -> Job | None:
        trial = work.schedule.take()
        arguments = (work.means.play, trial, work.now.evaluations, plugins)
        return None if trial is None else Job(trial, "benchmarks.worker:play", arguments)

    for ended in pool.run(job, lambda job: show.started(job.key)):
        if ended.answer is not None and ended.answer.error is None:
            encoded, policy, transcript = ended.answer.value
            record = store.decode(encoded)
        else:
            record = _epitaph(ended, work.now)
            encoded, policy, transcript = store.encode(record), None, None
        store.write(work.directory, ended.job.key, encoded, policy, transcript)
        show.ended(record, ended.seconds)
        yield record


def _done(trial: Trial, records: Mapping[str, Record]) -> bool:
    return trial.id in records and records[trial.id].status == "ok"


def _copied(source: Path, directory: Path, now: Planned, records: Mapping[str, Record]) -> dict[str, Record]:
    """The planned trials that another directory holds, with the same id, taken over with all their files.

    A trial's id is made from all that its outcome depends on but the code, and a learner whose results change
    carries a new version. Raises RequestError.
    """
    if planned.read(source).evaluations != now.evaluations:
        raise RequestError(
            f"The policies in {source} were scored by other [evaluation] settings than those of {now.suite}: "
            "leave --reuse out, or give the suite the same settings."
        )
    there = store.read(source).records
    found = {trial.id: there[trial.id] for trial in now.trials if _done(trial, there) and not _done(trial, records)}
    for record in found.values():
        store.copy(source, directory, record.trial)
    return found


def _solve_experts(pool: Executor, work: _Work) -> None:
    """Once for all trials, which then find them in the cache."""
    names = dict.fromkeys(trial.task for trial in work.todo)
    work.show.doing(f"solving the experts of {', '.join(names)}")
    jobs = each(Job(name, "benchmarks.worker:solve_expert", (name, work.registry.plugins)) for name in names)
    for ended in pool.run(jobs, lambda job: None):
        error = ended.answer.error if ended.answer else None
        trouble = ended.death.message if ended.death else error["message"] if error else ""
        if trouble:
            work.show.say(f"The expert of {ended.job.key} could not be solved: {trouble}")


def _epitaph(ended: Ended, now: Planned) -> Record:
    """The record of a trial that could not make its own."""
    trial: Trial = ended.job.key
    if ended.death is not None:
        death = ended.death
        status: Any = death.status
        error = {"kind": death.kind, "message": death.message, "traceback": death.last_words}
    else:
        assert ended.answer is not None and ended.answer.error is not None
        status, error = "failed", ended.answer.error
    spent = {"wall_seconds": ended.seconds}
    return Record(trial, status, now.families[trial.algorithm], error=error, spent=spent, stamp=stamp())


def _keep_plan(directory: Path, now: Planned, stored: Stored) -> list[str]:
    """Write `suite.json`: what is planned now, and what earlier runs of the same suite planned."""
    notes, whole = [], now
    if stored.records and (directory / planned.FILE).exists():
        try:
            before = planned.read(directory)
        except RequestError as error:
            notes.append(f"{error} That is done now.")
        else:
            planned.refuse_mixture(directory, before, now)
            whole = planned.merged(before, now)
    store.write_text(directory, planned.FILE, planned.dump(whole))
    return notes


def _opening(now: Planned, todo: int, directory: Path) -> str:
    total, left = len(now.trials), len(now.left_out)
    left_out = f" {count(left, 'combination')} left out; `plan` says why." if left else ""
    if not todo:
        return f"{count(total, 'trial')} of {now.suite}, all stored in {directory}.{left_out}"
    stored = f", {total - todo} of them stored already" if todo < total else ""
    return f"{count(total, 'trial')} of {now.suite}{stored}, into {directory}.{left_out}"
