"""Writes the README's tables of results from the tables of the committed reports: `python -m scripts.readme`.

A table stands between `<!-- NAME -->` and `<!-- end -->`; what stands between them is replaced. A test holds that the
README is what this would write.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path

import pandas as pd

from benchmarks.report import goals
from benchmarks.statistics import EQUIVALENCE, equivalent, paired_mean

ROOT = Path(__file__).parent.parent
RESULTS = ROOT / "results" / "reference"
MARGIN = 0.05
LEVELS = {10.0: "10 min", 3.0: "3 min", 1.0: "1 min"}
CHANNELS = (
    "demonstrations", "advice + demonstrations", "corrections", "advice", "comparisons", "judgements", "ratings",
    "weighings",
)  # fmt: skip
FAMILIES = ("classic", "evaluative", "advice", "preferences", "demonstrations", "direct")
EXTRA = ("fruit-tree", "resource-gathering", "minecart", "lunar-lander")
AREAS = "{area bc}, {area dagger}, {area action-advice}, {area tamer}, {area cpl}, {area pref-ppo}"

# What each suite is about and what came of it; the braces are numbers of its report (see `Found`).
SUITES = {
    "evaluative": (
        "judgements and ratings",
        "{iqm deep-tamer}, {iqm dqn-feedback}, {iqm tamer}, {iqm rbrl}, {iqm deep-coach}, {iqm reinforce-judge}, "
        "{iqm coach}; `coach` on maze {task coach maze}, mountain-car {task coach mountain-car}, pendulum "
        "{task coach pendulum}",
    ),
    "advice": (
        "advice, corrections, take-overs",
        "{iqm dagger}, {iqm corrections}, {iqm human-gated}, {iqm takeover}, {iqm thrifty-dagger}",
    ),
    "preferences": (
        "comparisons and rankings",
        "{iqm pref-ppo}, {iqm rank-ppo}, {iqm dyna-pref}, {iqm pebble}, {iqm rime}, {iqm t-rex}, {iqm rune}, "
        "{iqm surf}, {iqm preference-transformer}, {iqm d-rex}; questions picked by information gain, not by "
        "disagreement: {iqm pref-ppo-information}, as they come: {iqm pref-ppo-uniform}; `pref-ppo` on maze "
        "{task pref-ppo maze}",
    ),
    "preferences-mistakes": (
        "wrong answers to one in ten of random questions: mostly where little is at stake (`noise`), or anywhere "
        "(`mistake`)",
        "nobody errs: {iqm pref-ppo perfect}, {iqm pebble perfect}, {iqm rime perfect}; `noise`, wrong in "
        "{erred noise} of what was asked: {iqm pref-ppo noise}, {iqm pebble noise}, {iqm rime noise}; `mistake`, in "
        "{erred mistake}: {iqm pref-ppo mistake}, {iqm pebble mistake}, {iqm rime mistake}",
    ),
    "preferences-peer": (
        "DRLHP here and as imitation has it, with an hour and with ten minutes of the perfect person",
        "an hour: {iqm pref-ppo perfect}, {iqm drlhp-imitation perfect}; ten minutes: {iqm pref-ppo perfect-10-min}, "
        "{iqm drlhp-imitation perfect-10-min}",
    ),
    "demonstrations": (
        "demonstrations",
        "{iqm bc}, {iqm dagger}, {iqm iq-learn}, {iqm sqil}, {iqm airl}, {iqm gail}, {iqm density}; trained from "
        "scratch on the recovered reward where the dynamics changed: {again airl}, {again iq-learn}, {again gail}, and "
        "`bc`'s own policies there {own bc}",
    ),
    "demonstrations-peer": (
        "GAIL and AIRL beside imitation's, with the same settings and with its examples', on cartpole and pendulum",
        "{iqm gail}, {iqm gail-imitation}, {iqm gail-example}; {iqm airl}, {iqm airl-imitation}, {iqm airl-example}",
    ),
    "direct": (
        "DPO-style, on a log of mixed behaviour",
        "{iqm dpo}, {iqm cpl}, {iqm kto}, {iqm ipo}, {iqm p-iql}; the log alone, with a reward of zero: "
        "{iqm offline-zero}",
    ),
    "multi-objective": (
        "fronts, and a person's weights",
        "{iqm pareto-q}, {iqm weights-from-preferences}, {iqm linear-scalarisation}, {iqm chebyshev-scalarisation}, "
        "{iqm outer-loop}, {iqm envelope}, {iqm gpi-ls}",
    ),
    "multi-objective-people": (
        "people whose utility is no weighted sum",
        "regret of what they want, on the two maps of the treasures; what is worst counts (`chebyshev`): "
        "{regret weights-from-preferences chebyshev}, {regret outer-loop chebyshev}, {regret pareto-q chebyshev}; no "
        "more than so much of a thing (`threshold`): {regret weights-from-preferences threshold}, "
        "{regret outer-loop threshold}, {regret pareto-q threshold}",
    ),
    "multi-objective-extra": (
        "six objectives at once, a danger left to chance, ores and fuel, a landing",
        "fruit-tree / resource-gathering / minecart / lunar-lander: " + ", ".join(
            f"`{name}` " + " / ".join(f"{{task {name} {task}}}" for task in EXTRA)
            for name in ("envelope", "weights-from-preferences", "rl-true-reward")
        ),
    ),
    "weights": (
        "a person's weights, by weighings",
        "the worst run's degrees off after 20 questions of `perfect`, and after 60 of `typical`: deep-sea-treasure "
        "{worst deep-sea-treasure}, maze {worst maze}, pendulum {worst pendulum}, resource-gathering "
        "{worst resource-gathering}, minecart {worst minecart}, lunar-lander {worst lunar-lander}, fruit-tree of six "
        "objectives {worst fruit-tree}",
    ),
    "robustness": ("errors: area under score over 0 to 40 % of wrong answers", AREAS),
    "robustness-teachers": (
        "the same of eight kinds of people",
        "who turns answers round whatever is at stake: {area dagger mistake}, {area action-advice mistake}, "
        "{area tamer mistake}, {area cpl mistake}, {area pref-ppo mistake}; who weighs what matters most at half: "
        "{area dagger biased}, {area action-advice biased}, {area tamer biased}, {area cpl biased}, "
        "{area pref-ppo biased}",
    ),
    "budget": ("time: area under score over 1 to 120 minutes", AREAS),
    "generalisation": (
        "what becomes of policies and rewards where the dynamics have changed",
        "policies as they are there: `bc` {own bc}, `cpl` {own cpl}, `pref-ppo` {own pref-ppo}, `rl-true-reward` "
        "{own rl-true-reward}; trained there from scratch on the learned reward: {again pref-ppo}, "
        "{again weights-from-preferences}, on the true one "
        "{again rl-true-reward}",
    ),
    "leak": (
        "what the end of an episode gives away",
        "a constant +1 reaches {task rl-constant-positive cartpole-leak} where cartpole may end, and "
        "{task rl-constant-positive cartpole} in its twin",
    ),
    "parity": (
        "PPO's kernels against stable-baselines3's, half-way through learning",
        "mean score over the steps, fast - reference: {apart ppo-fast ppo-reference}",
    ),
    "crowd": (
        "raters who differ",
        "with four who disagree: {iqm weights-from-preferences divided}, {iqm cpl divided}, {iqm pref-ppo divided} for "
        "the average of them; the page tells what each of them got",
    ),
}


@cache
def table(suite: str, name: str) -> pd.DataFrame:
    return pd.read_csv(RESULTS / suite / "report" / "tables" / f"{name}.csv")


def number(value: float, digits: int = 2) -> str:
    return f"{round(value, digits) + 0.0:.{digits}f}"


def interval(value: float, low: float, high: float) -> str:
    return f"{number(value)} [{number(low)}, {number(high)}]"


def rows(frame: pd.DataFrame, **wanted: str) -> pd.DataFrame:
    """Those rows that hold what is wanted. Raises KeyError if there are none."""
    for column, value in wanted.items():
        frame = frame[frame[column] == value]
    if frame.empty:
        raise KeyError(f"no row holds {wanted}")
    return frame


class Found:
    """The numbers of one suite's report: each method is a word that may stand in braces."""

    def __init__(self, suite: str) -> None:
        self.suite = suite
        self.tasks = table(suite, "tasks")

    def iqm(self, algorithm: str, oracle: str = "") -> str:
        """Over its tasks; of how many, where it cannot play all."""
        person = {"oracle": oracle} if oracle else {}
        row = rows(table(self.suite, "leaderboard"), algorithm=algorithm, **person).iloc[0]
        mine, everyones = rows(self.tasks, algorithm=algorithm).task.nunique(), self.tasks.task.nunique()
        partly = f" ({mine} of {everyones} tasks)" if mine < everyones else ""
        return f"`{algorithm}` {interval(row.iqm, row.iqm_low, row.iqm_high)}{partly}"

    def task(self, algorithm: str, task: str) -> str:
        return number(rows(self.tasks, algorithm=algorithm, task=task).value.iloc[0])

    def regret(self, algorithm: str, oracle: str) -> str:
        """Of this person's utility, on deep-sea-treasure and on its concave map; means over the seeds."""
        mine = rows(table(self.suite, "fronts"), algorithm=algorithm, oracle=oracle).set_index("task").regret
        maps = (mine["deep-sea-treasure"], mine["deep-sea-treasure-concave"])
        return f"`{algorithm}` {' and '.join(number(value, 0 if value >= 100 else 2) for value in maps)}"

    def erred(self, oracle: str) -> str:
        """The share of this person's answers that were wrong, of questions that have a right one."""
        answers = rows(table(self.suite, "people"), oracle=oracle)
        return f"{answers.errors.sum() / answers.decidable.sum():.0%}"

    def area(self, algorithm: str, series: str = "typical") -> str:
        row = rows(table(self.suite, "robustness"), series=series, algorithm=algorithm).iloc[0]
        return f"`{algorithm}` {interval(row.area, row.low, row.high)}"

    def worst(self, task: str) -> str:
        mine = rows(table(self.suite, "weights"), task=task, algorithm="weights-from-preferences")
        worst = mine.set_index(["oracle", "questions"]).worst
        return f"{worst['perfect', 20]:.1f} and {worst['typical', 60]:.1f}"

    def own(self, algorithm: str, policy: str = "own") -> str:
        """Of the policy itself, where the dynamics changed."""
        row = rows(table(self.suite, "elsewhere"), algorithm=algorithm, policy=policy, where="changed").iloc[0]
        return interval(row.value, row.low, row.high)

    def again(self, algorithm: str) -> str:
        """Of a policy trained there on the recovered reward."""
        return f"`{algorithm}` {self.own(algorithm, 'retrained')}"

    def apart(self, a: str, b: str) -> str:
        """By how much the mean scores over the steps differ, paired by task and seed."""
        wide = table(self.suite, "scores").pivot(index=["task", "seed"], columns="algorithm", values="auc_steps")
        ours, theirs = ([part[name].to_numpy() for _, part in wide.groupby("task")] for name in (a, b))
        found = paired_mean(ours, theirs, EQUIVALENCE)
        verdict = "equivalent" if equivalent(found, MARGIN) else "not shown to be equivalent"
        bounds = f"[{found.low:.3f}, {found.high:.3f}] (90 %)"
        return f"{found.value:.3f} {bounds} over {found.runs} pairs, {verdict} within {MARGIN}"

    def fill(self, text: str) -> str:
        def value(match: re.Match[str]) -> str:
            word, *names = match[1].split()
            found: str = getattr(self, word)(*names)
            return found

        return re.sub(r"{(.*?)}", value, text)


