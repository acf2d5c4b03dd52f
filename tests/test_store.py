"""X and y as files: anything comes back, and a sequence can be read from its beginning."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from rampflow.data import store
from rampflow.data.growing import join_steps
from rampflow.errors import ProblemError
from rampflow.problems.sequence import TimeSequence

TIME = TimeSequence(burn_in=2, lead=1)


@pytest.mark.parametrize(
    "value",
    [
        np.arange(6.0).reshape(2, 3),
        np.array(["a", "bc"]),
        np.array([True, False]),
        np.array(["2015-05-21"], dtype="M8[D]"),
        np.empty((0, 4)),
        np.float32(3) * np.ones(2, "f4"),
    ],
    ids=lambda v: v.dtype.str,
)
def test_arrays_come_back_and_what_is_stored_cannot_be_changed(tmp_path: Path, value: Any) -> None:
    store.save(value, tmp_path / "x")
    found = store.load(tmp_path / "x")
    assert found.dtype == value.dtype
    np.testing.assert_array_equal(found, value)
    before = (tmp_path / "x" / "value.npy").read_bytes()
    with contextlib.suppress(ValueError):  # read-only, or a private copy of what is written
        found[...] = found[::-1].copy()
    del found
    assert (tmp_path / "x" / "value.npy").read_bytes() == before


@pytest.mark.parametrize(
    "value",
    [[1, "a", None], {"folder": "images", "ids": [3, 1]}, (1, 2), "text", None],
    ids=str,
)
def test_anything_else_comes_back_too(tmp_path: Path, value: object) -> None:
    store.save(value, tmp_path / "x")
    assert store.load(tmp_path / "x") == value


def test_objects_of_other_frameworks_come_back(tmp_path: Path) -> None:
    table = pd.DataFrame({"a": [1, 2], "b": ["x", None]}, index=[7, 3])
    store.save(table, tmp_path / "table")
    pd.testing.assert_frame_equal(store.load(tmp_path / "table"), table)
    objects = np.array([{"a": 1}, [2]], dtype=object)
    store.save(objects, tmp_path / "objects")
    assert store.load(tmp_path / "objects").tolist() == objects.tolist()


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    store.save(1, tmp_path / "x")
    with pytest.raises(FileExistsError):
        store.save(2, tmp_path / "x")


def dataset(n_steps: int = 9) -> xr.Dataset:
    time = pd.date_range("2000-01", periods=n_steps, freq="MS")
    rng = np.random.default_rng(0)
    return xr.Dataset(
        {
            "sst": (("lat", "time", "lon"), rng.normal(size=(2, n_steps, 3)), {"units": "K"}),
            "index": ("time", np.arange(n_steps)),
            "mask": (("lat", "lon"), np.ones((2, 3), bool)),
        },
        coords={
            "time": time,
            "lat": [-5.0, 5.0],
            "month": ("time", time.month),
            "height": 2.0,
        },
        attrs={"title": "é", "n_lookahead": 1},
    )


@settings(max_examples=15)
@given(stop=st.integers(1, 9))
def test_the_first_steps_of_a_sequence_are_those_of_the_whole(tmp_path: Path, stop: int) -> None:
    X = dataset()
    folder = tmp_path / str(stop)
    if not folder.exists():
        store.save_sequence(X, TIME, folder)
    steps = {name: values[:stop] for name, values in store.open_steps(folder).items()}
    found = join_steps((folder / "template.pkl").read_bytes(), steps)
    expected = X.isel(time=slice(stop))
    xr.testing.assert_identical(
        found.transpose("lat", "lon", "time"), expected.transpose("lat", "lon", "time")
    )


def test_what_does_not_depend_on_time_says_nothing_about_later_steps(tmp_path: Path) -> None:
    store.save_sequence(dataset(), TIME, tmp_path / "long")
    store.save_sequence(dataset(4), TIME, tmp_path / "short")
    templates = [(tmp_path / name / "template.pkl").read_bytes() for name in ("long", "short")]
    assert templates[0] == templates[1]


def test_objects_along_time_are_refused(tmp_path: Path) -> None:
    X = xr.Dataset({"v": ("time", np.array([1, "a"], dtype=object))})
    with pytest.raises(ProblemError, match="'v' of X holds objects"):
        store.save_sequence(X, TIME, tmp_path / "x")
