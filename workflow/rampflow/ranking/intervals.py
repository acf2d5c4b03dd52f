"""Intervals of single scores."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from rampflow.ranking.expand import expanded, expanded_level
from rampflow.ranking.memory import Pieces

FloatArray = npt.NDArray[np.float64]

FASTEST, FARTHEST = 0.2, 0.5
"""The most acceleration, and the most standard errors of median bias, that are believed."""


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


def series_intervals(
    scores: FloatArray, replicates: FloatArray, level: float, n_blocks: float, pieces: Pieces
) -> tuple[FloatArray, FloatArray]:
    """Return the ends of the intervals of scores of a time series.

    They are Efron's corrected percentiles (BCa, Journal of the American Statistical Association 82
    (1987) 171-185; of blocks: Götze and Künsch, Annals of Statistics 24 (1996) 1914-1933): a score
    that is low by chance seems surer than it is, and would get too short an interval. Their
    distance from the score is raised by what the blocks miss of the memory (`Pieces.raises`) and
    to Student's t (`expanded`).

    Parameters
    ----------
    scores : ndarray of float, shape (n_entries,)
        The scores on all rows.
    replicates : ndarray of float, shape (n_replicates, n_entries)
        The scores on resampled rows; what is not a number is left out.
    level : float
        Such as 0.95.
    n_blocks : float
        Rows divided by the length of a block.
    pieces : Pieces
        What pieces of the series contribute.

    Returns
    -------
    low, high : ndarray of float, shape (n_entries,)
        NaN where no replicate has a number.
    """
    from scipy.special import ndtr, ndtri

    normal = float(ndtri((1 + level) / 2))
    far = np.sqrt(pieces.raises()) * expanded(normal, n_blocks, has_memory=True) / normal
    speed = np.clip(pieces.skewness() / 6, -FASTEST, FASTEST)
    found = np.full((2, len(scores)), np.nan)
    for i, score in enumerate(scores):
        drawn = replicates[np.isfinite(replicates[:, i]), i]
        if not len(drawn):
            continue
        below = (np.sum(drawn < score) + np.sum(drawn <= score)) / (2 * len(drawn))
        shift = float(np.clip(ndtri(below), -FARTHEST, FARTHEST))
        moved = shift + np.array([-normal, normal])
        ends = np.quantile(drawn, ndtr(shift + moved / (1 - speed[i] * moved)))
        found[:, i] = score + far[i] * np.array([min(ends[0] - score, 0), max(ends[1] - score, 0)])
    return found[0], found[1]


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
    pieces: Pieces | None = None,
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
    pieces : Pieces, optional
        What pieces of a time series contribute: then `series_intervals`, within the bounds of the
        metric.

    Returns
    -------
    low, high : ndarray of float, shape (n_entries,)
    """
    if block == 1 and not is_weighted and hasattr(metric, "score_of_hit_rate"):
        # the function is its own inverse: a rate, or one minus it
        ends = wilson(metric.score_of_hit_rate(scores), n_rows, level)
        first, second = (np.asarray(metric.score_of_hit_rate(end)) for end in ends)
        return np.minimum(first, second), np.maximum(first, second)
    if pieces is not None:
        low, high = series_intervals(scores, replicates, level, n_rows / block, pieces)
        return np.maximum(low, metric.minimum), np.minimum(high, metric.maximum)
    return percentile_intervals(replicates, expanded_level(level, n_rows / block))
