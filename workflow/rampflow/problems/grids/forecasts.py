"""Rows of a forecast problem from a series of months: what is known, and what comes later."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from rampflow.problems.sequence import TimeSequence

if TYPE_CHECKING:
    import xarray as xr


def forecast_rows(
    months: xr.Dataset, target: npt.NDArray[np.float64], sequence: TimeSequence
) -> tuple[xr.Dataset, npt.NDArray[np.float64]]:
    """Make one row per forecast from a series.

    Parameters
    ----------
    months : xarray.Dataset
        All months of a part, of which the first ``sequence.burn_in`` have no forecast.
    target : ndarray of shape (n_months,)
        What is to be forecast, for each month.
    sequence : TimeSequence
        Burn-in and lead.

    Returns
    -------
    X : xarray.Dataset
        The months up to the issue of the last forecast: what comes later is in y only. Its
        attributes ``n_burn_in`` and ``n_lookahead`` tell burn-in and lead.
    y : ndarray of shape (n_rows,)
        ``y[i]`` is the target ``sequence.lead`` months after step ``burn_in + i`` of X.
    """
    y = target[sequence.burn_in + sequence.lead :]
    X = months.isel({sequence.dim: slice(0, sequence.burn_in + len(y))})
    return X.assign_attrs(n_burn_in=sequence.burn_in, n_lookahead=sequence.lead), y
