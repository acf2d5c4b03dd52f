"""A netCDF file is read into one clean grid whatever its form, or refused with one clear error."""

from __future__ import annotations

import contextlib
import gzip
from collections.abc import Callable
from pathlib import Path

import cftime
import netCDF4
import numpy as np
import pytest
import xarray as xr
from hypothesis import example, given
from hypothesis import strategies as st

from rampflow.errors import DataError
from rampflow.problems.grids.facts import facts_of
from rampflow.problems.grids.reading import read_monthly
from rampflow.problems.grids.regions import NINO34, TROPICAL_PACIFIC, Floats, region_mean
from tests.support.need import need_shared
from tests.support.sst_files import make_sst, write_sst

Change = Callable[[xr.Dataset], xr.Dataset]


def read(file, first=""):
    return read_monthly(Path(file), area=TROPICAL_PACIFIC, box=NINO34, first=first)


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """The clean grid of the plain file, which every other form of it must give too."""
    return read(write_sst(make_sst(), tmp_path_factory.mktemp("plain") / "sst.nc")).months


def with_sst(ds: xr.Dataset, values, **attributes) -> xr.Dataset:
    """Return the file with other values and attributes of its variable."""
    return ds.assign(sst=(ds["sst"].dims, np.asarray(values), {**ds["sst"].attrs, **attributes}))


def with_time(ds: xr.Dataset, values, **attributes) -> xr.Dataset:
    """Return the file with another time axis."""
    return ds.assign_coords(time=("time", np.asarray(values), {**ds["time"].attrs, **attributes}))


def renamed(ds: xr.Dataset, name: str, **attributes) -> xr.Dataset:
    """Return the file with another name and other attributes of its variable."""
    return with_sst(ds, ds["sst"].values, **attributes).rename(sst=name)


def with_axes(ds: xr.Dataset, **names: str) -> xr.Dataset:
    """Return the file with other names of its dimensions."""
    return ds.rename(names)


def month_steps(ds: xr.Dataset):
    return np.arange(ds.sizes["time"])


def with_bounds(ds: xr.Dataset, before: int = 0, after: int = 0, **attributes) -> xr.Dataset:
    """Stamp each month with its end, which is the first instant of the next, and give bounds.

    The bounds may begin some days before the month and end some days after it.
    """
    start = ds["time"].values
    end = np.append(start[1:], start[-1] + 31)
    stamped = with_time(ds, end, bounds="time_bnds")
    bounds = np.stack([start - before, end + after], axis=1)
    return stamped.assign(time_bnds=(("time", "nv"), bounds, attributes))


def bounds_in_hours(ds: xr.Dataset) -> xr.Dataset:
    found = with_bounds(ds, units="hours since 1800-01-01")
    return found.assign(time_bnds=found["time_bnds"].copy(data=found["time_bnds"] * 24))


def bounds_in_months(ds: xr.Dataset) -> xr.Dataset:
    count = month_steps(ds)
    stamped = with_time(ds, count + 1, units="months since 1950-01-01", bounds="time_bnds")
    return stamped.assign(time_bnds=(("time", "nv"), np.stack([count, count + 1], axis=1)))


def without_the_name_of_bounds(ds: xr.Dataset) -> xr.Dataset:
    found = with_bounds(ds)
    del found["time"].attrs["bounds"]
    return found


def with_edges(ds: xr.Dataset, south: float, north: float) -> xr.Dataset:
    """Return the file with bounds of its latitudes, so far to both sides."""
    lat = ds["lat"].values
    edges = np.stack([lat - south, lat + north], axis=1)
    bounded = with_lat(ds, lat, units="degrees_north", bounds="lat_bnds")
    return bounded.assign(lat_bnds=(("lat", "nv"), edges))


def west_and_east(ds: xr.Dataset) -> xr.Dataset:
    """Longitudes from -180 to 180 in ascending order."""
    return ds.assign_coords(lon=(ds["lon"] + 180) % 360 - 180).assign_coords(
        lon=lambda d: ("lon", d["lon"].values, ds["lon"].attrs)
    )


def with_360_days(ds: xr.Dataset) -> xr.Dataset:
    return with_time(
        ds, 30.0 * month_steps(ds) + 15, units="days since 1950-01-01", calendar="360_day"
    )


def with_a_level(ds: xr.Dataset) -> xr.Dataset:
    deep = ds["sst"].expand_dims(zlev=[0.0], axis=1)
    return ds.drop_vars("sst").assign(sst=deep)


