"""El Niño: forecast the sea surface temperature of the Niño 3.4 region six months ahead.

The card of the problem is ``README.md`` beside this file.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from rampflow.problems.grids.forecasts import forecast_rows
from rampflow.problems.grids.regions import NINO34, region_mean
from rampflow.problems.metrics.regression import RMSE
from rampflow.problems.predictions import make_regression
from rampflow.problems.sequence import TimeSequence
from rampflow.problems.splitters import TimeSeries
from rampflow.problems.workflows import TimeSeriesRegressor

if TYPE_CHECKING:
    import xarray as xr

BURN_IN = 120
"""Months before the first forecast of a series, so that every forecast has ten years of past."""
LEAD = 6
"""Months from the issue of a forecast to the month it is for."""

problem_title = "El Niño: sea surface temperature six months ahead"
unit = "°C"
Predictions = make_regression(label_names=["nino34"])
workflow = TimeSeriesRegressor(burn_in=BURN_IN, dim="time")
sequence = TimeSequence(burn_in=BURN_IN, lead=LEAD, dim="time")
score_types = [RMSE(name="rmse", precision=3, unit="°C")]


def get_cv(
    X: xr.Dataset, y: npt.NDArray[np.float64]
) -> Iterator[tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]]:
    """Return eight nested folds: each trains on the past and validates on all that follows."""
    return iter(TimeSeries(n_cv=8, cv_block_size=0.5, period=12).get_cv(X, y))


def get_train_data(path: str = ".") -> tuple[xr.Dataset, npt.NDArray[np.float64]]:
    """Read the first half of the months.

    Parameters
    ----------
    path : str
        The folder of the problem; the data set is ``data/enso.nc`` below it.

    Returns
    -------
    X : xarray.Dataset
        Sea surface temperature ``sst(time, lat, lon)`` in °C, NaN on land, up to the issue month
        of the last forecast. ``X.n_burn_in`` and ``X.n_lookahead`` are `BURN_IN` and `LEAD`.
    y : ndarray of shape (n_rows,)
        Niño 3.4 in °C: ``y[i]`` is its value `LEAD` months after step ``BURN_IN + i`` of X.
    """
    months = read_months(path)
    return forecasts(months.isel(time=slice(0, split_at(months))))


def get_test_data(path: str = ".") -> tuple[xr.Dataset, npt.NDArray[np.float64]]:
    """Read the second half of the months, which has a burn-in of its own.

    See `get_train_data` for what is returned.
    """
    months = read_months(path)
    return forecasts(months.isel(time=slice(split_at(months), None)))


def forecasts(months: xr.Dataset) -> tuple[xr.Dataset, npt.NDArray[np.float64]]:
    """Make one row per forecast of Niño 3.4 from a series of months."""
    return forecast_rows(months, region_mean(months["sst"], NINO34), sequence)


def split_at(months: xr.Dataset) -> int:
    """Return the month that begins the test set: both halves are whole years from January on."""
    return int(months.sizes["time"]) // 24 * 12


def read_months(path: str) -> xr.Dataset:
    """Read the whole data set into memory, in double precision."""
    import xarray as xr

    with xr.open_dataset(Path(path) / "data" / "enso.nc", engine="netcdf4") as dataset:
        return dataset[["sst"]].astype(np.float64).load()
