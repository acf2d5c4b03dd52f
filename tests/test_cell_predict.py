"""What predictions must be before they become a cell."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from rampflow.cell.predict import checked
from rampflow.cell.supervise import Failed

finite = st.floats(-1e9, 1e9)


@given(arrays(np.float64, array_shapes(max_dims=3, max_side=4), elements=finite))
def test_the_right_shape_passes_unchanged(values: np.ndarray) -> None:
    found = checked(values, list(values.shape), "test")
    np.testing.assert_array_equal(found, values)
    assert found.dtype == np.float64
    assert found.flags.c_contiguous


@pytest.mark.parametrize(
    ("given_shape", "wanted"),
    [((5, 1), [5]), ((5,), [5, 1]), ((5, 1, 1), [5]), ((5, 1, 2), [5, 2]), ((1, 3), [1, 3])],
)
def test_axes_of_length_one_do_not_matter(given_shape: tuple[int, ...], wanted: list[int]) -> None:
    values = np.arange(np.prod(given_shape), dtype=float).reshape(given_shape)
    found = checked(values, wanted, "valid")
    assert list(found.shape) == wanted
    np.testing.assert_array_equal(found.ravel(), values.ravel())


@pytest.mark.parametrize(
    ("given_shape", "wanted"),
    [((4,), [5]), ((1, 5), [5]), ((5, 2), [5]), ((2, 5), [5, 2]), ((5, 2), [5, 3]), ((0,), [5])],
)
def test_another_shape_is_the_submissions_failure(
    given_shape: tuple[int, ...], wanted: list[int]
) -> None:
    with pytest.raises(Failed, match="wanted is") as caught:
        checked(np.zeros(given_shape), wanted, "valid")
    assert caught.value.status == "bad_predictions"
    assert str(tuple(given_shape)) in caught.value.reason


@given(
    arrays(np.float64, 6, elements=finite),
    st.sets(st.integers(0, 5), min_size=1),
    st.sampled_from([np.nan, np.inf, -np.inf]),
)
def test_values_that_are_not_finite_are_counted(
    values: np.ndarray, rows: set[int], bad: float
) -> None:
    values = values.copy()
    values[list(rows)] = bad
    with pytest.raises(Failed, match="not finite") as caught:
        checked(values, [6], "test")
    assert f"hold {len(rows)} values" in caught.value.reason
    assert caught.value.reason.endswith(f"first in row {min(rows)}")