UNDERSTOOD: dict[str, Change] = {
    "kelvin": lambda ds: with_sst(ds, ds["sst"] + 273.15, units="K"),
    "fahrenheit": lambda ds: with_sst(ds, ds["sst"] * 1.8 + 32, units="degF"),
    "units spelled out": lambda ds: with_sst(ds, ds["sst"], units="degrees Celsius"),
    "tos": lambda ds: renamed(ds, "tos", standard_name="sea_surface_temperature"),
    "ts of a model": lambda ds: renamed(ds, "ts", standard_name="surface_temperature"),
    "name in capitals": lambda ds: renamed(ds, "SST"),
    "odd name, standard name": lambda ds: renamed(
        ds, "field12", standard_name="sea_surface_temperature"
    ),
    "standard name before name": lambda ds: renamed(
        ds, "field12", standard_name="sea_surface_temperature"
    ).assign(ts=ds["sst"] - 3),
    "anomalies beside it": lambda ds: ds.assign(sst_anom=ds["sst"] - 27),
    "anomaly plus climatology": lambda ds: with_sst(
        ds, ds["sst"], long_name="anomaly + 1950-79 climatology"
    ),
    "latitudes descending": lambda ds: ds.isel(lat=slice(None, None, -1)),
    "longitudes from -180": west_and_east,
    "longitudes shuffled": lambda ds: ds.isel(lon=np.random.default_rng(0).permutation(21)),
    "another order of dimensions": lambda ds: ds.transpose("lon", "time", "lat"),
    "a level of length one": with_a_level,
    "full names": lambda ds: with_axes(ds, lat="latitude", lon="longitude"),
    "names X, Y, T": lambda ds: with_axes(ds, lat="Y", lon="X", time="T"),
    "units with a space": lambda ds: ds.assign_coords(
        lat=("lat", ds["lat"].values, {"units": "degrees North"}),
        lon=("lon", ds["lon"].values, {"units": "Degrees_E"}),
    ),
    "nameless but with units": lambda ds: with_axes(ds, lat="j", lon="i", time="n"),
    "times not in order": lambda ds: ds.isel(time=np.random.default_rng(1).permutation(24)),
    "middle of the month": lambda ds: with_time(ds, ds["time"] + 14.5),
    "last day of the month": lambda ds: with_time(ds, ds["time"] + 27.9),
    "end of the month, with bounds": with_bounds,
    "end of the month, with bounds that are not named": without_the_name_of_bounds,
    "bounds of latitudes": lambda ds: with_edges(ds, 2.4, 2.6),
    "bounds with units of their own": bounds_in_hours,
    "bounds in months": bounds_in_months,
    "bounds that were lost, stamps in the middle": lambda ds: with_time(
        ds, ds["time"] + 14.5, bounds="time_bnds"
    ),
    "months since": lambda ds: with_time(
        ds, month_steps(ds) + 0.5, units="months since 1950-01-01", calendar="360"
    ),
    "hours since": lambda ds: with_time(ds, ds["time"] * 24, units="hours since 1800-01-01"),
    "a calendar of 360 days": with_360_days,
}


@pytest.mark.parametrize("form", UNDERSTOOD)
def test_every_form_of_a_file_gives_the_same_grid(form, plain, tmp_path):
    found = read(write_sst(UNDERSTOOD[form](make_sst()), tmp_path / "sst.nc")).months
    xr.testing.assert_allclose(found, plain, rtol=0, atol=1e-10)


@pytest.mark.parametrize(
    ("format", "encoding", "tolerance"),
    [
        ("NETCDF3_CLASSIC", {}, 1e-12),
        ("NETCDF3_64BIT", {"dtype": "float32", "_FillValue": -9.99e33}, 1e-5),
        ("NETCDF3_64BIT_DATA", {}, 1e-12),
        ("NETCDF4", {"zlib": True, "dtype": "float32"}, 1e-5),
        (
            "NETCDF4",
            {"dtype": "int16", "scale_factor": 0.01, "add_offset": 20.0, "_FillValue": -32768},
            0.00501,
        ),
    ],
)
def test_every_format_and_packing_is_read(format, encoding, tolerance, plain, tmp_path):
    found = read(write_sst(make_sst(), tmp_path / "sst.nc", format, **encoding)).months
    xr.testing.assert_allclose(found, plain, rtol=0, atol=tolerance)
    assert found["sst"].dtype == np.float64


def test_the_grid_is_clean(plain):
    assert plain["sst"].dims == ("time", "lat", "lon")
    assert plain["sst"].attrs["units"] == "degree_Celsius"
    for name in ("lat", "lon"):
        assert (np.diff(plain[name]) > 0).all()
        assert plain[name].dtype == np.float64
    months = np.arange("1950-01", "1952-01", dtype="datetime64[M]")
    np.testing.assert_array_equal(plain["time"].values.astype("datetime64[M]"), months)
    assert list(plain["time"].dt.month.values) == [*range(1, 13)] * 2
    assert int(np.isnan(plain["sst"]).all("time").sum()) == 1


