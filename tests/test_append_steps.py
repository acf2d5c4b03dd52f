"""A sequence grows step by step without being copied each time."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rampflow.data.store import append_steps


@given(
    sizes=st.lists(st.integers(0, 7), min_size=2, max_size=30),
    shape=st.sampled_from([(), (3,), (2, 2)]),
    dtype=st.sampled_from(["<f8", "<i4", "<M8[ns]", "<U3"]),
)
def test_appended_steps_are_the_steps_in_order(
    sizes: list[int], shape: tuple[int, ...], dtype: str
) -> None:
    values = np.arange(sum(sizes) * int(np.prod(shape))).astype(dtype).reshape(-1, *shape)
    pieces = np.split(values, np.cumsum(sizes)[:-1])
    # as they arrive in a message: views of a buffer of bytes
    pieces = [
        np.frombuffer(bytearray(p.tobytes()), p.dtype).reshape(p.shape) if p.size else p
        for p in pieces
    ]
    grown = pieces[0]
    for piece in pieces[1:]:
        grown = append_steps(grown, piece)
    assert grown.dtype == values.dtype
    np.testing.assert_array_equal(grown, values)


def test_what_was_shown_before_stays_as_it_was() -> None:
    first = append_steps(np.zeros(3), np.ones(2))
    before = first.copy()
    append_steps(first, np.full(2, 9.0))
    np.testing.assert_array_equal(first, before)


def test_growing_copies_a_few_times_only() -> None:
    grown, n_copies = np.zeros((4, 2)), 0
    for _ in range(500):
        longer = append_steps(grown, np.ones((1, 2)))
        n_copies += not np.shares_memory(longer, grown)
        grown = longer
    assert len(grown) == 504
    assert n_copies <= 8


def test_bytes_that_steps_came_in_are_no_room_for_more() -> None:
    received = np.arange(5.0).tobytes()
    steps = np.frombuffer(bytearray(received), dtype=np.uint8).copy().view(np.float64)
    assert steps.base is not None
    found = append_steps(steps, np.array([5.0, 6.0]))
    assert found.dtype == np.float64
    np.testing.assert_array_equal(found, np.arange(7.0))
    np.testing.assert_array_equal(steps, np.arange(5.0))
