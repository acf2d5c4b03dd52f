"""Scores on a part: those of the metric on its rows, with the weights of its rows."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from rampflow.challenge.scoring import score_part
from rampflow.challenge.split import Part
from rampflow.errors import ProblemError, ResultError
from rampflow.paths import Project
from rampflow.problems.contract import Problem
from rampflow.problems.metrics.base import ScoreType
from rampflow.problems.predictions import make_multiclass

TOTAL = 691.9886
PREDICTIONS = make_multiclass([0, 1], weights=True)


class Selected(ScoreType):
    """The weight of the signal that is selected, when all signal of the rows weighs TOTAL."""

    is_lower_the_better = False

    def score(self, y_true: Any, y_pred: Any, weights: Any = None) -> float:
        is_signal, chosen = y_true[:, 1] == 1, y_pred[:, 1] > 0.5
        return float(TOTAL * weights[is_signal & chosen].sum() / weights[is_signal].sum())


class Raises(Selected):
    """Fails for predictions that select nothing; with `always` also for perfect ones."""

    always = False

    def score(self, y_true: Any, y_pred: Any, weights: Any = None) -> float:
        if self.always or not (y_pred[:, 1] > 0.5).any():
            raise ZeroDivisionError("nothing selected")
        return super().score(y_true, y_pred, weights)


class Undefined(Selected):
    """Never a number."""

    def score(self, y_true: Any, y_pred: Any, weights: Any = None) -> float:
        return float("nan")


def problem_of(*metrics: ScoreType) -> Problem:
    module = ModuleType("problem")
    module.Predictions = PREDICTIONS  # type: ignore[attr-defined]
    module.score_types = list(metrics)  # type: ignore[attr-defined]
    return Problem(Path("problems/x"), module)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    project = Project(tmp_path)
    (tmp_path / "results" / "entries").mkdir(parents=True)
    rng = np.random.default_rng(3)
    for key in ("one", "other"):
        p = rng.random(40)
        np.save(project.read_entry(key).array, np.column_stack([1 - p, p]))
    np.save(project.read_entry("none").array, np.column_stack([np.ones(40), np.zeros(40)]))
    return project


@pytest.fixture
def part() -> Part:
    rng = np.random.default_rng(4)
    y = np.column_stack([rng.integers(0, 2, 40), rng.exponential(size=40)])
    rows = np.sort(rng.permutation(40)[:15])
    return Part("public", rows, y[rows])


def test_weights_are_rescaled_within_the_part(project: Project, part: Part) -> None:
    found = score_part(project, problem_of(Selected("s")), part, ["one", "other", "one"])
    assert [*found] == ["one", "other"]
    for key, score in found.items():
        chosen = np.load(project.read_entry(key).array)[part.rows][:, 1] > 0.5
        signal, weights = part.y_true[:, 0] == 1, part.y_true[:, 1]
        expected = TOTAL * weights[signal & chosen].sum() / weights[signal].sum()
        assert score.values == {"s": pytest.approx(expected, rel=1e-14)}
        assert score.error == ""
    perfect = np.column_stack([1 - part.y_true[:, 0], part.y_true[:, 0]])
    everywhere = np.zeros((40, 2))
    everywhere[part.rows] = perfect
    np.save(project.read_entry("perfect").array, everywhere)
    score = score_part(project, problem_of(Selected("s")), part, ["perfect"])["perfect"]
    assert score.values["s"] == pytest.approx(TOTAL, rel=1e-14)


def test_a_metric_that_does_not_bear_an_entry_leaves_the_others(
    project: Project, part: Part
) -> None:
    problem = problem_of(Raises("s"), Selected("other"))
    found = score_part(project, problem, part, ["none", "one"])
    assert found["none"].values == {"s": None, "other": 0.0}
    assert found["none"].error == ("s cannot be computed: ZeroDivisionError: nothing selected")
    assert found["one"].error == ""
    undefined = score_part(project, problem_of(Undefined("s")), part, ["one"])["one"]
    assert undefined.error == "s cannot be computed: it is not a finite number"


def test_a_metric_that_always_fails_is_the_fault_of_the_problem(
    project: Project, part: Part
) -> None:
    metric = Raises("s")
    metric.always = True
    with pytest.raises(ProblemError, match="even for perfect predictions"):
        score_part(project, problem_of(metric), part, ["one"])


def test_predictions_that_are_gone_or_damaged_are_named(project: Project, part: Part) -> None:
    problem = problem_of(Selected("s"))
    project.read_entry("cut").array.write_bytes(b"\x93NUMPY")
    for key in ("gone", "cut"):
        with pytest.raises(ResultError, match="cannot be read") as caught:
            score_part(project, problem, part, [key])
        assert caught.value.where == f"results/entries/{key}.npy"
