"""What was understood of a file, in words for a data steward."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from rampflow.problems.grids.reading import MonthlyGrid
from rampflow.problems.grids.regions import Region, region_mean


def facts_of(grid: MonthlyGrid, box: Region) -> dict[str, Any]:
    """Return what was understood of a file.

    Parameters
    ----------
    grid : MonthlyGrid
        What was read.
    box : Region
        The region whose mean is told.

    Returns
    -------
    dict
        Words for people → text or numbers.
    """
    sst = grid.months["sst"]
    missing = np.isnan(sst.values)
    land = missing.all(axis=0)
    first, last = sst["time"].values[[0, -1]].astype("datetime64[M]")
    mean = region_mean(sst, box)
    return {
        "variable": grid.variable,
        "long name": grid.said.get("long_name") or "none",
        "cell methods": grid.said.get("cell_methods") or "none",
        "other variables": ", ".join(grid.passed_over) or "none",
        "units": f"{grid.said['units']}, read as °C",
        "calendar": grid.time.calendar,
        "months are told by": grid.time.told_by,
        "months in the file": " to ".join(grid.time.in_file),
        "months that are used": f"{len(mean)}, {first} to {last}",
        "latitudes": _span(sst["lat"].values, "N", "S"),
        "longitudes": _span(sst["lon"].values, "E", "E"),
        "cells": int(land.size),
        "cells without any value (land)": int(land.sum()),
        "cells with gaps": int((missing.any(axis=0) & ~land).sum()),
        f"mean of {box.name}": f"{mean.mean():.2f} °C, {mean.min():.2f} to {mean.max():.2f}",
    }


def _span(values: npt.NDArray[np.float64], positive: str, negative: str) -> str:
    steps = np.unique(np.diff(values).round(3))
    spacing = f"{steps[0]:g}°" if len(steps) == 1 else f"{steps[0]:g} to {steps[-1]:g}°"
    ends = [f"{abs(v):g}°{positive if v >= 0 else negative}" for v in values[[0, -1]]]
    return f"{len(values)}, {ends[0]} to {ends[1]}, every {spacing}"
