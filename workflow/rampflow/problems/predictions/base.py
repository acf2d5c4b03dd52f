"""What all prediction types share: a float array, its rows, and the mean as combination."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from rampflow.errors import ProblemError, SubmissionError
from rampflow.problems.predictions.rows import row_index, rows_of, split_weights, truth_array

FloatArray = npt.NDArray[np.float64]


class BasePredictions:
    """Predictions of one model, or the truth, for some rows.

    Parameters
    ----------
    y_pred : array_like, optional
        Predictions, one row per sample. NaN where there is none.
    y_true : array_like, optional
        The truth as ``get_train_data`` returns it.
    n_samples : int, optional
        Number of rows of an empty container.
    fold_is : array_like of int, optional
        Rows of `y_pred` or `y_true` to keep, such as the validation rows of a fold.

    Attributes
    ----------
    y_pred : ndarray of float, shape (n_samples,) or (n_samples, n_columns)
        The predictions, or the truth in the same shape.
    weights : ndarray of float, shape (n_samples,), or None
        Sample weights; only a truth of a weighted prediction type has them.

    Raises
    ------
    SubmissionError
        If `y_pred` has the wrong shape or is not made of numbers.
    ProblemError
        If `y_true` does not fit the prediction type, or nothing is given.
    """

    label_names: ClassVar[Sequence[Hashable]] = ()
    n_columns: ClassVar[int] = 0
    """Columns of `y_pred`; 0 means that it is one-dimensional."""
    n_columns_true: ClassVar[int] = 1
    """Columns of the truth, sample weights included; used to split that of a combined type."""
    has_weights: ClassVar[bool] = False

    y_pred: FloatArray
    weights: FloatArray | None

    def __init__(
        self,
        *,
        y_pred: npt.ArrayLike | None = None,
        y_true: Any = None,
        n_samples: int | None = None,
        fold_is: npt.ArrayLike | None = None,
    ) -> None:
        self.weights = None
        if y_pred is not None:
            self.y_pred = self.checked(rows_of(np.asarray(y_pred), fold_is))
        elif y_true is not None:
            values = rows_of(truth_array(y_true), fold_is)
            if self.has_weights:
                values, self.weights = split_weights(values)
            self.y_pred = self.from_truth(values)
        elif n_samples is not None:
            shape = (n_samples, self.n_columns) if self.n_columns else (n_samples,)
            self.y_pred = np.full(shape, np.nan)
        else:
            raise ProblemError("Predictions needs y_pred, y_true or n_samples; none is given")

    @property
    def valid_indexes(self) -> npt.NDArray[np.bool_]:
        """Rows that have a prediction, shape (n_samples,): those whose first column is not NaN."""
        first = self.y_pred if self.y_pred.ndim == 1 else self.y_pred[:, 0]
        return ~np.isnan(first)

    def set_valid_in_train(self, predictions: BasePredictions, test_is: npt.ArrayLike) -> None:
        """Put the predictions of one fold into the rows it was validated on.

        Parameters
        ----------
        predictions : BasePredictions
            One row per element of `test_is`.
        test_is : array_like of int
            Rows of this container.
        """
        self.y_pred[row_index(test_is)] = predictions.y_pred

    def set_slice(self, valid_indexes: npt.ArrayLike) -> None:
        """Keep some rows only, in place.

        Parameters
        ----------
        valid_indexes : array_like of bool or int
            Rows to keep.
        """
        keep = row_index(valid_indexes)
        self.y_pred = self.y_pred[keep]
        if self.weights is not None:
            self.weights = self.weights[keep]

    @classmethod
    def normalize(cls, y_pred: FloatArray) -> FloatArray:
        """Return what a prediction contributes to a mean; the base class leaves it as it is.

        Parameters
        ----------
        y_pred : ndarray of float, shape (..., n_samples) or (..., n_samples, n_columns)
            One prediction, or several stacked along leading axes.

        Returns
        -------
        ndarray of float
            Same shape.
        """
        return y_pred

    @classmethod
    def combine(
        cls, predictions_list: Sequence[Any], index_list: npt.ArrayLike | None = None
    ) -> BasePredictions:
        """Combine predictions: the mean over those that have a value, element by element.

        Used to combine the folds of one submission (bagging) and the submissions of one fold
        (blending). The sum runs in the order of the list, so that adding one member to a running
        sum gives the same number to the last bit.

        Parameters
        ----------
        predictions_list : sequence of BasePredictions
            All with the same number of rows.
        index_list : array_like of int, optional
            Members to combine, with repetition; all of them by default.

        Returns
        -------
        BasePredictions
            Of this class. A row that no member predicts is NaN.

        Raises
        ------
        ProblemError
            If there is nothing to combine.
        """
        indices = range(len(predictions_list)) if index_list is None else np.asarray(index_list)
        members = [predictions_list[i].y_pred for i in indices]
        if not members:
            raise ProblemError("combine needs at least one prediction")
        total = np.zeros(members[0].shape)
        count = np.zeros(members[0].shape)
        for y_pred in members:
            term = cls.normalize(y_pred)
            covered = ~np.isnan(term)
            np.add(total, term, out=total, where=covered)
            count += covered
        mean = np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0)
        return cls(y_pred=mean)

    @classmethod
    def checked(cls, y_pred: npt.NDArray[Any]) -> FloatArray:
        """Return a float copy of predictions in the type's own shape.

        Parameters
        ----------
        y_pred : ndarray
            What a model returned.

        Returns
        -------
        ndarray of float, shape (n_samples,) or (n_samples, n_columns)
            A copy.

        Raises
        ------
        SubmissionError
            If the shape is wrong or the values are not numbers.
        """
        if cls.n_columns <= 1 and y_pred.ndim in (1, 2) and y_pred.size == len(y_pred):
            # a column and a vector mean the same when there is one target: take both
            y_pred = y_pred.reshape((-1, 1) if cls.n_columns else (-1,))
        if y_pred.ndim != (2 if cls.n_columns else 1) or (
            cls.n_columns and y_pred.shape[1] != cls.n_columns
        ):
            raise SubmissionError(
                f"predictions have shape {y_pred.shape}, expected {cls._expected_shape()}",
                do="return one row per sample of X, in the order of X",
            )
        try:
            return np.array(y_pred, dtype=np.float64, order="C")
        except (TypeError, ValueError) as error:
            raise SubmissionError(
                f"predictions must be numbers, found dtype {y_pred.dtype} ({error})",
                do="return a numpy array of floats",
            ) from None

    @classmethod
    def _expected_shape(cls) -> str:
        if not cls.n_columns:
            return "(n_samples,)"
        names = ", ".join(map(str, cls.label_names))
        return f"(n_samples, {cls.n_columns})" + (f": one column per {names}" if names else "")

    def from_truth(self, y_true: npt.NDArray[Any]) -> FloatArray:
        """Return the truth in the shape of predictions; each prediction type says how.

        Parameters
        ----------
        y_true : ndarray
            The truth without its column of weights.

        Returns
        -------
        ndarray of float, shape (n_samples,) or (n_samples, n_columns)
            Comparable with ``y_pred``.
        """
        raise NotImplementedError
