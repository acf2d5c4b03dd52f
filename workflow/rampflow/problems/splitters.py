"""Cross-validation splitters for problems; any iterable of pairs of indices will do as well."""

from __future__ import annotations

from collections.abc import Iterator, Sized
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from rampflow.errors import ProblemError

IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True)
class TimeSeries:
    """Nested folds of a series: train on the beginning, validate on everything after it.

    The last `cv_block_size` of the rows, cut into `n_cv` blocks of whole periods, is what the folds
    are made of; the rows before are common to all. Fold i trains on the common rows and the first i
    blocks and validates on *all* later rows, so the last rows are validated by every fold.

    Parameters
    ----------
    n_cv : int
        Number of folds.
    cv_block_size : float
        Share of the rows after the common ones, strictly between 0 and 1. It is rounded down so
        that each block is a whole number of periods.
    period : int
        Rows per period: 12 for months in a year.

    Raises
    ------
    ProblemError
        If a value is out of its range.

    Examples
    --------
    >>> folds = list(TimeSeries(n_cv=8, cv_block_size=0.5, period=12).get_cv(None, range(588)))
    >>> [(len(train_is), len(valid_is)) for train_is, valid_is in folds][:3]
    [(300, 288), (336, 252), (372, 216)]
    """

    n_cv: int = 8
    cv_block_size: float = 0.5
    period: int = 12

    def __post_init__(self) -> None:
        for name in ("n_cv", "period"):
            value = getattr(self, name)
            if not isinstance(value, int) or isinstance(value, bool) or value < 1:
                raise ProblemError(f"{name} must be a whole number of 1 or more, found {value!r}")
        if not 0 < self.cv_block_size < 1:
            raise ProblemError(
                f"cv_block_size must lie strictly between 0 and 1, found {self.cv_block_size!r}"
            )

    def get_cv(self, X: Any, y: Sized) -> Iterator[tuple[IntArray, IntArray]]:
        """Yield the folds.

        Parameters
        ----------
        X : object
            Not used.
        y : sized
            One entry per row.

        Yields
        ------
        train_is, valid_is : ndarray of int
            Rows to train and to validate on.

        Raises
        ------
        ProblemError
            If there are too few rows for blocks of one period.
        """
        n_samples = len(y)
        # same operations in the same order as the El Niño kit, so that rounding is the same
        n_periods = int(n_samples * self.cv_block_size / self.n_cv / self.period)
        if n_periods == 0:
            needed = self.n_cv * self.period / self.cv_block_size
            raise ProblemError(
                f"{n_samples} rows are too few for {self.n_cv} folds of {self.period} rows each",
                do=f"give {needed:.0f} rows or more, or fewer folds",
            )
        block = n_periods * self.period
        n_common = n_samples - self.n_cv * block
        for start in range(n_common, n_samples, block):
            yield np.arange(start), np.arange(start, n_samples)
