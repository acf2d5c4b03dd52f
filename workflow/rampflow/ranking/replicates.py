"""The score of every entry on every replicate of the rows."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from rampflow.problems.metrics.base import sample_weights
from rampflow.ranking.resample import Counts

FloatArray = npt.NDArray[np.float64]

CHUNK_BYTES = 64_000_000
"""Draws are turned into numbers with a point so many bytes at a time."""


def is_mean_loss(metric: Any) -> bool:
    """Tell whether a metric is a function of the mean loss of the rows, and so fast to resample."""
    return hasattr(metric, "row_losses") and hasattr(metric, "score_of_mean_loss")


def replicate_scores(
    metric: Any, truth: Any, predictions: Sequence[Any], counts: Counts
) -> FloatArray:
    """Return the scores of entries on resampled rows.

    Parameters
    ----------
    metric : ScoreType
        The metric; those that know the loss of a row (`is_mean_loss`) cost one matrix product.
    truth : BasePredictions
        The truth of all rows, none NaN.
    predictions : sequence of BasePredictions
        One per entry, of the same rows.
    counts : ndarray of int, shape (n_replicates, n_rows)
        How often each row is drawn.

    Returns
    -------
    ndarray of float, shape (n_replicates, n_entries)
        NaN where a metric is not defined on the rows that were drawn.
    """
    if is_mean_loss(metric):
        return _of_mean_loss(metric, truth, predictions, counts)
    found = np.empty((len(counts), len(predictions)))
    for b, drawn in enumerate(counts):
        rows = np.repeat(np.arange(len(drawn)), drawn)
        there = _rows_of(truth, rows)
        for i, prediction in enumerate(predictions):
            found[b, i] = metric.score_function(there, _rows_of(prediction, rows))
    return found


def _of_mean_loss(
    metric: Any, truth: Any, predictions: Sequence[Any], counts: Counts
) -> FloatArray:
    per_entry = np.stack([metric.row_losses(truth.y_pred, p.y_pred) for p in predictions], axis=1)
    losses = per_entry.reshape(len(per_entry), -1)
    weights = sample_weights(truth)
    weights = np.ones(len(losses)) if weights is None else np.asarray(weights, dtype=np.float64)
    weighted = losses * weights[:, np.newaxis]
    found = np.empty((len(counts), len(predictions)))
    step = max(1, CHUNK_BYTES // (8 * counts.shape[1]))
    for start in range(0, len(counts), step):
        drawn = counts[start : start + step].astype(np.float64)
        mean = (drawn @ weighted) / (drawn @ weights)[:, np.newaxis]
        mean = mean.reshape(len(mean), *per_entry.shape[1:])
        found[start : start + step] = metric.score_of_mean_loss(mean)
    return found


def _rows_of(predictions: Any, rows: npt.NDArray[np.int_]) -> Any:
    chosen = copy.copy(predictions)  # set_slice replaces its arrays, and changes none
    chosen.set_slice(rows)
    return chosen