def classic() -> str:
    board, minutes = table("classic", "leaderboard"), table("classic", "minutes")
    board = board.sort_values("iqm", ascending=False, kind="stable")
    references = board.family == "references"
    lines = []
    for row in pd.concat([board[~references], board[references]]).itertuples():
        at = rows(minutes, algorithm=row.algorithm).set_index("minutes").value
        earlier = [number(at[level]) for level in LEVELS]
        score = interval(row.iqm, row.iqm_low, row.iqm_high)
        lines.append([f"`{row.algorithm}`", row.family, score, *earlier, f"{row.cpu_seconds:.1f}"])
    heads = ["learner", "family", "IQM at 30 min [95 %]", *(f"at {level}" for level in LEVELS.values())]
    return markdown([*heads, "CPU s a trial"], lines, "lllrrrr")


def suites() -> str:
    lines = []
    for suite, (about, found) in SUITES.items():
        trials = json.loads((RESULTS / suite / "suite.json").read_text())["trials"]
        seeds = pd.DataFrame(trials).groupby(["task", "oracle", "algorithm"]).seed.nunique()
        scores = table(suite, "scores")
        many = " or ".join(str(n) for n in sorted(seeds.unique()))
        ok = f"{(scores.status == 'ok').sum()} of {len(trials)}"
        link = f"[{suite}](results/reference/{suite}/report/index.html)"
        lines.append([link, about, many, ok, f"{scores.cpu_seconds.sum() / 60:.0f}", Found(suite).fill(found)])
    heads = ["suite", "about", "seeds", "trials ok", "CPU min", "what came of it (IQM)"]
    return markdown(heads, lines, "llrrrl")


