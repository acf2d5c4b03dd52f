"""How values are packed, and which of them a file itself calls invalid."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from rampflow.problems.grids.refusal import refusal

if TYPE_CHECKING:
    import xarray as xr

_PACKING = ("scale_factor", "add_offset")
_MISSING = ("_FillValue", "missing_value")
_VALID = ("valid_range", "valid_min", "valid_max")
_ROUNDING = 1e-4
"""Valid values may lie so far beyond a bound, as single precision and unpacking round them."""


def check_packing(stored: xr.Dataset, file: Path) -> None:
    """Check that all attributes that change values are numbers.

    Parameters
    ----------
    stored : xarray.Dataset
        The file, not decoded.
    file : Path
        Its name, for errors.

    Raises
    ------
    DataError
        If one is text, or a scale factor is no number to multiply with.
    """
    for name, variable in stored.variables.items():
        if variable.dtype.kind not in "iuf":
            continue
        for key in (*_PACKING, *_MISSING, *_VALID):
            if key in variable.attrs and (fault := _fault(key, variable.attrs[key])):
                raise refusal(
                    f"the attribute {key} is {fault}",
                    file,
                    name,
                    do=f"write it as a number (ncatted -a {key},{name},o,d,NUMBER FILE), or remove "
                    f"it (ncatted -a {key},{name},d,, FILE)",
                )


def _fault(key: str, value: Any) -> str:
    """Say what is wrong with an attribute, empty if nothing is."""
    numbers = np.atleast_1d(np.asarray(value))
    if numbers.dtype.kind not in "iuf":
        return f"the text {value!r}, not a number"
    if key in _MISSING:
        return ""
    expected = 2 if key == "valid_range" else 1
    if numbers.size != expected:
        return f"of length {numbers.size}, not {expected}"
    if not np.isfinite(numbers).all() or (key == "scale_factor" and numbers[0] == 0):
        return f"{value}"
    return ""


def outside_valid(
    values: npt.NDArray[np.float64], field: xr.DataArray, file: Path
) -> npt.NDArray[np.bool_]:
    """Return which values lie outside what the file calls valid: they are missing.

    Parameters
    ----------
    values : ndarray
        Of the variable, unpacked.
    field : xarray.DataArray
        The variable, decoded: it still has ``valid_range``, ``valid_min`` and ``valid_max``.
    file : Path
        Its name, for errors.

    Raises
    ------
    DataError
        If no value is valid.
    """
    low, high = _valid_bounds(field)
    outside = (values < low - _ROUNDING) | (values > high + _ROUNDING)
    known = ~np.isnan(values)
    if known.any() and outside[known].all():
        raise refusal(
            f"no value is valid by the file's own words: valid are {low:g} to {high:g}, the values "
            f"reach from {np.nanmin(values):.5g} to {np.nanmax(values):.5g}",
            file,
            field.name,
            do="set the right valid_range, valid_min, valid_max, scale_factor and add_offset, or "
            "remove those that are wrong (ncatted)",
        )
    return np.asarray(outside)


def _valid_bounds(field: xr.DataArray) -> tuple[float, float]:
    """Return the least and the greatest valid value, unpacked."""
    given = {key: np.atleast_1d(field.attrs[key]) for key in _VALID if key in field.attrs}
    bounds = [-np.inf, np.inf]
    for position, key in ((0, "valid_min"), (1, "valid_max")):
        stated = given.get("valid_range")
        number = given[key][0] if key in given else None if stated is None else stated[position]
        if number is not None:
            bounds[position] = _unpacked(number, field)
    return min(bounds), max(bounds)  # a negative scale factor turns them round


def _unpacked(number: Any, field: xr.DataArray) -> float:
    """Return a bound in the unit of the unpacked values.

    By the netCDF conventions a bound is as stored, unless its type is that of the scale factor and
    wider than what is stored.
    """
    is_packed = any(key in field.encoding for key in _PACKING)
    stored = np.dtype(field.encoding.get("dtype", field.dtype))
    kind = np.asarray(number).dtype
    if not is_packed or (kind != stored and kind.kind == "f"):
        return float(number)
    scale = float(field.encoding.get("scale_factor", 1))
    return float(number) * scale + float(field.encoding.get("add_offset", 0))
