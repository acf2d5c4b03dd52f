"""Values with large arrays and arrays of arrays: they come back equal, shared and unchanged."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from rampflow.data import packed
from rampflow.data.content import stored_sha256

POINTS = np.arange(3)
PLAIN = hnp.scalar_dtypes().filter(lambda dtype: dtype.kind in packed.PLAIN)


def curves(n_stars: int = 300, n_points: int = 60) -> pd.DataFrame:
    """Return a table with a light curve in each row."""
    rng = np.random.default_rng(0)
    points = [rng.normal(size=n) for n in rng.integers(1, n_points, n_stars)]
    table = pd.DataFrame(
        {"period": rng.normal(size=n_stars), "name": [f"s{i}" for i in range(n_stars)]}
    )
    return table.assign(light=pd.Series(points, dtype=object), time=pd.Series(points, dtype=object))


@given(dtype=PLAIN, data=st.data(), shape=hnp.array_shapes(min_dims=1, max_dims=2, max_side=5))
def test_an_array_of_arrays_is_one_and_is_taken_apart(
    dtype: np.dtype[Any], data: st.DataObject, shape: tuple[int, ...]
) -> None:
    n = int(np.prod(shape))
    parts = st.integers(0, 4).flatmap(lambda length: hnp.arrays(dtype, length))
    arrays = data.draw(st.lists(parts, min_size=n, max_size=n))
    value = np.fromiter(arrays, dtype=object, count=n).reshape(shape)
    one = packed.as_one(value)
    assert one is not None
    found = packed.taken_apart(*one)
    assert found.shape == value.shape
    for mine, theirs in zip(found.ravel(), value.ravel(), strict=True):
        assert mine.dtype == theirs.dtype
        assert mine.tobytes() == theirs.tobytes()


@pytest.mark.parametrize(
    "value",
    [
        np.arange(3),
        np.empty(0, object),
        np.array([1, "a"], object),
        np.array([None, np.arange(2)], object),
        np.fromiter([np.arange(2), np.arange(2.0)], object, 2),
        np.fromiter([np.ones((1, 2)), np.ones((2, 1))], object, 2),
        np.fromiter([np.array([{}]), np.array([[]])], object, 2),
        [np.arange(2)],
        np.fromiter([POINTS, POINTS], object, 2),
    ],
    ids=["numbers", "none", "mixed", "half", "types", "axes", "objects", "list", "twice"],
)
def test_anything_else_is_left_as_it_is(value: Any) -> None:
    assert packed.as_one(value) is None


def test_a_table_of_curves_comes_back_and_large_arrays_are_shared(tmp_path: Path) -> None:
    table = curves()
    packed.save(table, tmp_path)
    assert (tmp_path / packed.BUFFERS).stat().st_size >= packed.LARGE
    assert (tmp_path / packed.VALUE).stat().st_size < 30_000
    before = (tmp_path / packed.BUFFERS).read_bytes()
    found = packed.load(tmp_path)
    pd.testing.assert_frame_equal(found, table)
    found["light"][0][:] = 7.0
    found.loc[:, "period"] = 0.0
    pd.testing.assert_frame_equal(packed.load(tmp_path), table)
    assert (tmp_path / packed.BUFFERS).read_bytes() == before


@pytest.mark.parametrize("n_rows", [1, packed.LARGE // 8 - 1, packed.LARGE // 8, packed.LARGE])
def test_arrays_of_any_size_and_order_come_back(tmp_path: Path, n_rows: int) -> None:
    value = {
        "one": np.arange(n_rows, dtype=float),
        "two": np.asfortranarray(np.arange(2.0 * n_rows).reshape(n_rows, 2)),
        "gaps": np.arange(2.0 * n_rows)[::2],
        "text": "x" * n_rows,
    }
    packed.save(value, tmp_path)
    found = packed.load(tmp_path)
    assert found.keys() == value.keys()
    for name in ("one", "two", "gaps"):
        np.testing.assert_array_equal(found[name], value[name])
        assert found[name].flags.writeable
    assert found["text"] == value["text"]


@settings(max_examples=20)
@given(row=st.integers(0, 299), point=st.integers(0, 0))
def test_the_hash_is_of_the_values(tmp_path_factory: Any, row: int, point: int) -> None:
    folders = [tmp_path_factory.mktemp(name) for name in ("a", "b", "c")]
    table = curves()
    packed.save(table, folders[0])
    packed.save(curves(), folders[1])
    table["light"][row][point] += 1.0
    packed.save(table, folders[2])
    first, same, other = map(stored_sha256, folders)
    assert first == same != other


def test_the_hash_does_not_depend_on_where_the_arrays_lie(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packed.save(curves(), tmp_path)
    aside = stored_sha256(tmp_path)
    inside = tmp_path / "inside"
    inside.mkdir()
    monkeypatch.setattr(packed, "LARGE", 10**9)
    packed.save(curves(), inside)
    assert not (inside / packed.BUFFERS).exists()
    (tmp_path / packed.BUFFERS).unlink()
    (inside / packed.VALUE).rename(tmp_path / packed.VALUE)
    inside.rmdir()
    assert stored_sha256(tmp_path) == aside
