"""Whether fields that follow each other are those of one sea: no jumps, no copies, no fills.

Bounds of single values leave much room: a month that was filled with one number, or with the month
before, keeps within them.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from rampflow.problems.grids.months import Months
from rampflow.problems.grids.refusal import refusal

MAX_STEP = 20.0
"""How much any cell may change from month to month, in °C: more than land does in low latitudes."""
MAX_BOX_STEP = 8.0
"""How much a cell of a tropical sea may."""
MAX_MEAN_STEP = 4.0
"""How much the mean of a tropical sea may: El Niño changes it by 1.5 °C."""
_STRAIGHT = 1e-3
"""A month that is so close to the line between its neighbours, everywhere, was put there, in °C."""
_FILLED = "mark values that were filled in with the attribute _FillValue, or bring another file"

Floats = npt.NDArray[np.float64]


def step_fault(values: Floats, months: Months, most: float) -> str:
    """Say where a cell changes more in a month than is possible.

    Parameters
    ----------
    values : ndarray of shape (n_months, ...)
        In °C, NaN where missing.
    months : ndarray of datetime64[M]
        Which months these are.
    most : float
        The most that is possible, in °C.

    Returns
    -------
    str
        Empty if none does.
    """
    steps = np.abs(np.diff(values, axis=0))
    if not (steps > most).any():  # False for NaN
        return ""
    at = np.unravel_index(np.argmax(np.nan_to_num(steps) > most), steps.shape)
    before, after = values[at], values[(at[0] + 1, *at[1:])]
    return (
        f"from {months[at[0]]} to {months[at[0] + 1]} it changes from {before:.4g} to "
        f"{after:.4g} °C, by more than {most:g} °C"
    )


def check_series(values: Floats, months: Months, name: str, file: Path, variable: str) -> None:
    """Check that the months of a tropical sea are fields of their own that follow each other.

    Parameters
    ----------
    values : ndarray of shape (n_months, n_cells)
        In °C, complete.
    months : ndarray of datetime64[M]
        Which months these are.
    name, file, variable : str, Path, str
        What the sea is called and what it was read from, for errors.

    Raises
    ------
    DataError
        If a month is flat, a copy of another, interpolated, or too far from the one before.
    """
    if fault := _copy(values, months, name) or _interpolated(values, months, name):
        raise refusal(fault, file, variable, do=_FILLED)
    mean = values.mean(axis=1, keepdims=True)
    for what, of_it, most in (
        (f"the mean of {name}", mean, MAX_MEAN_STEP),
        (f"a cell of {name}", values, MAX_BOX_STEP),
    ):
        if fault := step_fault(of_it, months, most):
            raise refusal(f"{what} jumps: {fault}", file, variable, do=_FILLED)


def _copy(values: Floats, months: Months, name: str) -> str:
    """Say which month is flat or a copy of an earlier one; empty if none is."""
    flat = (values == values[:, :1]).all(axis=1)
    if values.shape[1] > 1 and flat.any():
        first = np.flatnonzero(flat)[0]
        return f"all cells of {name} hold the same value in {months[first]}"
    seen: dict[bytes, int] = {}
    for position, row in enumerate(values):
        earlier = seen.setdefault(row.tobytes(), position)
        if earlier != position:
            return f"{name} is in {months[position]} a copy of what it is in {months[earlier]}"
    return ""


def _interpolated(values: Floats, months: Months, name: str) -> str:
    """Say which month was put between its neighbours: it tells of the later one."""
    bend = np.abs(values[1:-1] - (values[:-2] + values[2:]) / 2)
    straight = np.flatnonzero((bend < _STRAIGHT).all(axis=1))
    if values.shape[1] < 2 or not straight.size:
        return ""
    return (
        f"{name} is in {months[straight[0] + 1]} the mean of the month before and the month after"
    )
