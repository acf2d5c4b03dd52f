"""Boxes of latitude and longitude, and the mean of a field over one.

A cell of the grid reaches half way to its neighbours. It counts by the area in which it overlaps
the box, so a box that cuts through cells (Niño 3.4 on a grid of 2°) is averaged rightly.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import xarray as xr

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Region:
    """A box of latitude and longitude.

    Parameters
    ----------
    name : str
        What people call it.
    south, north : float
        Latitudes in degrees north.
    west, east : float
        Longitudes in degrees east, 0 to 360, west of each other in this order.
    """

    name: str
    south: float
    north: float
    west: float
    east: float

    @property
    def area(self) -> float:
        """Its area, in the unit of `weights`."""
        return float(_belt(self.south, self.north)) * (self.east - self.west)

    def weights(self, lat: npt.ArrayLike, lon: npt.ArrayLike) -> Floats:
        """Return the area in which each cell of a grid overlaps the region.

        Parameters
        ----------
        lat, lon : array-like of shape (n_lat,) and (n_lon,)
            Centres of the cells in degrees, ascending; longitudes from 0 to 360.

        Returns
        -------
        ndarray of shape (n_lat, n_lon)
            The difference of the sine of the latitudes times that of the longitudes, 0 outside.
        """
        rows = np.clip(np.clip(cell_edges(lat), -90, 90), self.south, self.north)
        columns = np.clip(cell_edges(lon), self.west, self.east)
        return np.outer(_belt(rows[:-1], rows[1:]), np.diff(columns))


NINO34 = Region("Niño 3.4", south=-5, north=5, west=190, east=240)
"""5°S–5°N, 170–120°W (Trenberth 1997)."""
TROPICAL_PACIFIC = Region("the tropical Pacific", south=-30, north=30, west=120, east=290)
"""30°S–30°N, 120°E–70°W."""


def _belt(south: npt.ArrayLike, north: npt.ArrayLike) -> Floats:
    """Return the area of a belt of latitudes, per degree of longitude."""
    return np.asarray(np.sin(np.deg2rad(north)) - np.sin(np.deg2rad(south)), dtype=np.float64)


def cell_edges(centres: npt.ArrayLike) -> Floats:
    """Return the edges of cells: half way between centres, the outer ones as far as the inner.

    Parameters
    ----------
    centres : array-like of shape (n,)
        At least two, ascending.

    Returns
    -------
    ndarray of shape (n + 1,)
    """
    values = np.asarray(centres, dtype=np.float64)
    inner = (values[1:] + values[:-1]) / 2
    return np.concatenate([[2 * values[0] - inner[0]], inner, [2 * values[-1] - inner[-1]]])


def region_mean(field: xr.DataArray, region: Region) -> Floats:
    """Return the mean of a region for every time.

    Parameters
    ----------
    field : xarray.DataArray
        ``(time, lat, lon)``, coordinates ascending, longitudes from 0 to 360. Cells that are NaN at
        all times are land and do not count.
    region : Region
        The box.

    Returns
    -------
    ndarray of shape (n_times,)
        In the unit of the field; NaN where a cell that is no land has no value.
    """
    weights = region.weights(field["lat"].values, field["lon"].values)
    values = np.asarray(field.values, dtype=np.float64)
    counted = (weights > 0) & ~np.isnan(values).all(axis=0)
    share = weights[counted] / weights[counted].sum()
    return np.asarray(values[:, counted] @ share, dtype=np.float64)
