"""Resampled rows: how often each row is drawn, alone or in blocks of neighbours."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from rampflow.errors import ProblemError

Counts = npt.NDArray[np.int32]


def block_counts(n_rows: int, n_replicates: int, block: int, rng: np.random.Generator) -> Counts:
    """Return how often each row is drawn in each replicate of a circular block bootstrap.

    Blocks of neighbours are drawn with replacement, those at the end go on at the beginning, so
    that every row is drawn as often as every other one on average (Politis and Romano 1992). Blocks
    of one row are the ordinary bootstrap (Efron 1979). All replicates have `n_rows` rows: the last
    block is cut.

    Parameters
    ----------
    n_rows : int
        Rows, in the order of time where that matters.
    n_replicates : int
        Replicates.
    block : int
        Rows of a block; at least as long as the errors of a time series remember.
    rng : numpy.random.Generator
        Draws the blocks.

    Returns
    -------
    ndarray of int, shape (n_replicates, n_rows)
        Each line sums to `n_rows`.

    Raises
    ------
    ProblemError
        If a replicate would hold fewer than two blocks: then it says nothing.
    """
    if n_rows < 2 * block:
        raise ProblemError(
            f"{n_rows} rows are too few to resample blocks of {block}",
            do="choose shorter blocks (uncertainty: block), at most half of the rows",
        )
    n_blocks = -(-n_rows // block)
    lengths = np.full(n_blocks, block)
    lengths[-1] = n_rows - block * (n_blocks - 1)
    counts = np.empty((n_replicates, n_rows), dtype=np.int32)
    for line in counts:
        starts = rng.integers(n_rows, size=n_blocks)
        # a block adds one from its start to its end: its two ends, and then the running sum
        begun = np.bincount(starts, minlength=2 * n_rows)
        ended = np.bincount(starts + lengths, minlength=2 * n_rows)[: 2 * n_rows]
        covered = np.cumsum(begun - ended)
        line[:] = covered[:n_rows] + covered[n_rows:]
    return counts
