"""Small netCDF files of monthly sea surface temperature, in every form that a steward may bring."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

LAT = np.arange(-12.5, 15, 5)
LON = np.arange(182.5, 285, 5)


def make_sst(
    first: str = "1950-01",
    n_months: int = 24,
    lat: npt.NDArray[np.float64] = LAT,
    lon: npt.NDArray[np.float64] = LON,
    seed: int = 0,
) -> xr.Dataset:
    """Make a plain file: ``sst(time, lat, lon)`` in °C with a season, a slow anomaly and one land.

    Parameters
    ----------
    first : str
        The first month.
    n_months : int
        How many there are.
    lat, lon : ndarray
        Centres of the cells, in degrees.
    seed : int
        Another seed is another ocean.

    Returns
    -------
    xarray.Dataset
        Not written yet; times are days since 1800, as numbers with attributes.
    """
    rng = np.random.default_rng(seed)
    months = np.datetime64(first, "M") + np.arange(n_months)
    slow = np.zeros(n_months)
    for step in range(1, n_months):
        slow[step] = 0.9 * slow[step - 1] + rng.normal(scale=0.4)
    season = np.cos(2 * np.pi * (months.astype(int) % 12) / 12)
    rows = 28 - 0.01 * lat[:, np.newaxis] ** 2 + 0 * lon
    values = rows + (slow - season)[:, np.newaxis, np.newaxis]
    values = values + rng.normal(scale=0.2, size=values.shape)
    values[:, 0, -1] = np.nan
    days = (months.astype("datetime64[D]") - np.datetime64("1800-01-01")).astype(np.float64)
    return xr.Dataset(
        {"sst": (("time", "lat", "lon"), values, {"units": "degC"})},
        coords={
            "time": ("time", days, {"units": "days since 1800-01-01"}),
            "lat": ("lat", lat, {"units": "degrees_north"}),
            "lon": ("lon", lon, {"units": "degrees_east"}),
        },
    )


def write_sst(dataset: xr.Dataset, file: Path, format: str = "NETCDF4", **encoding: Any) -> Path:
    """Write a file and return its path.

    Parameters
    ----------
    dataset : xarray.Dataset
        What to write.
    file : Path
        Where to.
    format : str
        ``NETCDF4``, ``NETCDF3_CLASSIC``, ``NETCDF3_64BIT`` or ``NETCDF3_64BIT_DATA``.
    **encoding
        Of the variable ``sst``, such as ``dtype="float32"``.
    """
    options: dict[str, Any] = {"format": format, "encoding": {"sst": encoding} if encoding else {}}
    dataset.to_netcdf(file, engine="netcdf4", **options)
    return file
