"""Defects of other benchmarks and libraries that would move results, and the tests that show they are not here.

Only what a test of this project shows; `tests/benchmarks/test_report_errata.py` holds that every named test exists.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

B_PREF = "B-Pref (Lee et al. 2021) and its forks SURF, RUNE, RIME"


@dataclass(frozen=True)
class Erratum:
    """One defect: whose, what, where it was seen and how (run, or read in the published code), and our tests."""

    peer: str
    defect: str
    place: str
    seen: Literal["run", "read"]
    here: str
    tests: tuple[str, ...]


ERRATA = (
    Erratum(
        "imitation, multi-type-feedback and others on classic control",
        "Episodes that end early give the reward away: one bit, its sign, solves CartPole and MountainCar.",
        "imitation docs, main-concepts/variable_horizon", "read",
        "Learners live in a twin whose episodes never end early; constant and random rewards run as controls.",
        (
            "tests/envs/test_task_twin.py::test_an_episode_of_the_twin_has_the_horizons_length",
            "tests/benchmarks/test_session.py::test_the_reward_is_nan_and_infos_are_empty_until_the_horizon",
        ),
    ),
    Erratum(
        "B-Pref's and imitation's teachers on classic control",
        "Sums of rewards over clips of equal length tie in up to 100 % of pairs on CartPole, MountainCar and Acrobot.",
        "2,000 random pairs of clips of 25 and 50 steps", "run",
        "A clip is worth its rewards and the change of V*; exact ties are called equal, and are no errors.",
        (
            "tests/benchmarks/oracles/test_oracle_utility.py::test_utility_of_a_step_and_of_a_clip",
            "tests/benchmarks/oracles/test_oracle_calibrate.py::test_exact_ties_are_equal_and_not_errors",
        ),
    ),
    Erratum(
        B_PREF,
        "The skip and equal teachers multiply their threshold by eps twice from the second session on.",
        "reward_model.py set_teacher_thres_*, train_PEBBLE.py", "read",
        "Rates are declared and solved for; the teachers as published are there too, as bpref-skip and bpref-equal.",
        (
            "tests/benchmarks/oracles/test_oracle_rates.py::test_skipped_questions",
            "tests/benchmarks/oracles/test_oracle_rates.py::test_equal_pairs",
            "tests/benchmarks/oracles/test_oracle_bpref.py::test_thresholds_are_eps_then_eps_squared",
        ),
    ),
    Erratum(
        B_PREF,
        "On tasks with negative returns the skip and equal teachers silently become the perfect one.",
        "thresholds of -30, -5 and -5 on Pendulum, Acrobot and MountainCar", "run",
        "Shares of skipped and equal questions are those of reference questions, whatever the sign of returns.",
        (
            "tests/benchmarks/oracles/test_oracle_bpref.py::test_negative_margins_silently_make_a_perfect_teacher",
            "tests/benchmarks/oracles/test_oracle_calibrate.py::test_shares_of_skipped_and_equal_questions",
        ),
    ),
    Erratum(
        B_PREF,
        "beta = 1 is near a coin toss on MountainCarContinuous (56 % right) and an oracle on Pendulum (99.5 %).",
        "2,000 random pairs", "run",
        "People are declared by how often they err, and beta is solved for each task and kind of question.",
        ("tests/benchmarks/oracles/test_oracle_rates.py::test_errors",),
    ),
    Erratum(
        B_PREF, "Ties are always labelled “the first is better”.", "reward_model.py get_label", "read",
        "Exact ties are answered 0.5.",
        ("tests/benchmarks/oracles/test_oracle_judgements.py::test_compare_calls_exact_ties_equal",),
    ),
    Erratum(
        "imitation and multi-type-feedback",
        "“Myopic” discounts late steps there and early ones in B-Pref: one name, opposite teachers.",
        "imitation preference_comparisons, B-Pref reward_model.py", "read",
        "The direction is B-Pref's, stated and tested.",
        (
            "tests/benchmarks/oracles/test_oracle_utility.py::test_myopia_weighs_the_last_step_most",
            "tests/benchmarks/oracles/test_oracle_bpref.py::test_myopia_discounts_early_steps",
        ),
    ),
    Erratum(
        "imitation",
        "PreferenceComparisons.train takes (N + 1) / N of its steps, and those for clips are not counted.",
        "algorithms/preference_comparisons.py", "read",
        "The session meters the environment and the person: what would overspend is not taken.",
        (
            "tests/benchmarks/test_session.py::test_the_step_that_would_overspend_is_not_taken",
            "tests/benchmarks/test_session.py::test_the_question_that_would_overspend_is_not_answered",
            "tests/benchmarks/test_trial.py::test_no_budget_is_overspent_and_the_tally_adds_up",
        ),
    ),
    Erratum(
        "imitation", "Ground-truth labels were once taken from the learned reward.", "pull request 336", "read",
        "The person looks the clip up by its place: arrays that a learner alters change no answer.",
        ("tests/benchmarks/test_session.py::test_forged_arrays_change_no_answer_and_forged_places_are_an_error",),
    ),
    Erratum(
        B_PREF,
        "Teacher, learner and evaluation share one stream of chance, so that evaluating more often changes training.",
        "global numpy and torch generators", "read",
        "Streams are hashed from what they are for; evaluation restores every generator.",
        (
            "tests/benchmarks/test_trial.py::test_the_same_trial_gives_the_same_record_whatever_the_schedule_of_evaluations",
            "tests/benchmarks/test_trial.py::test_evaluation_leaves_no_trace_in_any_generator",
            "tests/benchmarks/oracles/test_oracle_chance.py::test_an_answer_depends_on_the_question_alone",
        ),
    ),
    Erratum(
        "openrlbenchmark, and B-Pref's ratio",
        "Scores are normalised by the best and worst competitor, so that they move when a method is added.",
        "openrlbenchmark pull request 22", "read",
        "Anchors are committed with the task, and no method's numbers move when another is added.",
        (
            "tests/envs/test_task_anchors.py::test_a_fresh_sample_agrees",
            "tests/benchmarks/test_scores.py::test_a_score_stands_between_its_anchors",
            "tests/benchmarks/test_report.py::test_nobodys_numbers_move_when_another_method_is_added",
        ),
    ),
    Erratum(
        "imitation",
        "Its probability of improvement is that of the baseline over the new method: 0.0 for a strictly better one.",
        "benchmarking/compute_probability_of_improvement.py", "run",
        "The direction is tested.",
        ("tests/benchmarks/test_statistics.py::test_the_better_one_improves_on_the_worse_and_not_the_reverse",),
    ),
    Erratum(
        "rliable", "`random_state` is ignored: intervals differ from run to run.", "library.py update_indices", "run",
        "Every interval has a stream of chance of its own.",
        (
            "tests/benchmarks/test_statistics.py::test_the_same_generator_gives_the_same_interval",
            "tests/benchmarks/test_report.py::test_the_same_records_give_the_same_bytes",
        ),
    ),
    Erratum(
        "rliable and others through scipy's trim_mean",
        "The “interquartile mean” of three runs trims nothing: it is the mean.", "IQM[0, 0, 9] = 3", "run",
        "The middle half is taken exactly, and under four runs it is called a mean.",
        (
            "tests/benchmarks/test_statistics.py::test_iqm_by_hand",
            "tests/benchmarks/test_statistics.py::test_under_four_runs_it_is_a_mean_and_called_so",
        ),
    ),
    Erratum(
        "CPL and others", "The best checkpoint is chosen by the true return.", "loss_metric: reward", "read",
        "A trial is worth its last policy.",
        ("tests/benchmarks/test_trial.py::test_each_policy_is_scored_once_and_the_last_one_again_with_more_episodes",),
    ),
    Erratum(
        "MO-Gymnasium's users",
        "A front that is called known is beaten, or linear weights are held against points they cannot reach.",
        "MO-Gymnasium issues 78 and 104; 2 of 10 points of deep-sea-treasure", "run",
        "The front is found by search, a front that beats it fails loudly, and the convex hull is told apart.",
        (
            "tests/envs/test_task_optima.py::test_the_front_of_the_sea_is_the_proven_one",
            "tests/benchmarks/test_fronts.py::test_a_front_that_beats_the_known_one_fails_loudly",
            "tests/benchmarks/test_fronts.py::test_weights_reach_only_the_convex_hull",
        ),
    ),
)  # fmt: skip
