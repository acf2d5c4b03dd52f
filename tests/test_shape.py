"""A board from another version is refused with the keys that it lacks."""

from __future__ import annotations

from typing import Any

import pytest

from rampflow.errors import ResultError
from rampflow.report.shape import (
    as_board,
    blend_score,
    failed,
    known_limit,
    n_blended,
    ranks_on_refit,
    ranks_on_test,
    scored,
)
from tests.support.boards import make_board, make_reference


def test_a_whole_board_comes_back_as_it_is() -> None:
    board = make_board()
    assert as_board(board) is board


@pytest.mark.parametrize(
    ("path", "where"),
    [
        (("metric",), "top level"),
        (("event", "note"), "event"),
        (("rows", 1, "status"), r"rows\[1\]"),
        (("blend", "score"), "blend"),
        (("provenance", "code", "clean"), "provenance.code"),
        (("references", 0, "is_limit"), r"references\[0\]"),
    ],
)
def test_a_missing_key_is_named(path: tuple[str | int, ...], where: str) -> None:
    board = make_board(references=[make_reference("Best possible", 0.41)])
    part: Any = board
    for key in path[:-1]:
        part = part[key]
    del part[path[-1]]
    with pytest.raises(ResultError, match=f"missing: {path[-1]}\n.*leaderboard.json: {where}\n"):
        as_board(board)


def test_rows_with_a_rank_are_scored_and_the_others_failed() -> None:
    board = as_board(make_board(3, 2))
    assert [row["rank"] for row in scored(board)] == [1, 2, 3]
    assert [row["rank"] for row in failed(board)] == [None, None]


def test_the_board_says_what_ranks() -> None:
    assert ranks_on_test(as_board(make_board(ranked_on="bagged test")))
    assert not ranks_on_test(as_board(make_board(ranked_on="bagged validation")))
    refit = as_board(make_board(ranked_on="refit test"))
    assert ranks_on_test(refit)
    assert ranks_on_refit(refit)
    assert not ranks_on_refit(as_board(make_board()))


def test_the_known_limit_is_the_best_reference_that_is_called_one() -> None:
    references = [
        make_reference("Another forecast", 0.3),
        make_reference("Of another part", None, is_limit=True),
        make_reference("Best possible", 0.41, is_limit=True),
    ]
    limit = known_limit(as_board(make_board(references=references)))
    assert limit is not None
    assert limit["name"] == "Best possible"
    assert known_limit(as_board(make_board(references=references[:2]))) is None


def test_a_board_may_have_no_blend() -> None:
    board = make_board(2, 0, blend=None)
    for row in board["rows"]:
        row["contributivity"] = None
    assert blend_score(as_board(board)) is None
    assert n_blended(as_board(board)) == 0
