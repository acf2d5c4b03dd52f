"""A classic netCDF file that was cut off is noticed, wherever the cut is."""

from __future__ import annotations

from pathlib import Path

import netCDF4
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rampflow.problems.grids.classic import missing_bytes
from tests.support.sst_files import make_sst, write_sst

FORMATS = ("NETCDF3_CLASSIC", "NETCDF3_64BIT_OFFSET", "NETCDF3_64BIT_DATA")
TYPES = ("i1", "i2", "i4", "f4", "f8", "S1")

SHAPES = st.lists(
    st.tuples(st.sampled_from(TYPES), st.booleans(), st.integers(0, 2)), min_size=1, max_size=4
)


def write(file: Path, format: str, variables, n_records: int) -> int:
    """Write a file of some variables; return the bytes that it needs, from the last value back."""
    with netCDF4.Dataset(file, "w", format=format) as dataset:
        dataset.title = "é"
        dataset.createDimension("record", None)
        for size in (3, 5):
            dataset.createDimension(f"d{size}", size)
        for position, (kind, has_records, n_more) in enumerate(variables):
            dims = (["record"] if has_records else []) + ["d3", "d5"][:n_more]
            variable = dataset.createVariable(f"v{position}", kind, dims, fill_value=False)
            variable.note = "odd"
            shape = [n_records if d == "record" else int(d[1:]) for d in dims]
            blank = np.full(shape, b"x" if kind == "S1" else 1, dtype=kind)
            variable[...] = blank
    return file.stat().st_size


@settings(max_examples=60)
@given(st.sampled_from(FORMATS), SHAPES, st.integers(0, 4), st.integers(4, 400))
def test_a_whole_file_lacks_nothing_and_a_cut_one_does(
    tmp_path, format, variables, n_records, n_cut
):
    file = tmp_path / "any.nc"
    size = write(file, format, variables, n_records)
    assert missing_bytes(file) == 0
    kept = max(5, size - n_cut)  # up to three bytes at the end may be padding
    if kept <= size - 4:
        file.write_bytes(file.read_bytes()[:kept])
        assert missing_bytes(file) > 0


@pytest.mark.parametrize("content", [b"", b"CD", b"CDF\x03rest", b"\x89HDF\r\n\x1a\n", b"text"])
def test_what_is_no_classic_file_is_left_to_the_library(tmp_path, content):
    file = tmp_path / "other"
    file.write_bytes(content)
    assert missing_bytes(file) == 0


def test_netcdf4_is_left_to_the_library(tmp_path):
    assert missing_bytes(write_sst(make_sst(), tmp_path / "a.nc")) == 0
