"""Predictions of a class: probabilities, one column per label."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from rampflow.errors import ProblemError
from rampflow.problems.predictions.base import BasePredictions, FloatArray

IntArray = npt.NDArray[np.int64]

# Keeps a probability off 0 and 1, and a row off the sum 0, when predictions are combined.
CLIP = 1e-15


class MulticlassPredictions(BasePredictions):
    """Class probabilities, one column per label; see `make_multiclass`."""

    @property
    def y_pred_label_index(self) -> IntArray:
        """Column of the most probable label, shape (n_samples,); the first one on ties."""
        label_index: IntArray = np.argmax(self.y_pred, axis=1)
        return label_index

    @property
    def y_pred_label(self) -> npt.NDArray[Any]:
        """The most probable label itself, shape (n_samples,)."""
        return np.array(self.label_names)[self.y_pred_label_index]

    @classmethod
    def normalize(cls, y_pred: FloatArray) -> FloatArray:
        """Clip probabilities to [1e-15, 1 - 1e-15] and divide each row by its sum.

        Parameters
        ----------
        y_pred : ndarray of float, shape (..., n_samples, n_columns)
            One prediction, or several stacked along leading axes.

        Returns
        -------
        ndarray of float
            Same shape; rows sum to 1, rows of NaN stay NaN.
        """
        clipped = np.clip(y_pred, CLIP, 1 - CLIP)
        clipped /= row_sums(clipped)[..., np.newaxis]
        return clipped

    def from_truth(self, y_true: npt.NDArray[Any]) -> FloatArray:
        """Return one-hot rows; an entry of k labels (multi-label) gets 1 / k in each of them.

        Parameters
        ----------
        y_true : ndarray, shape (n_samples,)
            Labels, or lists of labels.

        Returns
        -------
        ndarray of float, shape (n_samples, n_columns)
            Rows sum to 1.

        Raises
        ------
        ProblemError
            If a label is not one of ``label_names``.
        """
        column = {label: i for i, label in enumerate(self.label_names)}
        probabilities = np.zeros((len(y_true), self.n_columns))
        if y_true.ndim == 1 and y_true.dtype != object:
            labels, inverse = np.unique(y_true, return_inverse=True)
            columns = [self._column(column, label) for label in labels.tolist()]
            probabilities[np.arange(len(y_true)), np.array(columns, dtype=int)[inverse]] = 1.0
            return probabilities
        for row, entry in zip(probabilities, y_true, strict=True):
            several = isinstance(entry, list | tuple | set | np.ndarray)
            entry_labels = list(entry) if several else [entry]
            for label in entry_labels:
                row[self._column(column, label)] = 1.0 / len(entry_labels)
        return probabilities

    @classmethod
    def _column(cls, column: dict[Hashable, int], label: Any) -> int:
        if label in column:
            return column[label]
        try:  # the label "3" of a CSV file where the names are integers, or the reverse
            return column[type(cls.label_names[0])(label)]  # type: ignore[call-arg]
        except (KeyError, TypeError, ValueError):
            raise ProblemError(
                f"y_true holds the label {label!r}, allowed: {list(cls.label_names)!r}",
                do="add it to label_names in problem.py, or correct the data",
            ) from None


def make_multiclass(
    label_names: Sequence[Hashable], weights: bool = False
) -> type[MulticlassPredictions]:
    """Return the prediction type of a classification: probabilities, one column per label.

    Parameters
    ----------
    label_names : sequence
        The labels as they stand in ``y_true``, of any hashable type; their order is that of the
        columns. An entry of ``y_true`` may also be a list of labels (multi-label).
    weights : bool
        Whether ``y_true`` has a second column with sample weights.

    Returns
    -------
    type
        A subclass of `MulticlassPredictions`.

    Raises
    ------
    ProblemError
        If there are fewer than two labels, or one stands there twice.
    """
    names = list(label_names)  # a list, since code written for RAMP kits calls its `index`
    if len(names) < 2 or len(set(names)) != len(names):
        raise ProblemError(f"label_names must be two or more different labels, found {names!r}")
    attributes = {
        "label_names": names,
        "n_columns": len(names),
        "n_columns_true": 1 + weights,
        "has_weights": weights,
    }
    return type("Multiclass", (MulticlassPredictions,), attributes)


def row_sums(values: FloatArray) -> FloatArray:
    """Return ``np.sum(values, axis=-1)``, the same to the last bit and faster for short rows.

    numpy spends most of its time between the rows of a short last axis; below eight columns it adds
    them in order, as is done here column by column.

    Parameters
    ----------
    values : ndarray of float, shape (..., n_columns)
        Values.

    Returns
    -------
    ndarray of float, shape (...)
        Sum of each row.
    """
    if values.shape[-1] >= 8:
        return np.asarray(np.sum(values, axis=-1))
    total = values[..., 0].copy()
    for column in range(1, values.shape[-1]):
        total += values[..., column]
    return total
