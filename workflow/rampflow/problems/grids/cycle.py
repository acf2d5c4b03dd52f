"""Whether a series has seasons, and years that differ: the marks of totals that were observed.

A climatology that is repeated has no other years, and anomalies to which one number was added have
no seasons. Every value of both is that of a tropical sea.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from rampflow.problems.grids.months import Months

ENOUGH = 120
"""Months from which on seasons are told from chance."""
MIN_SEASONS = 0.3
"""How much the calendar months of a tropical sea differ at least, in °C; Niño 3.4 has 1.3."""
MIN_CHANGE = 0.05
"""How much its years differ at least: the standard deviation, in °C; Niño 3.4 has 0.8."""


def cycle_fault(mean: npt.NDArray[np.float64], months: Months) -> str:
    """Say what the mean of a sea lacks; empty if it has seasons and years that differ.

    Parameters
    ----------
    mean : ndarray of shape (n_months,)
        In °C, every month in order.
    months : ndarray of datetime64[M]
        Which months these are.
    """
    if len(mean) < ENOUGH:
        return ""
    number = months.astype(np.int64) % 12
    seasons = np.array([mean[number == each].mean() for each in range(12)])
    change = float((mean - seasons[number]).std())
    if change < MIN_CHANGE:
        return f"hardly differs from year to year ({change:.2g} °C): this looks like a climatology"
    extent = float(np.ptp(seasons))
    if extent < MIN_SEASONS:
        return (
            f"has no seasons (its calendar months differ by {extent:.2g} °C): these look like "
            "anomalies to which one number was added"
        )
    return ""
