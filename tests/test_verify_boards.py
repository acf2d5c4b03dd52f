"""The board files of two results: none may be changed unnoticed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rampflow.verify.boards import compare_boards
from rampflow.verify.compare import open_results
from tests.support.evaluated import Evaluated, evaluated
from tests.support.toys import EVENT, Toy


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Evaluated:
    return evaluated(tmp_path_factory.mktemp("ours") / "toy")


@pytest.fixture
def theirs(ours: Evaluated, tmp_path: Path) -> Toy:
    return ours.toy.copy(tmp_path / "theirs")


def found(ours: Evaluated, theirs: Toy, tolerance: float = 1e-9) -> list[str]:
    sides = (open_results(root, EVENT) for root in (ours.toy.root, theirs.root))
    return compare_boards(*sides, tolerance)


def edit_json(path: Path, where: tuple[Any, ...], change: Any) -> None:
    """Replace a value of a JSON file; a number `change` multiplies it."""
    content = json.loads(path.read_text())
    inner = content
    for name in where[:-1]:
        inner = inner[name]
    old = inner[where[-1]]
    inner[where[-1]] = change if isinstance(change, str) else old * change
    path.write_text(json.dumps(content))


def test_a_copy_has_no_difference(ours: Evaluated, theirs: Toy) -> None:
    assert found(ours, theirs, 0.0) == []


@pytest.mark.parametrize(
    ("file", "where"),
    [
        ("leaderboard.json", ("rows", 0, "score")),
        ("leaderboard.json", ("rows", 0, "valid_score")),
        ("leaderboard.json", ("rows", 1, "test_score")),
        ("leaderboard.json", ("rows", 0, "historical_contributivity")),
        ("leaderboard.json", ("blend", "score")),
        ("leaderboard.json", ("blend", "valid_score")),
        ("leaderboard.json", ("blend", "test_score")),
        ("leaderboard.json", ("blend", "foldwise_best_score")),
        ("bagged_scores.json", ("ants/line", "valid", "rmse", 0)),
        ("blend/blend.json", ("test", "mae")),
        ("blend/blend.json", ("folds", 0, "scores", 0)),
    ],
)
def test_every_number_counts_within_the_tolerance(
    ours: Evaluated, theirs: Toy, file: str, where: tuple[Any, ...]
) -> None:
    edit_json(theirs.results / file, where, 1 + 1e-6)

    def between(tolerance: float) -> list[str]:
        lines = found(ours, theirs, tolerance)
        return [line for line in lines if not line.endswith("in leaderboard.json there")]

    (line,) = between(1e-9)
    assert line.startswith(file)
    assert between(1e-5) == []


@pytest.mark.parametrize("part", ["valid", "test"])
def test_blended_predictions_count_within_the_tolerance(
    ours: Evaluated, theirs: Toy, part: str
) -> None:
    path = theirs.results / "blend" / f"{part}.npy"
    np.save(path, np.load(path) * (1 + 1e-6))
    (line,) = found(ours, theirs)
    assert line.startswith(f"blend/{part}.npy: largest relative difference 1e-06")
    assert found(ours, theirs, 1e-5) == []
    path.write_bytes(b"no array")
    assert found(ours, theirs) == [f"blend/{part}.npy cannot be read there"]


@pytest.mark.parametrize(
    ("file", "column", "value"),
    [
        ("leaderboard.csv", "rank", "7"),
        ("leaderboard.csv", "score", "0.125"),
        ("leaderboard.csv", "contributivity", "0.125"),
        ("leaderboard.csv", "test_score", ""),
        ("contributivity.csv", "contributivity", "0.125"),
    ],
)
def test_a_table_says_what_the_leaderboard_of_its_side_says(
    ours: Evaluated, theirs: Toy, file: str, column: str, value: str
) -> None:
    path = theirs.results / file
    header, first, *rest = path.read_text().splitlines()
    cells = first.split(",")
    cells[header.split(",").index(column)] = value
    path.write_text("\n".join([header, ",".join(cells), *rest]) + "\n")
    lines = found(ours, theirs, tolerance=1e9)
    assert [line for line in lines if line.endswith("in leaderboard.json there")]
    assert lines[0].startswith(file)
    assert column in lines[0]


def test_rows_of_a_table_are_those_of_the_leaderboard(ours: Evaluated, theirs: Toy) -> None:
    path = theirs.results / "leaderboard.csv"
    header, *rows = path.read_text().splitlines(keepends=True)
    for order in (rows[::-1], rows[:1]):
        path.write_text("".join([header, *order]))
        assert found(ours, theirs) == ["leaderboard.csv has other rows than leaderboard.json there"]


def test_fold_scores_and_shares_are_compared(ours: Evaluated, theirs: Toy) -> None:
    shares = theirs.results / "contributivity.csv"
    text = shares.read_text().splitlines()
    *first, fold_0, fold_1 = text[1].split(",")
    text[1] = ",".join([*first, *(repr(float(fold) + 0.25) for fold in (fold_0, fold_1))])
    shares.write_text("\n".join(text) + "\n")
    scores = theirs.results / "fold_scores.csv"
    lines = scores.read_text().splitlines()
    lines[1] = lines[1].rpartition(",")[0] + ",99.5"
    scores.write_text("\n".join(lines) + "\n")
    assert [line.split()[0] for line in found(ours, theirs)] == [
        "fold_scores.csv",
        "contributivity.csv",
        "contributivity.csv",
    ]


@pytest.mark.parametrize(
    "file",
    [
        "leaderboard.csv",
        "contributivity.csv",
        "fold_scores.csv",
        "bagged_scores.json",
        "blend/blend.json",
        "blend/valid.npy",
        "blend/test.npy",
    ],
)
def test_a_missing_or_damaged_file_is_named(ours: Evaluated, theirs: Toy, file: str) -> None:
    path = theirs.results / file
    path.write_bytes(b"\xff\x00,")
    assert any(line.startswith(file) for line in found(ours, theirs))
    path.unlink()
    assert set(found(ours, theirs)) == {f"{file} is missing there"}


def test_status_time_and_rows_of_the_leaderboard_count(ours: Evaluated, theirs: Toy) -> None:
    path = theirs.results / "leaderboard.json"
    before = path.read_text()
    for name, value in (("status", "error"), ("commit", "2015-05-21T09:59:00+00:00")):
        edit_json(path, ("rows", 0, name), value)
        assert any(f" {name}: " in line for line in found(ours, theirs))
        path.write_text(before)
    edit_json(path, ("rows", 0, "model"), "other")
    lines = found(ours, theirs)
    assert any(line.endswith(": not there") for line in lines)
    assert any(line.endswith("/other: not here") for line in lines)


def test_times_are_not_compared(ours: Evaluated, theirs: Toy) -> None:
    edit_json(theirs.results / "leaderboard.json", ("rows", 0, "train_time"), 7)
    assert found(ours, theirs, 0.0) == []
