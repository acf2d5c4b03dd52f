"""Predictions of one or several real-valued targets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy.typing as npt

from rampflow.errors import ProblemError, SubmissionError
from rampflow.problems.predictions.base import BasePredictions, FloatArray


class RegressionPredictions(BasePredictions):
    """Real-valued predictions of one or several targets; see `make_regression`."""

    def from_truth(self, y_true: npt.NDArray[Any]) -> FloatArray:
        """Return the truth as floats in the shape of predictions.

        Parameters
        ----------
        y_true : ndarray, shape (n_samples,) or (n_samples, n_targets)
            Numbers.

        Returns
        -------
        ndarray of float
            Same shape as ``y_pred``.

        Raises
        ------
        ProblemError
            If the shape is wrong or the values are not numbers.
        """
        try:
            return self.checked(y_true)
        except SubmissionError as error:  # same check, but here the problem is at fault
            raise ProblemError(error.what.replace("predictions", "y_true", 1)) from None


def make_regression(
    label_names: Sequence[str] | None = None, weights: bool = False
) -> type[RegressionPredictions]:
    """Return the prediction type of a regression.

    Parameters
    ----------
    label_names : sequence of str, optional
        One name per target. Without names there is one target and ``y_pred`` has shape
        (n_samples,); with names it has shape (n_samples, n_targets). Where there is one target a
        vector and a column are both accepted.
    weights : bool
        Whether the last column of ``y_true`` holds sample weights. Predictions have none.

    Returns
    -------
    type
        A subclass of `RegressionPredictions`.
    """
    names = tuple(label_names or ())
    attributes = {
        "label_names": names,
        "n_columns": len(names),
        "n_columns_true": max(len(names), 1) + weights,
        "has_weights": weights,
    }
    return type("Regression", (RegressionPredictions,), attributes)
