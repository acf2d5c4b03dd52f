"""What all metrics share: a name, a direction, bounds, and a score of arrays."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from rampflow.errors import ProblemError

FloatArray = npt.NDArray[np.float64]


class ScoreType:
    """A metric. Subclasses write `score` and state their direction and bounds.

    A new metric needs nothing else. To make resampling fast (intervals, ties) it may add
    ``row_losses(y_true, y_pred)``
        the loss of each row, shape (n_samples,), or several numbers of it, (n_samples, k), and
    ``score_of_mean_loss(mean)``
        the score as a function of the (weighted) mean of these losses, element by element, or of
        the k means in the last axis
        (see `rampflow.problems.metrics.significance.AMS`).

    To make blending fast it may add one of

    ``affine_residuals(truth, y_pred)``
        arrays whose root mean square is the score and that are affine in `y_pred`
        (see `rampflow.problems.metrics.regression.RMSE`);
    ``score_of_hit_rate(rate)``
        if the score is a function of the share of rows whose most probable label is right
        (see `rampflow.problems.metrics.classification.Accuracy`);
    ``score_many(truth, y_preds)``
        the scores of many predictions at once, equal to `score` up to a relative 1e-12
        (see `rampflow.problems.metrics.regression.MAE`).

    Parameters
    ----------
    name : str, optional
        Name in files and on pages; ``default_name`` of the class if left out.
    precision : int
        Digits shown. It is never used in a computation.
    unit : str
        Unit of the score, such as ``°C``; empty for none.

    Attributes
    ----------
    is_lower_the_better : bool
        Direction.
    minimum, maximum : float
        Bounds of the score.
    """

    default_name: ClassVar[str] = "score"
    is_lower_the_better: bool = True
    minimum: float = 0.0
    maximum: float = float("inf")

    def __init__(self, name: str | None = None, precision: int = 2, unit: str = "") -> None:
        self.name = name or self.default_name
        self.precision = precision
        self.unit = unit

    @property
    def worst(self) -> float:
        """The bound on the bad side."""
        return self.maximum if self.is_lower_the_better else self.minimum

    def score_function(self, truth: Any, predictions: Any) -> float:
        """Score predictions against the truth.

        Parameters
        ----------
        truth, predictions : BasePredictions
            With the same rows, none of them NaN.

        Returns
        -------
        float
            At full precision.

        Raises
        ------
        ProblemError
            If the two have different numbers of rows.
        """
        self.check_same_rows(truth.y_pred, predictions.y_pred)
        return float(self.score(truth.y_pred, predictions.y_pred, sample_weights(truth)))

    def score(
        self, y_true: FloatArray, y_pred: FloatArray, weights: FloatArray | None = None
    ) -> float:
        """Score arrays; each metric says which formula.

        Parameters
        ----------
        y_true, y_pred : ndarray of float, shape (n_samples,) or (n_samples, n_columns)
            Truth and predictions.
        weights : ndarray of float, shape (n_samples,), optional
            Sample weights.

        Returns
        -------
        float
            The score.
        """
        raise NotImplementedError(f"{type(self).__name__} does not define score()")

    def check_same_rows(self, y_true: FloatArray, y_pred: FloatArray) -> None:
        """Raise if truth and predictions differ in their number of rows.

        Parameters
        ----------
        y_true, y_pred : ndarray
            Truth and predictions.

        Raises
        ------
        ProblemError
            If they do.
        """
        if len(y_true) != len(y_pred):
            raise ProblemError(
                f"{self.name}: truth has {len(y_true)} rows, predictions have {len(y_pred)}"
            )

    def __repr__(self) -> str:
        return f"{type(self).__name__}(name={self.name!r})"


def row_means(values: FloatArray) -> FloatArray:
    """Return the mean of each row over all axes after the first: shape (n_samples,)."""
    return np.asarray(values.reshape(len(values), -1).mean(axis=1), dtype=np.float64)


def sample_weights(truth: Any) -> FloatArray | None:
    """Return the sample weights of a truth, or None where it has none.

    Parameters
    ----------
    truth : BasePredictions
        Prediction types of other packages, which know no weights, are welcome.

    Returns
    -------
    ndarray of float, shape (n_samples,), or None
        The weights.
    """
    weights: FloatArray | None = getattr(truth, "weights", None)
    return weights


def weighted_mean(values: FloatArray, weights: FloatArray | None, axis: int = 0) -> Any:
    """Return the mean over samples, then over whatever axes follow.

    Parameters
    ----------
    values : ndarray of float, shape (..., n_samples) or (..., n_samples, n_columns)
        Values, such as absolute errors.
    weights : ndarray of float, shape (n_samples,), optional
        Sample weights.
    axis : int
        Axis of the samples; axes before it are kept.

    Returns
    -------
    float or ndarray of float
        One mean for each element of the leading axes.
    """
    later = tuple(range(axis, values.ndim))
    if weights is None:
        return np.mean(values, axis=later)
    return np.mean(np.average(values, axis=axis, weights=weights), axis=later[:-1])
