"""The length that a classic netCDF file must have, from its header.

The netCDF library reads zeros where such a file was cut off, and says nothing. Files of the newer
format (netCDF-4, HDF5) need no such check: the library refuses them.

The layout is that of the "NetCDF Classic Format Specification" (Unidata), for the formats CDF-1,
CDF-2 (64-bit offset) and CDF-5 (64-bit data).
"""

from __future__ import annotations

import struct
from math import prod
from pathlib import Path
from typing import BinaryIO

_TYPE_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 4, 6: 8, 7: 1, 8: 2, 9: 4, 10: 8, 11: 8}
_RECORD = 0
"""The length that the header gives to the record dimension."""


def missing_bytes(file: Path) -> int:
    """Return how many bytes a classic netCDF file lacks: 0 if it is whole or not a classic one.

    Parameters
    ----------
    file : Path
        Any file.
    """
    size = file.stat().st_size
    with file.open("rb") as stream:
        magic = stream.read(4)
        if magic[:3] != b"CDF" or magic[3:] not in (b"\x01", b"\x02", b"\x05"):
            return 0
        try:
            expected = _Header(stream, magic[3], size).expected_size()
        except (EOFError, KeyError, IndexError):
            return 1  # cut off within the header itself, or not what its first bytes say
    return max(0, expected - size)


class _Header:
    """Reads the header from a stream that stands behind the magic number."""

    def __init__(self, stream: BinaryIO, version: int, size: int) -> None:
        self.stream, self.size = stream, size
        self.count_format = ">Q" if version == 5 else ">I"
        self.offset_format = ">I" if version == 1 else ">Q"

    def expected_size(self) -> int:
        """Return the position behind the last value of the file."""
        n_records = self._number(self.count_format)
        if n_records == (1 << (8 * struct.calcsize(self.count_format))) - 1:
            n_records = 0  # a stream: the number of records is not known
        lengths = [self._dimension() for _ in range(self._list())]
        self._attributes()
        variables = [self._variable(lengths) for _ in range(self._list())]
        records = [size for is_record, size, _ in variables if is_record]
        step = sum(map(_padded, records)) if len(records) > 1 else sum(records)
        ends = [
            begin + size + (max(0, n_records - 1) * step if is_record else 0)
            for is_record, size, begin in variables
            if n_records or not is_record
        ]
        return max(ends, default=0)

    def _number(self, layout: str) -> int:
        size = struct.calcsize(layout)
        return int(struct.unpack(layout, self._bytes(size))[0])

    def _bytes(self, size: int) -> bytes:
        if size > self.size - self.stream.tell():  # asked first: it may be any number
            raise EOFError
        return self.stream.read(size)

    def _list(self) -> int:
        self._number(">I")  # a tag that says of what
        return self._number(self.count_format)

    def _name(self) -> None:
        self._bytes(_padded(self._number(self.count_format)))

    def _dimension(self) -> int:
        self._name()
        return self._number(self.count_format)

    def _attributes(self) -> None:
        for _ in range(self._list()):
            self._name()
            size = _TYPE_SIZES[self._number(">I")]
            self._bytes(_padded(size * self._number(self.count_format)))

    def _variable(self, lengths: list[int]) -> tuple[bool, int, int]:
        """Return whether a variable has records, its bytes (of one record), where it begins."""
        self._name()
        n_dimensions = self._number(self.count_format)
        shape = [lengths[self._number(self.count_format)] for _ in range(n_dimensions)]
        self._attributes()
        size = _TYPE_SIZES[self._number(">I")]
        self._number(self.count_format)  # vsize, which overflows for large variables: not used
        begin = self._number(self.offset_format)
        is_record = bool(shape) and shape[0] == _RECORD
        return is_record, size * prod(shape[1:] if is_record else shape), begin


def _padded(size: int) -> int:
    """Return a size rounded up to a multiple of four."""
    return -(-size // 4) * 4
