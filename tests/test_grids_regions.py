"""The mean of a region: cells count by the area in which they overlap it."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from rampflow.problems.grids.regions import (
    NINO34,
    TROPICAL_PACIFIC,
    Region,
    cell_edges,
    region_mean,
)
from tests.support.sst_files import LAT, LON

LATS = st.lists(st.integers(-28, 28), min_size=3, max_size=12, unique=True).map(sorted)
LONS = st.lists(st.integers(150, 280), min_size=3, max_size=12, unique=True).map(sorted)
EDGES = st.tuples(st.floats(-25, 25), st.floats(0.1, 40), st.floats(160, 270), st.floats(0.1, 90))


def field(values, lat, lon):
    coords = {"lat": np.asarray(lat, float), "lon": np.asarray(lon, float)}
    return xr.DataArray(values, dims=("time", "lat", "lon"), coords=coords)


@given(LATS, LONS, EDGES)
def test_cells_share_out_what_they_cover_of_a_region(lat, lon, edges):
    south, height, west, width = edges
    region = Region("any", south, min(south + height, 60), west, west + width)
    rows, columns = cell_edges(lat), cell_edges(lon)
    covered = Region(
        "covered",
        np.clip(rows[0], region.south, region.north),
        np.clip(rows[-1], region.south, region.north),
        np.clip(columns[0], region.west, region.east),
        np.clip(columns[-1], region.west, region.east),
    )
    weights = region.weights(lat, lon)
    assert weights.shape == (len(lat), len(lon))
    assert (weights >= 0).all()
    assert weights.sum() == pytest.approx(covered.area, abs=1e-12)


@given(st.integers(0, 1000), st.floats(-40, 40))
def test_the_mean_lies_between_and_moves_with_the_field(seed, shift):
    values = np.random.default_rng(seed).normal(size=(5, len(LAT), len(LON)))
    mean = region_mean(field(values, LAT, LON), NINO34)
    assert (mean >= values.min(axis=(1, 2))).all()
    assert (mean <= values.max(axis=(1, 2))).all()
    moved = region_mean(field(values + shift, LAT, LON), NINO34)
    np.testing.assert_allclose(moved, mean + shift, rtol=0, atol=1e-12)


def test_on_five_degrees_nino34_is_the_plain_mean_of_its_cells():
    values = np.random.default_rng(0).normal(25, 2, size=(30, len(LAT), len(LON)))
    grid = field(values, LAT, LON)
    plain = grid.sel(lat=slice(-5, 5), lon=slice(190, 240)).mean(("lat", "lon"))
    np.testing.assert_allclose(region_mean(grid, NINO34), plain, rtol=0, atol=1e-12)


def test_on_two_degrees_the_cells_on_the_edge_count_half():
    lat, lon = np.arange(-10.0, 11, 2), np.arange(180.0, 251, 2)
    weights = NINO34.weights(lat, lon)
    assert sorted(lat[weights.any(axis=1)]) == [-4, -2, 0, 2, 4]
    column = weights[5] / weights[5].max()
    assert column[lon == 190] == pytest.approx(0.5)
    assert column[lon == 240] == pytest.approx(0.5)
    assert (column[(lon > 190) & (lon < 240)] == 1).all()


def test_a_linear_field_has_the_mean_of_its_middle():
    lat, lon = np.arange(-30.0, 31, 1), np.arange(150.0, 291, 1)
    values = (lon - 215) + 3 * lat[:, np.newaxis]
    assert region_mean(field(values[np.newaxis], lat, lon), NINO34)[0] == pytest.approx(0, abs=1e-9)


def test_land_does_not_count_and_a_gap_is_a_gap():
    values = np.full((3, len(LAT), len(LON)), 20.0)
    values[:, :, LON < 200] = np.nan
    values[1, LAT == 2.5, LON == 212.5] = np.nan
    np.testing.assert_allclose(region_mean(field(values, LAT, LON), NINO34), [20, np.nan, 20])


def test_nino34_lies_in_the_tropical_pacific():
    inner, outer = NINO34, TROPICAL_PACIFIC
    assert outer.south < inner.south < inner.north < outer.north
    assert outer.west < inner.west < inner.east < outer.east


def test_cells_reach_to_the_poles_and_no_further():
    whole = Region("globe", -90, 90, 0, 360)
    weights = whole.weights(np.arange(-90.0, 91, 2), np.arange(1.0, 360, 2))
    assert weights.sum() == pytest.approx(whole.area)
