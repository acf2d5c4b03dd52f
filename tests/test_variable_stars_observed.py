"""The variable stars of the RAMP kit: what is understood of an archive, and what is refused."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from rampflow.errors import DataError
from rampflow.problems.contract import load_problem
from tests.support.need import need_shared
from tests.support.zips import write_zip, zip_files

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "problems" / "variable_stars_observed"
DESK = ROOT / "submissions" / "variable_stars_observed" / "reference_desk"
SIMULATED = ROOT / "submissions" / "variable_stars_2015"
FILES = [f"{p}{s}" for p in ("train", "test") for s in (".csv", "_varlength_features.csv.gz")]
TAKEN = {
    "catalogue": "paper_boats/catalogue",
    "colour_and_period": "sea_otters/colour_and_period",
    "fourier_boosting": "sea_otters/fourier_boosting",
}

Tables = tuple[pd.DataFrame, pd.DataFrame]


@pytest.fixture(scope="module")
def problem():
    return load_problem(FOLDER).module


def make_tables(n_stars: int = 60) -> Tables:
    """Return a small catalogue and light curves as the kit has them."""
    rng = np.random.default_rng(0)
    index = [f"{star % 7}_{star}" for star in range(n_stars)]
    plain = ["patch_id", "star_id_b", "star_id_r", "magnitude_b", "period", "div_period"]
    table = pd.DataFrame(rng.random((n_stars, len(plain))), index=index, columns=plain)
    table["type"] = np.arange(n_stars) % 4 + 1.0
    lengths = 3 + np.arange(n_stars) % 5
    names = [f"{name}_points_{b}" for name in ("time", "light", "error", "bkg", "polltn")
             for b in "br"]  # fmt: skip
    rows = [{name: str([float(k) for k in range(n)]) for name in names} for n in lengths]
    return table, pd.DataFrame(rows, index=index)


def members(table: pd.DataFrame, curves: pd.DataFrame) -> dict[str, bytes]:
    return {
        name: data
        for part in ("train", "test")
        for name, data in (
            (f"kit/data/{part}.csv", table.to_csv().encode()),
            (f"kit/data/{part}_varlength_features.csv.gz", gzip.compress(curves.to_csv().encode())),
        )
    }


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "data").mkdir()
    write_zip(tmp_path / "data" / "stars.zip", members(*make_tables()))
    return tmp_path


def test_a_kit_is_read_without_numbers_of_stars_and_fields(problem, folder: Path) -> None:
    X, y = problem.get_train_data(str(folder))
    assert list(X.columns[:3]) == ["magnitude_b", "period", "div_period"]
    assert X.shape == (60, 13)
    assert X["light_points_r"].map(len).tolist() == [3 + k % 5 for k in range(60)]
    np.testing.assert_array_equal(X["time_points_b"][1], [0.0, 1.0, 2.0, 3.0])
    assert y.tolist() == [1 + k % 4 for k in range(60)]
    assert [len(valid_is) for _, valid_is in problem.get_cv(X, y)] == [12] * 8


def test_a_kit_is_described_in_words(problem, folder: Path) -> None:
    facts = problem.describe_data(folder / "data" / "stars.zip")
    assert facts["training stars"] == "60: 15 binary, 15 Cepheid, 15 RR Lyrae, 15 Mira"
    assert facts["columns of X"] == 13


def _another_kind(table: pd.DataFrame, curves: pd.DataFrame) -> Tables:
    return table.replace({"type": {4.0: 5.0}}), curves


def _other_stars(table: pd.DataFrame, curves: pd.DataFrame) -> Tables:
    return table, curves.iloc[::-1]


def _no_number(table: pd.DataFrame, curves: pd.DataFrame) -> Tables:
    return table.assign(magnitude_b="bright"), curves


def _missing(table: pd.DataFrame, curves: pd.DataFrame) -> Tables:
    return table.assign(period=np.nan), curves


def _no_list(table: pd.DataFrame, curves: pd.DataFrame) -> Tables:
    return table, curves.assign(bkg_points_r="none")


def _no_column(table: pd.DataFrame, curves: pd.DataFrame) -> Tables:
    return table, curves.drop(columns="error_points_b")


def _no_type(table: pd.DataFrame, curves: pd.DataFrame) -> Tables:
    return table.drop(columns="type"), curves


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (_another_kind, "has a type other than"),
        (_other_stars, "does not have the stars of"),
        (_no_number, "has cells that are no numbers"),
        (_missing, "has cells that are no numbers"),
        (_no_list, "has no list of numbers in bkg_points_r of the star 0_0"),
        (_no_column, "has no column error_points_b"),
        (_no_type, "has no column type"),
    ],
)
def test_a_kit_that_is_wrong_is_refused(
    problem, tmp_path: Path, change: Callable[..., Tables], words: str
) -> None:
    file = write_zip(tmp_path / "kit.zip", members(*change(*make_tables())))
    with pytest.raises(DataError, match=words) as caught:
        problem.describe_data(file)
    assert caught.value.where == str(file)
    assert caught.value.do


def test_packed_curves_that_are_none_are_refused(problem, tmp_path: Path) -> None:
    content = members(*make_tables()) | {"kit/data/train_varlength_features.csv.gz": b"text"}
    with pytest.raises(DataError, match="cannot be read"):
        problem.describe_data(write_zip(tmp_path / "kit.zip", content))


@pytest.mark.parametrize(("name", "original"), TAKEN.items())
def test_the_reference_desk_takes_entries_of_the_simulated_event_unchanged(name, original) -> None:
    files = {path.name for path in (DESK / name).glob("*.py")}
    assert files == {path.name for path in (SIMULATED / original).glob("*.py")}
    for file in files:
        assert (DESK / name / file).read_bytes() == (SIMULATED / original / file).read_bytes()


@pytest.mark.shared
def test_the_kit_itself_is_understood(problem, tmp_path: Path) -> None:
    """Its scores through the event's own evaluation: tests/benchmarks/kits.py."""
    file = zip_files(tmp_path / "kit.zip", need_shared("data/variable_stars"), FILES)
    facts = problem.describe_data(file)
    assert facts["training stars"] == "2912: 339 binary, 604 Cepheid, 1777 RR Lyrae, 192 Mira"
    assert facts["test stars"] == "729: 100 binary, 132 Cepheid, 454 RR Lyrae, 43 Mira"
    assert facts["columns of X"] == 29