def channels() -> str:
    """The least minutes until half of the runs scored 0.8, by channel and task, and whose they are."""
    best = goals.channels(pd.concat([table(suite, "goals") for suite in FAMILIES])).set_index(["channel", "task"])
    tasks = list(table("classic", "goals").task.unique())
    lines = []
    for channel in CHANNELS:
        cells = ["> 30"] * len(tasks)
        for i, task in enumerate(tasks):
            if (channel, task) in best.index:
                row = best.loc[channel, task]
                cells[i] = f"{row.minutes:.1f} `{row.algorithm}`"
        lines.append([channel, *cells])
    return markdown(["channel", *tasks], lines, "l" + "r" * len(tasks))


def markdown(heads: list[str], lines: Iterable[list[str]], sides: str) -> str:
    """`sides` has an l or an r for each column."""
    rule = [":--" if side == "l" else "--:" for side in sides]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in [heads, rule, *lines])


TABLES: dict[str, Callable[[], str]] = {"classic": classic, "suites": suites, "channels": channels}


def rewritten(text: str) -> str:
    """The README with its tables made anew."""
    for name, made in TABLES.items():
        pattern = rf"(<!-- {name} -->\n).*?(\n<!-- end -->)"
        if len(re.findall(pattern, text, flags=re.S)) != 1:
            raise ValueError(f"README.md must have one `<!-- {name} -->` with an `<!-- end -->` after it")
        text = re.sub(pattern, lambda around, made=made: around[1] + made() + around[2], text, flags=re.S)
    return text


def main() -> None:
    readme = ROOT / "README.md"
    readme.write_text(rewritten(readme.read_text()))


if __name__ == "__main__":
    main()
