"""A time series: how much of its memory the blocks of a bootstrap miss.

Blocks of `l` rows keep the correlation of neighbours but cut it at their ends: what is `k` rows
apart counts with the weight ``1 - k/l`` (Bartlett's), so the variance of a score comes out too
small, by a part of order ``1/l``. The trapezoid that counts everything up to ``l/2`` fully, and
from there falls to 0 at ``l``, has no such bias; it is twice the variance of blocks of `l` less
that of blocks of ``l/2`` (Politis and Romano, Journal of Time Series Analysis 16 (1995) 67-103).
The ratio of the two, never below 1, says by how much the bootstrap's variance is to be raised. Both
are computed from what every piece of the rows, a quarter of a block, contributes to a score. A
jackknife tells that of any metric: the score without the piece (Künsch, Annals of Statistics 17
(1989) 1217-1241).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from rampflow.ranking.replicates import replicate_scores

FloatArray = npt.NDArray[np.float64]

PER_BLOCK = 4
"""Pieces of a block."""
MOST_PIECES = 200
"""So many pieces, the first ones, are left out in turn: 50 blocks tell how the rows remember."""


@dataclass(frozen=True)
class Pieces:
    """What each piece of a series contributes to the score of each entry.

    Attributes
    ----------
    influences : ndarray of float, shape (n_pieces, n_entries)
        The part of the score's error that is due to a piece, in the unit of the score, in order of
        time, with a mean of 0.
    per_block : int
        Pieces that make a block.
    """

    influences: FloatArray
    per_block: int

    def raises(self, entries: Any = slice(None), less: int | None = None) -> FloatArray:
        """Return the ratios of the two variances, at least 1.

        Parameters
        ----------
        entries : index of entries
            Those that are asked for.
        less : int, optional
            The entry whose score is subtracted from theirs: then the ratios are those of the
            differences.

        Returns
        -------
        ndarray of float, shape (n_asked,)
            1 where nothing varies.
        """
        parts = self.influences[:, entries]
        if less is not None:
            parts = parts - self.influences[:, [less]]
        ours = theirs = (parts * parts).sum(axis=0)
        for lag in range(1, self.per_block):
            apart = lag / self.per_block
            both = 2 * (parts * np.roll(parts, lag, axis=0)).sum(axis=0)
            theirs = theirs + (1 - apart) * both
            ours = ours + min(1.0, 2 * (1 - apart)) * both
        ratio = np.divide(ours, theirs, out=np.ones_like(ours), where=theirs > 0)
        return np.asarray(np.maximum(ratio, 1.0))

    def skewness(self) -> FloatArray:
        """Return that of the sums of whole blocks over the square root of their number.

        It is six times the acceleration of Efron's intervals; shape (n_entries,), 0 where nothing
        varies.
        """
        starts = np.arange(0, len(self.influences), self.per_block)
        sums = np.add.reduceat(self.influences, starts, axis=0)
        sums = sums - sums.mean(axis=0)
        second, third = (sums**2).sum(axis=0), (sums**3).sum(axis=0)
        where = second > 0
        return np.asarray(np.divide(third, second**1.5, out=np.zeros_like(third), where=where))


def pieces_of(metric: Any, truth: Any, predictions: Sequence[Any], block: int) -> Pieces | None:
    """Leave out the pieces of a series one after the other, and return what each contributes.

    Parameters
    ----------
    metric : ScoreType
        The metric.
    truth : BasePredictions
        The truth of all rows, none NaN, in order of time.
    predictions : sequence of BasePredictions
        One per entry, of the same rows.
    block : int
        Rows of a block, at most half of all.

    Returns
    -------
    Pieces or None
        None for blocks of one row: these have no memory. A piece without which a score is not
        defined contributes nothing.
    """
    if block == 1:
        return None
    n_rows, per_block = len(truth.y_pred), min(PER_BLOCK, block)
    n_pieces = round(per_block * n_rows / block)
    ends = np.linspace(0, n_rows, n_pieces + 1).round().astype(int)[: MOST_PIECES + 1]
    counts = np.ones((len(ends), n_rows), dtype=np.int32)  # the first leaves out nothing
    for line, start, end in zip(counts[1:], ends[:-1], ends[1:], strict=True):
        line[start:end] = 0
    scores = replicate_scores(metric, truth, predictions, counts)
    kept = 1 - np.diff(ends)[:, np.newaxis] / n_rows
    influences = np.nan_to_num((scores[0] - scores[1:]) * kept, posinf=0.0, neginf=0.0)
    return Pieces(influences - influences.mean(axis=0), per_block)
