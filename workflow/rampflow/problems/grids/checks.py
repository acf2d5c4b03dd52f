"""Whether temperatures are what they say: totals in °C, complete where they must be."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from rampflow.problems.grids.cycle import cycle_fault
from rampflow.problems.grids.detail import check_detail
from rampflow.problems.grids.months import Months
from rampflow.problems.grids.refusal import refusal
from rampflow.problems.grids.regions import Region, cell_edges
from rampflow.problems.grids.series import MAX_STEP, check_series, step_fault

if TYPE_CHECKING:
    import xarray as xr

COLDEST, WARMEST = -5.0, 45.0
"""Monthly means beyond these, in °C, are found nowhere in low latitudes but on high mountains."""
TROPICAL = (15.0, 35.0)
"""Bounds of the mean temperature of a tropical sea in a month, in °C."""
TROPICAL_CELL = (10.0, 40.0)
"""Bounds of the temperature of one cell of it, in °C."""
MAX_SPACING = 5.0
"""The coarsest grid that is taken, in degrees."""
MAX_LAND = 0.2
"""The largest share of the box that may be land."""
_ELSEWHERE = "bring a file whose grid covers the region"


def check_values(
    celsius: npt.NDArray[np.float64], months: Months, file: Path, variable: str, units: str
) -> None:
    """Check that values are temperatures.

    Parameters
    ----------
    celsius : ndarray of shape (n_months, n_lat, n_lon)
        In °C, NaN where missing.
    months : ndarray of datetime64[M]
        Which months these are.
    file, variable, units : Path, str, str
        What they were read from, for errors.

    Raises
    ------
    DataError
        If there are none, if some are infinite or impossible, if a cell never changes, or changes
        more in a month than land and sea do.
    """
    if np.isnan(celsius).all():
        raise refusal("no cell of the area has a value in any month", file, variable, do=_ELSEWHERE)
    if np.isinf(celsius).any():
        raise refusal(
            f"{int(np.isinf(celsius).sum()):,} values are infinite",
            file,
            variable,
            do="mark missing values with the attribute _FillValue",
        )
    low, high = float(np.nanmin(celsius)), float(np.nanmax(celsius))
    if low < COLDEST or high > WARMEST:
        raise refusal(
            f"read as {units!r}, the temperatures reach from {low:.5g} to {high:.5g} °C, possible "
            f"are {COLDEST:g} to {WARMEST:g} °C{_looks(float(np.nanmean(celsius)))}",
            file,
            variable,
            do="set the right units, scale_factor and add_offset, and mark missing values with the "
            "attribute _FillValue",
        )
    still = (celsius == celsius[0]).all(axis=0)
    if len(celsius) > 1 and still.any():
        value = celsius[0][still][0]
        raise refusal(
            f"{int(still.sum())} cells hold the same value in every month ({value:.5g} °C in one)",
            file,
            variable,
            do="mark cells without data with the attribute _FillValue",
        )
    if fault := step_fault(celsius, months, MAX_STEP):
        raise refusal(
            f"a cell jumps: {fault}",
            file,
            variable,
            do="mark missing values with the attribute _FillValue",
        )


def check_box(sst: xr.DataArray, box: Region, file: Path, variable: str) -> None:
    """Check that a grid has total temperatures for all of a box of the tropics, in every month.

    Parameters
    ----------
    sst : xarray.DataArray
        ``(time, lat, lon)`` in °C, coordinates ascending.
    box : Region
        What the problem needs.
    file, variable : Path, str
        What it was read from, for errors.

    Raises
    ------
    DataError
        If the grid is too coarse or does not reach, if values are missing, are anomalies or not
        those of a tropical sea in some month, or if a month cannot follow the one before.
    """
    _check_cover(sst["lat"].values, sst["lon"].values, box, file, variable)
    check_detail(sst, box, MAX_SPACING, file, variable)
    weights = box.weights(sst["lat"].values, sst["lon"].values)
    values = sst.values[:, weights > 0]
    land = np.isnan(values).all(axis=0)
    if land.all():
        raise refusal(
            f"no cell of {box.name} has a value in any month", file, variable, do=_ELSEWHERE
        )
    share = weights[weights > 0][land].sum() / weights.sum()
    if share > MAX_LAND:
        raise refusal(
            f"{share:.0%} of {box.name} has no value in any month", file, variable, do=_ELSEWHERE
        )
    months = sst["time"].values.astype("datetime64[M]")
    gaps = np.isnan(values[:, ~land]).any(axis=1)
    if gaps.any():
        raise refusal(
            f"values are missing in {box.name} in {int(gaps.sum())} months, the first is "
            f"{months[gaps][0]}",
            file,
            variable,
            do="leave these months out, if they are the first or the last, or bring another file; "
            "gaps that are filled from later months would tell the future",
        )
    _check_tropical(values[:, ~land], months, box.name, file, variable)
    check_series(values[:, ~land], months, box.name, file, variable)
    if fault := cycle_fault(values[:, ~land].mean(axis=1), months):
        raise refusal(
            f"the mean of {box.name} {fault}",
            file,
            variable,
            do="bring total temperatures as observed, each month of each year",
        )


def _check_tropical(
    values: npt.NDArray[np.float64], months: Months, name: str, file: Path, variable: str
) -> None:
    """Check that a sea is as warm as a tropical one: over all, in every month, in every cell."""
    do = "bring total temperatures with the right units, missing values marked with _FillValue"
    means = values.mean(axis=1)
    overall = float(means.mean())
    if not TROPICAL[0] <= overall <= TROPICAL[1]:
        raise refusal(
            f"the mean of {name} is {overall:.1f} °C, not that of a tropical sea{_looks(overall)}",
            file,
            variable,
            do=do,
        )
    for what, of_it, (low, high) in (
        (f"the mean of {name}", means[:, np.newaxis], TROPICAL),
        (f"a cell of {name}", values, TROPICAL_CELL),
    ):
        bad = (of_it < low) | (of_it > high)
        if bad.any():
            month, cell = np.argwhere(bad)[0]
            value = float(of_it[month, cell])
            raise refusal(
                f"{what} is {value:.4g} °C in {months[month]}, not that of a tropical sea, "
                f"{low:g} to {high:g} °C{_looks(value)} "
                f"({int(bad.any(axis=1).sum())} months are not)",
                file,
                variable,
                do=do,
            )


def _looks(mean: float) -> str:
    """Say what a mean temperature looks like that is not that of a tropical sea."""
    looks = abs(mean) < 5 or abs(mean + 273.15) < 5
    return ": these look like anomalies" if looks else ""


def _check_cover(
    lat: npt.NDArray[np.float64],
    lon: npt.NDArray[np.float64],
    box: Region,
    file: Path,
    variable: str,
) -> None:
    """Check that the cells are small enough and reach over all of the box."""
    for name, centres, low, high in (
        ("latitudes", lat, box.south, box.north),
        ("longitudes", lon, box.west, box.east),
    ):
        edges = cell_edges(centres)
        if edges[0] > low + 1e-6 or edges[-1] < high - 1e-6:
            raise refusal(
                f"the grid does not cover {box.name}: its {name} reach from {edges[0]:g} to "
                f"{edges[-1]:g}, needed are {low:g} to {high:g}",
                file,
                variable,
                do=_ELSEWHERE,
            )
        inside = (edges[1:] > low) & (edges[:-1] < high)
        spacing = float(np.diff(edges)[inside].max())
        if spacing > MAX_SPACING + 0.01:
            raise refusal(
                f"the grid is too coarse for {box.name}: cells of {spacing:g}° of {name}, "
                f"at most {MAX_SPACING:g}° are taken",
                file,
                variable,
                do=_ELSEWHERE,
            )
