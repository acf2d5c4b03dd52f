"""The same project gives the same bytes wherever it is evaluated, however it is started."""

from __future__ import annotations

from typing import Any

from rampflow.paths import EventResults
from rampflow.report.details import read_details
from rampflow.report.page import build_page
from rampflow.report.shape import as_board
from tests.support.toys import Toy

TIMES = {"train_time", "test_time", "train_time_sum", "test_time_sum"}


def without_times(board: dict[str, Any]) -> dict[str, Any]:
    rows = [{k: v for k, v in row.items() if k not in TIMES} for row in board["rows"]]
    return {**board, "rows": rows}


def test_cells_are_the_same_bytes_in_another_folder(finished: Toy, elsewhere: Toy) -> None:
    assert " " in str(elsewhere.root)
    assert len(finished.keyed_files()) == 4 * 5  # cell.json, three predictions, scores
    assert elsewhere.keyed_files() == finished.keyed_files()


def test_the_board_is_the_same_apart_from_the_times(finished: Toy, elsewhere: Toy) -> None:
    assert without_times(elsewhere.board()) == without_times(finished.board())


def test_what_is_made_of_cells_is_the_same_bytes(finished: Toy, elsewhere: Toy) -> None:
    names = ("cells.csv", "fold_scores.csv", "bagged_scores.json", "contributivity.csv")
    blends = ("blend/blend.json", "blend/valid.npy", "blend/test.npy")
    for name in (*names, *blends):
        ours, theirs = (toy.results / name for toy in (finished, elsewhere))
        assert ours.read_bytes() == theirs.read_bytes(), name


def test_the_page_is_a_function_of_the_board_and_its_tables(finished: Toy, elsewhere: Toy) -> None:
    for toy in (finished, elsewhere):
        page = (toy.results / "report" / "index.html").read_text(encoding="utf-8")
        board = as_board(toy.board())
        assert page == build_page(board, read_details(EventResults(toy.results), board))


def test_no_result_names_the_folder_it_was_made_in(finished: Toy) -> None:
    folder = str(finished.root).encode()
    shared = [*finished.keyed_files()]
    files = [finished.cells / name for name in shared]
    files += [path for path in finished.results.rglob("*") if path.is_file()]
    assert [path for path in files if folder in path.read_bytes()] == []
