"""Time is revealed in order: where a later X gives an earlier label away.

In a forecast the target is a value of X itself, a few steps later. Whoever sees the whole X sees
the labels. So a submission is shown a prefix that grows by at most the lead, and gives its
predictions of the newly revealed rows before it is shown more.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rampflow.errors import ProblemError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


@dataclass(frozen=True)
class TimeSequence:
    """How the rows of a problem relate to the steps of X.

    Row ``i`` is the forecast issued at step ``burn_in + i``, of a value at ``burn_in + i + lead``.

    Parameters
    ----------
    burn_in : int
        Steps before the first row.
    lead : int
        Steps from the issue of a forecast to its target; at least 1.
    dim : str
        The name of the time dimension of X, an ``xarray.Dataset``.
    """

    burn_in: int
    lead: int
    dim: str = "time"

    def __post_init__(self) -> None:
        if self.burn_in < 0 or self.lead < 1:
            raise ProblemError(
                f"burn_in is {self.burn_in} and lead is {self.lead}: they must be at least 0 and 1",
                where="problem.py: sequence",
            )

    def n_rows(self, X: Any) -> int:
        """Return the number of rows of a sequence: its steps after the burn-in."""
        return int(X.sizes[self.dim]) - self.burn_in

    def stop(self, row: int) -> int:
        """Return how many steps may be shown when a row is predicted: up to its issue."""
        return self.burn_in + row + 1

    def check(self, X: Any, y: Any, part: str) -> None:
        """Check that X is a sequence and that y has a label per row.

        Raises
        ------
        ProblemError
            If it is not.
        """
        where = f"problem.py: get_{part}_data"
        if self.dim not in getattr(X, "sizes", {}):
            raise ProblemError(
                f"X has no dimension {self.dim!r}, which `sequence` wants", where=where
            )
        if len(y) != self.n_rows(X):
            raise ProblemError(
                f"y has {len(y)} rows, but X has {X.sizes[self.dim]} steps and a burn-in of "
                f"{self.burn_in}, so {self.n_rows(X)} rows",
                where=where,
            )

    def check_fold(
        self, train_is: npt.NDArray[np.intp], valid_is: npt.NDArray[np.intp], fold: int
    ) -> None:
        """Check that a fold trains on the past only.

        Raises
        ------
        ProblemError
            If a validation row is not later than every training row: its label would be seen.
        """
        if len(train_is) and len(valid_is) and valid_is.min() <= train_is.max():
            raise ProblemError(
                f"fold {fold} validates on row {valid_is.min()}, which is not later than its last "
                f"training row {train_is.max()}: the training months would show the label",
                where="problem.py: get_cv",
                do="use a splitter that trains on the past only, such as TimeSeries",
            )


def reveal_steps(first: int, n_rows: int, lead: int, known: int = 0) -> list[tuple[int, int]]:
    """Return the rows to reveal together, in order.

    Parameters
    ----------
    first : int
        The first row to predict.
    n_rows : int
        One past the last row to predict.
    lead : int
        Most rows that are revealed together: the label of the first is not shown with the last.
    known : int
        Rows before `first` that training has shown anyway; revealed in one step.

    Returns
    -------
    list of (int, int)
        Half-open ranges of rows. Row ranges after `known` are never longer than `lead`.
    """
    steps = [(0, known)] if known else []
    start = max(first, known)
    while start < n_rows:
        stop = min(start + lead, n_rows)
        steps.append((start, stop))
        start = stop
    return steps
