"""Which differences between entries are more than chance, for all pairs together.

The order of a board is chosen by the data: whoever is held against the leader is held against the
luckiest of all. So a difference counts only if it is larger than the largest that chance makes
among *all* pairs (max-T: Westfall and Young 1993; Romano and Wolf 2005). With a probability of
`level` not one pair is told apart wrongly, however many entries are equal and whoever leads. Ranks
follow from the pairs, with the same guarantee for all of them at once (Mogstad, Romano, Shaikh and
Wilhelm, Review of Economic Studies 91 (2024) 476-518).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rampflow.ranking.expand import expanded
from rampflow.ranking.memory import Pieces

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.int_]

SMALLEST_SE = 1e-12
"""A standard error below this, times the largest score, is rounding: nothing is claimed."""


@dataclass(frozen=True)
class Comparison:
    """All pairs of entries. Differences are losses: above zero means worse.

    Attributes
    ----------
    critical : float
        Standard errors that a difference must exceed.
    se : ndarray of float, shape (n_entries, n_entries)
        Standard error of the difference of each pair.
    is_worse : ndarray of bool, shape (n_entries, n_entries)
        ``[i, j]``: entry i is worse than j by more than chance.
    """

    critical: float
    se: FloatArray
    is_worse: BoolArray

    @property
    def best_ranks(self) -> IntArray:
        """The best rank that the data allow each entry, from 1; shape (n_entries,)."""
        return np.asarray(1 + self.is_worse.sum(axis=1))

    @property
    def worst_ranks(self) -> IntArray:
        """The worst rank that the data allow each entry; shape (n_entries,)."""
        return np.asarray(len(self.is_worse) - self.is_worse.sum(axis=0))

    def level_with(self, leader: int) -> BoolArray:
        """Return which entries cannot be told apart from one, itself included."""
        return np.asarray(~self.is_worse[:, leader] & ~self.is_worse[leader])


def compare_all(
    scores: FloatArray,
    replicates: FloatArray,
    level: float,
    n_blocks: float,
    *,
    is_lower_the_better: bool,
    pieces: Pieces | None = None,
) -> Comparison:
    """Compare all pairs of entries.

    Parameters
    ----------
    scores : ndarray of float, shape (n_entries,)
        The scores on all rows.
    replicates : ndarray of float, shape (n_replicates, n_entries)
        The scores on resampled rows, the same rows for all entries. Replicates in which a score is
        not a number are left out.
    level : float
        Probability that no pair is told apart wrongly, such as 0.95.
    n_blocks : float
        Independent pieces of the data, for `expanded`.
    is_lower_the_better : bool
        The direction of the metric.
    pieces : Pieces, optional
        Of a time series: standard errors are raised by what blocks miss of its memory, those of
        each pair by its own ratio, or by the median of all pairs where that is larger.

    Returns
    -------
    Comparison
    """
    sign = 1.0 if is_lower_the_better else -1.0
    losses, drawn = sign * scores, sign * replicates[np.isfinite(replicates).all(axis=1)]
    se, largest = _errors_of_pairs(losses, drawn)
    if pieces is not None:
        se *= raised_errors(pieces, se > 0)
    critical = expanded(upper_quantile(largest, level), n_blocks, has_memory=pieces is not None)
    difference = losses[:, np.newaxis] - losses
    limit = np.full_like(se, np.inf)
    np.multiply(se, critical, out=limit, where=se > 0)
    return Comparison(critical, se, difference > limit)


def _errors_of_pairs(losses: FloatArray, drawn: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the standard error of each pair's difference, and the largest error of any pair.

    The second is one number for each replicate, in standard errors of the pair.
    """
    n = len(losses)
    se, largest = np.zeros((n, n)), np.zeros(len(drawn))
    errors = np.ascontiguousarray((drawn - losses).T)
    smallest = SMALLEST_SE * max(1.0, float(np.abs(losses).max(initial=0.0)))
    for i in range(n - 1):
        pairs = errors[i + 1 :] - errors[i]
        spread = pairs.std(axis=1, ddof=1) if len(drawn) > 1 else np.zeros(n - 1 - i)
        se[i, i + 1 :] = se[i + 1 :, i] = np.where(spread > smallest, spread, 0.0)
        varies = spread > smallest
        if varies.any():
            ratios = np.abs(pairs[varies]) / spread[varies, np.newaxis]
            np.maximum(largest, ratios.max(axis=0), out=largest)
    return se, largest


def raised_errors(pieces: Pieces, varies: BoolArray) -> FloatArray:
    """Return by how much the standard errors of pairs are to be raised.

    The ratio of one pair is uncertain, and with many pairs some is too small by chance: none is
    taken below the median of all.

    Parameters
    ----------
    pieces : Pieces
        What pieces of the series contribute.
    varies : ndarray of bool, shape (n_entries, n_entries)
        Pairs whose difference varies; the others do not count.

    Returns
    -------
    ndarray of float, shape (n_entries, n_entries)
        Factors, at least 1.
    """
    ratios = np.ones(varies.shape)
    for i in range(len(varies) - 1):
        ratios[i, i + 1 :] = ratios[i + 1 :, i] = pieces.raises(slice(i + 1, None), less=i)
    usual = float(np.median(ratios[varies])) if varies.any() else 1.0
    return np.asarray(np.sqrt(np.maximum(ratios, usual)))


def upper_quantile(values: FloatArray, level: float) -> float:
    """Return the smallest value that at least a share `level` of the values do not exceed.

    One is added to their number for the data themselves, so that the level holds for any number of
    replicates (Davison and Hinkley 1997, section 4.2); infinity where they are too few for it.
    """
    position = int(np.ceil((len(values) + 1) * level)) - 1
    return float(np.sort(values)[position]) if position < len(values) else float("inf")
