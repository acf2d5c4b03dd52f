"""A growing sequence: each X is the whole of what was shown, and nobody's but the submission's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from rampflow.data import store
from rampflow.data.growing import Growing, append_steps
from rampflow.problems.sequence import TimeSequence

N_STEPS = 40
WHOLE = xr.Dataset(
    {
        "sst": (("time", "lat"), np.arange(2.0 * N_STEPS).reshape(N_STEPS, 2), {"units": "K"}),
        "mask": ("lat", [True, False]),
    },
    coords={"time": pd.date_range("2000-01", periods=N_STEPS, freq="MS"), "lat": [-5.0, 5.0]},
    attrs={"title": "kept"},
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("x") / "sequence"
    store.save_sequence(WHOLE, TimeSequence(0, 1), target)
    return target


class Shown:
    """A sequence of which more and more is shown."""

    def __init__(self, folder: Path) -> None:
        self.steps, self.stop = store.open_steps(folder), 0
        self.growing = Growing((folder / "template.pkl").read_bytes())

    def up_to(self, stop: int) -> Any:
        more = [np.array(values[self.stop : stop]) for values in self.steps.values()]
        self.growing.add(list(self.steps), more)
        self.stop = stop
        return self.growing.dataset()


def test_each_is_the_beginning_of_the_whole(folder: Path) -> None:
    shown = Shown(folder)
    for stop in (1, 2, 2, 3, 17, 18, N_STEPS):
        xr.testing.assert_identical(shown.up_to(stop), WHOLE.isel(time=slice(stop)))


def test_what_is_written_into_one_is_not_in_the_next(folder: Path) -> None:
    shown = Shown(folder)
    for stop in range(1, N_STEPS):
        X = shown.up_to(stop)
        xr.testing.assert_identical(X, WHOLE.isel(time=slice(stop)))
        X["sst"].values[:] = -1.0
        X["lat"].attrs["changed"] = X.attrs["changed"] = True
        X["mask"].values[:] = False
        del X


@pytest.mark.parametrize(
    "hold",
    [
        lambda X: X,
        lambda X: X["sst"].values,
        lambda X: X["sst"].values[-1:].T,
        lambda X: X["sst"].isel(lat=0),
        lambda X: memoryview(X["sst"].values),
        lambda X: np.asarray(memoryview(X["sst"].values)),
        lambda X: X["sst"].values.ravel()[1:].view(np.uint8),
    ],
    ids=["all", "array", "part", "variable", "buffer", "from a buffer", "bytes"],
)
def test_who_holds_on_to_one_keeps_it_as_it_was(folder: Path, hold: Any) -> None:
    shown = Shown(folder)
    for stop in (10, 11):
        shown.up_to(stop)
    held = hold(shown.up_to(12))
    before = values_of(held)
    for stop in range(13, 22):  # within the memory that there is for twice eleven steps
        shown.up_to(stop)["sst"].values[:] = -1.0
    np.testing.assert_array_equal(values_of(held), before)


def values_of(held: Any) -> Any:
    return np.array(held["sst"] if isinstance(held, xr.Dataset) else held)


def test_memory_that_nobody_holds_is_used_again(folder: Path) -> None:
    shown, places = Shown(folder), set()
    for stop in range(20, N_STEPS):
        places.add(shown.up_to(stop)["sst"].values.__array_interface__["data"][0])
    assert len(places) <= 3  # of twenty: once as it comes, then for twice as many steps


def test_an_index_that_is_not_the_default_is_kept(tmp_path: Path) -> None:
    several = WHOLE.assign_coords(a=("lat", [1, 1]), b=("lat", [1, 2])).drop_vars("lat")
    X = several.set_xindex(["a", "b"])
    store.save_sequence(X, TimeSequence(0, 1), tmp_path / "x")
    shown = Shown(tmp_path / "x").up_to(5)
    xr.testing.assert_identical(shown, X.isel(time=slice(5)))
    assert "a" in shown.xindexes


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