def test_only_the_area_is_read(tmp_path):
    everywhere = make_sst(lat=np.arange(-87.5, 90, 5), lon=np.arange(2.5, 360, 5))
    found = read(write_sst(everywhere, tmp_path / "sst.nc")).months
    assert (found["lat"].values[0], found["lat"].values[-1]) == (-27.5, 27.5)
    assert (found["lon"].values[0], found["lon"].values[-1]) == (122.5, 287.5)


def test_only_months_from_the_first_on_are_read_and_earlier_gaps_do_not_matter(tmp_path):
    ds = make_sst(n_months=36)
    file = write_sst(ds.isel(time=[*range(0, 5), *range(12, 36)]), tmp_path / "sst.nc")
    found = read(file, first="1951-01")
    assert found.months.sizes["time"] == 24
    assert found.time.in_file == ("1950-01", "1952-12")


def test_what_was_understood_is_told_in_words(tmp_path):
    ds = renamed(make_sst(), "tos", units="K").assign(tos_anom=make_sst()["sst"])
    ds["tos"] = ds["tos"] + 273.15
    ds["tos"].attrs |= {"units": "K", "long_name": "sea surface, monthly"}
    ds["tos"].attrs["cell_methods"] = "time: mean (interval: 1 day)"
    ds["tos"][3, 1, 1] = np.nan
    grid = read(write_sst(with_360_days(ds), tmp_path / "sst.nc"))
    facts = facts_of(grid, NINO34)
    mean = region_mean(grid.months["sst"], NINO34)
    assert facts == {
        "variable": "tos",
        "long name": "sea surface, monthly",
        "cell methods": "time: mean (interval: 1 day)",
        "other variables": "tos_anom",
        "units": "K, read as °C",
        "calendar": "360_day",
        "months are told by": "stamps, day 16 of the month",
        "months in the file": "1950-01 to 1951-12",
        "months that are used": "24, 1950-01 to 1951-12",
        "latitudes": "6, 12.5°S to 12.5°N, every 5°",
        "longitudes": "21, 182.5°E to 282.5°E, every 5°",
        "cells": 126,
        "cells without any value (land)": 1,
        "cells with gaps": 1,
        "mean of Niño 3.4": f"{mean.mean():.2f} °C, {mean.min():.2f} to {mean.max():.2f}",
    }


@pytest.mark.parametrize(
    ("packing", "valid"),
    [
        ({}, {"valid_range": [10.0, 40.0]}),
        ({}, {"valid_min": 10.0, "valid_max": 40.0}),
        ({}, {"valid_range": [0.0, 40.0], "valid_min": 10.0}),  # the closer word counts
        ({"scale_factor": 0.01, "add_offset": 20.0}, {"valid_range": np.int16([-1000, 2000])}),
        ({"scale_factor": 0.01, "add_offset": 20.0}, {"valid_range": [10.0, 40.0]}),
        ({"scale_factor": -0.01, "add_offset": 20.0}, {"valid_range": np.int16([-2000, 1000])}),
    ],
)
def test_values_that_the_file_calls_invalid_are_missing(packing, valid, tmp_path):
    ds = patched(make_sst(), 9, 3, 0, 0)
    form = {"dtype": "int16", "_FillValue": -32768, **packing} if packing else {}
    file = write_sst(with_sst(ds, ds["sst"]), tmp_path / "sst.nc", **form)
    with netCDF4.Dataset(file, "a") as stored:
        stored["sst"].setncatts(valid)
    found = read(file).months["sst"]
    gaps = np.argwhere(np.isnan(found.values) & ~np.isnan(found.values).all(axis=0))
    assert gaps.tolist() == [[3, 0, 0]]


@pytest.mark.shared
def test_a_real_global_file_of_two_degrees_is_understood():
    file = need_shared("data/el_nino/ersstv5_global_201001_202008.nc")
    grid = read(file)
    with xr.open_dataset(file) as raw:
        box = raw["sst"].sel(lat=slice(4, -4), lon=slice(190, 240)).load()
    edge = xr.where((box["lon"] == 190) | (box["lon"] == 240), 0.5, 1)
    by_hand = box.weighted(edge * np.cos(np.deg2rad(box["lat"]))).mean(("lat", "lon"))
    found = region_mean(grid.months["sst"], NINO34)
    np.testing.assert_allclose(found, by_hand, atol=1e-4)
    months = np.arange("2010-01", "2020-09", dtype="datetime64[M]")
    np.testing.assert_array_equal(grid.months["time"].values.astype("datetime64[M]"), months)
    assert np.abs(found).max() < 30  # November 2015, the warmest of these months
    assert months[found.argmax()] == np.datetime64("2015-11")


