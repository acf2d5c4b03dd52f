"""The axes of a field: which dimension is time, latitude or longitude, and their values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import xarray as xr

ROLES = ("time", "lat", "lon")
_STANDARD_NAMES = {"time": "time", "latitude": "lat", "longitude": "lon"}
_NAMES = {
    "time": {"time", "t", "month", "months", "date"},
    "lat": {"lat", "lats", "latitude", "latitudes", "ylat", "nav_lat"},
    "lon": {"lon", "lons", "longitude", "longitudes", "long", "xlon", "nav_lon"},
}
_DIRECTIONS = {"lat": r"degrees?[ _]?(north|n)", "lon": r"degrees?[ _]?(east|e)"}
"""Units that say which axis it is, and that no other axis may have."""
_NO_DIRECTION = {"", "1", "deg", "degree", "degrees", "°"}
"""Units that say nothing: the name of the axis must."""
_EXPECTED = {"lat": "degrees_north", "lon": "degrees_east"}
_OFF_CENTRE = 0.25
"""How far from its middle the centre of a cell may lie, in widths: Gaussian ones are a bit off."""
_FULL_NAMES = {"time": "time", "lat": "latitude", "lon": "longitude"}


class AxisNotUnderstood(ValueError):
    """A coordinate is not a list of latitudes or longitudes."""


def role_of(name: str, attributes: Mapping[str, Any]) -> str | None:
    """Return what a coordinate is: by ``standard_name``, then by units, then by name.

    The attribute ``axis`` is no sign: rows and columns of any map have it.

    Parameters
    ----------
    name : str
        Its name.
    attributes : mapping
        Its attributes, not decoded.

    Returns
    -------
    str or None
        ``time``, ``lat``, ``lon`` or None.
    """
    if standard := str(attributes.get("standard_name", "")).strip().lower():
        return _STANDARD_NAMES.get(standard)  # grid_latitude is a latitude of another pole
    units = str(attributes.get("units", ""))
    if " since " in units:
        return "time"
    for role in _DIRECTIONS:
        if _has_direction(units, role):
            return role
    return next((role for role, names in _NAMES.items() if name.lower() in names), None)


def _has_direction(units: str, role: str) -> bool:
    return re.fullmatch(_DIRECTIONS[role], units.strip(), re.IGNORECASE) is not None


def roles_of(dataset: xr.Dataset, variable: str) -> dict[str, str]:
    """Return role → dimension of a variable; a dimension without coordinates has no role.

    Parameters
    ----------
    dataset : xarray.Dataset
        The file, times not decoded.
    variable : str
        One of its variables.
    """
    found: dict[str, str] = {}
    for dimension in map(str, dataset[variable].dims):
        if dimension in dataset.variables:
            role = role_of(dimension, dataset[dimension].attrs)
            if role is not None:
                found.setdefault(role, dimension)
    return found


def has_curved_grid(dataset: xr.Dataset) -> bool:
    """Return whether latitudes or longitudes are two-dimensional, as on a model's own grid."""
    return any(
        dataset[name].ndim > 1 and role_of(str(name), dataset[name].attrs) in ("lat", "lon")
        for name in dataset.variables
    )


def other_map(dataset: xr.Dataset, variable: str) -> str:
    """Return the name of the map that a variable is on, empty if it is latitudes and longitudes."""
    mapping = str(dataset[variable].attrs.get("grid_mapping", ""))
    names = [word.rstrip(":") for word in mapping.split()]
    known = [dataset[name].attrs for name in names if name in dataset.variables]
    found = [str(attributes.get("grid_mapping_name", "")) for attributes in known]
    return next((name for name in found if name not in ("", "latitude_longitude")), "")


def axis_values(coordinate: xr.DataArray, role: str) -> npt.NDArray[np.float64]:
    """Return the values of a latitude or longitude axis as stored, checked.

    Longitudes are brought to 0 ≤ longitude < 360; the order is left as it is.

    Raises
    ------
    AxisNotUnderstood
        If they are not degrees on a sphere.
    """
    units, values = str(coordinate.attrs.get("units", "")), coordinate.values
    full = _FULL_NAMES[role]
    if values.dtype.kind not in "iuf":
        raise AxisNotUnderstood(f"the {full} is not numbers but of type {values.dtype}")
    if units.strip().lower() not in _NO_DIRECTION and not _has_direction(units, role):
        raise AxisNotUnderstood(f"the {full} is in {units!r}, not in {_EXPECTED[role]}")
    numbers = values.astype(np.float64)
    if not np.all(np.isfinite(numbers)):
        raise AxisNotUnderstood(f"some values of the {full} are missing")
    low, high = (-90.0, 90.0) if role == "lat" else (-360.0, 720.0)
    if numbers.size and (numbers.min() < low or numbers.max() > high):
        raise AxisNotUnderstood(
            f"the {full} reaches from {numbers.min():g} to {numbers.max():g}, "
            f"more than {low:g} to {high:g} degrees"
        )
    # rounded, so that -0.1 and 359.9 in single precision are one longitude
    return np.round(numbers % 360, 6) % 360 if role == "lon" else numbers


def check_middles(
    dataset: xr.Dataset, name: str, positions: npt.NDArray[np.intp], role: str
) -> None:
    """Check that some values of an axis are the middles of their cells, where it has bounds.

    Bounds of another form than two numbers for each value are not looked at.

    Raises
    ------
    AxisNotUnderstood
        If one lies near the edge of its cell or beyond it.
    """
    values, bounds = dataset[name].values, str(dataset[name].attrs.get("bounds", ""))
    if bounds not in dataset.variables or dataset[bounds].shape != (len(values), 2):
        return
    if dataset[bounds].dtype.kind not in "iuf":
        return
    values, ends = values[positions], dataset[bounds].values[positions].astype(np.float64)
    off = np.abs(ends.mean(axis=1) - values)
    width = np.abs(np.diff(ends, axis=1)[:, 0])
    off, width = (np.minimum(d % 360, -d % 360) for d in (off, width))
    if (odd := np.flatnonzero(off > _OFF_CENTRE * width + 1e-6)).size:
        raise AxisNotUnderstood(
            f"the {_FULL_NAMES[role]} {values[odd[0]]:g} is not in the middle of its cell, which "
            f"by {bounds} reaches from {ends[odd[0], 0]:g} to {ends[odd[0], 1]:g}"
        )


def window(
    values: npt.NDArray[np.float64], low: float, high: float, role: str
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.float64]]:
    """Return the positions of the values within two bounds, in ascending order, and the values.

    Raises
    ------
    AxisNotUnderstood
        If fewer than two lie there, or one is there twice.
    """
    order = np.argsort(values, kind="stable")
    inside = order[(values[order] >= low) & (values[order] <= high)]
    chosen = values[inside]
    full = _FULL_NAMES[role]
    if len(chosen) < 2:
        raise AxisNotUnderstood(
            f"{len(chosen)} of its {len(values)} {full}s lie between {low:g} and {high:g}"
        )
    if (twice := np.flatnonzero(np.diff(chosen) == 0)).size:
        raise AxisNotUnderstood(f"the {full} {chosen[twice[0]]:g} is there twice")
    return inside, chosen
