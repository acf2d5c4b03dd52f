"""When two numbers agree: relative to the larger one, or to the scale of their column."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rampflow.verify.numbers import difference, unlike

any_float = st.floats(allow_nan=True, allow_infinity=True)
pairs = st.lists(st.tuples(any_float, any_float), max_size=6)
ordinary = st.floats(1e-3, 1e3)
INF, NAN = float("inf"), float("nan")


@given(st.lists(any_float, max_size=6))
def test_what_is_equal_does_not_differ(values: list[float]) -> None:
    assert difference(values, values) == 0.0


@given(pairs)
def test_the_sides_can_be_exchanged(values: list[tuple[float, float]]) -> None:
    a, b = [one for one, _ in values], [two for _, two in values]
    assert difference(a, b) == difference(b, a)


@given(pairs)
def test_what_is_not_equal_differs(values: list[tuple[float, float]]) -> None:
    a, b = [one for one, _ in values], [two for _, two in values]
    same = all(x == y or (x != x and y != y) for x, y in values)
    assert (difference(a, b) == 0.0) == same


@given(ordinary, ordinary, st.integers(-300, 300))
def test_a_number_has_no_unit(a: float, b: float, exponent: int) -> None:
    scaled = difference(a * 2.0**exponent, b * 2.0**exponent)
    assert scaled == difference(a, b)


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        (2.0, 1.0, 0.5),
        (1e-12, 2e-12, 0.5),
        (0.0, 1e-300, 1.0),
        (1.0, -1.0, 2.0),
        (1.0, NAN, INF),
        ([1e308, 5e-324], [1e308, 0.0], 5e-324),
        (INF, -INF, INF),
        (1.7e308, -1.7e308, INF),
        ([100.0, 0.0], [100.0, 1e-7], 1e-9),
        ([100.0, 0.0, NAN], [100.0, 1e-7, NAN], 1e-9),
        ([[100.0, 0.0], [0.0, 1e-7]], [[100.0, 0.0], [0.0, 2e-7]], 0.5),
        ([1.0], [1.0, 1.0], INF),
        ([], [], 0.0),
    ],
)
def test_the_scale_is_that_of_the_column(a: object, b: object, expected: float) -> None:
    found = difference(a, b)  # type: ignore[arg-type]
    assert found == pytest.approx(expected)
    assert (found == 0) == (expected == 0)


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ({"x": 1.0}, {"x": 1.0 + 1e-12}, []),
        ({"x": 1.0}, {"x": 2.0}, ["f x: 1.0 here, 2.0 there"]),
        ({"x": None}, {"x": 2.0}, ["f x: none here, 2.0 there"]),
        ({"x": "ok"}, {"x": "error"}, ["f x: ok here, error there"]),
        ({"x": 1, "y": 1}, {"y": 1, "z": 1}, ["f x: not there", "f z: not here"]),
        ([100.0, 0.0, None], [100.0, 1e-10, None], []),
        ([1.0, 2.0], [1.0, 3.0], ["f: [1.0, 2.0] here, [1.0, 3.0] there"]),
        ([1.0, None], [1.0, 2.0], ["f: [1.0, None] here, [1.0, 2.0] there"]),
        ([1.0], [1.0, 1.0], ["f: 1 values here, 2 there"]),
        (["a", {"n": 1}], ["b", {"n": 2}], ["f[0]: a here, b there", "f[1] n: 1 here, 2 there"]),
        (True, 1.5, ["f: True here, 1.5 there"]),
    ],
)
def test_values_are_compared_to_their_leaves(a: object, b: object, expected: list[str]) -> None:
    assert list(unlike(a, b, 1e-9, "f")) == expected
