"""Which variable of a file is the sea surface temperature: by ``standard_name``, then by name."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from rampflow.problems.grids.axes import ROLES, has_curved_grid, other_map, roles_of
from rampflow.problems.grids.claims import contradiction
from rampflow.problems.grids.refusal import refusal

if TYPE_CHECKING:
    import xarray as xr

STANDARD_NAMES = (
    "sea_surface_temperature",
    "sea_surface_foundation_temperature",
    "sea_surface_subskin_temperature",
    "sea_surface_skin_temperature",
    "surface_temperature",
)
"""Standard names of CF that are taken, the best first."""
NAMES = (
    "sst",
    "tos",
    "analysed_sst",
    "sea_surface_temperature",
    "sea_surface_temp",
    "surface_temperature",
    "ts",
    "skt",
)
"""Names that are taken where no standard name helps, the best first; capitals do not matter.

``temp`` and ``temperature`` are not among them: they may be of the air, or of any depth.
"""


def choose_variable(dataset: xr.Dataset, file: Path) -> tuple[str, dict[str, str]]:
    """Return the variable that holds the temperatures, and role → dimension.

    Parameters
    ----------
    dataset : xarray.Dataset
        The file, times not decoded.
    file : Path
        Its name, for errors.

    Raises
    ------
    DataError
        If none is, if only anomalies are there, if several have the same claim, if it says of
        itself that it is something else, or if the grid is not one of latitudes and longitudes.
    """
    if has_curved_grid(dataset):  # also where its rows and columns are numbered like degrees
        raise refusal(
            "latitude and longitude are two-dimensional: the file is on a model's own grid",
            file,
            do="bring it to a regular grid of latitudes and longitudes (cdo remapbil)",
        )
    roles = {str(name): roles_of(dataset, str(name)) for name in dataset.data_vars}
    gridded = [name for name, found in roles.items() if set(found) == set(ROLES)]
    if not gridded:
        raise _no_field(dataset, file)
    totals = [name for name in gridded if not is_anomaly(dataset[name])]
    ranked = sorted((rank, name) for name in totals if (rank := _rank(dataset[name])) is not None)
    if not ranked:
        anomalies = [name for name in gridded if name not in totals]
        if anomalies:
            raise refusal(
                "the file holds anomalies, but the score needs total temperatures",
                file,
                ", ".join(anomalies),
                do="add the climatology that was taken away, or bring a file of totals",
            )
        raise refusal(
            f"no variable is known to be a sea surface temperature; there are {', '.join(gridded)}",
            file,
            do=f"name it one of {', '.join(NAMES[:4])}, or give it the standard_name "
            f"{STANDARD_NAMES[0]}",
        )
    best = [name for rank, name in ranked if rank == ranked[0][0]]
    if len(best) > 1:
        raise refusal(
            f"several variables may be meant: {', '.join(best)}",
            file,
            do="bring a file with one of them (ncks -v NAME, cdo selname,NAME)",
        )
    _check_claims(dataset, best[0], roles[best[0]]["time"], file)
    return best[0], roles[best[0]]


def _check_claims(dataset: xr.Dataset, name: str, time: str, file: Path) -> None:
    """Check that nothing that is said of the chosen variable speaks against it."""
    if found := other_map(dataset, name):
        raise refusal(
            f"the field is on a map of its own, {found!r}",
            file,
            name,
            do="bring it to a regular grid of latitudes and longitudes (cdo remapbil)",
        )
    # a level that no variable refers to is the level of all
    loose = {str(key): v for key, v in dataset.data_vars.items() if v.ndim == 0}
    if fault := contradiction(dataset[name].assign_coords(loose), time):
        raise refusal(
            f"the variable is no monthly mean temperature of the sea surface: {fault}",
            file,
            name,
            do="bring a file of it; if this is one and an attribute is wrong, mend it (ncatted)",
        )


def is_anomaly(field: xr.DataArray) -> bool:
    """Return whether a variable says that it holds anomalies.

    A text that says that a climatology was added is no sign.
    """
    text = str(field.attrs.get("long_name", "")).lower()
    marks = f"{field.name} {field.attrs.get('standard_name', '')}".lower()
    added = "climatolog" in text and re.search(r"\+|\bplus\b|\badded\b", text)
    return "anom" in marks or ("anomal" in text and not added)


def _rank(field: xr.DataArray) -> int | None:
    """Return how good a variable's claim is, 0 for the best."""
    standard, name = field.attrs.get("standard_name"), str(field.name).lower()
    if standard in STANDARD_NAMES:
        return STANDARD_NAMES.index(str(standard))
    if standard is not None or name not in NAMES:
        return None
    return len(STANDARD_NAMES) + NAMES.index(name)


def _no_field(dataset: xr.Dataset, file: Path) -> Exception:
    """Return the error of a file without a variable on time, latitude and longitude."""
    shapes = [f"{name}({', '.join(map(str, v.dims))})" for name, v in dataset.data_vars.items()]
    axes = ", ".join(map(str, dataset.coords)) or "none"
    return refusal(
        "no variable has coordinates of time, latitude and longitude; the file holds "
        f"{', '.join(shapes) or 'no variable'}, and of coordinates {axes}",
        file,
        do="name the dimensions time, lat and lon, each with a coordinate variable",
    )
