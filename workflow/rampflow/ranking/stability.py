"""How sure an order is: who would be first, and how alike orders of resampled rows are."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

FEW = 300
"""Entries whose pairs are compared one by one; more are sorted, which then is as fast."""


def first_place_probability(replicates: FloatArray, *, is_lower_the_better: bool) -> FloatArray:
    """Return the share of replicates in which each entry is first; equal ones share it.

    Parameters
    ----------
    replicates : ndarray of float, shape (n_replicates, n_entries)
        Scores on resampled rows; replicates with something that is not a number are left out.
    is_lower_the_better : bool
        The direction of the metric.

    Returns
    -------
    ndarray of float, shape (n_entries,)
        Sums to 1; NaN where there is no replicate.
    """
    losses = _losses(replicates, is_lower_the_better)
    if not len(losses):
        return np.full(replicates.shape[1], np.nan)
    first = losses == losses.min(axis=1, keepdims=True)
    return np.asarray((first / first.sum(axis=1, keepdims=True)).mean(axis=0))


def kendall_agreement(
    scores: FloatArray, replicates: FloatArray, *, is_lower_the_better: bool
) -> float:
    """Return the mean of Kendall's tau-b between the order of the board and resampled ones.

    Parameters
    ----------
    scores : ndarray of float, shape (n_entries,)
        Scores on all rows.
    replicates : ndarray of float, shape (n_replicates, n_entries)
        Scores on resampled rows.
    is_lower_the_better : bool
        The direction of the metric.

    Returns
    -------
    float
        1 where every replicate has the order of the board, about 0 where none has anything of it;
        NaN with fewer than two entries or no replicate.
    """
    losses = _losses(replicates, is_lower_the_better)
    if len(scores) < 2 or not len(losses):
        return float("nan")
    board = scores if is_lower_the_better else -scores
    taus = _taus(board, losses)
    return float(taus[np.isfinite(taus)].mean()) if np.isfinite(taus).any() else float("nan")


def _taus(board: FloatArray, losses: FloatArray) -> FloatArray:
    """Return Kendall's tau-b of one order and each of many: NaN where all of one are equal.

    Few entries have few pairs, which all orders compare at once; many are sorted, order by order.
    """
    if len(board) > FEW:
        from scipy.stats import kendalltau

        return np.array([kendalltau(board, drawn).statistic for drawn in losses])
    agree, differ = np.zeros(len(losses)), np.zeros(len(losses))
    n_pairs = 0
    for i in range(len(board) - 1):
        ours = np.sign(board[i + 1 :] - board[i])
        theirs = np.sign(losses[:, i + 1 :].T - losses[:, i])
        agree += ours @ theirs
        differ += np.count_nonzero(theirs, axis=0)
        n_pairs += int(np.count_nonzero(ours))
    with np.errstate(invalid="ignore"):  # 0 / 0: all of one are equal
        return np.asarray(np.clip(agree / np.sqrt(n_pairs) / np.sqrt(differ), -1, 1))


def _losses(replicates: FloatArray, is_lower_the_better: bool) -> FloatArray:
    finite = replicates[np.isfinite(replicates).all(axis=1)]
    return finite if is_lower_the_better else -finite
