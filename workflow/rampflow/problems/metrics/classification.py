"""Metrics of class probabilities and of the most probable label.

The label metrics take the column of the highest probability, the first one on ties.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from rampflow.problems.metrics.base import ScoreType, sample_weights, weighted_mean
from rampflow.problems.metrics.probabilities import label_index, row_log_loss

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


class LabelScore(ScoreType):
    """A metric of label indices; subclasses write `score_labels`."""

    is_lower_the_better = False
    maximum = 1.0

    def score(
        self, y_true: FloatArray, y_pred: FloatArray, weights: FloatArray | None = None
    ) -> float:
        """Score the most probable labels of arrays of shape (n_samples, n_classes)."""
        return self.score_labels(label_index(y_true), label_index(y_pred), weights)

    def score_labels(self, y_true: IntArray, y_pred: IntArray, weights: FloatArray | None) -> float:
        """Score label indices.

        Parameters
        ----------
        y_true, y_pred : ndarray of int, shape (n_samples,)
            Column of the true and of the predicted label.
        weights : ndarray of float, shape (n_samples,), or None
            Sample weights.

        Returns
        -------
        float
            The score.
        """
        raise NotImplementedError(f"{type(self).__name__} does not define score_labels()")


class Accuracy(LabelScore):
    """Share of rows whose most probable label is the true one."""

    default_name = "accuracy"

    def score_labels(self, y_true: IntArray, y_pred: IntArray, weights: FloatArray | None) -> float:
        """Return the share of equal labels."""
        return float(weighted_mean(y_true == y_pred, weights))

    def score_of_hit_rate(self, rate: FloatArray) -> FloatArray:
        """Return the score as a function of the share of rows with the right label.

        Parameters
        ----------
        rate : ndarray of float
            Shares, between 0 and 1.

        Returns
        -------
        ndarray of float
            Scores, same shape.
        """
        return rate

    def row_losses(self, y_true: FloatArray, y_pred: FloatArray) -> FloatArray:
        """Return 1 for each row whose most probable label is wrong, else 0."""
        return np.asarray(label_index(y_true) != label_index(y_pred), dtype=np.float64)

    def score_of_mean_loss(self, mean: FloatArray) -> FloatArray:
        """Return the share of rows that is left."""
        return 1 - mean


class ClassificationError(LabelScore):
    """Share of rows whose most probable label is wrong: 1 - accuracy."""

    default_name = "classification error"
    is_lower_the_better = True

    def score_labels(self, y_true: IntArray, y_pred: IntArray, weights: FloatArray | None) -> float:
        """Return the share of unequal labels."""
        return float(1 - weighted_mean(y_true == y_pred, weights))

    def score_of_hit_rate(self, rate: FloatArray) -> FloatArray:
        """Return ``1 - rate``; parameters as in `Accuracy.score_of_hit_rate`."""
        return 1 - rate

    def row_losses(self, y_true: FloatArray, y_pred: FloatArray) -> FloatArray:
        """Return 1 for each row whose most probable label is wrong, else 0."""
        return np.asarray(label_index(y_true) != label_index(y_pred), dtype=np.float64)

    def score_of_mean_loss(self, mean: FloatArray) -> FloatArray:
        """Return the mean loss: it is the score."""
        return mean


class BalancedAccuracy(LabelScore):
    """Mean recall of the classes present in the truth (scikit-learn's `balanced_accuracy_score`).

    Parameters
    ----------
    name, precision, unit
        As in `ScoreType`.
    adjusted : bool
        Rescale so that guessing scores 0 and perfection 1. True by default, as in RAMP.
    """

    default_name = "balanced_accuracy"
    # With two classes a prediction that is always wrong scores (0 - 1/2) / (1 - 1/2) = -1.
    minimum = -1.0

    def __init__(
        self, name: str | None = None, precision: int = 2, unit: str = "", adjusted: bool = True
    ) -> None:
        super().__init__(name, precision, unit)
        self.adjusted = adjusted
        if not adjusted:
            self.minimum = 0.0

    def score_labels(self, y_true: IntArray, y_pred: IntArray, weights: FloatArray | None) -> float:
        """Return the mean recall."""
        from sklearn.metrics import balanced_accuracy_score

        return float(
            balanced_accuracy_score(y_true, y_pred, sample_weight=weights, adjusted=self.adjusted)
        )


class MacroAveragedRecall(LabelScore):
    """Mean recall of all classes, those that were only predicted included."""

    default_name = "macro_averaged_recall"

    def score_labels(self, y_true: IntArray, y_pred: IntArray, weights: FloatArray | None) -> float:
        """Return the mean recall; a class that is only predicted has recall 0."""
        from sklearn.metrics import recall_score

        return float(
            recall_score(y_true, y_pred, average="macro", sample_weight=weights, zero_division=0)
        )


class F1Above(LabelScore):
    """Share of classes whose F1 score is above a threshold.

    Parameters
    ----------
    name, precision, unit
        As in `ScoreType`.
    threshold : float
        A class counts if its F1 score is strictly above.
    """

    default_name = "f1_above"

    def __init__(
        self, name: str | None = None, precision: int = 2, unit: str = "", threshold: float = 0.5
    ) -> None:
        super().__init__(name, precision, unit)
        self.threshold = threshold

    def score_labels(self, y_true: IntArray, y_pred: IntArray, weights: FloatArray | None) -> float:
        """Return the share among the classes that occur in the truth or in the prediction."""
        from sklearn.metrics import f1_score

        f1 = f1_score(y_true, y_pred, average=None, sample_weight=weights, zero_division=0)
        return float(np.mean(np.asarray(f1) > self.threshold))


class NegativeLogLikelihood(ScoreType):
    """Mean negative log of the probability given to the true label, in nats.

    Probabilities are kept off 0 by the spacing of floats at 1 (2.2e-16), as in scikit-learn's
    `log_loss`; rows are taken as they are, not normalised.
    """

    default_name = "negative log likelihood"

    def score(
        self, y_true: FloatArray, y_pred: FloatArray, weights: FloatArray | None = None
    ) -> float:
        """Return the mean negative log likelihood of arrays of shape (n_samples, n_classes)."""
        return float(weighted_mean(row_log_loss(y_true, y_pred), weights))

    def score_many(self, truth: Any, y_preds: FloatArray) -> FloatArray:
        """Return the score of each of several predictions.

        Parameters
        ----------
        truth : BasePredictions
            The truth.
        y_preds : ndarray of float, shape (n_predictions, n_samples, n_classes)
            Predictions, stacked.

        Returns
        -------
        ndarray of float, shape (n_predictions,)
            The scores.
        """
        losses = row_log_loss(truth.y_pred, y_preds)
        return np.asarray(weighted_mean(losses, sample_weights(truth), axis=1))

    def row_losses(self, y_true: FloatArray, y_pred: FloatArray) -> FloatArray:
        """Return the negative log likelihood of each row."""
        return row_log_loss(y_true, y_pred)

    def score_of_mean_loss(self, mean: FloatArray) -> FloatArray:
        """Return the mean loss: it is the score."""
        return mean


class BrierScore(ScoreType):
    """Mean square error of the probability of the second class (Brier 1950), for two classes."""

    default_name = "brier_score"
    maximum = 1.0

    def score(
        self, y_true: FloatArray, y_pred: FloatArray, weights: FloatArray | None = None
    ) -> float:
        """Return the Brier score of arrays of shape (n_samples, 2)."""
        return float(weighted_mean(np.square(y_pred[:, 1] - y_true[:, 1]), weights))

    def score_many(self, truth: Any, y_preds: FloatArray) -> FloatArray:
        """Return each prediction's score; parameters as in `NegativeLogLikelihood.score_many`."""
        errors = np.square(y_preds[..., 1] - truth.y_pred[:, 1])
        return np.asarray(weighted_mean(errors, sample_weights(truth), axis=1))

    def row_losses(self, y_true: FloatArray, y_pred: FloatArray) -> FloatArray:
        """Return the square error of the probability of the second class of each row."""
        return np.asarray(np.square(y_pred[:, 1] - y_true[:, 1]))

    def score_of_mean_loss(self, mean: FloatArray) -> FloatArray:
        """Return the mean loss: it is the score."""
        return mean


class ROCAUC(ScoreType):
    """Area under the ROC curve of the probability of the second class, for two classes.

    Undefined (NaN) where the truth has one class only.
    """

    default_name = "roc_auc"
    is_lower_the_better = False
    maximum = 1.0

    def score(
        self, y_true: FloatArray, y_pred: FloatArray, weights: FloatArray | None = None
    ) -> float:
        """Return the area under the curve of arrays of shape (n_samples, 2)."""
        labels = label_index(y_true)
        if len(np.unique(labels)) < 2:
            return float("nan")
        from sklearn.metrics import roc_auc_score

        return float(roc_auc_score(labels, y_pred[:, 1], sample_weight=weights))
