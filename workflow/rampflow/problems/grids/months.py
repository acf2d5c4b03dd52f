"""The months of a time axis: which calendar month each value is the mean of.

A month is a year and a number from 1 to 12, whatever the calendar: the means of a model with years
of 360 or 365 days are as good as observed ones.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Months = npt.NDArray[np.datetime64]
"""Calendar months, of type ``datetime64[M]``."""

DAYS_PER_MONTH = 30.44
CALENDARS = {"360": "360_day", "365": "365_day", "366": "366_day"}
"""Names that some archives write, and those of the CF conventions."""
_MONTHS_SINCE = re.compile(r"\s*months?\s+since\s+(-?\d+)-(\d+)(?:-(\d+))?", re.IGNORECASE)


class TimeNotUnderstood(ValueError):
    """A time axis does not say which months it is of."""


class Stamps(NamedTuple):
    """Times, as a calendar month and a place within it.

    Parameters
    ----------
    months : ndarray of datetime64[M]
        The month that each lies in.
    days : ndarray of float
        The day within that month, 1.0 for its first instant. In months of 30 days for units of
        months.
    """

    months: Months
    days: npt.NDArray[np.float64]

    @property
    def counted(self) -> npt.NDArray[np.float64]:
        """Days since some day, in months of equal length: good to three days."""
        return np.asarray(self.months.astype(np.int64) * DAYS_PER_MONTH + self.days)


def stamps_of(values: npt.NDArray[Any], attributes: Mapping[str, Any]) -> Stamps:
    """Return the calendar month of every value of a time axis, and the day within it.

    Parameters
    ----------
    values : ndarray of shape (n,)
        As stored: numbers.
    attributes : mapping
        ``units``, such as ``days since 1800-01-01`` or ``months since 1960-01-01``, and
        ``calendar`` (standard if absent). In months only whole ones count: 0 and 0.5 are the
        month of the reference date.

    Raises
    ------
    TimeNotUnderstood
        If they are no numbers, or units or calendar are not known.
    """
    if values.dtype.kind not in "iuf":
        raise TimeNotUnderstood(f"its values are not numbers but of type {values.dtype}")
    if not np.all(np.isfinite(values.astype(np.float64))):
        raise TimeNotUnderstood("some of its values are missing")
    units = str(attributes.get("units", ""))
    if found := _MONTHS_SINCE.match(units):
        year, month, day = (int(part or 1) for part in found.groups())
        first = _month(year, month)
        late = (min(day, 30) - 1) / 30  # counted from within a month
        count = values.astype(np.float64) + late + 1e-6
        whole = np.floor(count)
        months = np.asarray(first + whole.astype("timedelta64[M]"))
        return Stamps(months, np.asarray(1 + 30 * (count - whole)))
    return _decoded(values, units, str(attributes.get("calendar", "standard")))


def _decoded(values: npt.NDArray[Any], units: str, calendar: str) -> Stamps:
    """Return times such as ``days since 1800-01-01``, in any calendar of CF."""
    import xarray as xr

    if " since " not in units:
        shown = f"its units are {units!r}" if units else "it has no units"
        raise TimeNotUnderstood(f"{shown}, such as 'days since 1800-01-01' was expected")
    name = CALENDARS.get(calendar.lower(), calendar.lower())
    raw = xr.Dataset({"stamp": ("time", values, {"units": units, "calendar": name})})
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            stamps = xr.decode_cf(raw)["stamp"]
            years, numbers = stamps.dt.year.values, stamps.dt.month.values
            days = stamps.dt.day.values + stamps.dt.hour.values / 24
    except Exception:  # of whatever kind: the libraries have many
        raise TimeNotUnderstood(
            f"its units {units!r} with the calendar {calendar!r} are not understood"
        ) from None
    counted = (years.astype(np.int64) - 1970) * 12 + numbers.astype(np.int64) - 1
    return Stamps(np.asarray(counted.astype("datetime64[M]")), np.asarray(days, dtype=np.float64))


def _month(year: int, month: int) -> np.datetime64:
    if not 1 <= month <= 12:
        raise TimeNotUnderstood(f"its units name the month {month}")
    return np.datetime64((year - 1970) * 12 + month - 1, "M")


def fault_of(months: Months) -> str:
    """Say what keeps some months from being each month once, in order.

    Parameters
    ----------
    months : ndarray of datetime64[M]
        Sorted.

    Returns
    -------
    str
        Empty if they are in order.
    """
    steps = np.diff(months).astype(np.int64)
    if (repeated := np.flatnonzero(steps == 0)).size:
        first = months[repeated[0]]
        count = int((months == first).sum())
        often = "; these are not monthly means" if count > 3 else ""
        return f"the month {first} is there {count} times{often}"
    if (before := np.flatnonzero(steps > 1)).size:
        if steps.min() > 1 and len(steps) > 1:
            return f"there is a value every {int(np.median(steps))} months, not every month"
        first = months[before[0]] + 1
        count = int((steps[before] - 1).sum())
        return f"{count} months are missing, the first is {first}"
    return ""
