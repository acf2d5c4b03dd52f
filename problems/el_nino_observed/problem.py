"""El Niño on observations: forecast the sea surface temperature of Niño 3.4 six months ahead.

The challenge of the problem ``el_nino``, on a file that the data steward brings. The card of the
problem is ``README.md`` beside this file.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from rampflow.errors import DataError
from rampflow.problems.grids.forecasts import forecast_rows
from rampflow.problems.grids.reading import MonthlyGrid, read_monthly
from rampflow.problems.grids.regions import NINO34, TROPICAL_PACIFIC, region_mean
from rampflow.problems.metrics.regression import RMSE
from rampflow.problems.predictions import make_regression
from rampflow.problems.sequence import TimeSequence
from rampflow.problems.splitters import TimeSeries
from rampflow.problems.workflows import TimeSeriesRegressor

if TYPE_CHECKING:
    import xarray as xr

    Part = tuple[xr.Dataset, npt.NDArray[np.float64]]

BURN_IN = 120
"""Months before the first forecast of a part, so that every forecast has ten years of past."""
LEAD = 6
"""Months from the issue of a forecast to the month it is for."""
FIRST_MONTH = "1920-01"
"""The first month that is used: before, few ships crossed the tropical Pacific."""
FIRST_TEST_MONTH = "1985-01"
"""The first month in which a forecast of the test set is issued; training months lie before."""
MIN_TRAINING_ROWS = 192
"""Eight folds of whole years need so many."""
MIN_TEST_ROWS = 12

problem_title = "El Niño, observed: sea surface temperature six months ahead"
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


def get_train_data(path: str = ".") -> Part:
    """Read the forecasts whose target month is before `FIRST_TEST_MONTH`.

    Parameters
    ----------
    path : str
        The folder of the problem; the data set is ``data/sst.nc`` below it.

    Returns
    -------
    X : xarray.Dataset
        Sea surface temperature ``sst(time, lat, lon)`` in °C, NaN where there is none, up to the
        issue month of the last forecast. ``X.n_burn_in`` and ``X.n_lookahead`` are `BURN_IN` and
        `LEAD`.
    y : ndarray of shape (n_rows,)
        Niño 3.4 in °C: ``y[i]`` is its value `LEAD` months after step ``BURN_IN + i`` of X.

    Raises
    ------
    DataError
        If the file is missing, not understood or too short.
    """
    return _parts(_file(path))[0]


def get_test_data(path: str = ".") -> Part:
    """Read the forecasts issued from `FIRST_TEST_MONTH` on.

    Their burn-in is the ten years before, which are months of training. See `get_train_data` for
    what is returned.
    """
    return _parts(_file(path))[1]


def describe_data(file: Path) -> dict[str, Any]:
    """Say what is understood of a file.

    Parameters
    ----------
    file : Path
        A netCDF file, which need not be the one in ``data/``.

    Raises
    ------
    DataError
        If it is not understood or too short.
    """
    from rampflow.problems.grids.facts import facts_of

    grid = _read(file)
    (X_train, y_train), (X_test, y_test) = _split(file, grid)
    rows = {
        "training": (y_train, X_train["time"].values[BURN_IN]),
        "test": (y_test, X_test["time"].values[BURN_IN]),
    }
    lead = np.timedelta64(LEAD, "M")
    targets = {
        f"{part} rows": f"{len(y)}, for the months {first} to {first + len(y) - 1}"
        for part, (y, issued) in rows.items()
        for first in [issued.astype("datetime64[M]") + lead]
    }
    return {**facts_of(grid, NINO34), **targets}


data_file = {
    "name": "sst.nc",
    "what": "a netCDF file of monthly sea surface temperature (total, not anomalies) of the "
    "tropical Pacific on a grid of 5° or finer, from 1958-07 or earlier to 1986-06 or later",
    "sources": (
        "NOAA ERSST v5, the file sst.mnmean.nc",
        "Kaplan Extended SST v2, anomalies to which a climatology was added",
    ),
}


def _file(path: str) -> Path:
    return Path(path) / "data" / "sst.nc"


def _read(file: Path) -> MonthlyGrid:
    return read_monthly(file, area=TROPICAL_PACIFIC, box=NINO34, first=FIRST_MONTH)


def _parts(file: Path) -> tuple[Part, Part]:
    """Read both parts."""
    return _split(file, _read(file))


def _split(file: Path, grid: MonthlyGrid) -> tuple[Part, Part]:
    """Cut a grid into training and test part; each has a burn-in."""
    months = grid.months
    n_before = int((months["time"].values < np.datetime64(FIRST_TEST_MONTH)).sum())
    n_training = n_before - BURN_IN - LEAD
    n_test = int(months.sizes["time"]) - n_before - LEAD
    if n_training < MIN_TRAINING_ROWS or n_test < MIN_TEST_ROWS:
        first, last = months["time"].values[[0, -1]].astype("datetime64[M]")
        raise DataError(
            f"the series is too short: from {first} to {last} there are {max(0, n_training)} "
            f"training rows before {FIRST_TEST_MONTH} and {max(0, n_test)} test rows after; needed "
            f"are {MIN_TRAINING_ROWS} and {MIN_TEST_ROWS}",
            where=f"{file}: variable {grid.variable}",
            do="bring a series from 1958-07 or earlier to 1986-06 or later",
        )
    # the target of the whole series, so that a cell is land in both parts or in none
    target = region_mean(months["sst"], NINO34)
    train, test = slice(0, n_before), slice(n_before - BURN_IN, None)
    return (
        forecast_rows(months.isel(time=train), target[train], sequence),
        forecast_rows(months.isel(time=test), target[test], sequence),
    )
