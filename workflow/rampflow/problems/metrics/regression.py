"""Metrics of real-valued predictions."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from rampflow.problems.metrics.base import ScoreType, row_means, sample_weights, weighted_mean

FloatArray = npt.NDArray[np.float64]


class RMSE(ScoreType):
    """Root mean square error: ``sqrt(mean((y_true - y_pred)²))``, over rows and targets."""

    default_name = "rmse"

    def score(
        self, y_true: FloatArray, y_pred: FloatArray, weights: FloatArray | None = None
    ) -> float:
        """Return the root mean square error, in the unit of the target."""
        return float(np.sqrt(weighted_mean(np.square(y_true - y_pred), weights)))

    def affine_residuals(self, truth: Any, y_pred: FloatArray) -> FloatArray:
        """Return residuals whose root mean square is the score, affine in `y_pred`.

        Parameters
        ----------
        truth : BasePredictions
            The truth.
        y_pred : ndarray of float, shape (..., n_samples) or (..., n_samples, n_targets)
            One prediction, or several stacked along leading axes.

        Returns
        -------
        ndarray of float
            Same shape as `y_pred`.
        """
        return weigh_residuals(y_pred - truth.y_pred, truth)

    def row_losses(self, y_true: FloatArray, y_pred: FloatArray) -> FloatArray:
        """Return the mean square error of each row: shape (n_samples,)."""
        return row_means(np.square(y_true - y_pred))

    def score_of_mean_loss(self, mean: FloatArray) -> FloatArray:
        """Return the score as a function of the mean of the rows' losses."""
        return np.asarray(np.sqrt(mean))


class RelativeRMSE(ScoreType):
    """Root mean square of the relative error ``(y_true - y_pred) / y_true``."""

    default_name = "rel_rmse"

    def score(
        self, y_true: FloatArray, y_pred: FloatArray, weights: FloatArray | None = None
    ) -> float:
        """Return the root mean square relative error, without unit; infinite where y_true is 0."""
        return float(np.sqrt(weighted_mean(np.square((y_true - y_pred) / y_true), weights)))

    def affine_residuals(self, truth: Any, y_pred: FloatArray) -> FloatArray:
        """Return relative errors; parameters and result as in `RMSE.affine_residuals`."""
        return weigh_residuals((y_pred - truth.y_pred) / truth.y_pred, truth)

    def row_losses(self, y_true: FloatArray, y_pred: FloatArray) -> FloatArray:
        """Return the mean square relative error of each row: shape (n_samples,)."""
        return row_means(np.square((y_true - y_pred) / y_true))

    def score_of_mean_loss(self, mean: FloatArray) -> FloatArray:
        """Return the score as a function of the mean of the rows' losses."""
        return np.asarray(np.sqrt(mean))


class NormalizedRMSE(ScoreType):
    """Root mean square error divided by the (population) standard deviation of the truth.

    With sample weights both moments are weighted.
    """

    default_name = "normalized_rmse"

    def score(
        self, y_true: FloatArray, y_pred: FloatArray, weights: FloatArray | None = None
    ) -> float:
        """Return the normalised error, without unit: 1 is as good as predicting the mean."""
        error = np.sqrt(weighted_mean(np.square(y_true - y_pred), weights))
        return float(error / standard_deviation(y_true, weights))

    def affine_residuals(self, truth: Any, y_pred: FloatArray) -> FloatArray:
        """Return normalised errors; parameters and result as in `RMSE.affine_residuals`."""
        scale = standard_deviation(truth.y_pred, sample_weights(truth))
        return weigh_residuals((y_pred - truth.y_pred) / scale, truth)


class MAE(ScoreType):
    """Mean absolute error: ``mean(|y_true - y_pred|)``, over rows and targets."""

    default_name = "mae"

    def score(
        self, y_true: FloatArray, y_pred: FloatArray, weights: FloatArray | None = None
    ) -> float:
        """Return the mean absolute error, in the unit of the target."""
        return float(weighted_mean(np.abs(y_true - y_pred), weights))

    def score_many(self, truth: Any, y_preds: FloatArray) -> FloatArray:
        """Return the score of each of several predictions.

        Parameters
        ----------
        truth : BasePredictions
            The truth.
        y_preds : ndarray of float, shape (n_predictions, n_samples[, n_targets])
            Predictions, stacked.

        Returns
        -------
        ndarray of float, shape (n_predictions,)
            The scores.
        """
        errors = np.abs(y_preds - truth.y_pred)
        return np.asarray(weighted_mean(errors, sample_weights(truth), axis=1))

    def row_losses(self, y_true: FloatArray, y_pred: FloatArray) -> FloatArray:
        """Return the mean absolute error of each row: shape (n_samples,)."""
        return row_means(np.abs(y_true - y_pred))

    def score_of_mean_loss(self, mean: FloatArray) -> FloatArray:
        """Return the mean loss: it is the score."""
        return mean


class MARE(ScoreType):
    """Mean absolute relative error: ``mean(|(y_true - y_pred) / y_true|)``."""

    default_name = "mare"

    def score(
        self, y_true: FloatArray, y_pred: FloatArray, weights: FloatArray | None = None
    ) -> float:
        """Return the mean absolute relative error, without unit; infinite where y_true is 0."""
        return float(weighted_mean(np.abs((y_true - y_pred) / y_true), weights))

    def score_many(self, truth: Any, y_preds: FloatArray) -> FloatArray:
        """Return the score of each prediction; parameters as in `MAE.score_many`."""
        errors = np.abs((y_preds - truth.y_pred) / truth.y_pred)
        return np.asarray(weighted_mean(errors, sample_weights(truth), axis=1))

    def row_losses(self, y_true: FloatArray, y_pred: FloatArray) -> FloatArray:
        """Return the mean absolute relative error of each row: shape (n_samples,)."""
        return row_means(np.abs((y_true - y_pred) / y_true))

    def score_of_mean_loss(self, mean: FloatArray) -> FloatArray:
        """Return the mean loss: it is the score."""
        return mean


def weigh_residuals(residuals: FloatArray, truth: Any) -> FloatArray:
    """Scale residuals so that their plain mean square is the weighted one.

    Parameters
    ----------
    residuals : ndarray of float, shape (..., n_samples) or (..., n_samples, n_targets)
        Predictions minus truth, scaled or not.
    truth : BasePredictions
        The truth; its shape tells which axis of `residuals` is that of the samples.

    Returns
    -------
    ndarray of float
        Same shape; `residuals` itself where there are no weights.
    """
    weights = sample_weights(truth)
    if weights is None:
        return residuals
    scale: FloatArray = np.sqrt(weights / np.mean(weights))
    return residuals * scale.reshape(-1, *[1] * (truth.y_pred.ndim - 1))


def standard_deviation(y_true: FloatArray, weights: FloatArray | None) -> float:
    """Return the population standard deviation over all rows and targets.

    Parameters
    ----------
    y_true : ndarray of float, shape (n_samples,) or (n_samples, n_targets)
        Values.
    weights : ndarray of float, shape (n_samples,), optional
        Sample weights.

    Returns
    -------
    float
        In the unit of `y_true`.
    """
    if weights is None:
        return float(np.std(y_true))
    center = weighted_mean(y_true, weights)
    return float(np.sqrt(weighted_mean(np.square(y_true - center), weights)))
