"""The hash of what was stored: the same in every process and place, another for other values."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from rampflow.data import store
from rampflow.data.content import content_sha256, stored_sha256
from rampflow.problems.sequence import TimeSequence

WORDS = [f"word {number}" for number in range(30)]


def dataset(value: float = 1.0) -> xr.Dataset:
    sst = np.arange(12.0).reshape(3, 2, 2)
    sst[2, 1, 1] = value
    return xr.Dataset(
        {"sst": (("time", "lat", "lon"), sst), "mask": (("lat", "lon"), np.ones((2, 2)))},
        coords={"time": [1, 2, 3], "lat": [-1.0, 1.0], "lon": [0.0, 2.0], "depth": 5},
        attrs={"title": "sea"},
    )


def table(colour: str = "white") -> pd.DataFrame:
    return pd.DataFrame(
        {
            "colour": [colour, "black"],
            "kind": pd.Categorical(["a", "b"]),
            "day": pd.date_range("2000-01-01", periods=2),
            "size": [1, 2],
        }
    )


PROGRAM = """
from tests.test_content import WORDS, content_sha256, dataset, table
for value in (set(WORDS), {"a": frozenset(WORDS)}, dataset(), table()):
    print(content_sha256(value))
"""


def test_it_is_the_same_whatever_the_hash_seed(repo: Path) -> None:
    found = []
    for seed in ("1", "2"):
        environment = {
            **os.environ,
            "PYTHONHASHSEED": seed,
            "PYTHONPATH": os.pathsep.join([str(repo), str(repo / "workflow")]),
        }
        command = [sys.executable, "-c", PROGRAM]
        found.append(subprocess.check_output(command, env=environment, text=True).split())
    assert found[0] == found[1]
    assert len(set(found[0])) == 4


plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.tuples(inner)
        | st.frozensets(st.text(max_size=2) | st.integers())
        | st.dictionaries(st.text(max_size=2), inner, max_size=3)
    ),
)


@given(plain, plain)
def test_equal_hash_equal_value(one: Any, other: Any) -> None:
    assert (content_sha256(one) == content_sha256(other)) == (written(one) == written(other))


def written(value: Any) -> Any:
    """Return a value that is equal to another one if kinds, order and signs are as well."""
    if isinstance(value, frozenset):
        return ("set", frozenset(map(written, value)))
    if isinstance(value, dict):
        return ("dict", *((key, written(item)) for key, item in value.items()))
    if isinstance(value, list | tuple):
        return (type(value), *map(written, value))
    return (type(value), repr(value))


def test_whether_equal_texts_are_one_object_does_not_count() -> None:
    text = "x" * 50
    assert content_sha256([text, text]) == content_sha256([text, "".join(["x"] * 50)])
    assert content_sha256([text, text]) != content_sha256([text])


def test_another_value_in_a_table_or_a_sequence_is_another_hash() -> None:
    assert content_sha256(table("white")) != content_sha256(table("grey"))
    assert content_sha256(dataset(1.0)) != content_sha256(dataset(2.0))


def test_a_hidden_text_does_not_count() -> None:
    def found(place: str, name: str = "a.png") -> str:
        value = {"file": f"{place}/{name}", "path": PurePosixPath(f"{place}/{name}")}
        return content_sha256(value, [place])

    assert found("/here") == found("/elsewhere/below")
    assert found("/here") != found("/here", "b.png")


@pytest.mark.parametrize(
    ("value", "other"),
    [
        (np.arange(3.0), np.arange(3.0) + 1e-12),
        (np.arange(3.0), np.arange(3.0, dtype="f4")),
        (table("white"), table("grey")),
        ([{1: "a"}], [{1: "b"}]),
        (np.array(["a", None], dtype=object), np.array(["b", None], dtype=object)),
    ],
)
def test_what_was_stored_has_one_hash_exactly_if_it_is_the_same(
    tmp_path: Path, value: Any, other: Any
) -> None:
    for name, stored in (("one", value), ("again", value), ("other", other)):
        store.save(stored, tmp_path / name)
    hashes = [stored_sha256(tmp_path / name) for name in ("one", "again", "other")]
    assert hashes[0] == hashes[1] != hashes[2]


@pytest.mark.parametrize("change", ["value", "attribute", "lead"])
def test_every_part_of_a_stored_sequence_counts(tmp_path: Path, change: str) -> None:
    store.save_sequence(dataset(), TimeSequence(0, 1), tmp_path / "one")
    store.save_sequence(dataset(), TimeSequence(0, 1), tmp_path / "again")
    other = dataset(2.0 if change == "value" else 1.0)
    if change == "attribute":
        other.attrs["title"] = "land"
    lead = 2 if change == "lead" else 1
    store.save_sequence(other, TimeSequence(0, lead), tmp_path / "other")
    hashes = [stored_sha256(tmp_path / name) for name in ("one", "again", "other")]
    assert hashes[0] == hashes[1] != hashes[2]


def test_what_only_cloudpickle_can_write_is_hashed_as_it_was_written(tmp_path: Path) -> None:
    store.save(lambda: 1, tmp_path / "one")
    store.save(lambda: 2, tmp_path / "other")
    assert stored_sha256(tmp_path / "one") != stored_sha256(tmp_path / "other")
