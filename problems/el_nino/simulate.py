"""Make the data set of the El Niño problem: simulate the climate, write a netCDF file.

Usage::

    python problems/el_nino/simulate.py --seed 17 --months 1440 \
        --output problems/el_nino/data/enso.nc

The same arguments give the same bytes. The climate itself is in ``climate.py`` beside this file.
"""

from __future__ import annotations

import argparse
import io
import os
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from climate import LAT, LON, SEA, Array, simulate
from scipy.io import netcdf_file

FIRST_YEAR = 1701  # long before the observed record, so that nobody takes one for the other

# Packing of the file: whole thousandths of a degree, so that the last bits of a floating-point
# number, which differ between processors, do not reach the data set. Both numbers are doubles
# because readers decode to the type they have (CF-1.8, section 8.1).
SCALE, OFFSET, FILL = np.float64(0.001), np.float64(20.0), np.int16(-32767)


def month_bounds(n_months: int) -> npt.NDArray[np.float64]:
    """First and last instant of every month, days since January of `FIRST_YEAR`: (n, 2)."""
    first = np.datetime64(f"{FIRST_YEAR}-01", "M")
    edges = (first + np.arange(n_months + 1)).astype("datetime64[D]")
    days = (edges - edges[0]).astype(np.float64)
    return np.stack([days[:-1], days[1:]], axis=1)


def encode(sst: Array, seed: int) -> bytes:
    """The data set as the bytes of a netCDF file (64-bit offset, CF-1.8, ACDD-1.3).

    SciPy's writer is plain Python: dimensions, variables and attributes come out in the order
    written here and nothing of the libraries' versions enters the file.

    Parameters
    ----------
    sst : ndarray of shape (n_months, n_sea)
        Temperatures in °C.
    seed : int
        Named in the attributes.

    Raises
    ------
    ValueError
        If a temperature does not fit the packing.
    """
    ticks = np.rint((sst - OFFSET) / SCALE)
    if not np.all(np.abs(ticks) < -int(FILL)):
        raise ValueError(
            f"temperatures from {sst.min():.1f} to {sst.max():.1f} °C do not fit 16 bits in steps "
            f"of {SCALE} °C around {OFFSET} °C: check the parameters of the simulation"
        )
    packed = np.full((len(sst), *SEA.shape), FILL, dtype=np.int16)
    packed[:, SEA] = ticks.astype(np.int16)
    bounds = month_bounds(len(sst))
    axes = {
        "time": (bounds.mean(axis=1), _TIME),
        "lat": (LAT, _LATITUDE),
        "lon": (LON, _LONGITUDE),
    }

    buffer = io.BytesIO()
    dataset = netcdf_file(buffer, "w", version=2)
    for name, (values, _) in axes.items():
        dataset.createDimension(name, len(values))
    dataset.createDimension("nv", 2)
    for name, (values, attributes) in axes.items():
        _add(dataset, name, (name,), values, attributes)
    _add(dataset, "time_bnds", ("time", "nv"), bounds, {})
    _add(dataset, "sst", ("time", "lat", "lon"), packed, _TEMPERATURE)
    for key, value in _global_attributes(len(sst), seed).items():
        setattr(dataset, key, value)
    dataset.flush()
    return buffer.getvalue()


_TIME = {
    "standard_name": "time",
    "long_name": "middle of the month",
    "units": f"days since {FIRST_YEAR}-01-01 00:00:00",
    "calendar": "standard",
    "axis": "T",
    "bounds": "time_bnds",
}
_LATITUDE = {
    "standard_name": "latitude",
    "long_name": "latitude of the cell centre",
    "units": "degrees_north",
    "axis": "Y",
}
_LONGITUDE = {
    "standard_name": "longitude",
    "long_name": "longitude of the cell centre",
    "units": "degrees_east",
    "axis": "X",
}
_TEMPERATURE = {
    "standard_name": "sea_surface_temperature",
    "long_name": "simulated sea surface temperature, monthly mean",
    "units": "degree_Celsius",
    "cell_methods": "time: mean",
    "coverage_content_type": "modelResult",
    "_FillValue": FILL,
    "scale_factor": SCALE,
    "add_offset": OFFSET,
}


