"""Time is revealed in order: which rows are shown together, and what a sequence must be."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rampflow.errors import ProblemError
from rampflow.problems.sequence import TimeSequence, reveal_steps

YEAR = TimeSequence(burn_in=12, lead=6)


@given(n_rows=st.integers(1, 200), lead=st.integers(1, 30), known=st.integers(0, 200))
def test_every_row_is_revealed_once_and_in_order(n_rows: int, lead: int, known: int) -> None:
    known = min(known, n_rows)
    steps = reveal_steps(0, n_rows, lead, known)
    assert [row for start, stop in steps for row in range(start, stop)] == list(range(n_rows))
    assert all(start < stop for start, stop in steps)


@given(n_rows=st.integers(1, 200), lead=st.integers(1, 30), known=st.integers(0, 200))
def test_no_label_is_shown_before_its_prediction_is_taken(
    n_rows: int, lead: int, known: int
) -> None:
    known = min(known, n_rows)
    time = TimeSequence(burn_in=3, lead=lead)
    for start, stop in reveal_steps(0, n_rows, lead, known):
        if stop > known:
            assert start >= known
            shown = time.stop(stop - 1)
            first_label = time.burn_in + start + time.lead
            assert first_label >= shown, "the label of the first row is among the steps shown"


def test_what_training_has_shown_comes_in_one_step() -> None:
    assert reveal_steps(0, 20, 6, known=9) == [(0, 9), (9, 15), (15, 20)]
    assert reveal_steps(0, 7, 6) == [(0, 6), (6, 7)]
    assert reveal_steps(0, 5, 6, known=5) == [(0, 5)]


@pytest.mark.parametrize(("burn_in", "lead"), [(-1, 6), (0, 0), (0, -1)])
def test_a_sequence_has_a_past_and_a_future(burn_in: int, lead: int) -> None:
    with pytest.raises(ProblemError, match="at least 0 and 1"):
        TimeSequence(burn_in, lead)


def test_a_row_sees_what_was_known_when_it_was_issued() -> None:
    X: Any = SimpleNamespace(sizes={"time": 20})
    assert YEAR.n_rows(X) == 8
    assert YEAR.stop(0) == 13  # steps 0 to 12: the first after the burn-in is the issue


def test_x_and_y_must_agree() -> None:
    X: Any = SimpleNamespace(sizes={"time": 20})
    YEAR.check(X, np.zeros(8), "train")
    with pytest.raises(ProblemError, match="so 8 rows") as caught:
        YEAR.check(X, np.zeros(9), "test")
    assert "get_test_data" in caught.value.where
    with pytest.raises(ProblemError, match="no dimension 'time'"):
        YEAR.check(np.zeros((20, 2)), np.zeros(8), "train")


def test_a_fold_trains_on_the_past_only() -> None:
    past, future = np.arange(5), np.arange(5, 9)
    YEAR.check_fold(past, future, 0)
    for train_is, valid_is in ((future, past), (past, past[-1:]), (np.arange(9), future)):
        with pytest.raises(ProblemError, match="not later"):
            YEAR.check_fold(train_is, valid_is, 3)
