"""Opening a netCDF file: what keeps it from being one is told by its real cause.

It is read as it is stored first, when only the file can be at fault, and decoded then, when only
its attributes can be.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from rampflow.problems.grids.classic import missing_bytes
from rampflow.problems.grids.packing import check_packing
from rampflow.problems.grids.refusal import refusal

if TYPE_CHECKING:
    import xarray as xr


@contextmanager
def opened(file: Path) -> Iterator[xr.Dataset]:
    """Open a file lazily; packed values are unpacked when they are read, times stay numbers.

    Parameters
    ----------
    file : Path
        A netCDF file, classic or netCDF-4.

    Raises
    ------
    DataError
        If it is none, is cut off, or has attributes with which its values cannot be read.
    """
    import xarray as xr

    if not file.is_file():
        kind = "is a folder" if file.is_dir() else "does not exist"
        raise refusal(f"the file {kind}", file, do="name a netCDF file")
    if missing := missing_bytes(file):
        raise refusal(
            f"the file is cut off: at least {missing:,} bytes are missing at its end",
            file,
            do="fetch it again",
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            stored = xr.open_dataset(file, engine="netcdf4", decode_cf=False)
    except Exception:  # the libraries raise OSError, ValueError, RuntimeError and more
        raise refusal(_why_not_netcdf(file), file, do="bring a whole netCDF file") from None
    with stored:
        yield _decoded(stored, file)


def _decoded(stored: xr.Dataset, file: Path) -> xr.Dataset:
    """Return a dataset whose values are unpacked and whose coordinates are known as such."""
    import xarray as xr

    check_packing(stored, file)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return xr.decode_cf(stored, decode_times=False)
    except Exception as error:  # of whatever kind: any attribute may be at fault
        raise refusal(
            f"the attributes of its variables cannot be understood: {error}",
            file,
            do="look at them (ncdump -h FILE) and mend them (ncatted)",
        ) from None


def _why_not_netcdf(file: Path) -> str:
    """Say from its first bytes what a file is that cannot be opened."""
    with file.open("rb") as stream:
        beginning = stream.read(512)
    if not beginning:
        return "the file is empty"
    if beginning[:2] == b"\x1f\x8b":
        return "the file is compressed (gzip), not netCDF: unpack it first"
    if beginning[:3] == b"CDF" or beginning[1:4] == b"HDF":
        return "the file begins as netCDF but cannot be read: it is cut off or damaged"
    if beginning.lstrip()[:1] == b"<":
        return "the file is a web page, not netCDF: the address leads to a page about the data"
    return "the file is not netCDF"