# -- what is refused -------------------------------------------------------------------------------


def changed(change: Change) -> Callable[[Path], None]:
    """Return what writes a changed plain file."""

    def write(file: Path) -> None:
        write_sst(change(make_sst()), file)

    return write


def content(content: bytes) -> Callable[[Path], None]:
    """Return what writes some bytes."""

    def write(file: Path) -> None:
        file.write_bytes(content)

    return write


def cut(format: str, share: float) -> Callable[[Path], None]:
    """Return what writes a file and cuts it off."""

    def write(file: Path) -> None:
        write_sst(make_sst(), file, format)
        whole = file.read_bytes()
        file.write_bytes(whole[: int(len(whole) * share)])

    return write


def stamped(key: str, value: object, of: str = "sst") -> Callable[[Path], None]:
    """Return what writes the plain file and sets an attribute as it is given."""

    def write(file: Path) -> None:
        write_sst(make_sst(), file)
        with netCDF4.Dataset(file, "a") as stored:
            stored[of].setncattr(key, value)

    return write


def damaged(file: Path) -> None:
    """Write a compressed file and overwrite the middle of its values."""
    write_sst(make_sst(n_months=240), file, zlib=True)
    whole = bytearray(file.read_bytes())
    middle = len(whole) // 2
    whole[middle : middle + 2000] = b"\xff" * 2000
    file.write_bytes(bytes(whole))


def patched(ds: xr.Dataset, value, months, rows, columns) -> xr.Dataset:
    """Return the file with some values replaced."""
    values = ds["sst"].values.copy()
    values[months, rows, columns] = value
    return with_sst(ds, values)


def long(change: Callable[[Floats], Floats]) -> Callable[[Path], None]:
    """Return what writes ten years of changed values, no two alike."""

    def write(file: Path) -> None:
        ds = make_sst(n_months=120)
        found = change(ds["sst"].values)
        write_sst(
            with_sst(ds, found + 1e-3 * np.sin(np.arange(found.size)).reshape(found.shape)), file
        )

    return write


def curved(ds: xr.Dataset) -> xr.Dataset:
    lat, lon = np.meshgrid(ds["lat"], ds["lon"], indexing="ij")
    flat = ds.drop_vars(["lat", "lon"]).rename(lat="y", lon="x")
    return flat.assign_coords(lat=(("y", "x"), lat), lon=(("y", "x"), lon))


def daily(ds: xr.Dataset) -> xr.Dataset:
    return with_time(ds, 54786 + month_steps(ds))


def with_lat(ds: xr.Dataset, values, **attributes) -> xr.Dataset:
    return ds.assign_coords(lat=("lat", np.asarray(values), attributes))


def with_lon(ds: xr.Dataset, values, **attributes) -> xr.Dataset:
    return ds.assign_coords(lon=("lon", np.asarray(values), attributes))


def moved_pole(ds: xr.Dataset) -> xr.Dataset:
    """Return the file on the latitudes and longitudes of another pole."""
    lat = {"standard_name": "grid_latitude", "units": "degrees", "axis": "Y"}
    lon = {"standard_name": "grid_longitude", "units": "degrees", "axis": "X"}
    return with_lon(with_lat(ds, ds["lat"], **lat), ds["lon"], **lon)


MOVED = ((), np.int32(0), {"grid_mapping_name": "rotated_latitude_longitude"})
ALL = slice(None)
NINO_ROWS, NINO_COLUMNS = slice(1, 5), slice(2, 12)

