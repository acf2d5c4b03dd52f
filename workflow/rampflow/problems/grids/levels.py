"""Whether a field is at the surface, by its vertical coordinate if it has one."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import xarray as xr

DEEPEST = 20.0
"""The upper levels of ocean models lie at up to ten metres; this is still the mixed layer."""
_DEPTHS = {"depth", "deptht", "lev", "level", "levels", "zlev", "z", "z_t", "st_ocean"}
_HEIGHTS = {"height", "altitude", "plev", "pressure", "isobaric"}
_METRES = {"m": 1.0, "meter": 1.0, "metre": 1.0, "cm": 0.01, "centimeter": 0.01, "centimetre": 0.01}
_METRES |= {"km": 1000.0, "dbar": 1.0, "decibar": 1.0}
_PRESSURES = {"pa", "hpa", "mb", "mbar", "millibar", "bar"}
_NO_UNITS = {"", "1", "level", "layer"}


def level_fault(field: xr.DataArray) -> str:
    """Say what keeps a field from being at the surface of the sea.

    Parameters
    ----------
    field : xarray.DataArray
        The variable; its vertical coordinate has one value, along a dimension or as a scalar.

    Returns
    -------
    str
        Empty if it is there, or says nothing of it.
    """
    for name, coordinate in field.coords.items():
        if coordinate.size == 1 and _is_vertical(name, coordinate):
            shown = f"it is at {name} = {coordinate.values.ravel()[0]}"
            units = str(coordinate.attrs.get("units", "")).strip()
            shown = f"{shown} {units}".strip()
            if coordinate.dtype.kind not in "iuf":
                return f"{shown}, which is no number"
            value = float(coordinate.values.ravel()[0])
            if value == 0 or (units in _NO_UNITS and value == 1):
                continue
            factor = _METRES.get(_one(units))
            if factor is None:
                return f"{shown}, which is no depth in metres"
            if not np.isfinite(value) or abs(value) * factor > DEEPEST:
                return f"{shown}, deeper than {DEEPEST:g} m"
            if value > 0 and _points_up(name, coordinate):
                return f"{shown}, above the surface"
    return ""


def _one(units: str) -> str:
    return units.lower().removesuffix("s")


def _is_vertical(name: Hashable, coordinate: xr.DataArray) -> bool:
    standard = str(coordinate.attrs.get("standard_name", ""))
    return (
        str(name).lower() in _DEPTHS | _HEIGHTS
        or standard in {"depth", "height", "altitude", "air_pressure"}
        or coordinate.attrs.get("axis") == "Z"
        or "positive" in coordinate.attrs
        or _one(str(coordinate.attrs.get("units", "")).strip()) in _METRES.keys() | _PRESSURES
    )


def _points_up(name: Hashable, coordinate: xr.DataArray) -> bool:
    standard = str(coordinate.attrs.get("standard_name", ""))
    return (
        str(coordinate.attrs.get("positive", "")).lower() == "up"
        or standard in {"height", "altitude"}
        or (str(name).lower() in _HEIGHTS and standard != "depth")
    )
