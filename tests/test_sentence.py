"""The result in words is right for every board."""

from __future__ import annotations

from typing import Any

import pytest

from rampflow.report.sentence import blend_against_best, result_parts, result_sentence
from rampflow.report.shape import as_board
from tests.support.boards import make_board, make_reference

LOWER = {"name": "rmse", "unit": "°C", "is_lower_the_better": True, "precision": 3}
HIGHER = {"name": "accuracy", "unit": "", "is_lower_the_better": False, "precision": 3}


def sentence(board: dict[str, Any]) -> str:
    return result_sentence(as_board(board))


def board_of(scores: list[float], blend: float | None, **changes: Any) -> dict[str, Any]:
    """Make a board with these scores, best first."""
    board = make_board(len(scores), 0, **changes)
    for row, score in zip(board["rows"], scores, strict=True):
        row["score"] = score
    board["blend"] = None if blend is None else {**board["blend"], "score": blend}
    return board


def test_an_ordinary_board_names_the_first_two_the_blend_and_the_failures() -> None:
    assert sentence(make_board(5, 2)) == (
        "Components with lags by Orsay ML is first, with RMSE 0.500 °C on the test set; "
        "Ridge on the grid by Kelvin is second with 0.537 °C. "
        "The data cannot tell 1 other entry apart from the first. "
        "The blend of 5 entries reaches 0.462 °C, 0.038 °C better than the best entry. "
        "2 entries failed and have no rank."
    )


def test_no_entries() -> None:
    assert sentence(make_board(0, 0)) == "No entry has been handed in yet."


@pytest.mark.parametrize(("n_failed", "start"), [(1, "The only entry"), (3, "All 3 entries")])
def test_all_failed(n_failed: int, start: str) -> None:
    expected = f"{start} failed, so there is no ranking and no blend."
    assert sentence(make_board(0, n_failed)) == expected


def test_a_single_entry_is_compared_with_nothing() -> None:
    assert sentence(make_board(1, 1)) == (
        "Climatology by Kelvin is the only scored entry, with RMSE 0.500 °C on the test set. "
        "One entry failed and has no rank."
    )


def test_an_open_event_is_ranked_so_far_and_its_blend_is_optimistic() -> None:
    text = sentence(make_board(2, 0, ranked_on="bagged validation", event={"phase": "open"}))
    assert "is first so far, with RMSE 0.500 °C on the validation rows" in text
    assert text.endswith("which is optimistic: it was chosen on these rows.")


@pytest.mark.parametrize(
    ("scores", "expected"),
    [
        ([0.5, 0.5, 0.6], "; Damped persistence by La Niña has exactly the same score."),
        ([0.5, 0.5, 0.5], "; 2 other entries have exactly the same score."),
        ([0.5, 0.5001], "is second, less than 0.001 °C behind."),
        ([0.5, 0.6], "is second with 0.600 °C."),
    ],
)
def test_equal_scores_are_called_equal_and_close_ones_are_not(
    scores: list[float], expected: str
) -> None:
    # Of three, the second was handed in second: La Niña is the team of the second entry.
    board = board_of(scores, None)
    board["rows"][1].update(team_name="La Niña", display_name="Damped persistence")
    assert expected in sentence(board)


@pytest.mark.parametrize(
    ("metric", "best", "blend", "expected"),
    [
        (LOWER, 0.5, 0.4, "0.100 °C better than the best entry"),
        (LOWER, 0.5, 0.6, "0.100 °C worse than the best entry"),
        (HIGHER, 0.5, 0.6, "0.100 better than the best entry"),
        (HIGHER, 0.5, 0.4, "0.100 worse than the best entry"),
        (LOWER, 0.5, 0.5, "the same as the best entry"),
        (LOWER, 0.5, 0.5001, "less than 0.001 °C worse than the best entry"),
        (HIGHER, 0.5, 0.5001, "less than 0.001 better than the best entry"),
        (LOWER, 0.5, float("nan"), ""),
    ],
)
def test_the_blend_is_compared_in_the_direction_of_the_metric(
    metric: dict[str, Any], best: float, blend: float, expected: str
) -> None:
    board = as_board(board_of([best, best], blend, metric=metric))
    assert blend_against_best(board) == expected


@pytest.mark.parametrize(
    ("limit", "expected"),
    [
        (0.41, " The known limit is 0.410 °C, 0.090 °C better than the best entry."),
        (0.6, " The known limit is 0.600 °C, 0.100 °C worse than the best entry."),
        (None, ""),
    ],
)
def test_the_best_entry_is_held_against_the_known_limit(limit: float | None, expected: str) -> None:
    references = [make_reference("Best possible", limit, is_limit=True)]
    text = sentence(board_of([0.5, 0.6], None, references=references))
    assert text.endswith(f"apart from the first.{expected}")
    assert "limit" not in sentence(
        board_of([0.5, 0.6], None, references=[make_reference("Another forecast", 0.45)])
    )


@pytest.mark.parametrize(
    ("level", "expected"),
    [
        ([True, True, True], "The data cannot tell 2 other entries apart from the first."),
        ([True, False, True], "The data cannot tell 1 other entry apart from the first."),
        ([True, False, False], "Its lead is more than chance."),
    ],
)
def test_what_the_data_support_of_the_lead_is_said(level: list[bool], expected: str) -> None:
    board = board_of([0.5, 0.6, 0.7], None)
    for row, is_level in zip(board["rows"], level, strict=True):
        row["is_level_with_first"] = is_level
    assert expected in sentence(board)
    board["comparison"]["n_compared"] = 0
    assert "chance" not in sentence(board)
    assert "apart" not in sentence(board)


def test_a_refit_is_said_to_be_one() -> None:
    text = sentence(make_board(2, 0, ranked_on="refit test"))
    assert "is first, fitted once on all training rows, with RMSE 0.500 °C on the test set" in text


def test_without_a_blend_nothing_is_said_of_one() -> None:
    assert "blend" not in sentence(board_of([0.5, 0.6], None))


def test_names_are_set_apart_from_words() -> None:
    names = [part.text for part in result_parts(as_board(make_board(2, 0))) if part.is_name]
    assert names == ["Persistence", "Orsay ML", "Climatology", "Kelvin"]
