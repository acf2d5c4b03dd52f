"""What the progress plot shows: entries by time, the best so far, an axis that can be read."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from rampflow.report.progress import n_off_axis, progress_data, score_limits
from rampflow.report.shape import as_board
from tests.support.boards import make_board

scores = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=30)


def board_of(values: list[float], *, lower: bool = True, blend: float | None = None) -> Any:
    """Make a board whose entries, in the order handed in, have these scores."""
    board = make_board(len(values), 0, metric={"is_lower_the_better": lower})
    for row, value in zip(reversed(board["rows"]), values, strict=True):
        row["score"] = value
    board["blend"] = None if blend is None else {**board["blend"], "score": blend}
    return as_board(board)


@given(scores, st.booleans())
def test_the_best_so_far_is_the_best_of_what_came_before(values: list[float], lower: bool) -> None:
    data = progress_data(board_of(values, lower=lower))
    best = min if lower else max
    assert [dot.score for dot in data.dots] == values
    assert list(data.best_so_far) == [best(values[: i + 1]) for i in range(len(values))]
    assert data.is_record[0]
    assert sum(data.is_record) == len(set(data.best_so_far))


@given(scores, st.booleans(), st.none() | st.floats(-1e6, 1e6))
def test_the_axis_always_shows_the_best_entry_and_half_of_all(
    values: list[float], lower: bool, blend: float | None
) -> None:
    data = progress_data(board_of(values, lower=lower, blend=blend))
    low, high = score_limits(data, lower)
    assert low < high
    assert low <= data.best_so_far[-1] <= high
    assert 2 * n_off_axis(data, lower) < len(values)


def test_one_very_bad_entry_does_not_flatten_the_others() -> None:
    board = board_of([1e5, 0.7, 0.6, 0.5])
    low, high = score_limits(progress_data(board), is_lower_the_better=True)
    assert high - low < 1.5
    assert n_off_axis(progress_data(board), is_lower_the_better=True) == 1


def test_entries_without_a_score_or_a_time_are_left_out() -> None:
    board = make_board(4, 2)
    board["rows"][0]["commit"] = None
    board["rows"][1]["score"] = float("nan")
    assert [dot.row["rank"] for dot in progress_data(as_board(board)).dots] == [4, 3]
    assert progress_data(as_board(make_board(0, 2))).dots == ()
