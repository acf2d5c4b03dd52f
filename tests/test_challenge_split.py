"""The split of a test set: of the stated size, the same for ever, with the labels apart."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rampflow.challenge.split import load_part, make_split, public_rows
from rampflow.config.schemas import Challenge
from rampflow.errors import ProblemError
from rampflow.paths import Project


def ids(n: int) -> list[str]:
    return [f"{350_000 + row}" for row in range(n)]


def test_the_same_rows_for_ever() -> None:
    assert public_rows(ids(12), 0.25, 57).tolist() == [1, 7, 8]
    assert public_rows(ids(12), 0.25, 58).tolist() != [1, 7, 8]


def test_the_split_of_2014() -> None:
    rows = public_rows(ids(5500), 100 / 550, 57)
    assert len(rows) == 1000


@given(st.integers(2, 60), st.floats(0.001, 0.999), st.integers(0, 2**31 - 1))
def test_both_parts_have_rows_and_the_order_does_not_matter(n, share, seed) -> None:
    rows = public_rows(ids(n), share, seed)
    assert len(rows) == min(max(round(share * n), 1), n - 1)
    assert (np.diff(rows) > 0).all()
    order = np.random.default_rng(seed).permutation(n)
    mixed = public_rows([ids(n)[row] for row in order], share, seed)
    assert sorted(order[mixed]) == rows.tolist()


def test_one_row_cannot_be_split() -> None:
    with pytest.raises(ProblemError, match="1 rows has no two parts"):
        public_rows(["a"], 0.5, 0)


@pytest.mark.parametrize(
    "y",
    [
        np.arange(8.0),
        np.column_stack([np.arange(8), np.linspace(0, 1, 8)]),
        pd.Series([*"abababab"], index=[*range(8, 0, -1)]),
    ],
    ids=["numbers", "with weights", "a column of a table"],
)
def test_the_labels_of_each_part_lie_apart(tmp_path: Path, y) -> None:
    project = Project(tmp_path)
    options = Challenge(public_share=0.5, seed=1)
    key = make_split(project, y, ids(8), options)
    assert make_split(project, y, ids(8), options) == key
    split = project.split(key)
    found = [load_part(split, part) for part in ("public", "private")]
    assert sorted(np.concatenate([part.rows for part in found])) == [*range(8)]
    for part in found:
        assert [*map(str, part.y_true)] == [
            str(y.iloc[r] if hasattr(y, "iloc") else y[r]) for r in part.rows
        ]
    assert split.labels("public").parent != split.labels("private").parent
    assert make_split(project, y, ids(8), Challenge(public_share=0.5, seed=2)) != key
