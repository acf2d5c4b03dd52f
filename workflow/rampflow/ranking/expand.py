"""Few blocks: what the bootstrap leaves out when rows are few, or drawn in long blocks.

A bootstrap takes the spread of its replicates for the true one, as a normal quantile does. With a
few dozen independent blocks that spread is itself uncertain, and a little too small: intervals are
too short, and among many pairs some look certain. So every quantile is expanded as that of a mean
of `n` values would be, to Student's t and by ``sqrt(n / (n - 1))`` (Hesterberg, The American
Statistician 69 (2015) 371-386, section 5.3). With 500 blocks this changes nothing worth naming.

The variance of a time series, with its memory (`rampflow.ranking.memory`), is less certain: that of
the trapezoid has ``3n/4`` degrees of freedom, and since the mean is subtracted it is too small by
``1 - 3/(2n)``. These are 1 over the integral of its squared weights, 4/3, and its integral, 3/2, in
blocks (Priestley, Spectral Analysis and Time Series (1981), chapter 6).
"""

from __future__ import annotations

import numpy as np


def expanded(quantile: float, n_blocks: float, *, has_memory: bool = False) -> float:
    """Return how many standard errors of a bootstrap stand for `quantile` true ones.

    Parameters
    ----------
    quantile : float
        Standard errors, 0 or more; infinity stays so.
    n_blocks : float
        Independent pieces of the data: rows divided by the length of a block, at least 2.
    has_memory : bool
        Whether the standard errors are those of a time series, with its memory.

    Returns
    -------
    float
        At least `quantile`.
    """
    from scipy.special import log_ndtr, stdtrit

    lost = 1.5 if has_memory else 1.0
    degrees = max(1.0, 0.75 * n_blocks if has_memory else n_blocks - 1)
    raised = np.sqrt(max(2.0, n_blocks) / (max(2.0, n_blocks) - lost))
    # far out the tail of the normal distribution rounds to 0: its logarithm does not
    tail = float(log_ndtr(-quantile))
    if not np.isfinite(tail) or tail < -700:
        return float("inf")
    wider = float(-stdtrit(degrees, np.exp(tail)))
    return max(quantile, wider * float(raised))


def expanded_level(level: float, n_blocks: float) -> float:
    """Return the level whose percentile interval covers as often as `level` says.

    Parameters
    ----------
    level : float
        Such as 0.95.
    n_blocks : float
        As in `expanded`.
    """
    from scipy.special import ndtr, ndtri

    return float(1 - 2 * ndtr(-expanded(float(-ndtri((1 - level) / 2)), n_blocks)))
