"""The unranked rows of a board: a problem's references, scored as a submission is."""

from __future__ import annotations

import random
from typing import Any

import numpy as np

from rampflow.board.cells import EventCells, csv_text
from rampflow.cell.score import Scores, score_predictions
from rampflow.errors import ProblemError, SubmissionError
from rampflow.files import write_text
from rampflow.paths import EventResults
from rampflow.problems.contract import REFERENCES_FILE, Problem
from rampflow.problems.references import Reference, load_references

Scored = list[tuple[Reference, Scores]]
"""References with their scores: part (``valid``, ``test``) → metric → value."""


def score_references(cells: EventCells, problem: Problem) -> Scored:
    """Return the references of a problem with their scores.

    A reference is scored once on the rows that any fold validates, and once on all test rows. A
    part without predictions has no scores; while the event is open, the test set has none.

    Parameters
    ----------
    cells : EventCells
        Whose labels and folds judge.
    problem : Problem
        Its references and metrics.

    Raises
    ------
    ProblemError
        If the references cannot be made or scored: the organiser's fault, not a result.
    """
    random.seed(cells.tasks.seed)
    np.random.seed(cells.tasks.seed % 2**32)
    found: Scored = []
    for reference in load_references(problem):
        scores: Scores = {}
        if reference.train is not None:
            rows = np.unique(np.concatenate(cells.valid_is()))
            scores["valid"] = _score(cells, problem, reference, "train", rows)
        if reference.test is not None and cells.has_test:
            scores["test"] = _score(cells, problem, reference, "test", None)
        found.append((reference, scores))
    return found


def _score(
    cells: EventCells, problem: Problem, reference: Reference, part: str, rows: Any
) -> dict[str, float | None]:
    where = f"{problem.folder / REFERENCES_FILE}: {reference.name}, {part}"
    labels = cells.labels(part)
    try:
        y_pred = problem.predictions(y_pred=getattr(reference, part)).y_pred
    except SubmissionError as error:
        raise ProblemError(error.what, where=where, do=error.do) from error
    n_wanted = len(problem.predictions(y_true=labels).y_pred)
    if len(y_pred) != n_wanted:
        raise ProblemError(f"{len(y_pred)} predictions for {n_wanted} rows", where=where)
    y_pred = y_pred if rows is None else y_pred[rows]
    if not np.isfinite(y_pred).all():
        raise ProblemError("a prediction of a row that is scored is not finite", where=where)
    values, errors = score_predictions(problem, labels, y_pred, rows)
    for metric, error_text in errors.items():
        raise ProblemError(f"{metric} cannot be computed: {error_text}", where=where)
    return values


def write_references(scored: Scored, results: EventResults) -> None:
    """Write ``references.csv``: every metric of every reference; only a header where none is."""
    rows = [
        (reference.name, part, metric, value)
        for reference, scores in scored
        for part, values in scores.items()
        for metric, value in values.items()
    ]
    header = ("reference", "step", "metric", "value")
    write_text(results.references, csv_text(header, rows))


def reference_rows(
    scored: Scored, metric: str, ranked_part: str, *, is_lower_the_better: bool
) -> list[dict[str, Any]]:
    """Return the rows of references as ``leaderboard.json`` holds them, best first.

    Parameters
    ----------
    scored : list of (Reference, dict)
        What `score_references` returned.
    metric : str
        The official metric.
    ranked_part : str
        ``valid`` or ``test``: what entries are ranked on.
    is_lower_the_better : bool
        The direction of the metric.

    Returns
    -------
    list of dict
        Those without a score on the rows that rank come last, in the order given.
    """
    rows = [
        {
            "name": reference.name,
            "note": reference.note,
            "is_limit": bool(reference.is_limit),
            "score": scores.get(ranked_part, {}).get(metric),
            "valid_score": scores.get("valid", {}).get(metric),
            "test_score": scores.get("test", {}).get(metric),
        }
        for reference, scores in scored
    ]
    sign = 1.0 if is_lower_the_better else -1.0
    return sorted(rows, key=lambda row: (row["score"] is None, sign * (row["score"] or 0.0)))
