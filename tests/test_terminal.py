"""The summary after a run: what it says, at any width, in a terminal and in a pipe."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from rampflow.report.terminal import print_summary, summary
from tests.support.boards import make_board, make_reference

PATHS = {
    "report": Path("results/el_nino_2015/report/index.html"),
    "tables": Path("results/el_nino_2015/leaderboard.csv"),
}


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def piped(board: dict[str, Any], paths: Any = PATHS) -> str:
    stream = io.StringIO()
    print_summary(board, paths, file=stream)
    return stream.getvalue()


def in_terminal(board: dict[str, Any]) -> str:
    stream = Terminal()
    print_summary(board, PATHS, file=stream)
    return stream.getvalue()


def at_width(board: dict[str, Any], width: int) -> list[str]:
    stream = io.StringIO()
    Console(file=stream, width=width, color_system=None).print(summary(board, {}))
    return stream.getvalue().splitlines()


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """The developer's own settings do not matter."""
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")


def test_the_whole_of_a_small_board() -> None:
    lines = [line.rstrip() for line in piped(make_board(2, 1)).splitlines()]
    assert lines == [
        "El Niño RAMP 2015 · closed · bagged test score · lower is better",
        "rank  team      entry        RMSE (°C)  contributivity  train (s)  test (s)",
        "  =1  Orsay ML  Persistence      0.500          66.7 %      0.059     0.020",
        "  =2  Kelvin    Climatology      0.537          33.3 %      0.008     0.020",
        "   –  blend                      0.462",
        "Note: The submissions are examples, written for this repository.",
        "1 entry failed",
        "  Kelvin, Looks ahead 0: error, fold 3, predict: IndexError: index 6 is out of bounds for "
        "axis 1 wi…",
        "report  results/el_nino_2015/report/index.html",
        "tables  results/el_nino_2015/leaderboard.csv",
    ]


def test_the_known_limit_stands_below_the_blend() -> None:
    board = make_board(2, 0, references=[make_reference("Best possible", 0.41, is_limit=True)])
    lines = [line.rstrip() for line in piped(board).splitlines()]
    assert lines[4].split() == ["–", "blend", "0.462"]
    assert lines[5].split() == ["–", "known", "limit", "Best", "possible", "0.410"]
    assert "reference" in piped(make_board(2, 0, references=[make_reference("Naive", 0.9)]))


def test_where_a_refit_ranks_the_bagged_score_stands_beside_it() -> None:
    board = make_board(2, 0, ranked_on="refit test")
    for row in board["rows"]:
        row["test_score"] = 0.7
    lines = piped(board).splitlines()
    assert "bagged test" in lines[1]
    assert "0.500        0.700" in lines[2]


def test_more_than_eight_entries_are_counted() -> None:
    text = piped(make_board(12, 0))
    ranks = [line[:4].strip() for line in text.splitlines() if line[:4].strip(" =").isdigit()]
    assert ranks == ["=1", "=2", *map(str, range(3, 9))]
    assert "4 more entries" in text
    assert "1 more entry" in piped(make_board(9, 0))
    assert "more" not in piped(make_board(8, 0))


def test_at_most_five_failures_are_listed() -> None:
    text = piped(make_board(1, 7))
    assert text.count("Looks ahead") == 5
    assert "7 entries failed" in text
    assert "and 2 more on the page" in text
    assert "more on the page" not in piped(make_board(1, 5))


@pytest.mark.parametrize(
    ("board", "expected"),
    [
        (make_board(0, 0), "No entry has been handed in."),
        (make_board(0, 2), "No entry has a score."),
    ],
)
def test_boards_without_a_rank(board: dict[str, Any], expected: str) -> None:
    assert expected in piped(board)
    assert "rank" not in piped(board)


def test_without_a_blend_there_is_no_row_for_it() -> None:
    assert "blend" not in piped(make_board(2, 0, blend=None))


def test_a_pipe_gets_no_escape_codes_and_a_terminal_does() -> None:
    assert "\x1b" not in piped(make_board())
    assert "\x1b[" in in_terminal(make_board())


def test_no_color_leaves_bold_but_no_colour(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "\x1b[33m" in in_terminal(make_board())
    monkeypatch.setenv("NO_COLOR", "1")
    text = in_terminal(make_board())
    assert "\x1b[33m" not in text
    assert "\x1b[31m" not in text
    assert "\x1b[1m" in text


@pytest.mark.parametrize("width", [40, 60, 80, 89])
def test_a_narrow_terminal_keeps_rank_team_score_and_share(width: int) -> None:
    lines = at_width(make_board(3, 1), width)
    assert all(len(line) <= width for line in lines)
    assert "train (s)" not in "\n".join(lines)
    first = next(line.split() for line in lines if line.startswith("  =1  "))
    assert first[1] in ("La", "Orsay", "Kelvin")
    assert first[-3:] == ["0.500", "50.0", "%"]


def test_a_wide_terminal_shows_the_times() -> None:
    assert any("train (s)" in line for line in at_width(make_board(3, 1), 90))


def test_long_paths_are_left_whole() -> None:
    path = "results/" + "x" * 300 + "/index.html"
    assert piped(make_board(), {"report": path}).splitlines()[-1] == f"report  {path}"


def test_hostile_names_are_shown_as_text() -> None:
    board = make_board(2, 1)
    for row in board["rows"]:
        row["team_name"] = "[red]\x1b[2J\u202e"
        row["display_name"] = "[/]" + "x" * 10_000
        row["reason"] = "a\nb\r\x07"
    text = piped(board)
    assert "[red]\\x1b[2J\\u202e" in text
    assert not set(text) & set("\x1b\u202e\r\x07")
    assert len(text.splitlines()) == len(piped(make_board(2, 1)).splitlines())
    assert all(len(line) <= 100 for line in text.splitlines())


def test_a_stream_that_cannot_write_a_letter_gets_a_question_mark() -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")
    print_summary(make_board(), PATHS, file=stream)
    assert raw.getvalue().startswith(b"El Ni?o RAMP 2015 ")
