"""The progress figure: same bytes, real text, right for every board."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from datetime import timedelta

import matplotlib
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rampflow.report import drawing, figures
from rampflow.report.shape import as_board
from rampflow.report.svg import TOKENS
from tests.support.boards import OPENED, make_board

SMALL = as_board(make_board(4, 1))


def texts(svg: str) -> set[str]:
    """Text that a figure shows, without its title and description."""
    return {text.strip() for text in re.findall(r">([^<>]+)</t(?:ext|span)>", svg)}


@pytest.mark.parametrize("file_format", ["svg", "pdf"])
def test_the_same_board_gives_the_same_file(file_format: str) -> None:
    first = figures.progress_bytes(SMALL, file_format)
    assert first == figures.progress_bytes(SMALL, file_format)
    assert len(first) > 1_000


def test_a_file_for_papers_has_drawn_letters_and_no_links() -> None:
    svg = figures.progress_bytes(SMALL, "svg").decode()
    assert "<text" not in svg
    assert "#rank" not in svg
    assert b"#rank" not in figures.progress_bytes(SMALL, "pdf")


def test_what_the_user_has_configured_does_not_matter() -> None:
    expected = figures.progress_bytes(SMALL, "svg")
    with matplotlib.rc_context({"lines.linewidth": 9, "axes.titlesize": 40, "axes.grid": False}):
        assert figures.progress_bytes(SMALL, "svg") == expected
        assert matplotlib.rcParams["lines.linewidth"] == 9


def test_there_is_a_drawing_for_every_width_with_ids_of_its_own() -> None:
    drawn = figures.progress_svg(SMALL)
    assert list(drawn) == ["wide", "mid", "narrow"]
    ids = [re.findall(r'\bid="([^"]+)"', svg) for svg in drawn.values()]
    everything = [name for names in ids for name in names]
    assert len(everything) == len(set(everything))
    widths = [int(re.search(r'width="(\d+)"', svg)[1]) for svg in drawn.values()]  # type: ignore[index]
    assert widths == [1190, 701, 368]


def test_text_is_text_and_colours_are_variables() -> None:
    svg = figures.progress_svg(SMALL)["wide"]
    assert {"best so far", "0.500", "blend", "0.462", "commit (UTC+02:00)"} <= texts(svg)
    assert "RMSE (°C), lower is better" in texts(svg)
    assert not any(colour in svg for colour in TOKENS.values())
    assert "var(--accent)" in svg


def test_every_dot_leads_to_its_row_and_says_whose_it_is() -> None:
    svg = figures.progress_svg(SMALL)["narrow"]
    links = re.findall(r'<a href="#rank-(\d+)" tabindex="-1"><title>([^<]+)</title>', svg)
    assert sorted(links) == [
        (str(row["rank"]), f"{row['display_name']}, {row['team_name']}: {row['score']:.3f} °C")
        for row in SMALL["rows"]
        if row["rank"]
    ]


def test_it_is_described_for_those_who_cannot_see_it() -> None:
    svg = figures.progress_svg(SMALL)["mid"]
    assert "<desc" in svg
    assert (
        "4 scored entries by the time handed in. The best RMSE went from 0.611 to 0.500 °C. "
        "The blend reaches 0.462 °C.</desc>"
    ) in svg


def test_nothing_to_draw() -> None:
    assert figures.progress_svg(as_board(make_board(0, 3))) == {}


def test_without_a_blend_there_is_no_line_for_it() -> None:
    svg = figures.progress_svg(as_board(make_board(3, 0, blend=None)))["wide"]
    assert "blend" not in svg
    assert "var(--warm)" not in svg


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    "name", ["$\\frac{$", "<script>", "a\x1b\u202eb", "混合 🚀", "\ud800", "&"]
)
def test_any_name_can_be_drawn(name: str) -> None:
    board = make_board(2, 0)
    for row in board["rows"]:
        row["team_name"] = row["display_name"] = name
    for svg in figures.progress_svg(as_board(board)).values():
        ET.fromstring(svg)


@pytest.mark.filterwarnings("error")
@settings(max_examples=15, deadline=None)
@given(
    st.lists(st.integers(0, 4 * 10**8), min_size=1, max_size=4),
    st.lists(st.floats(-1e300, 1e300), min_size=4, max_size=4),
    st.booleans(),
)
def test_any_times_and_scores_can_be_drawn(
    seconds: list[int], scores: list[float], lower: bool
) -> None:
    board = make_board(len(seconds), 0, metric={"is_lower_the_better": lower})
    for row, second, score in zip(board["rows"], seconds, scores, strict=False):
        row["commit"] = (OPENED + timedelta(seconds=second)).isoformat()
        row["score"] = score
    ET.fromstring(figures.progress_svg(as_board(board))["narrow"])


def test_thousands_of_dots_become_one_image(monkeypatch: pytest.MonkeyPatch) -> None:
    board = as_board(make_board(30, 0))
    assert "<image" not in figures.progress_svg(board)["wide"]
    monkeypatch.setattr(drawing, "N_RASTER", 29)
    svg = figures.progress_svg(board)["wide"]
    assert 'href="data:image/png;base64' in svg
    assert "<a " not in svg
