"""What a variable says of itself, where that is no monthly mean of the sea surface."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from rampflow.problems.grids.claims import contradiction


def field(level=None, **attributes) -> xr.DataArray:
    """Return a field; a level is a name, a value and attributes, as a scalar coordinate."""
    coords = {"time": [0, 1]}
    if level is not None:
        name, value, of_it = level
        coords[name] = ((), value, of_it)
    return xr.DataArray(np.zeros(2), dims="time", coords=coords, name="sst", attrs=attributes)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Monthly Means of Sea Surface Temperature",
        "Daily sea surface temperature",
        "Surface Temperature",
        "SKT skin temperature",
        "monthly SST = Kaplan v2 anomaly + STR 1950-79 climatology",
        "Extended Reconstructed SST, bias-adjusted, 2 degrees",
    ],
)
def test_common_descriptions_are_no_contradiction(text):
    assert contradiction(field(long_name=text), "time") == ""


@pytest.mark.parametrize(
    ("attributes", "word"),
    [
        ({"long_name": "2 metre air temperature"}, "2 metre"),
        ({"long_name": "Surface Air Temperature"}, "Air"),
        ({"long_name": "temperature at 200m"}, "200m"),
        ({"level_desc": "2 m"}, "2 m"),
        ({"long_name": "standard error of SST"}, "error"),
        ({"long_name": "sea ice surface temperature"}, "ice surface temperature"),
        ({"long_name": "SST uncertainty"}, "uncertainty"),
        ({"long_name": "maximum SST"}, "maximum"),
        ({"statistic": "Long Term Mean"}, "Long Term Mean"),
        ({"statistic": "Standard Deviation"}, "Deviation"),
        ({"long_name": "5-month running mean of SST"}, "running mean"),
    ],
)
def test_words_of_another_quantity_are_named(attributes, word):
    found = contradiction(field(**attributes), "time")
    assert f"{next(iter(attributes))} is " in found
    assert f"{word!r} is not" in found


@pytest.mark.parametrize(
    "methods",
    [
        "",
        "time: mean",
        "time:mean",
        "time: lat: lon: mean",
        "area: mean where sea time: mean",
        "area: time: mean (interval: 20 minutes)",
        "time: mean (interval: 1 hour) lat: lon: point",
        "time: mean within days time: mean over days",
        "area: mean (comment: maximum of nothing) time: mean",
    ],
)
def test_means_over_the_month_are_no_contradiction(methods):
    assert contradiction(field(cell_methods=methods), "time") == ""


@pytest.mark.parametrize(
    ("methods", "words"),
    [
        ("time: maximum", "'maximum' is not a mean over each month"),
        ("time:minimum", "'minimum' is not a mean over each month"),
        ("time: point", "'point' is not a mean over each month"),
        ("area: mean time: standard_deviation", "'standard_deviation' is not"),
        ("time: maximum within days time: mean over days", "'maximum' is not"),
        ("time: mean within years time: mean over years", "a climatology"),
        ("realization: range time: mean", "'range' is not a mean over the cell"),
        ("area: mean where land time: mean", "'where land' is not the sea"),
        ("area: time: mean where sea_ice", "'where sea_ice' is not the sea"),
    ],
)
def test_other_methods_are_named(methods, words):
    found = contradiction(field(cell_methods=methods), "time")
    assert methods in found
    assert words in found


@pytest.mark.parametrize("words", ["5-month running mean", "smoothed over 3 months"])
def test_a_comment_that_tells_of_smoothing_is_named(words):
    found = contradiction(field(cell_methods=f"time: mean (comment: {words})"), "time")
    assert "a mean over several months" in found


@pytest.mark.parametrize(
    "lead", [("L", 5.5, {}), ("lag", 6, {"standard_name": "forecast_period"}), ("lead", 1, {})]
)
def test_a_forecast_is_no_observation(lead):
    assert "it is a forecast" in contradiction(field(lead), "time")
    assert contradiction(field((lead[0], 0, lead[2])), "time") == ""


def test_the_time_axis_may_have_any_name():
    assert contradiction(field(cell_methods="T: maximum"), "T") != ""


@pytest.mark.parametrize(
    "level",
    [
        ("depth", 0.0, {}),
        ("zlev", 0.0, {"units": "meters"}),
        ("lev", 5.0, {"units": "m", "positive": "down"}),
        ("z_t", 500.0, {"units": "centimeters"}),
        ("lev", -5.0, {"units": "m", "positive": "up"}),
        ("height", 0.0, {"units": "m"}),
        ("level", 1, {"units": "level"}),
        ("member", 200, {}),
    ],
)
def test_the_upper_level_is_the_surface(level):
    assert contradiction(field(level), "time") == ""


@pytest.mark.parametrize(
    ("level", "words"),
    [
        (("depth", 200.0, {}), "it is at depth = 200.0, which is no depth in metres"),
        (("level", 12, {"units": "level"}), "it is at level = 12 level, which is no depth"),
        (("z1", 200.0, {"units": "m"}), "it is at z1 = 200.0 m, deeper than 20 m"),
        (("p", 100.0, {"units": "dbar"}), "it is at p = 100.0 dbar, deeper than 20 m"),
        (("p", 1000.0, {"units": "hPa"}), "which is no depth in metres"),
        (("z_t", 20000.0, {"units": "cm"}), "it is at z_t = 20000.0 cm, deeper"),
        (("height", 2.0, {"units": "m"}), "it is at height = 2.0 m, above the surface"),
        (("h", 10.0, {"standard_name": "height", "units": "m"}), "above the surface"),
        (("plev", 100000.0, {"units": "Pa"}), "it is at plev = 100000.0 Pa, which is no depth"),
        (("k", np.nan, {"axis": "Z", "units": "m"}), "it is at k = nan"),
        (("depth", "deep", {}), "it is at depth = deep, which is no number"),
    ],
)
def test_another_level_is_named(level, words):
    assert words in contradiction(field(level), "time")
