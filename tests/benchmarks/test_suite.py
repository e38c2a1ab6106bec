"""Suite files: what they mean, and one clear sentence with file and line for whatever is wrong in them."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import suite_file
from benchmarks.errors import RequestError
from benchmarks.record import Evaluations, Prices, Trial
from benchmarks.registry import Registry, load
from benchmarks.suite import Suite, TaskBudget, kinds_answered, narrowed, plan, with_settings
from benchmarks.toml_text import TomlText

TINY = str(Path(__file__).with_name("tiny.py"))
GOOD = """\
name = "mine"
description = "A test."
seeds = [3, 5]
tasks = ["corridor", "pendulum"]
oracles = [
    "perfect",
    "typical",
]
algorithms = ["walks", "compares", "pushes", "weighs"]

[budget]
steps = 1_000
minutes = 2
envs = 4
[budget.pendulum]
steps = 500

[prices]
compare = 4

[evaluation]
points = 2
minutes = [1, 2.5]

[override.walks.all]
width = 5
tuning = "none"
[override.walks.corridor]
pause = 1
layers = [8]
style = "fast"

[[leaves_out]]
algorithm = "compares"
oracle = "typical"
reason = "it is too slow"
"""


@pytest.fixture(scope="module")
def registry() -> Registry:
    return load((TINY,))


def read(text: str, registry: Registry) -> Suite:
    return suite_file.parse(TomlText("mine.toml", text), "mine", registry)


def test_a_suite_says_what_its_file_says(registry: Registry) -> None:
    suite = read(GOOD, registry)
    assert (suite.name, suite.seeds, suite.tasks) == ("mine", (3, 5), ("corridor", "pendulum"))
    assert suite.oracles == ("perfect", "typical") and suite.algorithms[:4] == ("walks", "compares", "pushes", "weighs")
    assert suite.budget == TaskBudget(1000, 2.0, 4)
    assert suite.budgets == {"pendulum": TaskBudget(500, 2.0, 4)}
    assert suite.prices == Prices(compare=4.0)
    assert suite.evaluations == Evaluations(points=2, minutes=(1.0, 2.5))
    assert suite.text == GOOD and suite.overrides["walks", "all"].tuning == "none"


def test_trials_have_all_hyperparameters_and_their_exact_types(registry: Registry) -> None:
    suite = narrowed(read(GOOD, registry), registry, algorithms=["walks"])
    suite = with_settings(suite, registry, [("walks", "limit", 7)])
    trials, _ = plan(suite, registry)
    there = {trial.task: dict(trial.hyperparameters) for trial in trials}
    assert there["corridor"] == {"pause": 1.0, "width": 5, "style": "fast", "layers": (8,), "limit": 7.0}
    assert there["pendulum"] == {"pause": 0.0, "width": 5, "style": "slow", "layers": (4, 4), "limit": 7.0}
    assert type(there["corridor"]["pause"]) is float
    assert {(trial.steps, trial.seconds, trial.envs) for trial in trials} == {(1000, 120.0, 4), (500, 120.0, 4)}
    assert len(trials) == 2 * 2 * 2 == len({trial.id for trial in trials})
    assert all(Trial.from_json(trial.as_json()).id == trial.id for trial in trials)


def test_writing_a_number_otherwise_makes_no_other_trial(registry: Registry) -> None:
    one, _ = plan(read(GOOD, registry), registry)
    other, _ = plan(
        read(GOOD.replace("minutes = 2\n", "minutes = 2.0\n").replace("pause = 1", "pause = 1.0"), registry), registry
    )
    assert [trial.id for trial in one] == [trial.id for trial in other]


def test_combinations_that_cannot_be_are_left_out_with_the_reason(registry: Registry) -> None:
    suite = narrowed(read(GOOD, registry), registry, algorithms=["walks", "compares", "pushes", "weighs"])
    trials, left_out = plan(suite, registry)
    reasons = {(item.task, item.oracle, item.algorithm): item.reason for item in left_out}
    assert reasons == {
        ("corridor", "perfect", "pushes"): "pushes takes continuous actions, and those of corridor are discrete",
        ("corridor", "typical", "pushes"): "pushes takes continuous actions, and those of corridor are discrete",
        ("corridor", "perfect", "weighs"): "weighs asks people to weigh, and corridor has one objective only",
        ("corridor", "typical", "weighs"): "weighs asks people to weigh, and corridor has one objective only",
        ("corridor", "typical", "compares"): "it is too slow",
        ("pendulum", "typical", "compares"): "it is too slow",
    }
    assert len(trials) == 2 * (2 * 2 * 4 - len(left_out))


def test_what_a_task_answers_depends_on_its_objectives(registry: Registry) -> None:
    assert "weigh" not in kinds_answered(registry.task("corridor"))
    assert "weigh" in kinds_answered(registry.task("pendulum"))


def test_all_algorithms_meet_the_same_seeds(registry: Registry) -> None:
    trials, _ = plan(read(GOOD, registry), registry)
    seeds = {(t.algorithm, t.task, t.oracle): set() for t in trials}
    for t in trials:
        seeds[t.algorithm, t.task, t.oracle].add(t.seed)
    assert set(map(frozenset, seeds.values())) == {frozenset({3, 5})}


def test_all_means_what_comes_with_the_project_and_the_given_plugins(registry: Registry) -> None:
    text = GOOD.replace('algorithms = ["walks", "compares", "pushes", "weighs"]', 'algorithms = "all"')
    built_in = load().algorithms.keys()
    assert built_in < set(read(text, registry).algorithms) and "walks" in read(text, registry).algorithms


def test_narrowing_takes_names_and_a_number_of_seeds(registry: Registry) -> None:
    suite = narrowed(
        read(GOOD, registry), registry, seeds=1, tasks=["corridor"], oracles=["noisy"], algorithms=["walks"]
    )
    assert (suite.seeds, suite.tasks, suite.oracles, suite.algorithms) == ((3,), ("corridor",), ("noisy",), ("walks",))
    assert narrowed(suite, registry, seeds=3).seeds == (3, 0, 1)
    with pytest.raises(RequestError, match="did you mean 'corridor'"):
        narrowed(suite, registry, tasks=["coridor"])


@pytest.mark.parametrize(
    ("was", "is_now", "line", "sentence"),
    [
        ("seeds = [3, 5]", "seeds = [3, 5", 4, "this is not TOML"),
        ("seeds = [3, 5]", "sedes = [3, 5]", 3, "There is no key of a suite 'sedes': did you mean 'seeds'?"),
        ("steps = 1_000", "step = 1_000", 12, "There is no key of [budget] 'step': did you mean 'steps'?"),
        ('"pendulum"]', '"pendulun"]', 4, "There is no task 'pendulun': did you mean 'pendulum'?"),
        ('    "typical"', '    "tipical"', 7, "There is no oracle 'tipical': did you mean 'typical'?"),
        ('"walks", "compares"', '"walk", "compares"', 9, "There is no algorithm 'walk': did you mean 'walks'?"),
        ('["corridor", "pendulum"]', '["corridor", "corridor"]', 4, "tasks names 'corridor' twice: take one away."),
        ('["corridor", "pendulum"]', "[]", 4, "tasks is empty: name one task or more."),
        ('["corridor", "pendulum"]', '"corridor"', 4, 'tasks is "corridor", but must be a list, each a text.'),
        ("seeds = [3, 5]", "seeds = 0", 3, "seeds must be a count of 1 or more, or a list"),
        ("seeds = [3, 5]", "seeds = [3, 3]", 3, "seeds must be a count of 1 or more, or a list"),
        ("seeds = [3, 5]", 'seeds = "three"', 3, 'seeds is "three", but must be a whole number or a list.'),
        ("seeds = [3, 5]\n", "", 1, "'seeds' is missing"),
        ("steps = 1_000", "steps = 1e3", 12, "budget.steps is 1000.0, but must be a whole number."),
        ("steps = 1_000", "steps = 0", 12, "budget.steps is 0, but must be more than 0."),
        ("steps = 1_000", "steps = true", 12, "budget.steps is true, but must be a whole number."),
        ("minutes = 2\n", "minutes = -2\n", 13, "budget.minutes is -2.0, but must be more than 0."),
        ("minutes = 2\n", "minutes = inf\n", 13, "budget.minutes is inf, but must be a finite number."),
        ("minutes = 2\n", "", 11, "[budget] has no 'minutes': a budget is steps and minutes."),
        ("steps = 500", "steps = 3", 16, "3 steps are not enough for one step of 4 environments."),
        ("[budget.pendulum]", "[budget.pendlum]", 15, "no key of [budget] 'pendlum': did you mean 'pendulum'?"),
        ("compare = 4", "comparison = 4", 19, "There is no key of [prices] 'comparison': did you mean 'compare'?"),
        ("compare = 4", "compare = -4", 19, "prices.compare is -4.0, but must be 0 or more."),
        ("points = 2", "points = 0", 22, "evaluation.points is 0, but must be 1 or more."),
        ("minutes = [1, 2.5]", 'minutes = ["1"]', 23, 'minutes is ["1"], but must be a list, each a number.'),
        ("[override.walks.all]", "[override.waks.all]", 25, "There is no algorithm 'waks': did you mean 'walks'?"),
        ("[override.walks.all]", "[override.walks.al]", 25, "There is no task 'al': did you mean 'all'?"),
        ("width = 5", "with = 5", 26, "There is no hyper-parameter of walks 'with': did you mean 'width'?"),
        ("width = 5", "width = 5.5", 26, "walks.width is 5.5, but must be a whole number."),
        ('style = "fast"', 'style = "quick"', 31, 'walks.style is "quick", but must be "slow" or "fast".'),
        ("layers = [8]", "layers = [8.5]", 30, "walks.layers is [8.5], but must be a list, each a whole number."),
        ('tuning = "none"', "tuning = 3", 27, "override.walks.all.tuning is 3, but must be a text."),
        ('algorithm = "compares"', 'algorithm = "compare"', 34, "no algorithm 'compare': did you mean 'compares'?"),
        ('reason = "it is too slow"\n', "", 33, "this [[leaves_out]] has no 'reason': say why in a few words."),
        ('name = "mine"', 'name = "../mine"', 1, "The name '../mine' cannot name a folder"),
    ],
)  # fmt: skip
def test_every_mistake_is_a_sentence_with_file_and_line(
    registry: Registry, was: str, is_now: str, line: int, sentence: str
) -> None:
    assert GOOD.count(was) == 1
    with pytest.raises(RequestError) as caught:
        read(GOOD.replace(was, is_now), registry)
    assert str(caught.value).startswith(f"mine.toml, line {line}: ")
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("setting", "sentence"),
    [
        (("walk", "width", 1), "There is no algorithm 'walk'"),
        (("walks", "widht", 1), "did you mean 'width'?"),
        (("walks", "width", "many"), 'walks.width is "many", but must be a whole number.'),
        (("dies", "width", 1), "There is no hyper-parameter of dies 'width'"),
        (("bc", "width", 1), "--set bc.width sets nothing: bc is not among this run's algorithms."),
    ],
)
def test_wrong_settings_are_one_sentence(registry: Registry, setting: tuple[str, str, object], sentence: str) -> None:
    suite = read(GOOD, registry)
    with pytest.raises(RequestError) as caught:
        with_settings(suite, registry, [setting])
    assert sentence in str(caught.value)


@pytest.mark.parametrize("name", suite_file.names())
def test_the_suites_of_the_project_are_sound(name: str) -> None:
    registry = load()
    trials, left_out = plan(suite_file.read(name, registry), registry)
    assert trials and len({trial.id for trial in trials}) == len(trials)
    assert {item.task for item in trials} | {item.task for item in left_out} == {trial.task for trial in trials}


def test_a_misspelt_suite_and_a_missing_file_are_named(registry: Registry, tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="There is no suite 'clasic': did you mean 'classic'"):
        suite_file.read("clasic", registry)
    with pytest.raises(RequestError, match=r"none\.toml does not exist"):
        suite_file.read(str(tmp_path / "none.toml"), registry)


def test_a_task_may_have_more_seeds(registry: Registry) -> None:
    text = GOOD.replace("[budget]\n", "[more_seeds]\npendulum = 4\n\n[budget]\n", 1)
    suite = read(text, registry)
    assert (suite.seeds_of("corridor"), suite.seeds_of("pendulum")) == ((3, 5), (3, 5, 0, 1))
    assert {trial.seed for trial in plan(suite, registry)[0] if trial.task == "pendulum"} == {3, 5, 0, 1}
    assert narrowed(suite, registry, seeds=1).seeds_of("pendulum") == (3,)
    for wrong, words in (("pendulum = 0", "1 or more"), ("pendulun = 4", "did you mean 'pendulum'")):
        with pytest.raises(RequestError, match=words):
            read(text.replace("pendulum = 4", wrong), registry)


VARIED = GOOD + """
[variant.wide-walks]
of = "walks"
width = 9
[oracle.clumsy]
of = "typical"
error = 0.4
minutes = 1
"""


def test_a_variant_is_a_row_of_its_own(registry: Registry) -> None:
    suite = read(VARIED, registry)
    trials, _ = plan(suite, registry)
    mine = [trial for trial in trials if trial.algorithm == "wide-walks"]
    base = [trial for trial in trials if trial.algorithm == "walks"]
    assert len(mine) == len(base) > 0 and not {t.id for t in mine} & {t.id for t in base}
    assert {(trial.learner, trial.hyperparameters["width"]) for trial in mine} == {("walks", 9)}
    assert {(trial.learner, trial.hyperparameters["width"]) for trial in base} == {("walks", 5)}
    again = [Trial.from_json(trial.as_json()) for trial in mine]
    assert [(trial.id, trial.learner) for trial in again] == [(trial.id, trial.learner) for trial in mine]
    assert "of" not in base[0].as_json(), "the id of what is no variant is as it ever was"
    chosen = with_settings(suite, registry, [("wide-walks", "width", 3)])
    assert chosen.hyperparameters(registry, "wide-walks", "corridor")["width"] == 3
    assert chosen.hyperparameters(registry, "walks", "corridor")["width"] == 5
    assert narrowed(suite, registry, algorithms=["wide-walks"]).algorithms == ("wide-walks",)


def test_a_suite_has_people_of_its_own(registry: Registry) -> None:
    suite = read(VARIED, registry)
    trials, _ = plan(suite, registry)
    clumsy = [trial for trial in trials if trial.oracle == "clumsy"]
    typical = [trial for trial in trials if trial.oracle == "typical"]
    assert {(trial.rationality["error"], trial.rationality["equal"], trial.seconds) for trial in clumsy} == {
        (0.4, 0.05, 60.0)
    }
    assert {(trial.rationality["error"], trial.seconds) for trial in typical} == {(0.1, 120.0)}
    assert narrowed(suite, registry, oracles=["clumsy"]).oracles == ("clumsy",)


def test_a_familys_name_stands_for_its_members(registry: Registry) -> None:
    suite = read(GOOD.replace('"walks", "compares"', '"references", "compares"'), registry)
    family = {name for name, entry in registry.algorithms.items() if entry.target.card.family == "references"}
    assert {"random", "expert", "rl-true-reward"} <= family & set(suite.algorithms)
    assert "bc" not in suite.algorithms


@pytest.mark.parametrize(
    ("was", "is_now", "line", "sentence"),
    [
        ('of = "walks"', 'of = "walk"', 39, "There is no algorithm 'walk': did you mean 'walks'?"),
        ('of = "walks"\n', "", 38, "wide-walks has no 'of': say which algorithm it is a variant of."),
        ("width = 9", "widht = 9", 40, "There is no hyper-parameter of walks 'widht': did you mean 'width'?"),
        ("[variant.wide-walks]", "[variant.walks]", 38, "walks is an algorithm already: give this one another name"),
        ('of = "typical"', 'of = "tipical"', 42, "There is no oracle 'tipical': did you mean 'typical'?"),
        ("error = 0.4", "error = 0.7", 41, "the oracle clumsy cannot be: error must be within [0, 0.5], not 0.7."),
        ("error = 0.4", "eror = 0.4", 43, "There is no hyper-parameter of typical 'eror': did you mean 'error'?"),
        ("minutes = 1\n", "minutes = 0\n", 44, "clumsy has 0.0 minutes, but must have more than 0."),
    ],
)
def test_a_mistake_in_a_variant_is_a_sentence_too(
    registry: Registry, was: str, is_now: str, line: int, sentence: str
) -> None:
    with pytest.raises(RequestError) as caught:
        read(VARIED.replace(was, is_now), registry)
    assert str(caught.value).startswith(f"mine.toml, line {line}: ") and sentence in str(caught.value)
