"""Read a netCDF file of monthly sea surface temperature into a clean grid, or refuse it.

Nothing is guessed: what is not understood is one `DataError` that says what, where, and what to do.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from rampflow.problems.grids.axes import (
    ROLES,
    AxisNotUnderstood,
    axis_values,
    check_middles,
    window,
)
from rampflow.problems.grids.checks import check_box, check_values
from rampflow.problems.grids.months import Months
from rampflow.problems.grids.opening import opened
from rampflow.problems.grids.packing import outside_valid
from rampflow.problems.grids.refusal import refusal
from rampflow.problems.grids.regions import Region
from rampflow.problems.grids.timeaxis import TimeAxis, read_time
from rampflow.problems.grids.units import scale_of, to_celsius
from rampflow.problems.grids.variables import choose_variable

if TYPE_CHECKING:
    import xarray as xr


@dataclass(frozen=True)
class MonthlyGrid:
    """A clean grid, and how the file was understood.

    Parameters
    ----------
    months : xarray.Dataset
        ``sst(time, lat, lon)`` in °C, double precision, NaN where there is no value; latitudes and
        longitudes ascending, longitudes from 0 to 360, time the first day of each month.
    variable : str
        The variable that was read.
    said : mapping
        Its attributes as written in the file, such as ``units`` and ``long_name``.
    time : TimeAxis
        How its time axis was understood.
    passed_over : tuple of str
        Other variables of the file on more than one dimension.
    """

    months: xr.Dataset
    variable: str
    said: Mapping[str, Any]
    time: TimeAxis
    passed_over: tuple[str, ...]


def read_monthly(file: Path, area: Region, box: Region, first: str = "") -> MonthlyGrid:
    """Read the monthly sea surface temperature of an area.

    Parameters
    ----------
    file : Path
        A netCDF file, classic or netCDF-4.
    area : Region
        What is read: cells whose centre lies in it. The file need not cover it.
    box : Region
        What must be there: its cells must cover the box, with a value in every month. Cells
        without any value are land.
    first : str
        The first month to read, such as ``1920-01``. The first of the file, if that is later.

    Returns
    -------
    MonthlyGrid

    Raises
    ------
    DataError
        If the file is not understood.
    """
    with opened(file) as dataset:
        variable, dims = choose_variable(dataset, file)
        field = dataset[variable]
        scale = _scale(field, file)
        rows, lat = _axis(dataset, dims["lat"], "lat", area, file)
        columns, lon = _axis(dataset, dims["lon"], "lon", area, file)
        time = read_time(dataset, dims["time"], first, file)
        flat = _surface(field, dims, file)
        chosen = flat.isel({dims["lat"]: rows, dims["lon"]: columns, dims["time"]: time.steps})
        numbers = _values(chosen, file)
        numbers[outside_valid(numbers, field, file)] = np.nan
        values = to_celsius(numbers, scale)
        names = [str(name) for name in dataset.data_vars if dataset[name].ndim > 1]
        passed_over = tuple(name for name in names if name != variable)
    check_values(values, time.months, file, variable, str(field.attrs["units"]))
    clean = _dataset(time.months, lat, lon, values)
    check_box(clean["sst"], box, file, variable)
    return MonthlyGrid(clean, variable, dict(field.attrs), time, passed_over)


def _scale(field: xr.DataArray, file: Path) -> str:
    units = str(field.attrs.get("units", "")).strip()
    scale = scale_of(units)
    if scale is None:
        shown = f"the units {units!r} are not known" if units else "the variable has no units"
        raise refusal(
            f"{shown}: degC, K or degF are understood",
            file,
            field.name,
            do=f"set the right ones (ncatted -a units,{field.name},o,c,degC FILE)",
        )
    return scale


def _axis(
    dataset: xr.Dataset, name: str, role: str, area: Region, file: Path
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.float64]]:
    bounds = (area.south, area.north) if role == "lat" else (area.west, area.east)
    try:
        positions, values = window(axis_values(dataset[name], role), *bounds, role)
        check_middles(dataset, name, positions, role)
        return positions, values
    except AxisNotUnderstood as error:
        raise refusal(
            str(error),
            file,
            name,
            do=f"bring a file on a regular grid of degrees that covers {area.name} or most of it",
        ) from None


def _surface(field: xr.DataArray, dims: dict[str, str], file: Path) -> xr.DataArray:
    """Return a field on (time, lat, lon): other dimensions must be of length one."""
    others = {str(d): field.sizes[d] for d in field.dims if d not in dims.values()}
    long = [f"{name} of length {size}" for name, size in others.items() if size != 1]
    if long:
        raise refusal(
            f"the variable has a further dimension: {', '.join(long)}",
            file,
            field.name,
            do="bring a file with one level and one run",
        )
    return field.isel(dict.fromkeys(others, 0)).transpose(*(dims[role] for role in ROLES))


def _values(field: xr.DataArray, file: Path) -> npt.NDArray[np.float64]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            values = field.values
    except Exception:  # a damaged file is noticed only when its values are read
        raise refusal(
            "the values cannot be read: the file is damaged", file, field.name, do="fetch it again"
        ) from None
    if values.dtype.kind not in "iuf":
        raise refusal(
            f"the values are not numbers but of type {values.dtype}",
            file,
            field.name,
            do="bring a file with temperatures as numbers",
        )
    return values.astype(np.float64)


def _dataset(
    months: Months,
    lat: npt.NDArray[np.float64],
    lon: npt.NDArray[np.float64],
    values: npt.NDArray[np.float64],
) -> xr.Dataset:
    import xarray as xr

    attributes: dict[str, Any] = {
        "standard_name": "sea_surface_temperature",
        "units": "degree_Celsius",
        "cell_methods": "time: mean",
    }
    return xr.Dataset(
        {"sst": (("time", "lat", "lon"), values, attributes)},
        coords={
            "time": months.astype("datetime64[s]"),
            "lat": ("lat", lat, {"units": "degrees_north"}),
            "lon": ("lon", lon, {"units": "degrees_east"}),
        },
    )
