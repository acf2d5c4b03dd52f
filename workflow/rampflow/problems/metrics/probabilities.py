"""What metrics take of class probabilities, row by row."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


def label_index(y_proba: FloatArray) -> IntArray:
    """Return the column of the highest probability of each row, the first one on ties.

    Parameters
    ----------
    y_proba : ndarray of float, shape (n_samples, n_classes)
        Probabilities.

    Returns
    -------
    ndarray of int, shape (n_samples,)
        As ``np.argmax(y_proba, axis=1)``, which is slow for two columns.
    """
    if y_proba.ndim == 2 and y_proba.shape[1] == 2 and not np.isnan(y_proba).any():
        return (y_proba[:, 1] > y_proba[:, 0]).astype(np.int64)
    index: IntArray = np.argmax(y_proba, axis=1)
    return index


def row_log_loss(y_true: FloatArray, y_pred: FloatArray) -> FloatArray:
    """Return the negative log likelihood of each row.

    Parameters
    ----------
    y_true : ndarray of float, shape (n_samples, n_classes)
        True probabilities, usually 0 and 1.
    y_pred : ndarray of float, shape (..., n_samples, n_classes)
        Predicted probabilities.

    Returns
    -------
    ndarray of float, shape (..., n_samples)
        In nats.
    """
    spacing = np.finfo(np.float64).eps
    logs = np.log(np.clip(y_pred, spacing, 1 - spacing))
    losses: FloatArray = -np.sum(y_true * logs, axis=-1)
    return losses
