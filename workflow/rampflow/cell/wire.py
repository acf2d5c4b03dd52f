"""Messages between the supervisor and the runner: a JSON header and arrays as raw bytes.

Nothing is unpickled and no file name is taken from the other side: what a submission's process
sends can only be text and numbers.
"""

from __future__ import annotations

import json
import math
import socket
import struct
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

_LENGTH = struct.Struct("<Q")
MAX_HEADER = 1 << 20
MAX_ARRAYS = 1 << 34
KINDS = "biufcmMSU"

Array = npt.NDArray[Any]
Spec = tuple[np.dtype[Any], tuple[int, ...]]


class Closed(Exception):
    """The other side is gone."""


class Malformed(Exception):
    """The other side sent something that is not a message."""


def send(channel: socket.socket, header: dict[str, Any], arrays: Sequence[Array] = ()) -> None:
    """Send one message.

    Parameters
    ----------
    channel : socket
        A stream socket.
    header : dict
        Plain values; the key ``arrays`` is taken.
    arrays : sequence of array
        Of numbers, dates or fixed-size text; not of objects.

    Raises
    ------
    Closed
        If the other side is gone.
    """
    whole = [np.ascontiguousarray(a).reshape(np.shape(a)) for a in arrays]
    specs = [{"dtype": a.dtype.str, "shape": list(a.shape)} for a in whole]
    text = json.dumps({**header, "arrays": specs}).encode()
    try:
        channel.sendall(_LENGTH.pack(len(text)) + text)
        for array in whole:
            channel.sendall(_content(array))
    except OSError:
        raise Closed from None


def _content(array: Array) -> bytes | memoryview:
    """Return the bytes of an array, not copied where that can be."""
    if array.dtype.kind not in KINDS:
        return array.tobytes()
    return array.reshape(-1).view(np.uint8).data


def receive(
    channel: socket.socket, max_bytes: int = MAX_ARRAYS
) -> tuple[dict[str, Any], list[Array]]:
    """Receive one message.

    Parameters
    ----------
    channel : socket
        A stream socket.
    max_bytes : int
        Most bytes of arrays that are taken.

    Returns
    -------
    header : dict
        What was sent, without ``arrays``.
    arrays : list of array
        Writeable copies.

    Raises
    ------
    Closed
        If the other side is gone.
    Malformed
        If the message is too large or not one.
    """
    header, specs = _header(channel)
    sizes = [_size(dtype, shape) for dtype, shape in specs]
    if sum(sizes) > max_bytes:
        raise Malformed(f"{sum(sizes)} bytes, where at most {max_bytes} are expected")
    arrays: list[Array] = []
    for (dtype, shape), size in zip(specs, sizes, strict=True):
        content = _read(channel, size).view(dtype)
        try:
            arrays.append(content.reshape(shape))
        except (ValueError, OverflowError) as error:  # empty, and yet too large along an axis
            raise Malformed(str(error)) from None
    return header, arrays


def _header(channel: socket.socket) -> tuple[dict[str, Any], list[Spec]]:
    """Receive the header of a message, and the type and shape of each array that follows."""
    (length,) = _LENGTH.unpack(_read(channel, _LENGTH.size).data)
    if length > MAX_HEADER:
        raise Malformed(f"a header of {length} bytes")
    text = _read(channel, length).tobytes()
    try:
        header = json.loads(text, parse_float=_finite, parse_constant=_finite)
        specs = [(np.dtype(s["dtype"]), tuple(map(int, s["shape"]))) for s in header.pop("arrays")]
    except (
        ValueError,
        TypeError,
        KeyError,
        AttributeError,
        OverflowError,
        RecursionError,
    ) as error:
        raise Malformed(str(error)) from None
    return header, specs


def _size(dtype: np.dtype[Any], shape: tuple[int, ...]) -> int:
    """Return the bytes of an array, before memory is taken for it."""
    bad_shape = len(shape) > 8 or any(not 0 <= n <= MAX_ARRAYS for n in shape)
    if dtype.kind not in KINDS or not dtype.itemsize or bad_shape:
        raise Malformed(f"an array of type {dtype} and shape {shape}")
    # in Python integers, which cannot overflow
    return math.prod(shape, start=int(dtype.itemsize))


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"the number {text}")
    return value


def _read(channel: socket.socket, n_bytes: int) -> Array:
    """Read so many bytes; memory is used as they arrive, not when they are announced."""
    buffer = np.empty(n_bytes, np.uint8)
    view = buffer.data
    while len(view):
        try:
            got = channel.recv_into(view)
        except OSError:
            raise Closed from None
        if not got:
            raise Closed
        view = view[got:]
    return buffer
