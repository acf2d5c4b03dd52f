"""Scores of a cell: every metric, on the rows of the fold, from stored predictions."""

from __future__ import annotations

import json
import math
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from rampflow.cell.score import score_cells, score_predictions
from rampflow.errors import ProblemError, ResultError
from rampflow.problems.metrics.regression import MAE, RMSE
from rampflow.problems.predictions import make_regression
from tests.support.evaluated import Evaluated
from tests.support.toys import make_toy

Y = np.array([0.0, 1.0, 2.0, 30.0])


def problem(*metrics: Any) -> Any:
    return SimpleNamespace(
        predictions=make_regression(), score_types=list(metrics), folder=Path("p")
    )


def test_predictions_are_compared_with_the_rows_they_are_for() -> None:
    found = score_predictions(problem(RMSE(), MAE()), Y, np.array([32.0, 1.0]), np.array([3, 1]))
    assert found == ({"rmse": pytest.approx(2**0.5), "mae": 1.0}, {})
    assert score_predictions(problem(MAE()), Y, Y + 1, None) == ({"mae": 1.0}, {})


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_what_is_no_number_is_none(value: float) -> None:
    metric = SimpleNamespace(name="odd", score_function=lambda truth, found: value)
    assert score_predictions(problem(metric), Y, Y, None) == ({"odd": None}, {})


def test_a_metric_that_some_predictions_break_is_none_and_says_why() -> None:
    """The logarithm of a negative number is the submission's doing; others have scores."""

    def logarithm(truth: Any, found: Any) -> float:
        return math.log(found.y_pred.min() + 1)

    metric = SimpleNamespace(name="log", score_function=logarithm)
    assert score_predictions(problem(metric, MAE()), Y, Y - 9, None) == (
        {"log": None, "mae": 9.0},
        {"log": "ValueError: math domain error"},
    )


def test_a_metric_that_fails_for_the_truth_too_is_the_problems_error() -> None:
    metric = SimpleNamespace(name="odd", score_function=lambda truth, found: 1 / 0)
    words = "the metric 'odd' fails even for perfect predictions: ZeroDivisionError"
    with pytest.raises(ProblemError, match=words) as caught:
        score_predictions(problem(metric), Y, Y, None)
    assert "score_types" in caught.value.where


def test_scores_stand_beside_the_cell_under_their_own_key(tmp_path: Path) -> None:
    made = Evaluated(make_toy(tmp_path / "toy"))
    made.prepare()
    made.train(failing=(("bees/mean", 0),))
    made.score()
    plan = made.plan
    assert plan.missing_scores() == []
    states = []
    for cell in plan.cells:
        folder = plan.project.cell(cell.key)
        content = json.loads(folder.scores(plan.tasks.score).read_text())
        assert content["fit_key"] == cell.key
        assert content["parts"] == plan.tasks.score_parts
        assert content["errors"] == {}
        states.append((cell.submission.name, cell.fold, content["status"]))
        if content["status"] == "error":
            assert content["scores"] == {}
            continue
        assert set(content["scores"]) == {"train", "valid", "test"}
        rows = np.load(plan.prepared.fold(cell.fold) / "valid_is.npy")
        y_true = np.load(plan.prepared.labels("train") / "value.npy")[rows]
        error = np.load(folder.predictions("valid")) - y_true
        assert content["scores"]["valid"]["rmse"] == pytest.approx(np.sqrt(np.mean(error**2)))
    assert states.count(("bees/mean", 0, "error")) == 1


def test_a_metric_that_changed_scores_again_and_fits_nothing(tmp_path: Path) -> None:
    made = Evaluated(make_toy(tmp_path / "toy"))
    made.prepare()
    made.train()
    made.score()
    made.toy.edit("problems/toy/problem.py", "MAE()]", "MAE(precision=1)]")
    plan = made.plan
    assert plan.missing_cells() == []
    assert len(plan.missing_scores()) == 4
    made.score()
    assert all(len(list(plan.project.cell(c.key).scores_folder.iterdir())) == 2 for c in plan.cells)


def test_metrics_other_than_the_planned_ones_leave_no_scores(tmp_path: Path) -> None:
    """The planned key must not name scores of newer code."""
    made = Evaluated(make_toy(tmp_path / "toy"))
    made.prepare()
    made.train()
    tasks = made.plan.tasks
    key = tasks.keys[0][0]
    made.toy.edit("problems/toy/problem.py", "MAE()]", "MAE(name='error')]")
    with pytest.raises(ResultError, match="metric code problem.py changed"):
        score_cells(made.project, made.problem, tasks, [key])
    assert not made.project.cell(key).scores_folder.exists()


ROOT = """class Root:
    name, precision, is_lower_the_better, unit = "root", 2, True, ""
    minimum, maximum = 0.0, float("inf")

    def score_function(self, truth, found):
        if found.y_pred.min() < 0:
            raise ValueError("a negative prediction")
        return float(np.mean(found.y_pred**0.5))


score_types = [RMSE(precision=3), Root()]"""


def test_a_submission_that_a_metric_cannot_bear_does_not_block_the_others(tmp_path: Path) -> None:
    toy = make_toy(tmp_path / "toy")
    toy.edit("problems/toy/problem.py", "score_types = [RMSE(precision=3), MAE()]", ROOT)
    made = Evaluated(toy)
    made.prepare()
    made.train()
    plan = made.plan
    cell = plan.project.cell(plan.cells[0].key)
    np.save(cell.predictions("valid"), -np.load(cell.predictions("valid")))
    made.score()
    found = json.loads(cell.scores(plan.tasks.score).read_text())
    assert found["errors"] == {"valid": {"root": "ValueError: a negative prediction"}}
    assert found["scores"]["valid"]["root"] is None
    assert found["scores"]["valid"]["rmse"] > 0
    assert made.plan.missing_scores() == []
    made.aggregate()
    others = [name for name in toy.rows() if name != plan.cells[0].submission.name]
    assert [toy.rows()[name]["rank"] for name in others] == [1]