_DATA_SET = {
    "Conventions": "CF-1.8, ACDD-1.3",
    "title": "Simulated sea surface temperature of the tropical Pacific",
    "summary": (
        "Monthly sea surface temperature on a 5 degree grid from a seasonal linear stochastic "
        "model of El Nino with ten modes and small-scale noise. The years are model years: "
        "no month stands for a month of the observed record."
    ),
    "comment": (
        "time_coverage_start and time_coverage_end are the middles of the first and the last "
        "month; time_bnds has the whole months. Land is missing. Temperatures are packed in "
        "steps of 0.001 degree Celsius."
    ),
    "keywords": "sea surface temperature, El Nino, ENSO, simulation, seasonal forecast",
    "standard_name_vocabulary": "CF Standard Name Table v93",
    "source": "seasonal linear stochastic model: problems/el_nino/simulate.py",
    "processing_level": "model output, monthly means; no observation was used",
    "references": "problems/el_nino/README.md",
    "acknowledgement": (
        "Strength, seasons and memory of Nino 3.4 were aimed at those of the coupled model "
        "CCSM4 (Gent et al., J. Climate 24, 4973-4991, 2011)."
    ),
    "project": "rampflow",
    "institution": "The rampflow developers",
    "creator_name": "The rampflow developers",
    "creator_type": "group",
    "publisher_name": "The rampflow developers",
    "publisher_type": "group",
    "naming_authority": "rampflow",
    "license": "CC0-1.0",
    "cdm_data_type": "Grid",
}


def _global_attributes(n_months: int, seed: int) -> dict[str, Any]:
    """CF and ACDD attributes, true of every file that these arguments make.

    Left out of what ACDD recommends: every date of making (it would change the bytes, and a fixed
    one would be a lie; git and dvc.lock know when), addresses of people and pages (there is none
    that lasts), everything vertical (the data have no such axis), platform and instrument (nothing
    was measured) and keywords_vocabulary (the keywords are of none).
    """
    middles = month_bounds(n_months).mean(axis=1)[[0, -1]] * np.timedelta64(86400, "s")
    start, end = np.datetime64(f"{FIRST_YEAR}-01-01", "s") + middles
    south, north, west, east = LAT[0] - 2.5, LAT[-1] + 2.5, LON[0] - 2.5, LON[-1] + 2.5
    corners = [(south, west), (north, west), (north, east), (south, east), (south, west)]
    return {
        **_DATA_SET,
        "id": f"el_nino_simulated_seed{seed}_{n_months}months",
        "history": f"simulate.py --seed {seed} --months {n_months}",
        "geospatial_bounds": f"POLYGON (({', '.join(f'{y:g} {x:g}' for y, x in corners)}))",
        "geospatial_bounds_crs": "EPSG:4326",
        "geospatial_lat_min": LAT[0],
        "geospatial_lat_max": LAT[-1],
        "geospatial_lat_units": "degrees_north",
        "geospatial_lat_resolution": "5 degrees",
        "geospatial_lon_min": LON[0],
        "geospatial_lon_max": LON[-1],
        "geospatial_lon_units": "degrees_east",
        "geospatial_lon_resolution": "5 degrees",
        "time_coverage_start": f"{start}Z",
        "time_coverage_end": f"{end}Z",
        "time_coverage_duration": f"P{n_months}M",
        "time_coverage_resolution": "P1M",
    }


def _add(
    dataset: netcdf_file,
    name: str,
    dimensions: tuple[str, ...],
    values: npt.NDArray[Any],
    attributes: dict[str, Any],
) -> None:
    """Add a variable with its attributes, in the order given."""
    variable = dataset.createVariable(name, values.dtype, dimensions)
    for key, value in attributes.items():
        setattr(variable, key, value)
    variable[:] = values


def write_atomically(path: Path, content: bytes) -> None:
    """Write beside the target, then rename: a reader sees the whole file or none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with aside.open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)


def main(arguments: list[str] | None = None) -> None:
    """Command line: simulate and write the file."""
    parser = argparse.ArgumentParser(description="Simulate the data set of the El Niño problem.")
    parser.add_argument("--seed", type=int, default=17, help="seed of the simulation")
    parser.add_argument("--months", type=int, default=1440, help="number of months, from January")
    parser.add_argument("--output", type=Path, required=True, help="netCDF file to write")
    options = parser.parse_args(arguments)
    if options.months < 1:
        parser.error(f"--months is {options.months}: give at least one month")
    sst, _ = simulate(options.seed, options.months)
    write_atomically(options.output, encode(sst, options.seed))


if __name__ == "__main__":
    main()
