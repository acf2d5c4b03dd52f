"""Whether a grid is as fine as it looks: copies of the cells of a coarser one say nothing more."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from rampflow.problems.grids.refusal import refusal
from rampflow.problems.grids.regions import Region, cell_edges

if TYPE_CHECKING:
    import xarray as xr


def check_detail(sst: xr.DataArray, box: Region, most: float, file: Path, variable: str) -> None:
    """Check that rows and columns of a box that are copies of each other span no coarse cell.

    Parameters
    ----------
    sst : xarray.DataArray
        ``(time, lat, lon)``, coordinates ascending.
    box : Region
        Where to look.
    most : float
        The widest cell that is taken, in degrees.
    file, variable : Path, str
        What it was read from, for errors.

    Raises
    ------
    DataError
        If the values are those of a grid of wider cells.
    """
    edges = {name: cell_edges(sst[name].values) for name in ("lat", "lon")}
    rows = _within(edges["lat"], box.south, box.north)
    columns = _within(edges["lon"], box.west, box.east)
    values = sst.values[:, rows, columns]
    if np.isnan(values).all():
        return
    for full, axis, name, inside in (
        ("latitudes", 1, "lat", rows),
        ("longitudes", 2, "lon", columns),
    ):
        width = _widest(np.moveaxis(values, axis, 0), edges[name][inside.start : inside.stop + 1])
        if width > most + 0.01:
            raise refusal(
                f"the grid only looks fine: in {box.name} the values of {width:g}° of {full} are "
                f"copies of each other, at most {most:g}° are taken",
                file,
                variable,
                do="bring a file that was not made from a coarser grid",
            )


def _within(edges: npt.NDArray[np.float64], low: float, high: float) -> slice:
    """Return the cells that overlap a range."""
    inside = np.flatnonzero((edges[1:] > low) & (edges[:-1] < high))
    return slice(int(inside[0]), int(inside[-1]) + 1)


def _widest(lines: npt.NDArray[np.float64], edges: npt.NDArray[np.float64]) -> float:
    """Return the width of the widest run of equal lines that hold any value."""
    start, widest = 0, 0.0
    for position in range(1, len(lines) + 1):
        if position < len(lines) and np.array_equal(lines[start], lines[position], equal_nan=True):
            continue
        if not np.isnan(lines[start]).all():
            widest = max(widest, float(edges[position] - edges[start]))
        start = position
    return widest
