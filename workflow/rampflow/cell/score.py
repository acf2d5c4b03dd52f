"""Score: a cell's predictions against the labels. A trusted step; no submission's code runs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from rampflow.cell.record import PARTS, read_cell, read_predictions
from rampflow.cell.task import TaskFile, check_scoring
from rampflow.data import store
from rampflow.errors import ProblemError
from rampflow.files import write_json
from rampflow.paths import CellFolder, Prepared, Project
from rampflow.problems.contract import Problem

Scores = dict[str, dict[str, float | None]]
"""Part → metric → value; None where a metric is not a finite number or could not be computed."""
Errors = dict[str, dict[str, str]]
"""Part → metric → why it could not be computed."""


def score_cells(project: Project, problem: Problem, tasks: TaskFile, keys: Sequence[str]) -> None:
    """Score cells with every metric of the problem, and store the scores beside each.

    A failed cell has no scores; a file that says so makes the cell finished.

    Parameters
    ----------
    project : Project
        Where everything is.
    problem : Problem
        Its metrics.
    tasks : TaskFile
        The plan.
    keys : sequence of str
        Fit keys of finished cells.

    Raises
    ------
    ResultError
        If the metrics changed since the evaluation was planned: nothing is stored.
    ProblemError
        If a metric cannot be computed whatever the predictions are.
    """
    check_scoring(project, tasks)
    for key in keys:
        cell = project.cell(key)
        record = read_cell(cell)
        _, fold = tasks.find(key)
        scores: Scores = {}
        errors: Errors = {}
        if record["status"] == "ok":
            scores = score_cell(problem, project.prepared(tasks.prepared), cell, fold, errors)
        content = {
            "fit_key": key,
            "parts": tasks.score_parts,
            "status": record["status"],
            "scores": scores,
            "errors": errors,
        }
        write_json(cell.scores(tasks.score), content)


def score_cell(
    problem: Problem,
    prepared: Prepared,
    cell: CellFolder,
    fold: int,
    errors: Errors | None = None,
) -> Scores:
    """Return the scores of a finished cell on the rows of its fold and on the test set.

    A part without rows has no scores: a refit validates on none.

    Parameters
    ----------
    problem : Problem
        Its metrics.
    prepared : Prepared
        The labels and the rows of the folds.
    cell : CellFolder
        Its predictions.
    fold : int
        Its fold.
    errors : dict, optional
        Filled with part → metric → text where a metric could not be computed.
    """
    rows = {
        "train": np.load(prepared.fold(fold) / "train_is.npy"),
        "valid": np.load(prepared.fold(fold) / "valid_is.npy"),
        "test": None,
    }
    labels = {"train": store.load(prepared.labels("train"))}
    if prepared.labels("test").exists():
        labels["test"] = store.load(prepared.labels("test"))
    scores: Scores = {}
    for part in PARTS:
        source = "test" if part == "test" else "train"
        has_rows = rows[part] is None or len(rows[part])
        if source in labels and has_rows:
            y_pred = read_predictions(cell, part)
            values, failed = score_predictions(problem, labels[source], y_pred, rows[part])
            scores[part] = values
            if errors is not None and failed:
                errors[part] = failed
    return scores


def score_predictions(
    problem: Problem, y_true: Any, y_pred: Any, rows: Any
) -> tuple[dict[str, float | None], dict[str, str]]:
    """Return every metric of a problem on some rows.

    Parameters
    ----------
    problem : Problem
        Its ``Predictions`` and ``score_types`` are used.
    y_true : array-like
        All labels of a part.
    y_pred : array of float
        Predictions, in the order of `rows`.
    rows : array of int or None
        Which rows of `y_true` were predicted; None for all.

    Returns
    -------
    values : dict of str to float
        Metric → value; None where it is not a finite number, or the metric raised.
    errors : dict of str to str
        Metric → what it raised.

    Raises
    ------
    ProblemError
        If a metric raises for perfect predictions too: the problem's fault.
    """
    truth = problem.predictions(y_true=y_true, fold_is=rows)
    predictions = problem.predictions(y_pred=y_pred)
    values: dict[str, float | None] = {}
    errors: dict[str, str] = {}
    for metric in problem.score_types:
        name = str(metric.name)
        try:
            value = float(metric.score_function(truth, predictions))
        except Exception as error:  # a metric may be anybody's code
            _check_metric(problem, metric, truth)
            errors[name] = f"{type(error).__name__}: {error}"
            value = math.nan
        values[name] = value if math.isfinite(value) else None
    return values, errors


def _check_metric(problem: Problem, metric: Any, truth: Any) -> None:
    """Check that a metric can score the truth against itself."""
    try:
        float(metric.score_function(truth, truth))
    except Exception as error:
        raise ProblemError(
            f"the metric {metric.name!r} fails even for perfect predictions: "
            f"{type(error).__name__}: {error}",
            where=f"{problem.folder / 'problem.py'}: score_types",
        ) from error
