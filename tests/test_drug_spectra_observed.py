"""The drug spectra of the RAMP kit: what is understood of an archive, and what is refused."""

from __future__ import annotations

import bz2
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from rampflow.errors import DataError
from rampflow.problems.contract import load_problem
from tests.support.need import need_shared
from tests.support.zips import write_zip, zip_files

ROOT = Path(__file__).parents[1]
FILES = ["train.csv.bz2", "test.csv.bz2"]


@pytest.fixture(scope="module")
def problem():
    return load_problem(ROOT / "problems" / "drug_spectra_observed").module


def make_table(n_vials: int = 80) -> pd.DataFrame:
    """Return vials as the kit has them, with spectra of three pixels."""
    row = np.arange(n_vials)
    return pd.DataFrame(
        {
            "concentration": 100 * (1 + row // 4 % 3),
            "molecule": np.array(list("BARQ"))[row % 4],
            "solute": 1 + row % 2,
            "spectra": [f"[0.1, 0.2, {k / 100}]" for k in row],
            "vial": 1 + row % 3,
        }
    )


def members(train: pd.DataFrame, test: pd.DataFrame | None = None) -> dict[str, bytes]:
    tables = zip(FILES, (train, make_table() if test is None else test), strict=True)
    return {f"kit/data/{n}": bz2.compress(t.to_csv(index=False).encode()) for n, t in tables}


def test_a_kit_is_read_as_it_is(problem, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    write_zip(tmp_path / "data" / "spectra.zip", members(make_table()))
    X, y = problem.get_train_data(str(tmp_path))
    assert list(X.columns) == ["solute", "spectra", "vial"]
    np.testing.assert_array_equal(X["spectra"][7], [0.1, 0.2, 0.07])
    assert y[:3].tolist() == [["B", 100.0], ["A", 100.0], ["R", 100.0]]
    assert [len(valid_is) for _, valid_is in problem.get_cv(X, y)] == [16] * 8
    facts = problem.describe_data(tmp_path / "data" / "spectra.zip")
    assert facts["training vials"] == "80, of 12 preparations"
    assert facts["test vials"] == "80, of which 100% have a sibling in training"
    assert facts["pixels of a spectrum"] == 3


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"molecule": "C"}, "has molecules other than"),
        ({"concentration": 0}, "concentrations that are not positive"),
        ({"concentration": "much"}, "concentrations that are not positive"),
        ({"concentration": np.nan}, "concentrations that are not positive"),
        ({"spectra": "none"}, "has no list of numbers in row 1"),
        ({"spectra": np.nan}, "has no list of numbers in row 1"),
        ({"spectra": "[1.0, nan, 2.0]"}, "has another number of pixels, or gaps, in row 1"),
    ],
)
def test_a_kit_that_is_wrong_is_refused(problem, tmp_path: Path, change, words: str) -> None:
    file = write_zip(tmp_path / "kit.zip", members(make_table().assign(**change)))
    with pytest.raises(DataError, match=words) as caught:
        problem.describe_data(file)
    assert caught.value.where == str(file)
    assert caught.value.do


def test_spectra_of_other_lengths_are_refused(problem, tmp_path: Path) -> None:
    one = make_table()
    one.loc[5, "spectra"] = "[0.1, 0.2]"
    with pytest.raises(DataError, match="another number of pixels, or gaps, in row 6"):
        problem.describe_data(write_zip(tmp_path / "one.zip", members(one)))
    test = make_table().assign(spectra="[0.1, 0.2]")
    with pytest.raises(DataError, match=r"spectra of other lengths: \[2, 3\]"):
        problem.describe_data(write_zip(tmp_path / "all.zip", members(make_table(), test)))


def test_a_missing_column_and_a_damaged_file_are_refused(problem, tmp_path: Path) -> None:
    file = write_zip(tmp_path / "a.zip", members(make_table().drop(columns=["vial", "solute"])))
    with pytest.raises(DataError, match="has no column solute, vial"):
        problem.describe_data(file)
    damaged = members(make_table()) | {"kit/data/train.csv.bz2": b"text"}
    with pytest.raises(DataError, match=r"train\.csv\.bz2 cannot be read"):
        problem.describe_data(write_zip(tmp_path / "b.zip", damaged))


@pytest.mark.shared
def test_the_kit_itself_is_understood(problem, tmp_path: Path) -> None:
    """Its scores through the event's own evaluation: tests/benchmarks/kits.py."""
    file = zip_files(tmp_path / "kit.zip", need_shared("data/drug_spectra"), FILES)
    assert problem.describe_data(file) == {
        "training vials": "699, of 424 preparations",
        "test vials": "300, of which 82% have a sibling in training",
        "pixels of a spectrum": 1866,
        "concentrations": "300 to 25000",
    }
