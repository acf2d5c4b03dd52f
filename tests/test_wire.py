"""Messages between supervisor and runner: whole or refused, never trusted."""

from __future__ import annotations

import json
import resource
import socket
import struct
import threading
import time
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays, scalar_dtypes, unicode_string_dtypes

from rampflow.cell import wire

headers = st.dictionaries(
    st.text(max_size=5).filter(lambda name: name != "arrays"),
    st.none() | st.integers() | st.text(max_size=5) | st.lists(st.booleans(), max_size=3),
    max_size=4,
)
some_arrays = st.lists(
    arrays(
        st.one_of(scalar_dtypes().filter(lambda d: d.kind in wire.KINDS), unicode_string_dtypes()),
        array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4),
    ),
    max_size=3,
)


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    here, there = socket.socketpair()
    here.settimeout(300)
    there.settimeout(300)
    yield here, there
    here.close()
    there.close()


@given(headers, some_arrays)
def test_a_message_comes_back_as_it_was(header: dict[str, Any], values: list[Any]) -> None:
    here, there = socket.socketpair()
    with here, there:
        sender = threading.Thread(target=wire.send, args=(here, header, values))
        sender.start()
        found, received = wire.receive(there)
        sender.join()
    assert found == header
    assert len(received) == len(values)
    for before, after in zip(values, received, strict=True):
        assert (after.dtype, after.shape) == (before.dtype, before.shape)
        assert after.tobytes() == np.ascontiguousarray(before).tobytes()
        assert after.flags.writeable


def test_layout_does_not_matter(pair: tuple[socket.socket, socket.socket]) -> None:
    array = np.arange(24.0).reshape(4, 6)[::2, ::-1].T
    wire.send(pair[0], {}, [array])
    np.testing.assert_array_equal(wire.receive(pair[1])[1][0], array)


def test_objects_cannot_be_received(pair: tuple[socket.socket, socket.socket]) -> None:
    wire.send(pair[0], {}, [np.array([1, "a", None], dtype=object)])
    with pytest.raises(wire.Malformed, match="object"):
        wire.receive(pair[1])


def raw(header: object, content: bytes = b"", length: int | None = None) -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + content


def spec(dtype: object = "<f8", shape: object = (2,)) -> bytes:
    return raw({"arrays": [{"dtype": dtype, "shape": shape}]})


HOSTILE = {
    "no json": raw(b"{"),
    "not text": raw(b"\xff\xfe"),
    "no object": raw([1, 2]),
    "a number": raw(3),
    "no arrays": raw({"a": 1}),
    "arrays are no list": raw({"arrays": 3}),
    "arrays of numbers": raw({"arrays": [1]}),
    "no shape": raw({"arrays": [{"dtype": "<f8"}]}),
    "no dtype": raw({"arrays": [{"shape": [1]}]}),
    "unknown dtype": spec("nonsense"),
    "python objects": spec("O"),
    "raw bytes": spec("V8"),
    "a structure": spec([["a", "<f8"]]),
    "a structure as text": spec("f8,O"),
    "negative shape": spec(shape=[-1]),
    "two negatives": spec(shape=[-2, -2]),
    "negative and zero": spec(shape=[0, -3]),
    "shape is no list": spec(shape=3),
    "shape is infinite": raw(b'{"arrays": [{"dtype": "<f8", "shape": [Infinity]}]}'),
    "shape is a text": spec(shape="ab"),
    "many axes": spec(shape=[1] * 9),
    "sum overflows 64 bits": spec(shape=[2**40, 2**40]),
    "much": spec(shape=[2**40]),
    "a wide item": spec("S2000000000", [1]),
    "many empty ones": spec("<U0", [2**70]),
    "many arrays": raw({"arrays": [{"dtype": "<f8", "shape": [100]}] * 20}),
    "long header": raw(b"", length=wire.MAX_HEADER + 1),
    "longest header": raw(b"", length=2**64 - 1),
    "deep header": raw(b"[" * 100_000),
    "a large number": raw(b'{"arrays": [{"dtype": "<f8", "shape": [' + b"9" * 5000 + b"]}]}"),
}


@pytest.mark.parametrize("case", HOSTILE, ids=str)
def test_what_is_not_a_message_is_refused_before_memory_is_taken(
    case: str, pair: tuple[socket.socket, socket.socket]
) -> None:
    sender = threading.Thread(target=pair[0].sendall, args=(HOSTILE[case],))
    sender.start()
    tracemalloc.start()
    try:
        with pytest.raises(wire.Malformed):
            wire.receive(pair[1], max_bytes=8_000)
        assert tracemalloc.get_traced_memory()[1] < 20e6
    finally:
        tracemalloc.stop()
        sender.join()


@pytest.mark.parametrize("cut", [0, 3, 8, 20, -8, -1])
def test_a_message_that_ends_early_is_a_closed_channel(
    cut: int, pair: tuple[socket.socket, socket.socket]
) -> None:
    whole = raw({"arrays": [{"dtype": "<f8", "shape": [4]}]}, b"x" * 32)
    pair[0].sendall(whole[:cut] if cut else b"")
    pair[0].close()
    with pytest.raises(wire.Closed):
        wire.receive(pair[1])


@given(st.binary(max_size=300))
def test_noise_is_refused_and_never_waited_for(noise: bytes) -> None:
    here, there = socket.socketpair()
    with there:
        there.settimeout(300)
        here.sendall(noise)
        here.close()
        with pytest.raises((wire.Closed, wire.Malformed)):
            wire.receive(there)


def test_the_limit_of_bytes_is_exact(pair: tuple[socket.socket, socket.socket]) -> None:
    wire.send(pair[0], {}, [np.zeros(4)])
    assert wire.receive(pair[1], max_bytes=32)[1][0].shape == (4,)
    wire.send(pair[0], {}, [np.zeros(4)])
    with pytest.raises(wire.Malformed, match="32 bytes"):
        wire.receive(pair[1], max_bytes=31)


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="needs /proc (Linux)")
def test_what_is_only_announced_takes_no_memory(pair: tuple[socket.socket, socket.socket]) -> None:
    def resident() -> int:
        return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()

    def receive() -> None:
        with pytest.raises(wire.Closed):
            wire.receive(pair[1])

    before = resident()
    receiver = threading.Thread(target=receive)
    receiver.start()
    pair[0].sendall(spec("<f8", [10**8]) + bytes(1000))
    time.sleep(0.3)
    grown = resident() - before
    pair[0].close()
    receiver.join()
    assert grown < 50e6


def test_sending_to_nobody_says_so(pair: tuple[socket.socket, socket.socket]) -> None:
    pair[1].close()
    with pytest.raises(wire.Closed):
        wire.send(pair[0], {}, [np.zeros(100_000)])
