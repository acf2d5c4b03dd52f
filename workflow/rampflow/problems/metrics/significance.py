"""Metrics of a search: how significant a signal is among the events that are selected.

The weights of a search say how many events of each kind are expected. A subset of the events, such
as the validation rows of a fold, would expect fewer; so in every subset the weights are
**renormalised**: those of each class are scaled to the total of the full set.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from rampflow.errors import ProblemError
from rampflow.problems.metrics.base import ScoreType, sample_weights, weighted_mean
from rampflow.problems.metrics.probabilities import label_index

FloatArray = npt.NDArray[np.float64]

SMALL = 0.1
"""Signal per background below which the logarithm is expanded, since it would cancel."""
N_TERMS = 18


class AMS(ScoreType):
    """Approximate median significance of a selection: ``sqrt(2 ((s + b) ln(1 + s / b) - s))``.

    `s` is the renormalised weight of the signal that is selected, `b` that of the background plus
    a constant, which keeps small selections from winning by luck. **A row is selected where the
    second column (signal) is greater than the first (background)**: where to cut is a part of the
    question, and a submission answers it by giving more than 1/2 to what it wants to select.

    G. Cowan, K. Cranmer, E. Gross, O. Vitells: Asymptotic formulae for likelihood-based tests of
    new physics, Eur. Phys. J. C 71 (2011) 1554. C. Adam-Bourdarios et al.: The Higgs boson machine
    learning challenge, JMLR W&CP 42 (2015) 19-55.

    Undefined (NaN) where the truth lacks one of the two classes.

    Parameters
    ----------
    totals : sequence of float
        Weight of the background and of the signal in the full set.
    name, precision, unit
        As in `ScoreType`.
    regularisation : float
        The constant that is added to the background, in units of the weights.

    Raises
    ------
    ProblemError
        If there are not two totals, or one of the numbers is not positive.
    """

    default_name = "ams"
    is_lower_the_better = False

    def __init__(
        self,
        totals: Sequence[float],
        name: str | None = None,
        precision: int = 2,
        unit: str = "",
        *,
        regularisation: float = 10.0,
    ) -> None:
        super().__init__(name, precision, unit)
        self.totals = check_totals(self.name, totals)
        if len(self.totals) != 2:
            raise ProblemError(
                f"{len(self.totals)} totals are given",
                where=f"metric {self.name!r}",
                do="give two: that of the background, then that of the signal",
            )
        (self.regularisation,) = check_totals(self.name, (regularisation,))
        self.maximum = float(significance(self.totals[1], self.regularisation))

    def score(
        self, y_true: FloatArray, y_pred: FloatArray, weights: FloatArray | None = None
    ) -> float:
        """Return the significance of the rows selected in arrays of shape (n_samples, 2)."""
        rows = self.row_losses(y_true, y_pred)
        mean = np.array([weighted_mean(column, weights) for column in rows.T])
        return float(self.score_of_mean_loss(mean))

    def score_many(self, truth: Any, y_preds: FloatArray) -> FloatArray:
        """Return the score of each of several predictions.

        Parameters
        ----------
        truth : BasePredictions
            The truth.
        y_preds : ndarray of float, shape (n_predictions, n_samples, 2)
            Predictions, stacked.

        Returns
        -------
        ndarray of float, shape (n_predictions,)
            The scores.
        """
        self._check_columns(truth.y_pred)
        weights = sample_weights(truth)
        weighed = truth.y_pred if weights is None else truth.y_pred * weights[:, np.newaxis]
        selected = (y_preds[..., 1] > y_preds[..., 0]) @ weighed
        everything = np.broadcast_to(weighed.sum(axis=0), selected.shape)
        return self.score_of_mean_loss(np.concatenate([selected, everything], axis=-1))

    def row_losses(self, y_true: FloatArray, y_pred: FloatArray) -> FloatArray:
        """Return what the score takes of each row.

        Parameters
        ----------
        y_true, y_pred : ndarray of float, shape (n_samples, 2)
            Truth and predictions.

        Returns
        -------
        ndarray of float, shape (n_samples, 4)
            1 if it is selected background, selected signal, background, signal, else 0.
        """
        self._check_columns(y_true)
        selected = label_index(y_pred)[:, np.newaxis] == 1
        return np.hstack([y_true * selected, y_true])

    def score_of_mean_loss(self, mean: FloatArray) -> FloatArray:
        """Return the score as a function of the weighted means of `row_losses`.

        Parameters
        ----------
        mean : ndarray of float, shape (..., 4)
            The means, or any multiple of them.

        Returns
        -------
        ndarray of float, shape (...)
            NaN where one of the classes has no weight.
        """
        selected, everything = mean[..., :2], mean[..., 2:]
        undefined = np.full(selected.shape, np.nan)
        share = np.divide(selected, everything, out=undefined, where=everything > 0)
        background, signal = np.moveaxis(share * self.totals, -1, 0)
        return significance(signal, background + self.regularisation)

    def _check_columns(self, y_true: FloatArray) -> None:
        if y_true.ndim != 2 or y_true.shape[1] != 2:
            raise ProblemError(
                f"the truth has shape {y_true.shape}, expected (n_samples, 2)",
                where=f"metric {self.name!r}",
                do="use make_multiclass with two labels: background, then signal",
            )


class Renormalized(ScoreType):
    """Another metric of classes, with the weights of each class scaled to a given total.

    With equal totals all classes count alike, however rare one of them is. Undefined (NaN) where
    the truth lacks a class.

    Parameters
    ----------
    score_type : ScoreType
        The metric; name, direction, bounds and unit are taken from it.
    totals : sequence of float
        Weight of each class, in the order of the columns. Only their ratios matter.
    """

    def __init__(self, score_type: ScoreType, totals: Sequence[float]) -> None:
        super().__init__(score_type.name, score_type.precision, score_type.unit)
        self.score_type, self.totals = score_type, check_totals(self.name, totals)
        self.is_lower_the_better = score_type.is_lower_the_better
        self.minimum, self.maximum = score_type.minimum, score_type.maximum

    def score(
        self, y_true: FloatArray, y_pred: FloatArray, weights: FloatArray | None = None
    ) -> float:
        """Return the other metric's score of arrays of shape (n_samples, n_classes)."""
        renormalized = renormalized_weights(y_true, weights, self.totals)
        if np.isnan(renormalized).any():
            return float("nan")
        return self.score_type.score(y_true, y_pred, renormalized)


