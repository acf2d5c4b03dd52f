"""What the attributes of a variable claim to be, where that is no monthly mean of the sea surface.

A name proves little: ``sst`` may be its standard error, or the warmest day of each month. What
says nothing is no contradiction.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rampflow.problems.grids.levels import level_fault

if TYPE_CHECKING:
    import xarray as xr

_DESCRIPTIONS = ("long_name", "var_desc", "level_desc", "statistic")
_OTHER = re.compile(
    r"\b(air|dew ?point|atmospher\w+|soil|ice (surface |skin )?temperature"
    r"|bottom|sub-?surface|thermocline"
    r"|\d+(\.\d+)? ?-?(m|met(er|re)s?)"
    r"|errors?|uncertaint(y|ies)|deviations?|variances?|std|stddev|spread|trends?|tendency"
    r"|gradients?|percentiles?|quantiles?|min|max|minim(a|um)|maxim(a|um)|(number|count) of"
    r"|long[ -]term mean|running mean|moving average|forecasts?)\b",
    re.IGNORECASE,
)
"""Words of a description that name another quantity, another place or another statistic."""
_METHOD = re.compile(r"((?:\w+\s*:\s*)+)(\w+)([^:()]*?)(?=\s*\(|\s+\w+\s*:|\s*$)")
"""One entry of ``cell_methods``: the axes, the method, and where or over what it was applied."""
_SMOOTHED = re.compile(r"\b(running mean|moving average|smooth(ed|ing))\b", re.IGNORECASE)
_LEADS = {"lead", "leads", "lead_time", "leadtime", "forecast_period", "step", "l"}
"""Names of a coordinate that tells how long before its time a field was forecast."""
_NO_TIME_MEAN = "not a mean over each month"


def contradiction(field: xr.DataArray, time: str) -> str:
    """Say what a variable claims that is no monthly mean temperature of the sea surface.

    Parameters
    ----------
    field : xarray.DataArray
        The variable, with its coordinates.
    time : str
        The name of its time axis.

    Returns
    -------
    str
        Empty if nothing does.
    """
    for key in _DESCRIPTIONS:
        text = str(field.attrs.get(key, ""))
        if found := _OTHER.search(text):
            return f"its {key} is {text!r}: {found.group()!r} is not the mean of the sea surface"
    methods = str(field.attrs.get("cell_methods", ""))
    return _method_fault(methods, time) or _forecast_fault(field) or level_fault(field)


def _method_fault(methods: str, time: str) -> str:
    """Say which entry of ``cell_methods`` is no mean over the month or over the sea."""
    if _SMOOTHED.search(methods):
        return f"its cell_methods are {methods!r}: a mean over several months tells the future"
    for axes, method, rest in _METHOD.findall(re.sub(r"\([^)]*\)", "", methods)):
        names = {name.strip() for name in axes.split(":")}
        in_time = bool(names & {time, "time"})
        # a field may be sampled in space: a grid of points
        allowed = {"mean"} if in_time else {"mean", "point"}
        if method.lower() not in allowed:
            return f"its cell_methods are {methods!r}: {method!r} is {_why(in_time)}"
        if in_time and re.search(r"\bover\s+years\b", rest):
            return f"its cell_methods are {methods!r}: a climatology, {_NO_TIME_MEAN}"
        if found := re.search(r"\bwhere\s+(land|\w*ice)\b", rest):
            return f"its cell_methods are {methods!r}: {found.group()!r} is not the sea"
    return ""


def _forecast_fault(field: xr.DataArray) -> str:
    """Say how long before its time the field was forecast, if it was."""
    for name, coordinate in field.coords.items():
        standard = coordinate.attrs.get("standard_name")
        if coordinate.size == 1 and (str(name).lower() in _LEADS or standard == "forecast_period"):
            lead = coordinate.values.ravel()[0]
            if lead != 0:
                return f"it is a forecast: {name} = {lead}"
    return ""


def _why(in_time: bool) -> str:
    return _NO_TIME_MEAN if in_time else "not a mean over the cell"
