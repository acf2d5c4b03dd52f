"""What is made again after which change: no more and no less, and `status` says so before."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.toy_code import MEAN
from tests.support.toys import EVENT, REPO, Toy

PROBLEM = "problems/toy/problem.py"
SUBMISSIONS = f"submissions/{EVENT}"
AGGREGATES = {
    "bag": 1,
    "compare": 1,
    "blend": 1,
    "history": 1,
    "reuse": 1,
    "leaderboard": 1,
    "page": 1,
}
CELLS = {"train": 4, "predict": 4, "score": 4, **AGGREGATES}
EVERYTHING = {"prepare": 1, **CELLS}
LATE = MEAN.replace("float(np.mean(y))", "float(np.median(y))")
OWN_WORKFLOW = "class Own(Regressor):\n    pass\n\n\nworkflow = Own()"
OUTPUTS = {
    "bag": "bagged_scores.json",
    "compare": "comparison.json",
    "blend": "blend/blend.json",
    "history": "blend_history.csv",
    "reuse": "reuse.csv",
    "leaderboard": "leaderboard.json",
    "page": "report/index.html",
}


def edit(path: str, old: str, new: str) -> Callable[[Toy], None]:
    return lambda toy: toy.edit(path, old, new)


def hand_in(toy: Toy) -> None:
    toy.add_submission("cats", "late", LATE, submitted_at="2015-05-22T10:00:00Z")


def new_data_version(toy: Toy) -> None:
    toy.edit("problems/toy/data/train.csv", "3,0,6.75", "3,0,7.75")
    toy.module("dvc", "add", "--quiet", "problems/toy/data/train.csv").ok()


@dataclass(frozen=True)
class Change:
    """A change, the words of `status` about it, and the jobs of the next run."""

    make: Callable[[Toy], None]
    words: tuple[str, ...]
    jobs: dict[str, int]


def aggregates_from(first: str) -> dict[str, int]:
    names = [*AGGREGATES]
    return dict.fromkeys(names[names.index(first) :], 1)


CHANGES = {
    "a new submission": Change(
        hand_in,
        ("4 done, 2 missing", "stale: new submission (2 cells)", "cats/late fold 0"),
        {"train": 2, "predict": 2, "score": 2, **AGGREGATES},
    ),
    "a submission's helper file": Change(
        edit(f"{SUBMISSIONS}/ants/line/slopes.py", "return float(", "return 1.01 * float("),
        ("2 done, 2 missing", "submission file slopes.py changed"),
        {"train": 2, "predict": 2, "score": 2, **AGGREGATES},
    ),
    "a display name": Change(
        edit(
            f"{SUBMISSIONS}/bees/mean/submission.yaml", "team: bees", "team: bees\ndisplay_name: B"
        ),
        ("4 cells: 4 done", "leaderboard, page"),
        aggregates_from("leaderboard"),
    ),
    "a credit": Change(
        edit(f"{SUBMISSIONS}/ants/line/submission.yaml", "credit: 0.5", "credit: 0.25"),
        ("4 cells: 4 done", "blend, reuse, leaderboard, page"),
        {"blend": 1, **aggregates_from("reuse")},
    ),
    "the problem's workflow": Change(
        edit(PROBLEM, "workflow = Regressor()", OWN_WORKFLOW),
        ("4 missing", "problem code problem.py changed"),
        CELLS,
    ),
    "a helper module of the problem": Change(
        edit("problems/toy/reading.py", "return table[:, :-1]", "return 2 * table[:, :-1]"),
        ("4 missing", "folds: not prepared", "problem code reading.py changed"),
        EVERYTHING,
    ),
    "a metric of the problem": Change(
        edit(PROBLEM, "MAE()", "MAE(name='error')"),
        ("4 unscored", "metric code problem.py changed"),
        {"score": 4, **AGGREGATES},
    ),
    "a parameter of the metric": Change(
        edit(PROBLEM, "precision=3", "precision=4"),
        ("4 unscored", "metric code problem.py changed"),
        {"score": 4, **AGGREGATES},
    ),
    "a data value, through DVC": Change(
        new_data_version,
        ("4 missing", "data set problems/toy/data/train.csv changed"),
        EVERYTHING,
    ),
    "the lock file": Change(
        edit("requirements.lock", "2.4.6", "2.4.7"), ("4 missing", "lock file"), EVERYTHING
    ),
    "the event's seed": Change(
        lambda toy: toy.configure(seed=7),
        ("4 missing", "seed 1000 → 7", "seed 1001 → 8"),
        EVERYTHING,
    ),
    "the threads": Change(
        lambda toy: toy.configure(threads=2), ("4 missing", "declared threads 1 → 2"), CELLS
    ),
    "an option of the blend": Change(
        lambda toy: toy.configure(blend={"max_members": 3}),
        ("4 cells: 4 done", "blend, history, reuse, leaderboard, page"),
        aggregates_from("blend"),
    ),
    "the phase": Change(
        lambda toy: toy.configure(phase="open"),
        ("4 cells: 4 done", "bag, compare, blend, history, reuse, leaderboard, page"),
        AGGREGATES,
    ),
    "the problem's title": Change(
        edit(PROBLEM, "A line through", "The line through"),
        ("4 cells: 4 done", "leaderboard, page"),
        aggregates_from("leaderboard"),
    ),
}
NO_CHANGES: dict[str, Callable[[Toy], object]] = {
    "a comment": edit(PROBLEM, "workflow = Regressor()", "workflow = Regressor()  # the usual"),
    "a docstring": edit(PROBLEM, "Ten numbers to predict", "A few numbers to predict"),
    "the layout": edit(PROBLEM, "[RMSE(precision=3), MAE()]", "[\n    RMSE(precision=3), MAE()\n]"),
    "a file nothing uses": lambda toy: toy.write("problems/toy/simulate.py", "ANSWER = 42\n"),
    "the problem's card": lambda toy: toy.write("problems/toy/README.md", "# Toy\n"),
}


def copy_package(target: Path) -> None:
    """Copy the package but for what other processes are compiling meanwhile."""
    shutil.copytree(REPO / "workflow", target, ignore=shutil.ignore_patterns("__pycache__"))


def planned(toy: Toy) -> dict[str, int]:
    """Return the jobs that `plan` announces."""
    counts = json.loads(toy.ask("plan", "--json").ok().out)["counts"]
    return {step: count for step, count in counts.items() if count}


def done(toy: Toy, before: dict[str, tuple[int, int]]) -> dict[str, int]:
    """Return the jobs that were done, from what is new below ``results/``."""
    after = toy.identities()
    touched = {name for name in after if after[name] != before.get(name)}
    new = [Path(name) for name in touched if name not in before]
    n_cells = sum(path.name == "cell.json" for path in new)
    counts = {
        "prepare": sum(path.name == "prepared.json" for path in new),
        "train": n_cells,
        "predict": n_cells,
        "score": sum(path.parent.name == "scores" for path in new),
        **{step: int(f"{EVENT}/{name}" in touched) for step, name in OUTPUTS.items()},
    }
    assert not [name for name in touched if name.startswith("cells/") and name in before]
    assert [name for name in before if name.startswith("cells/") and name not in after] == []
    return {step: count for step, count in counts.items() if count}


@pytest.mark.parametrize("name", CHANGES)
def test_status_and_plan_say_what_a_change_means(toy: Toy, name: str) -> None:
    change = CHANGES[name]
    change.make(toy)
    before = toy.identities()
    status = toy.ask("status")
    assert status.code == 1
    for words in change.words:
        assert words in status.out
    assert planned(toy) == change.jobs
    assert toy.identities() == before, "asking changed a file"


@pytest.mark.parametrize("name", NO_CHANGES)
def test_what_cannot_change_a_result_makes_nothing_stale(toy: Toy, name: str) -> None:
    NO_CHANGES[name](toy)
    status = toy.ask("status").ok()
    assert "everything is up to date" in status.out
    assert planned(toy) == {}


def test_get_cv_prepares_first_and_an_equal_fold_is_the_same_cell(toy: Toy) -> None:
    toy.edit(PROBLEM, "range(2)]", "(0, 1, 1)[:2]]")  # other code, the same folds
    status = toy.ask("status")
    assert (status.code, "4 unknown" in status.out) == (1, True)
    assert "folds: not prepared; problem code problem.py changed" in status.out
    before = toy.identities()
    toy.snakemake().ok()
    found = done(toy, before)
    assert found.pop("prepare") == 1
    assert found == {}, "the keys of the cells are the same, so nothing follows"
    toy.ask("status").ok()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("new", "fitted"), [("weights=False", {}), ("label_names=['y']", {"train": 4, "predict": 4})]
)
def test_a_prediction_type_fits_again_exactly_if_it_wants_another_shape(
    toy: Toy, new: str, fitted: dict[str, int]
) -> None:
    """One label without a name is a number per row, one with a name a column."""
    toy.edit(PROBLEM, "make_regression()", f"make_regression({new})")
    status = toy.ask("status")
    assert "folds: not prepared; problem code problem.py changed" in status.out
    before = toy.identities()
    toy.snakemake().ok()
    assert done(toy, before) == {"prepare": 1, **fitted, "score": 4, **AGGREGATES}
    toy.ask("status").ok()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("new", "counts"),
    [
        ("(y.iloc[rows] if hasattr(y, 'iloc') else np.asarray(y)[rows])", {}),
        ("np.asarray(y)[rows].astype('f4')", CELLS),
    ],
)
def test_a_fix_of_preparing_fits_again_exactly_if_training_gets_something_else(
    toy: Toy, tmp_path: Path, new: str, counts: dict[str, int]
) -> None:
    copy_package(tmp_path / "workflow")
    newer = Toy(toy.root, tmp_path / "workflow")
    module = tmp_path / "workflow" / "rampflow" / "cell" / "prepare.py"
    old = 'y.iloc[rows] if hasattr(y, "iloc") else np.asarray(y)[rows]'
    text = module.read_text(encoding="utf-8")
    assert text.count(old) == 1
    module.write_text(text.replace(old, f"None or {new}"), encoding="utf-8")
    assert "rampflow's own preparing code" in newer.run("status").out
    before = newer.identities()
    newer.snakemake().ok()
    assert done(newer, before) == {"prepare": 1, **counts}


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", ["a new submission", "a display name", "a data value, through DVC"]
)
def test_a_run_does_what_was_planned_and_nothing_else(toy: Toy, name: str) -> None:
    """One change of each kind of consequence; which kind a change is, the tests above say."""
    CHANGES[name].make(toy)
    announced, before = planned(toy), toy.identities()
    toy.run("run").ok()
    assert done(toy, before) == announced == CHANGES[name].jobs
    assert "everything is up to date" in toy.ask("status").ok().out


def test_a_second_run_does_nothing_and_changes_no_file(toy: Toy) -> None:
    before = toy.identities()
    assert "nothing to do" in toy.run("run").ok().err
    assert "Nothing to be done" in toy.snakemake().ok().text
    assert toy.identities() == before


@pytest.mark.slow
def test_a_cell_that_was_removed_is_made_again_as_it_was(toy: Toy, finished: Toy) -> None:
    shutil.rmtree(toy.index()["bees/mean", 1])
    status = toy.ask("status")
    assert (status.code, "its cell was removed" in status.out) == (1, True)
    announced, before = planned(toy), toy.identities()
    toy.run("run").ok()
    assert done(toy, before) == announced == {"train": 1, "predict": 1, "score": 1, **AGGREGATES}
    assert toy.keyed_files() == finished.keyed_files()


def test_equal_code_is_the_same_cell_whoever_hands_it_in(toy: Toy) -> None:
    toy.add_submission("cats", "copy", MEAN, submitted_at="2015-05-22T10:00:00Z")
    assert "6 cells: 6 done" in toy.ask("status").out
    assert planned(toy) == AGGREGATES


@pytest.mark.slow
def test_a_metric_of_rampflow_itself_scores_again_and_fits_nothing(
    toy: Toy, tmp_path: Path
) -> None:
    copy_package(tmp_path / "workflow")
    newer = Toy(toy.root, tmp_path / "workflow")
    metric = tmp_path / "workflow" / "rampflow" / "problems" / "metrics" / "regression.py"
    old = "return float(weighted_mean(np.abs(y_true - y_pred), weights))"
    text = metric.read_text(encoding="utf-8")
    assert text.count(old) == 1
    metric.write_text(text.replace(old, old.replace("float(", "2 * float(")), encoding="utf-8")
    errors = mean_errors(toy)

    status = newer.run("status")
    assert status.code == 1
    assert "4 unscored" in status.out
    assert "metric code rampflow.problems.metrics.regression" in status.out
    before = newer.identities()
    newer.snakemake().ok()
    assert done(newer, before) == {"score": 4, **AGGREGATES}
    assert mean_errors(newer) == [2 * error for error in errors]
    newer.run("status").ok()


def mean_errors(toy: Toy) -> list[float]:
    """Return the second metric of every submission, fold and step."""
    with (toy.results / "fold_scores.csv").open(newline="") as stream:
        return [float(r["value"]) for r in csv.DictReader(stream) if r["metric"] == "mae"]