def renormalized_weights(
    y_true: FloatArray, weights: FloatArray | None, totals: FloatArray
) -> FloatArray:
    """Scale the weights of each class to a given total.

    Parameters
    ----------
    y_true : ndarray of float, shape (n_samples, n_classes)
        The truth, 1 in the column of the class of a row.
    weights : ndarray of float, shape (n_samples,), optional
        Sample weights; all 1 by default.
    totals : ndarray of float, shape (n_classes,)
        What the weights of each class are to sum to.

    Returns
    -------
    ndarray of float, shape (n_samples,)
        All NaN if a class has no weight.
    """
    plain = np.ones(len(y_true)) if weights is None else weights
    sums = plain @ y_true
    scale = np.divide(totals, sums, out=np.full(len(sums), np.nan), where=sums > 0)
    return np.asarray(plain * (y_true @ scale))


def significance(signal: npt.ArrayLike, background: npt.ArrayLike) -> FloatArray:
    """Return ``sqrt(2 ((s + b) ln(1 + s / b) - s))``, to full precision for a weak signal too.

    Parameters
    ----------
    signal : array_like of float
        Expected number of events of the signal, at least 0.
    background : array_like of float
        Of the background, more than 0.

    Returns
    -------
    ndarray of float
        The significance, in standard deviations.
    """
    s, b = np.asarray(signal, dtype=np.float64), np.asarray(background, dtype=np.float64)
    ratio = s / b
    # (1 + x) ln(1 + x) - x = x²/2 - x³/6 + x⁴/12 - …: the terms on the left nearly cancel
    weak = np.minimum(ratio, SMALL)
    series = np.zeros_like(weak)
    for k in range(N_TERMS + 1, 1, -1):
        series = 1 / (k * (k - 1)) - weak * series
    exact = (1 + ratio) * np.log1p(ratio) - ratio
    return np.asarray(np.sqrt(2 * b * np.where(ratio < SMALL, ratio**2 * series, exact)))


def check_totals(name: str, totals: Sequence[float]) -> FloatArray:
    """Return the totals of a metric as an array.

    Parameters
    ----------
    name : str
        Of the metric.
    totals : sequence of float
        Weights.

    Returns
    -------
    ndarray of float
        The same numbers.

    Raises
    ------
    ProblemError
        If one is not a positive number.
    """
    array = np.asarray(totals, dtype=np.float64)
    if array.ndim != 1 or not (np.isfinite(array).all() and (array > 0).all()):
        raise ProblemError(f"weights must be positive, found {totals}", where=f"metric {name!r}")
    return array
