"""Photographs that a steward brings: what is understood of an archive, and what is refused."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from rampflow.errors import DataError
from rampflow.problems.contract import load_problem
from tests.support.insects import zip_bees
from tests.support.need import need_shared
from tests.support.zips import write_zip

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "problems" / "pollinating_insects_observed"
DESK = ROOT / "submissions" / "pollinating_insects_observed" / "reference_desk"
SIMULATED = ROOT / "submissions" / "pollinating_insects_2015"
TAKEN = {
    "mean_colour": "paper_boats/mean_colour",
    "colour_histogram": "sea_otters/colour_histogram",
    "colour_and_texture": "sea_otters/colour_and_texture",
}
N = 60


@pytest.fixture(scope="module")
def problem():
    return load_problem(FOLDER).module


def members(header: str = "file,kind,group", **others: str) -> dict[str, bytes | str]:
    """Return sixty small photographs, two of each group, and their table."""
    rows = [f"{row}.png,{'pollen' if row // 2 % 2 else 'none'},g{row // 2}" for row in range(N)]
    content: dict[str, bytes | str] = {"kit/labels.csv": "\n".join([header, *rows])}
    for row in range(N):
        stream = io.BytesIO()
        Image.new("RGB", (20, 10), (row, 0, 255)).save(stream, "PNG")
        content[f"kit/photographs/{row}.png"] = stream.getvalue()
    return content | others


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "data").mkdir()
    write_zip(tmp_path / "data" / "photographs.zip", members())
    return tmp_path


def test_photographs_are_read_beside_their_kinds(problem, folder: Path) -> None:
    parts = problem.get_train_data(str(folder)), problem.get_test_data(str(folder))
    (X, y), (X_test, y_test) = parts
    assert X.images.shape == (42, 64, 64, 3)
    assert X_test.images.shape == (18, 64, 64, 3)
    assert not set(X.groups) & set(X_test.groups)
    for part, labels in parts:
        rows = part.images[:, 30, 30, 0].astype(int)  # the red of a photograph is its number
        np.testing.assert_array_equal(labels, rows // 2 % 2)
        np.testing.assert_array_equal(part.groups, rows // 2)


def test_no_group_is_on_both_sides_of_a_fold(problem, folder: Path) -> None:
    X, y = problem.get_train_data(str(folder))
    folds = list(problem.get_cv(X, y))
    assert len(folds) == 5
    for train_is, valid_is in folds:
        assert not set(X.groups[train_is]) & set(X.groups[valid_is])
        assert len(train_is) + len(valid_is) == len(y)


def test_without_groups_every_photograph_is_its_own(problem, folder: Path) -> None:
    file = write_zip(folder / "data" / "photographs.zip", members("file,kind,note"))
    assert problem.describe_data(file)["training groups"] == 42


def test_an_archive_is_described_in_words(problem, folder: Path) -> None:
    facts = problem.describe_data(folder / "data" / "photographs.zip")
    numbers = [int(word) for word in facts["training photographs"].split() if word.isdigit()]
    assert facts["training photographs"].startswith("42: ")
    assert sum(numbers) == 42
    assert (facts["training groups"], facts["test groups"]) == (21, 9)


TABLE = members()["kit/labels.csv"]


@pytest.mark.parametrize(
    ("others", "words"),
    [
        ({"kit/labels.csv": TABLE.replace("pollen", "honey")}, "has the kind 'honey', which is no"),
        ({"kit/labels.csv": TABLE.replace("kind", "what")}, "has no column kind"),
        ({"kit/labels.csv": TABLE.replace("7.png", "6.png")}, "has 6.png twice"),
        ({"kit/labels.csv": TABLE.replace("59.png", "99.png")}, "has no 99.png"),
        ({"kit/labels.csv": "\n".join(TABLE.splitlines()[:12])}, "fewer than 10"),
        ({"kit/labels.csv": ""}, "labels.csv cannot be read"),
        ({"kit/labels.csv": b"\xff\xfe\x00"}, "labels.csv cannot be read"),
        ({"kit/photographs/8.png": b"no image"}, "8.png: the image cannot be read"),
    ],
)
def test_an_archive_that_is_wrong_is_refused(problem, tmp_path: Path, others, words: str) -> None:
    file = write_zip(tmp_path / "kit.zip", members(**others))
    with pytest.raises(DataError, match=words) as caught:
        problem.describe_data(file)
    assert caught.value.where == str(file)
    assert caught.value.do


@pytest.mark.parametrize(("name", "original"), TAKEN.items())
def test_the_reference_desk_takes_entries_of_the_simulated_event_unchanged(name, original) -> None:
    files = {path.name for path in (DESK / name).glob("*.py")}
    assert files == {path.name for path in (SIMULATED / original).glob("*.py")}
    for file in files:
        assert (DESK / name / file).read_bytes() == (SIMULATED / original / file).read_bytes()


@pytest.mark.shared
def test_the_bees_are_understood(problem, tmp_path: Path) -> None:
    """Their scores through the event's own evaluation: tests/e2e/test_observed.py."""
    file = zip_bees(tmp_path / "bees.zip", need_shared("data/insects/images"))
    assert problem.describe_data(file) == {
        "training photographs": "493: 232 none, 261 pollen",
        "training groups": 279,
        "test photographs": "221: 113 none, 108 pollen",
        "test groups": 120,
    }
