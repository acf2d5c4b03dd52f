"""Labels at the ends of lines: readable, in order, and inside the plot where there is room."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rampflow.report.figures import progress_svg
from rampflow.report.lines import spread
from rampflow.report.shape import as_board
from tests.support.boards import make_board, make_reference

GAP = 27.0
heights = st.lists(st.floats(0, 250), min_size=1, max_size=4)


@given(heights)
def test_labels_are_apart_in_their_order_and_inside(wanted: list[float]) -> None:
    found = spread(wanted, 250.0)
    order = sorted(range(len(wanted)), key=lambda i: (wanted[i], -i))
    placed = [found[i] for i in order]
    assert all(b - a >= GAP - 1e-9 for a, b in zip(placed, placed[1:], strict=False))
    assert placed[0] >= 10 - 1e-9
    assert placed[-1] <= 250 - 6 + 1e-9


@given(st.permutations([20.0, 90.0, 200.0]))
def test_labels_with_room_stay_where_they_are(wanted: list[float]) -> None:
    assert spread(wanted, 250.0) == pytest.approx(wanted)


@given(st.floats(50, 200), st.floats(1, 20))
def test_two_that_touch_part_evenly(middle: float, apart: float) -> None:
    low, high = spread([middle - apart / 2, middle + apart / 2], 250.0)
    assert (low + high) / 2 == pytest.approx(middle)
    assert high - low == pytest.approx(GAP)


def test_the_known_limit_has_a_line_with_its_name() -> None:
    limit = make_reference("Best possible", 0.41, is_limit=True)
    svg = progress_svg(as_board(make_board(references=[limit])))["wide"]
    assert "known limit" in svg
    assert "0.410" in svg
    assert "The known limit is 0.410" in svg
    assert "known limit" not in progress_svg(as_board(make_board()))["wide"]
