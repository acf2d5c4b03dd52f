"""Predictions of several types side by side, such as a class and a concentration."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from rampflow.errors import ProblemError
from rampflow.problems.predictions.base import BasePredictions, FloatArray
from rampflow.problems.predictions.rows import rows_of, truth_array


class CombinedPredictions(BasePredictions):
    """Predictions of several types side by side; see `make_combined`.

    Attributes
    ----------
    predictions_list : list of BasePredictions
        The parts, in order. ``y_pred`` puts their columns side by side.
    """

    parts: ClassVar[Sequence[type[BasePredictions]]] = ()
    predictions_list: list[BasePredictions]

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
            columns = self.checked(rows_of(np.asarray(y_pred), fold_is))
            pieces = _split_columns(columns, [max(part.n_columns, 1) for part in self.parts])
            made = [p(y_pred=c) for p, c in zip(self.parts, pieces, strict=True)]
        elif y_true is not None:
            values = rows_of(truth_array(y_true), fold_is)
            if values.ndim != 2 or values.shape[1] != self.n_columns_true:
                raise ProblemError(
                    f"y_true has shape {values.shape}, expected (n_samples, {self.n_columns_true}):"
                    " the columns of every part of the combined prediction type, side by side"
                )
            pieces = _split_columns(values, [part.n_columns_true for part in self.parts])
            made = [
                p(y_true=c[:, 0] if c.shape[1] == 1 else c)
                for p, c in zip(self.parts, pieces, strict=True)
            ]
        elif n_samples is not None:
            made = [part(n_samples=n_samples) for part in self.parts]
        else:
            raise ProblemError("Predictions needs y_pred, y_true or n_samples; none is given")
        self.predictions_list = made

    @property
    def y_pred(self) -> FloatArray:  # type: ignore[override]
        """The parts' columns side by side, shape (n_samples, n_columns); a copy."""
        parts = [p.y_pred.reshape(len(p.y_pred), -1) for p in self.predictions_list]
        return np.concatenate(parts, axis=1)

    def set_valid_in_train(self, predictions: BasePredictions, test_is: npt.ArrayLike) -> None:
        """Put the predictions of one fold into the rows it was validated on, part by part.

        Parameters
        ----------
        predictions : CombinedPredictions
            One row per element of `test_is`.
        test_is : array_like of int
            Rows of this container.
        """
        assert isinstance(predictions, CombinedPredictions)
        for to, source in zip(self.predictions_list, predictions.predictions_list, strict=True):
            to.set_valid_in_train(source, test_is)

    def set_slice(self, valid_indexes: npt.ArrayLike) -> None:
        """Keep some rows only, in place, in every part.

        Parameters
        ----------
        valid_indexes : array_like of bool or int
            Rows to keep.
        """
        for part in self.predictions_list:
            part.set_slice(valid_indexes)


def make_combined(
    predictions_types: Sequence[type[BasePredictions]],
) -> type[CombinedPredictions]:
    """Return a prediction type that puts several side by side, such as a class and a number.

    The mean of such predictions is taken over the columns as they are: class columns are *not*
    clipped and normalised, as in the reference implementation.

    Parameters
    ----------
    predictions_types : sequence of type
        What `make_regression` and `make_multiclass` returned.

    Returns
    -------
    type
        A subclass of `CombinedPredictions`. Its ``y_true`` has the columns of each part's truth.

    Raises
    ------
    ProblemError
        If the list is empty.
    """
    if not predictions_types:
        raise ProblemError("make_combined needs at least one prediction type")
    attributes = {
        "parts": tuple(predictions_types),
        "n_columns": sum(max(part.n_columns, 1) for part in predictions_types),
        "n_columns_true": sum(part.n_columns_true for part in predictions_types),
    }
    return type("Combined", (CombinedPredictions,), attributes)


def _split_columns(values: npt.NDArray[Any], widths: Sequence[int]) -> list[npt.NDArray[Any]]:
    return np.split(values, np.cumsum(widths)[:-1], axis=1)
