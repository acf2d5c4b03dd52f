"""Scores of entries on one part of the test set: one pass over its rows for each."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from rampflow.cell.score import score_predictions
from rampflow.challenge.split import Part
from rampflow.errors import ResultError
from rampflow.paths import Project
from rampflow.problems.contract import Problem


@dataclass(frozen=True)
class Score:
    """The scores of an entry.

    Parameters
    ----------
    values : dict of str to float
        Metric → score; None where it is no finite number.
    error : str
        Why the official one is none; empty where it is a number.
    """

    values: dict[str, float | None]
    error: str = ""


def score_part(
    project: Project, problem: Problem, part: Part, keys: Iterable[str]
) -> dict[str, Score]:
    """Return key → scores on one part of the test set.

    The truth is made once; an entry is read, cut to the rows of the part and given to each metric.
    A metric that weights rows gets the weights of these rows alone.

    Parameters
    ----------
    project : Project
        Where read entries are.
    problem : Problem
        Its metrics and predictions.
    part : Part
        Rows and labels.
    keys : iterable of str
        Of read entries; one that stands there twice is scored once.

    Raises
    ------
    ResultError
        If an entry has no predictions.
    ProblemError
        If a metric cannot be computed whatever the predictions are.
    """
    truth = problem.predictions(y_true=part.y_true)
    found: dict[str, Score] = {}
    for key in keys:
        if key not in found:
            found[key] = _score(problem, part, truth, read_rows(project, key, part))
    return found


def read_rows(project: Project, key: str, part: Part) -> Any:
    """Return the predictions of an entry on the rows of a part.

    Raises
    ------
    ResultError
        If it has none.
    """
    path = project.read_entry(key).array
    try:
        return np.load(path, mmap_mode="r", allow_pickle=False)[part.rows]
    except (OSError, ValueError, EOFError) as error:
        raise ResultError(
            f"the predictions of an entry cannot be read: {error}",
            where=project.relative(path),
            do="remove the file and run again",
        ) from None


def _score(problem: Problem, part: Part, truth: Any, y_pred: Any) -> Score:
    predictions = problem.predictions(y_pred=y_pred)
    errors: dict[str, str] = {}
    try:
        found = {
            str(metric.name): float(metric.score_function(truth, predictions))
            for metric in problem.score_types
        }
        values = {name: value if math.isfinite(value) else None for name, value in found.items()}
    except Exception:  # a metric may be anybody's code: find out which, and whose fault it is
        values, errors = score_predictions(problem, part.y_true, y_pred, None)
    official = str(problem.score_types[0].name)
    if values[official] is not None:
        return Score(values)
    why = errors.get(official, "it is not a finite number")
    return Score(values, f"{official} cannot be computed: {why}")
