"""Rows and columns of what problems and models hand over, before they become predictions."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from rampflow.errors import ProblemError

FloatArray = npt.NDArray[np.float64]


def row_index(rows: npt.ArrayLike) -> npt.NDArray[Any]:
    """Return rows as an index array.

    Parameters
    ----------
    rows : array_like of int or bool
        Positions or a mask; an empty list is no row.

    Returns
    -------
    ndarray of int or bool
        Usable as an index.
    """
    index = np.asarray(rows)
    return index if index.size else index.astype(np.intp)


def rows_of(values: npt.NDArray[Any], fold_is: npt.ArrayLike | None) -> npt.NDArray[Any]:
    """Return some rows of an array, or all of them.

    Parameters
    ----------
    values : ndarray, shape (n_samples, ...)
        The array.
    fold_is : array_like of int, optional
        Rows to keep.

    Returns
    -------
    ndarray
        Shape (len(fold_is), ...).
    """
    return values if fold_is is None else values[row_index(fold_is)]


def truth_array(y_true: Any) -> npt.NDArray[Any]:
    """Return the truth as an array.

    Parameters
    ----------
    y_true : array_like or list of lists
        The truth as a problem returns it.

    Returns
    -------
    ndarray
        Lists of labels of different lengths become an array of lists.
    """
    if isinstance(y_true, list) and any(isinstance(entry, list | tuple | set) for entry in y_true):
        lengths = {len(e) if isinstance(e, list | tuple) else -1 for e in y_true}
        if len(lengths) > 1 or lengths == {-1}:
            ragged = np.empty(len(y_true), dtype=object)
            ragged[:] = y_true
            return ragged
    return np.asarray(y_true)


def split_weights(values: npt.NDArray[Any]) -> tuple[npt.NDArray[Any], FloatArray]:
    """Return the truth and the sample weights, which are its last column.

    Parameters
    ----------
    values : ndarray, shape (n_samples, n_columns + 1)
        The truth with its weights.

    Returns
    -------
    truth : ndarray, shape (n_samples,) or (n_samples, n_columns)
        One-dimensional where one column is left.
    weights : ndarray of float, shape (n_samples,)
        Finite and at least 0.

    Raises
    ------
    ProblemError
        If there is no such column or a weight is negative or not finite.
    """
    if values.ndim != 2 or values.shape[1] < 2:
        raise ProblemError(
            f"y_true has shape {values.shape}, expected the truth and a last column of weights"
        )
    weights = values[:, -1].astype(np.float64)
    if not (np.isfinite(weights).all() and (weights >= 0).all()):
        raise ProblemError("sample weights (last column of y_true) must be finite and at least 0")
    truth = values[:, :-1]
    return (truth[:, 0] if truth.shape[1] == 1 else truth), weights