BROKEN: dict[str, tuple[Callable[[Path], None], str]] = {
    # the file
    "not there": (lambda file: None, "does not exist"),
    "a folder": (lambda file: file.mkdir(), "is a folder"),
    "empty file": (content(b""), "the file is empty"),
    "text": (content(b"time,sst\n1950-01,27.1\n"), "the file is not netCDF"),
    "web page": (content(b"<!DOCTYPE html><html>login"), "web page"),
    "compressed": (content(gzip.compress(b"CDF\x01")), "compressed (gzip)"),
    "classic, cut in the values": (cut("NETCDF3_CLASSIC", 0.6), "cut off"),
    "classic, cut in the header": (cut("NETCDF3_64BIT", 0.005), "cut off"),
    "netCDF-4, cut": (cut("NETCDF4", 0.6), "cut off or damaged"),
    "damaged values": (damaged, "damaged"),
    # the variable
    "no variable": (changed(lambda ds: ds.drop_vars("sst")), "the file holds no variable"),
    "another quantity": (changed(lambda ds: renamed(ds, "precip")), "there are precip"),
    "another standard name": (
        changed(lambda ds: with_sst(ds, ds["sst"], standard_name="air_temperature")),
        "no variable is known to be a sea surface temperature",
    ),
    "temperature of anything": (
        changed(lambda ds: renamed(ds, "temperature")),
        "no variable is known to be a sea surface temperature; there are temperature",
    ),
    "temp of anything": (changed(lambda ds: renamed(ds, "temp")), "there are temp"),
    "its standard error": (
        changed(lambda ds: with_sst(ds, ds["sst"], long_name="standard error of SST")),
        "its long_name is 'standard error of SST': 'error' is not the mean of the sea surface",
    ),
    "maxima": (
        changed(lambda ds: with_sst(ds, ds["sst"], cell_methods="area: mean time: maximum")),
        "'maximum' is not a mean over each month",
    ),
    "at 200 m": (changed(lambda ds: ds.assign_coords(depth=200.0)), "it is at depth = 200.0"),
    "at 200 m, said beside it": (
        changed(lambda ds: ds.assign(depth=((), 200.0))),
        "it is at depth = 200.0",
    ),
    "two that may be meant": (
        changed(
            lambda ds: ds.assign(
                a=ds["sst"].assign_attrs(standard_name="sea_surface_temperature"),
                b=ds["sst"].assign_attrs(standard_name="sea_surface_temperature"),
            )
        ),
        "several variables may be meant: a, b",
    ),
    "two levels": (
        changed(lambda ds: ds.assign(sst=ds["sst"].expand_dims(depth=[0.0, 10.0]))),
        "depth of length 2",
    ),
    "text as values": (
        changed(lambda ds: with_sst(ds, ds["sst"].values.astype("U4"))),
        "not numbers",
    ),
    # units and values
    "no units": (
        changed(lambda ds: ds.assign(sst=ds["sst"].drop_attrs())),
        "the variable has no units",
    ),
    "wrong units": (changed(lambda ds: with_sst(ds, ds["sst"], units="m s-1")), "'m s-1'"),
    "scaled units": (changed(lambda ds: with_sst(ds, ds["sst"], units="0.01 degC")), "0.01 degC"),
    "kelvin called Celsius": (
        changed(lambda ds: with_sst(ds, ds["sst"] + 273.15)),
        "read as 'degC', the temperatures reach from",
    ),
    "Celsius called kelvin": (
        changed(lambda ds: with_sst(ds, ds["sst"], units="K")),
        "read as 'K', the temperatures reach from -2",
    ),
    "Fahrenheit called Celsius": (
        changed(lambda ds: with_sst(ds, ds["sst"] * 1.8 + 32)),
        "read as 'degC', the temperatures reach from",
    ),
    "scale factor lost": (
        changed(lambda ds: with_sst(ds, (ds["sst"].fillna(0) * 100).astype("int16"))),
        "reach from 0 to 2",
    ),
    "fill value not marked": (
        changed(lambda ds: patched(ds, -999, ALL, 0, 0)),
        "reach from -999",
    ),
    "land as zeros": (changed(lambda ds: patched(ds, 0, ALL, 0, 0)), "the same value in every"),
    "infinite": (changed(lambda ds: patched(ds, np.inf, 3, 2, 2)), "1 values are infinite"),
    "anomalies by value": (
        changed(lambda ds: with_sst(ds, ds["sst"] - ds["sst"].mean("time"))),
        "look like anomalies",
    ),
    "anomalies by name": (changed(lambda ds: renamed(ds, "ssta_anom")), "holds anomalies"),
    "anomalies by long name": (
        changed(lambda ds: with_sst(ds, ds["sst"], long_name="Monthly SST Anomalies")),
        "holds anomalies",
    ),
    "anomalies from a climatology": (
        changed(lambda ds: with_sst(ds, ds["sst"], long_name="SST anomaly from a climatology")),
        "holds anomalies",
    ),
    "anomalies by standard name": (
        changed(lambda ds: with_sst(ds, ds["sst"], standard_name="surface_temperature_anomaly")),
        "holds anomalies",
    ),
    **{
        f"one month of {value:g} °C": (
            changed(lambda ds, value=value: patched(ds, value, 4, ALL, ALL)),
            words,
        )
        for value, words in (
            (0, "a cell jumps: from 1950-04 to 1950-05 it changes from"),
            (-9.99, "reach from -9.99 to"),
            (55, "to 55 °C, possible are -5 to 45 °C"),
            (14, "the mean of Niño 3.4 is 14 °C in 1950-05, not that of a tropical sea"),
            (27, "all cells of Niño 3.4 hold the same value in 1950-05"),
        )
    },
    "one month of anomalies": (
        changed(lambda ds: patched(ds, ds["sst"].values[4] - 27, 4, ALL, ALL)),
        "a cell jumps: from 1950-04 to 1950-05",
    ),
    "one month that is too warm": (
        changed(lambda ds: patched(ds, ds["sst"].values[4] + 12, 4, ALL, ALL)),
        "the mean of Niño 3.4 is ",
    ),
    "one month that jumps": (
        changed(lambda ds: patched(ds, ds["sst"].values[4] - 6, 4, ALL, ALL)),
        "the mean of Niño 3.4 jumps: from 1950-04 to 1950-05 it changes from",
    ),
    "one cell that is not there": (
        changed(lambda ds: patched(ds, 9.99, 4, 3, 5)),
        "a cell of Niño 3.4 is 9.99 °C in 1950-05, not that of a tropical sea",
    ),
    "one cell that jumps": (
        changed(lambda ds: patched(ds, 39, 4, 3, 5)),
        "a cell of Niño 3.4 jumps: from 1950-04 to 1950-05 it changes from",
    ),
    "the last month twice": (
        changed(lambda ds: patched(ds, ds["sst"].values[22], 23, ALL, ALL)),
        "Niño 3.4 is in 1951-12 a copy of what it is in 1951-11",
    ),
    "the year before once more": (
        changed(lambda ds: patched(ds, ds["sst"].values[:12], slice(12, 24), ALL, ALL)),
        "Niño 3.4 is in 1951-01 a copy of what it is in 1950-01",
    ),
    "a month between its neighbours": (
        changed(lambda ds: patched(ds, ds["sst"].values[[3, 5]].mean(axis=0), 4, ALL, ALL)),
        "Niño 3.4 is in 1950-05 the mean of the month before and the month after",
    ),
    "one year, with other digits": (long(lambda v: v[:12][np.arange(120) % 12]), "a climatology"),
    "anomalies and one number": (
        long(lambda v: v - v.reshape(10, 12, 6, 21).mean(axis=0)[np.arange(120) % 12] + 27),
        "has no seasons (its calendar months differ by ",
    ),
    "cold sea": (changed(lambda ds: with_sst(ds, ds["sst"] - 20)), "not that of a tropical sea"),
    "scale factor as text": (
        stamped("scale_factor", "0.01"),
        "the attribute scale_factor is the text '0.01', not a number",
    ),
    "offset of a coordinate as text": (
        stamped("add_offset", "0", of="lon"),
        "the attribute add_offset is the text '0'",
    ),
    "scale factor of zero": (stamped("scale_factor", 0.0), "the attribute scale_factor is 0.0"),
    "two scale factors": (
        stamped("scale_factor", [1.0, 2.0]),
        "scale_factor is of length 2, not 1",
    ),
    "fill value as text": (
        stamped("missing_value", "-999"),
        "the attribute missing_value is the text '-999'",
    ),
    "valid range of one": (stamped("valid_range", 40.0), "valid_range is of length 1, not 2"),
    "an attribute nobody understands": (
        stamped("coordinates", 5.0),
        "the attributes of its variables cannot be understood",
    ),
    "all is invalid": (stamped("valid_range", [270.0, 310.0]), "valid are 270 to 310"),
    "a value that the file calls invalid": (
        changed(lambda ds: patched(with_sst(ds, ds["sst"], valid_min=5.0), 2.0, 4, 3, 5)),
        "missing in Niño 3.4 in 1 months, the first is 1950-05",
    ),
    # time
    "no time": (
        changed(lambda ds: ds.isel(time=0, drop=True)),
        "no variable has coordinates of time, latitude",
    ),
    "time without values": (
        changed(lambda ds: ds.drop_vars("time")),
        "the file holds sst(time, lat, lon), and of coordinates lat, lon",
    ),
    "time without units": (
        changed(lambda ds: ds.assign_coords(time=ds["time"].drop_attrs())),
        "it has no units",
    ),
    "unknown unit of time": (
        changed(lambda ds: with_time(ds, ds["time"], units="fortnights since 1800-01-01")),
        "'fortnights since 1800-01-01'",
    ),
    "no reference date": (
        changed(lambda ds: with_time(ds, ds["time"], units="days since the war")),
        "'days since the war'",
    ),
    "unknown calendar": (
        changed(lambda ds: with_time(ds, ds["time"], calendar="mayan")),
        "calendar 'mayan'",
    ),
    "time as text": (
        changed(lambda ds: with_time(ds, [f"month {i}" for i in range(24)])),
        "not numbers",
    ),
    "missing times": (
        changed(lambda ds: with_time(ds, np.where(month_steps(ds) == 4, np.nan, ds["time"]))),
        "some of its values are missing",
    ),
    "no month": (changed(lambda ds: ds.isel(time=slice(0, 0))), "the file holds no month"),
    "a month twice": (
        changed(lambda ds: ds.isel(time=[*range(24), 7])),
        "the month 1950-08 is there 2 times",
    ),
    "months missing": (
        changed(lambda ds: ds.isel(time=[*range(5), *range(8, 24)])),
        "3 months are missing, the first is 1950-06",
    ),
    "daily": (changed(daily), "these are not monthly means"),
    "yearly": (changed(lambda ds: ds.isel(time=[0, 12])), "11 months are missing"),
    "ends too early": (
        changed(lambda ds: with_time(ds, ds["time"] - 40000)),
        "months count from 1920-01 on",
    ),
    "a running mean": (
        changed(lambda ds: with_bounds(ds, before=30, after=30)),
        "the bounds time_bnds of 1950-01 are 92 days apart, not a month",
    ),
    "means of a day": (
        changed(lambda ds: with_bounds(ds, before=-15, after=-15)),
        "days apart, not a month",
    ),
    "bounds of other months": (
        changed(lambda ds: with_bounds(ds, before=92, after=-92)),
        "the stamp in 1950-02 is outside its bounds time_bnds, whose middle is in 1949-10",
    ),
    "bounds that were lost, stamps on the first": (
        changed(lambda ds: with_time(ds, ds["time"], bounds="time_bnds")),
        "it names the bounds 'time_bnds', which are not in the file",
    ),
    "bounds of another form": (
        changed(
            lambda ds: with_time(ds, ds["time"], bounds="b").assign(b=("time", ds["time"].values))
        ),
        "its bounds b are 24, not 24 × 2 values",
    ),
    "bounds as text": (
        changed(
            lambda ds: with_bounds(ds).assign(time_bnds=(("time", "nv"), np.full((24, 2), "x")))
        ),
        "its bounds are not numbers",
    ),
    "a climatology": (
        changed(lambda ds: with_time(ds, ds["time"], climatology="climatology_bounds")),
        "that of a climatology",
    ),
    "every thirty days": (
        changed(lambda ds: with_time(ds, ds["time"].values[0] + 15 + 30 * month_steps(ds))),
        "lie anywhere from day 7 to day 17 of their months",
    ),
    # space
    "curved grid": (changed(curved), "two-dimensional"),
    "curved grid with numbered rows": (
        changed(
            lambda ds: (
                curved(ds)
                .rename(lat="latitude", lon="longitude")
                .assign_coords(y=np.arange(6), x=np.arange(21))
            )
        ),
        "two-dimensional",
    ),
    "no latitudes": (
        changed(lambda ds: ds.drop_vars("lat")),
        "no variable has coordinates of time, latitude",
    ),
    "latitudes beyond the poles": (
        changed(lambda ds: with_lat(ds, np.linspace(-30, 150, 6), units="degrees_north")),
        "the latitude reaches from -30 to 150",
    ),
    "latitudes missing": (
        changed(lambda ds: with_lat(ds, [-12.5, -7.5, np.nan, 2.5, 7.5, 12.5])),
        "some values of the latitude are missing",
    ),
    "a projection": (
        changed(lambda ds: with_lon(ds, ds["lon"] * 1e5, units="m", axis="X")),
        "in 'm', not in degrees",
    ),
    "longitudes counted to the west": (
        changed(lambda ds: with_lon(ds, (360 - ds["lon"])[::-1], units="degrees_west")),
        "the longitude is in 'degrees_west'",
    ),
    "latitudes counted to the south": (
        changed(lambda ds: with_lat(ds, -ds["lat"], units="degrees_south")),
        "the latitude is in 'degrees_south'",
    ),
    "latitudes in radians": (
        changed(lambda ds: with_lat(ds, np.deg2rad(ds["lat"]), units="radians")),
        "the latitude is in 'radians'",
    ),
    "a pole that was moved": (changed(moved_pole), "no variable has coordinates of time, latitude"),
    "a pole that was moved, without standard names": (
        changed(lambda ds: with_sst(ds, ds["sst"], grid_mapping="pole").assign(pole=MOVED)),
        "'rotated_latitude_longitude'",
    ),
    "axes X and Y of rows and columns": (
        changed(
            lambda ds: with_lat(ds, ds["lat"], axis="Y").rename(lat="row", lon="column"),
        ),
        "no variable has coordinates of time, latitude",
    ),
    "latitudes at the edge of their cells": (
        changed(lambda ds: with_edges(ds, 0, 5)),
        "the latitude -12.5 is not in the middle of its cell, which by lat_bnds reaches from -12.5",
    ),
    "a longitude twice": (
        changed(lambda ds: with_lon(ds, [*ds["lon"].values[:-1], 192.5], units="degrees_east")),
        "the longitude 192.5 is there twice",
    ),
    "another ocean": (
        changed(lambda ds: with_lon(ds, np.arange(21) * 5.0, units="degrees_east")),
        "0 of its 21 longitudes lie between 120 and 290",
    ),
    "half of the region": (
        changed(lambda ds: ds.isel(lon=slice(0, 8))),
        "does not cover Niño 3.4: its longitudes reach from 180 to 220",
    ),
    "northern hemisphere": (
        changed(lambda ds: ds.isel(lat=slice(3, None))),
        "does not cover Niño 3.4: its latitudes",
    ),
    "too coarse": (
        changed(lambda ds: ds.isel(lon=slice(0, None, 2))),
        "too coarse for Niño 3.4: cells of 10°",
    ),
    "made of 10° cells": (
        changed(lambda ds: patched(ds, ds["sst"].values[:, :, 1::2], ALL, ALL, slice(0, 20, 2))),
        "only looks fine: in Niño 3.4 the values of 10° of longitudes are copies",
    ),
    "made of one row": (
        changed(lambda ds: patched(ds, ds["sst"].values[:, 3], ALL, 2, ALL)),
        "only looks fine: in Niño 3.4 the values of 10° of latitudes are copies",
    ),
    "no value at all": (changed(lambda ds: patched(ds, np.nan, ALL, ALL, ALL)), "no cell of the"),
    "no value in the region": (
        changed(lambda ds: patched(ds, np.nan, ALL, NINO_ROWS, NINO_COLUMNS)),
        "no cell of Niño 3.4 has a value",
    ),
    "half of the region is land": (
        changed(lambda ds: patched(ds, np.nan, ALL, slice(0, 3), ALL)),
        "50% of Niño 3.4 has no value",
    ),
    "gaps in the region": (
        changed(lambda ds: patched(ds, np.nan, slice(4, 7), 3, 5)),
        "missing in Niño 3.4 in 3 months, the first is 1950-05",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
@pytest.mark.filterwarnings("error")
def test_a_broken_file_is_refused_with_one_clear_error(name, tmp_path):
    make, words = BROKEN[name]
    file = tmp_path / "sst.nc"
    make(file)
    with pytest.raises(DataError) as caught:
        read(file, first="1920-01")
    error = caught.value
    assert words in error.what
    assert error.where.startswith(str(file))
    assert error.do
    assert error.__cause__ is None
    assert error.__suppress_context__ or error.__context__ is None


def test_a_calendar_that_was_lost_is_noticed_where_no_month_is_missing(tmp_path):
    units, calendar = "days since 1850-01-01", "noleap"
    ds = make_sst("1960-01", 360)
    dates = [cftime.datetime(1960 + i // 12, 1 + i % 12, 15, calendar=calendar) for i in range(360)]
    days = cftime.date2num(dates, units, calendar)
    grid = read(write_sst(with_time(ds, days, units=units, calendar=calendar), tmp_path / "a.nc"))
    assert grid.time.in_file == ("1960-01", "1989-12")
    with pytest.raises(DataError) as caught:
        read(write_sst(with_time(ds, days, units=units), tmp_path / "lost.nc"))
    assert "the calendar is not the one of the stamps" in caught.value.what


@given(
    st.sampled_from(["NETCDF3_CLASSIC", "NETCDF3_64BIT", "NETCDF3_64BIT_DATA"]),
    st.lists(st.tuples(st.integers(4, 1500), st.integers(0, 255)), min_size=1, max_size=4),
)
@example("NETCDF3_64BIT_DATA", [(24, 255)])  # a name of 2**63 characters
def test_whatever_bytes_are_wrong_it_is_read_or_refused(tmp_path, format, bytes_changed):
    file = write_sst(make_sst(n_months=3), tmp_path / "sst.nc", format)
    content = bytearray(file.read_bytes())
    for position, byte in bytes_changed:
        content[position] = byte
    file.write_bytes(content)
    with contextlib.suppress(DataError):
        found = read(file)
        assert np.isfinite(region_mean(found.months["sst"], NINO34)).all()
