"""Any value as a pickle whose large arrays are in a file beside it, read by memory map.

A table is then read without copying its columns, and processes that read it share the memory. A
column of arrays of different lengths, such as light curves, is kept as one array and its lengths:
taken apart again, each is a view of the one. What is written to what was read stays here.
"""

from __future__ import annotations

import io
import mmap
import pickle
from itertools import pairwise
from pathlib import Path
from typing import Any

import cloudpickle
import numpy as np
import numpy.typing as npt

VALUE, BUFFERS = "value.pkl", "buffers.bin"
LARGE = 65_536
"""Arrays of so many bytes are kept beside the pickle."""
ALIGNMENT = 64
"""Where each begins, in bytes: enough for the instructions of any processor."""
PLAIN = "biufcMmSU"
"""Kinds of numpy's types that are bytes and nothing else."""

Ragged = npt.NDArray[np.object_]


def save(value: Any, folder: Path) -> None:
    """Store a value in an existing folder: ``value.pkl``, and ``buffers.bin`` where it is large.

    Parameters
    ----------
    value : object
        What cloudpickle can write.
    folder : Path
        Holds neither file yet.
    """
    large: list[memoryview] = []

    def stays(buffer: pickle.PickleBuffer) -> bool:
        content = buffer.raw()
        if content.nbytes >= LARGE:
            large.append(content)
        return content.nbytes < LARGE

    pickled = io.BytesIO()
    _Pickler(pickled, protocol=5, buffer_callback=stays).dump(value)
    with (folder / VALUE).open("wb") as stream:
        pickle.dump([content.nbytes for content in large], stream)
        stream.write(pickled.getbuffer())
    if large:
        with (folder / BUFFERS).open("wb") as stream:
            for content in large:
                stream.write(content)
                stream.write(bytes(-content.nbytes % ALIGNMENT))


def load(folder: Path) -> Any:
    """Return what `save` stored."""
    with (folder / VALUE).open("rb") as stream:
        sizes: list[int] = pickle.load(stream)
        return pickle.load(stream, buffers=_mapped(folder / BUFFERS, sizes))


def _mapped(file: Path, sizes: list[int]) -> list[memoryview]:
    """Return the buffers of a file; what is written to them stays in this process."""
    if not sizes:
        return []
    with file.open("rb") as stream:
        whole = memoryview(mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_COPY))
    found, start = [], 0
    for size in sizes:
        found.append(whole[start : start + size])
        start += size + -size % ALIGNMENT
    return found


class _Pickler(cloudpickle.Pickler):  # type: ignore[misc]
    """Writes an array of arrays as one."""

    def reducer_override(self, obj: Any) -> Any:
        if (parts := as_one(obj)) is not None:
            return taken_apart, parts
        return super().reducer_override(obj)


def as_one(value: Any) -> tuple[Any, ...] | None:
    """Return the arguments of `taken_apart` for an array of arrays, or None for anything else.

    Parameters
    ----------
    value : object
        Arrays of one dimension and one plain type, in an array of objects of any shape.
    """
    if type(value) is not np.ndarray or value.dtype != object or not value.size:
        return None
    first = value.flat[0]
    if type(first) is not np.ndarray or first.dtype.kind not in PLAIN:
        return None
    arrays = value.ravel().tolist()
    if len(set(map(id, arrays))) < len(arrays):  # one that stands there twice is kept once
        return None
    if any(type(a) is not np.ndarray or a.ndim != 1 or a.dtype != first.dtype for a in arrays):
        return None
    return (
        value.shape,
        np.array([len(array) for array in arrays]),
        np.concatenate(arrays, dtype=first.dtype),
    )


def taken_apart(shape: tuple[int, ...], lengths: npt.NDArray[np.int64], values: Any) -> Ragged:
    """Return the array of arrays of some lengths that lie behind each other in another one."""
    edges = np.concatenate([[0], np.cumsum(lengths)]).tolist()
    arrays = (values[start:stop] for start, stop in pairwise(edges))
    return np.fromiter(arrays, dtype=object, count=len(lengths)).reshape(shape)
