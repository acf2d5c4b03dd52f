"""The time axis of a file: which of its steps are which months, by bounds or by stamps.

Where the axis names bounds, the middle of each interval counts: a stamp at its end would belong to
the month that follows. An interval must be about a month long, or the values are no monthly means.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from rampflow.problems.grids.months import Months, Stamps, TimeNotUnderstood, fault_of, stamps_of
from rampflow.problems.grids.refusal import refusal

if TYPE_CHECKING:
    import xarray as xr

MONTH = (25.0, 35.0)
"""How long the interval of a monthly mean may be, in days."""
MAX_DRIFT = 6.0
"""How far apart within their months the stamps may lie, in days."""
_MEANS = "bring monthly means without gaps (cdo monmean makes them of daily values)"


@dataclass(frozen=True)
class TimeAxis:
    """How a time axis was understood.

    Parameters
    ----------
    steps : ndarray of int
        Positions of the months that are used, in order.
    months : ndarray of datetime64[M]
        Which months these are.
    in_file : tuple of str
        The first and the last month of the file.
    calendar : str
        The calendar of the file.
    told_by : str
        What the months were understood from, in words.
    """

    steps: npt.NDArray[np.intp]
    months: Months
    in_file: tuple[str, str]
    calendar: str
    told_by: str


def read_time(dataset: xr.Dataset, name: str, first: str, file: Path) -> TimeAxis:
    """Understand a time axis from some month on.

    Parameters
    ----------
    dataset : xarray.Dataset
        The file, times not decoded.
    name : str
        The time coordinate.
    first : str
        The first month to use, such as ``1920-01``; empty for all.
    file : Path
        Its name, for errors.

    Raises
    ------
    DataError
        If the months are not understood, are not each there once, or are no months.
    """
    try:
        stamps, told_by = _stamps(dataset, name)
    except TimeNotUnderstood as error:
        raise refusal(
            f"the time axis is not understood: {error}",
            file,
            name,
            do="set units such as 'days since 1800-01-01' and a calendar of the CF conventions, "
            "with bounds that each span a month or without",
        ) from None
    months = stamps.months
    order = np.argsort(months, kind="stable")
    if len(order) == 0:
        raise refusal("the file holds no month", file, name, do="bring a longer series")
    in_file = (str(months[order[0]]), str(months[order[-1]]))
    if first:
        order = order[months[order] >= np.datetime64(first, "M")]
    if len(order) == 0:
        shown = f"the file ends in {in_file[1]}, but months count from {first} on"
        raise refusal(shown, file, name, do="bring a longer series")
    if fault := fault_of(months[order]):
        raise refusal(f"the months are not each there once: {fault}", file, name, do=_MEANS)
    low, high = float(stamps.days.min()), float(stamps.days.max())
    if high - low > MAX_DRIFT:
        raise refusal(
            f"the stamps lie anywhere from day {low:.3g} to day {high:.3g} of their months: these "
            "are not monthly means, or the calendar is not the one of the stamps",
            file,
            name,
            do="set the right calendar (noleap or 360_day for many models), or " + _MEANS,
        )
    calendar = str(dataset[name].attrs.get("calendar", "standard"))
    days = f"day {low:.3g}" if low == high else f"days {low:.3g} to {high:.3g}"
    return TimeAxis(order, months[order], in_file, calendar, f"{told_by}, {days} of the month")


def _stamps(dataset: xr.Dataset, name: str) -> tuple[Stamps, str]:
    """Return where in which months the values lie, and what says so."""
    time = dataset[name]
    if "climatology" in time.attrs:
        raise TimeNotUnderstood("it is that of a climatology: means over years, not a series")
    stamps = stamps_of(time.values, time.attrs)
    bounds = str(time.attrs.get("bounds", "")) or _unnamed(dataset, name)
    if bounds in dataset.variables:
        return _middles(dataset[bounds], time, stamps), f"the middle of {bounds}"
    if bounds and (stamps.days < 2).any():
        raise TimeNotUnderstood(
            f"it names the bounds {bounds!r}, which are not in the file, and a stamp on the first "
            "of a month may be the start of this month or the end of the one before"
        )
    return stamps, "stamps"


def _unnamed(dataset: xr.Dataset, name: str) -> str:
    """Return bounds that the axis does not name but that have the name of its bounds."""
    usual = [f"{name}_{end}" for end in ("bnds", "bounds", "bnd", "bound")]
    return next((each for each in usual if each in dataset.variables), "")


def _middles(bounds: xr.DataArray, time: xr.DataArray, stamps: Stamps) -> Stamps:
    """Return the middle of each interval, checked against its length and against its stamp."""
    if bounds.shape != (time.size, 2):
        shape = " × ".join(map(str, bounds.shape))
        raise TimeNotUnderstood(f"its bounds {bounds.name} are {shape}, not {time.size} × 2 values")
    if bounds.dtype.kind not in "iuf":
        raise TimeNotUnderstood(f"its bounds are not numbers but of type {bounds.dtype}")
    # bounds have the units of their axis, unless they say otherwise
    own = {key: bounds.attrs[key] for key in ("units", "calendar") if key in bounds.attrs}
    attributes = {**time.attrs, **own}
    ends = bounds.values.astype(np.float64)
    begin, end = (stamps_of(ends[:, side], attributes) for side in (0, 1))
    middle = stamps_of(ends.mean(axis=1), attributes)
    length = end.counted - begin.counted
    if (odd := np.flatnonzero((length < MONTH[0]) | (length > MONTH[1]))).size:
        raise TimeNotUnderstood(
            f"the bounds {bounds.name} of {middle.months[odd[0]]} are {length[odd[0]]:.0f} days "
            "apart, not a month"
        )
    off = (stamps.counted < begin.counted - 3) | (stamps.counted > end.counted + 3)
    if off.any():
        first = np.flatnonzero(off)[0]
        raise TimeNotUnderstood(
            f"the stamp in {stamps.months[first]} is outside its bounds {bounds.name}, whose "
            f"middle is in {middle.months[first]}"
        )
    return middle
