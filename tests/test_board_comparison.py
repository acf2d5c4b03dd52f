"""Compare: intervals, ties and ranks of a board, and what they depend on."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rampflow.board.cells import EventCells
from rampflow.board.comparison import COLUMNS, compare_event, ranked_predictions
from rampflow.config.schemas import Uncertainty
from tests.support.evaluated import Evaluated, evaluated
from tests.support.toy_code import MEAN


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Evaluated:
    return evaluated(tmp_path_factory.mktemp("closed") / "toy")


def cells_of(made: Evaluated) -> EventCells:
    return EventCells(made.project, made.plan.tasks, made.plan.loaded.event.phase == "open")


def record_of(made: Evaluated) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(made.plan.results.comparison.read_text())
    return found


@pytest.mark.parametrize("phase", ["closed", "open"])
def test_the_predictions_that_rank_have_the_score_of_the_board(tmp_path: Path, phase: str) -> None:
    made = evaluated(tmp_path / "toy", phase=phase)
    cells, metric = cells_of(made), made.problem.score_types[0]
    part = "test" if phase == "closed" else "valid"
    entries = cells.entries
    truth, predictions = ranked_predictions(cells, made.problem, part, entries)
    rows = made.toy.rows()
    for entry, prediction in zip(entries, predictions, strict=True):
        score = metric.score_function(truth, prediction)
        assert score == pytest.approx(rows[entry.name]["score"], rel=1e-12)


def test_every_ranked_entry_has_a_row_best_first(closed: Evaluated) -> None:
    record = record_of(closed)
    board = [row for row in closed.toy.board()["rows"] if row["rank"]]
    assert [row["submission"] for row in record["rows"]] == [
        f"{row['team']}/{row['model']}" for row in board
    ]
    for row in record["rows"]:
        assert row["score_low"] <= row["score"] <= row["score_high"]
        assert row["behind_low"] <= row["behind"] <= row["behind_high"]
        assert row["is_level_with_first"] == (row["behind_low"] <= 0)
    assert record["rows"][0]["behind"] == 0
    assert sum(row["first_place_probability"] for row in record["rows"]) == pytest.approx(1)
    assert (record["n_rows"], record["n_compared"], record["replicates"]) == (6, 2, 2000)


def test_the_table_and_the_board_say_the_same(closed: Evaluated) -> None:
    with closed.plan.results.comparison_csv.open(newline="") as stream:
        table = list(csv.DictReader(stream))
    assert tuple(table[0]) == COLUMNS
    by_name = closed.toy.rows()
    for row in table:
        assert float(row["score_low"]) == by_name[row["submission"]]["score_low"]
        assert int(row["worst_rank"]) == by_name[row["submission"]]["worst_rank"]


def test_the_same_cells_give_the_same_bytes(closed: Evaluated) -> None:
    before = closed.plan.results.comparison.read_bytes()
    closed.aggregate()
    assert closed.plan.results.comparison.read_bytes() == before


def test_who_failed_is_not_compared(tmp_path: Path) -> None:
    made = evaluated(tmp_path / "toy", failing=(("ants/line", 1),))
    assert [row["submission"] for row in record_of(made)["rows"]] == ["bees/mean"]
    failed = made.toy.rows()["ants/line"]
    assert (failed["score_low"], failed["is_level_with_first"], failed["best_rank"]) == (None,) * 3


def test_without_any_entry_there_is_an_empty_record(tmp_path: Path) -> None:
    failing = tuple((name, fold) for name in ("ants/line", "bees/mean") for fold in (0, 1))
    record = record_of(evaluated(tmp_path / "toy", failing=failing))
    assert (record["rows"], record["n_compared"]) == ([], 0)


def test_blocks_that_are_too_long_leave_the_board_without_intervals(tmp_path: Path) -> None:
    made = evaluated(tmp_path / "toy", uncertainty={"block": 4})
    record = record_of(made)
    assert record["why_not"] == "6 rows are too few to resample blocks of 4"
    assert record["rows"] == []
    assert [row["rank"] for row in made.toy.board()["rows"]] == [1, 2]
    assert made.toy.board()["comparison"]["why_not"] == record["why_not"]


def test_a_series_has_intervals_that_know_its_few_blocks(tmp_path: Path) -> None:
    made = evaluated(tmp_path / "toy")
    alone = record_of(made)["rows"]
    compare_event(cells_of(made), made.problem, made.plan.results, Uncertainty(block=2))
    for row, before in zip(record_of(made)["rows"], alone, strict=True):
        assert row["score_low"] <= row["score"] <= row["score_high"]
        assert row["score_high"] - row["score_low"] > before["score_high"] - before["score_low"]
        assert row["behind_low"] <= row["behind"] <= row["behind_high"]


def test_a_clear_difference_is_told_and_equal_entries_are_level(tmp_path: Path) -> None:
    made = evaluated(tmp_path / "toy")
    made.toy.add_submission("cats", "same", submitted_at="2015-05-22T10:00:00Z")
    other = {"regressor.py": f"# not the same file\n{MEAN}"}  # or it would be the same cell
    made.toy.add_submission("dogs", "far", other, submitted_at="2015-05-22T11:00:00Z")
    made.prepare()
    made.train()
    _copy_predictions(made, "bees/mean", "dogs/far", shift=100.0)
    made.score()
    made.aggregate()
    rows = {row["submission"]: row for row in record_of(made)["rows"]}
    assert not rows["dogs/far"]["is_level_with_first"]
    assert (rows["dogs/far"]["best_rank"], rows["dogs/far"]["worst_rank"]) == (4, 4)
    twins = [rows[name] for name in ("bees/mean", "cats/same")]
    assert twins[0]["is_level_with_first"] == twins[1]["is_level_with_first"]
    assert twins[0]["first_place_probability"] == twins[1]["first_place_probability"]


def _copy_predictions(made: Evaluated, source: str, target: str, shift: float = 0.0) -> None:
    """Give one entry the predictions of another one."""
    keys = {(cell.submission.name, cell.fold): cell.key for cell in made.plan.cells}
    for fold in range(2):
        ours, theirs = (made.project.cell(keys[name, fold]) for name in (source, target))
        for part in ("train", "valid", "test"):
            values = np.load(ours.folder / f"{part}.npy")
            np.save(theirs.folder / f"{part}.npy", values + shift)


def test_another_level_needs_no_cell(closed: Evaluated) -> None:
    options = Uncertainty(level=0.9, replicates=300)
    compare_event(cells_of(closed), closed.problem, closed.plan.results, options)
    assert (record_of(closed)["level"], record_of(closed)["replicates"]) == (0.9, 300)
    closed.aggregate()
    before = closed.plan.aggregate_keys
    closed.toy.configure(uncertainty={"level": 0.9})
    after = closed.plan.aggregate_keys
    closed.toy.configure(uncertainty=None)
    assert [step for step in before if before[step] != after[step]][0] == "compare"
