"""Intervals of single scores."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from rampflow.ranking.expand import expanded_level

FloatArray = npt.NDArray[np.float64]


def percentile_intervals(replicates: FloatArray, level: float) -> tuple[FloatArray, FloatArray]:
    """Return the ends of percentile intervals (Efron and Tibshirani 1993, chapter 13).

    Parameters
    ----------
    replicates : ndarray of float, shape (n_replicates, n_entries)
        Scores on resampled rows; what is not a number is left out.
    level : float
        Such as 0.95.

    Returns
    -------
    low, high : ndarray of float, shape (n_entries,)
        NaN where no replicate has a number.
    """
    if not len(replicates) or not np.isfinite(replicates).any(axis=0).all():
        nothing = np.full(replicates.shape[1], np.nan)
        return nothing, nothing.copy()
    finite = np.where(np.isfinite(replicates), replicates, np.nan)
    low, high = np.nanquantile(finite, [(1 - level) / 2, (1 + level) / 2], axis=0)
    return low, high


def wilson(rates: npt.ArrayLike, n_rows: int, level: float) -> tuple[FloatArray, FloatArray]:
    """Return the ends of Wilson's interval of a proportion (J. Am. Stat. Assoc. 22 (1927) 209-212).

    It is right near 0 and 1, where a percentile interval collapses.

    Parameters
    ----------
    rates : array_like of float
        Observed proportions of `n_rows` independent rows.
    n_rows : int
        Number of rows.
    level : float
        Such as 0.95.

    Returns
    -------
    low, high : ndarray of float
        In the shape of `rates`, between 0 and 1.
    """
    from scipy.special import ndtri

    p, z = np.asarray(rates, dtype=np.float64), float(ndtri((1 + level) / 2))
    scale = 1 + z**2 / n_rows
    middle = (p + z**2 / (2 * n_rows)) / scale
    half = z / scale * np.sqrt(p * (1 - p) / n_rows + z**2 / (4 * n_rows**2))
    return np.clip(middle - half, 0, 1), np.clip(middle + half, 0, 1)


def score_intervals(
    metric: Any,
    scores: FloatArray,
    replicates: FloatArray,
    n_rows: int,
    level: float,
    *,
    block: int,
    is_weighted: bool = False,
) -> tuple[FloatArray, FloatArray]:
    """Return the ends of the interval of each score.

    Parameters
    ----------
    metric : ScoreType
        A function of a proportion of right labels gets Wilson's interval.
    scores : ndarray of float, shape (n_entries,)
        The scores on all rows.
    replicates : ndarray of float, shape (n_replicates, n_entries)
        The scores on resampled rows.
    n_rows : int
        Rows that are scored.
    level : float
        Such as 0.95.
    block : int
        Rows that were drawn together; Wilson's interval wants independent rows.
    is_weighted : bool
        Whether rows have weights: then it does not hold either.

    Returns
    -------
    low, high : ndarray of float, shape (n_entries,)
    """
    if block == 1 and not is_weighted and hasattr(metric, "score_of_hit_rate"):
        # the function is its own inverse: a rate, or one minus it
        ends = wilson(metric.score_of_hit_rate(scores), n_rows, level)
        first, second = (np.asarray(metric.score_of_hit_rate(end)) for end in ends)
        return np.minimum(first, second), np.maximum(first, second)
    return percentile_intervals(replicates, expanded_level(level, n_rows / block))
