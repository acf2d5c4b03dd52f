"""Bagging: combine the predictions of one submission over the folds, and score every prefix.

With the folds in order, fold k adds its validation (or test) predictions to a container of NaN;
the score after fold k is that of the combination of folds 0 to k, on the rows that have a
prediction. The last one is the submission's bagged score.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from rampflow.errors import ProblemError
from rampflow.problems.metrics.base import ScoreType
from rampflow.problems.predictions import BasePredictions

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Bagged:
    """A bagged prediction and its scores.

    Attributes
    ----------
    scores : mapping of str to tuple of float
        Metric name → score after each fold, shape (n_folds,). NaN while no row is covered.
    y_pred : ndarray of float, shape (n_samples,) or (n_samples, n_columns)
        Combination of all folds; NaN in rows that no fold predicted.
    """

    scores: Mapping[str, tuple[float, ...]]
    y_pred: FloatArray

    @property
    def final_scores(self) -> dict[str, float]:
        """Metric name → score of the combination of all folds."""
        return {name: scores[-1] for name, scores in self.scores.items()}


def bag_valid(
    Predictions: type[BasePredictions],
    score_types: Sequence[ScoreType],
    y_true: Any,
    y_preds: Sequence[npt.ArrayLike],
    valid_is: Sequence[npt.ArrayLike],
) -> Bagged:
    """Bag validation predictions: each fold covers its own rows; folds may overlap.

    Parameters
    ----------
    Predictions : type
        The problem's prediction type.
    score_types : sequence of ScoreType
        Metrics to compute.
    y_true : array_like
        Truth of all training rows, as the problem returns it.
    y_preds : sequence of array_like, one per fold
        Predictions of the fold's validation rows, in the order of `valid_is`.
    valid_is : sequence of array_like of int, one per fold
        Validation rows of each fold. A row in several folds gets the mean; a row in none is left
        out of the score.

    Returns
    -------
    Bagged
        ``y_pred`` has one row per training row.

    Raises
    ------
    ProblemError
        If there is no fold, or predictions and rows do not match.
    """
    truth = Predictions(y_true=y_true)
    _check_folds(y_preds, valid_is)
    placed = []
    for y_pred, rows in zip(y_preds, valid_is, strict=True):
        fold = Predictions(n_samples=len(truth.y_pred))
        fold.set_valid_in_train(Predictions(y_pred=y_pred), rows)
        placed.append(fold)
    return _bag(Predictions, score_types, truth, placed)


def bag_test(
    Predictions: type[BasePredictions],
    score_types: Sequence[ScoreType],
    y_true: Any,
    y_preds: Sequence[npt.ArrayLike],
) -> Bagged:
    """Bag test predictions: every fold covers all rows.

    Parameters
    ----------
    Predictions : type
        The problem's prediction type.
    score_types : sequence of ScoreType
        Metrics to compute.
    y_true : array_like
        Truth of all test rows, as the problem returns it.
    y_preds : sequence of array_like, one per fold
        Predictions of all test rows.

    Returns
    -------
    Bagged
        ``y_pred`` has one row per test row.

    Raises
    ------
    ProblemError
        If there is no fold, or the number of rows differs from that of the truth.
    """
    truth = Predictions(y_true=y_true)
    _check_folds(y_preds, [np.arange(len(truth.y_pred))] * len(y_preds))
    folds = [Predictions(y_pred=y_pred) for y_pred in y_preds]
    return _bag(Predictions, score_types, truth, folds)


def _bag(
    Predictions: type[BasePredictions],
    score_types: Sequence[ScoreType],
    truth: BasePredictions,
    folds: Sequence[BasePredictions],
) -> Bagged:
    scores: dict[str, list[float]] = {score_type.name: [] for score_type in score_types}
    for k in range(len(folds)):
        combined = Predictions.combine(folds[: k + 1])
        covered_truth, covered = truth, combined
        rows = combined.valid_indexes
        if not rows.all():
            covered_truth, covered = copy.deepcopy(truth), copy.deepcopy(combined)
            covered_truth.set_slice(rows)
            covered.set_slice(rows)
        for score_type in score_types:
            score = score_type.score_function(covered_truth, covered) if rows.any() else np.nan
            scores[score_type.name].append(score)
    return Bagged({name: tuple(values) for name, values in scores.items()}, combined.y_pred)


def _check_folds(y_preds: Sequence[npt.ArrayLike], rows: Sequence[npt.ArrayLike]) -> None:
    if not y_preds or len(y_preds) != len(rows):
        raise ProblemError(
            f"{len(y_preds)} predictions for {len(rows)} folds; bagging needs one per fold"
        )
    for fold, (y_pred, fold_rows) in enumerate(zip(y_preds, rows, strict=True)):
        n_predicted, wanted = len(np.asarray(y_pred)), np.asarray(fold_rows)
        n_rows = np.count_nonzero(wanted) if wanted.dtype == bool else len(wanted)
        if n_predicted != n_rows:
            raise ProblemError(f"fold {fold}: {n_predicted} predictions for {n_rows} rows")
