"""The splitter of the El Niño kit: nested folds in time, whole periods, clear errors."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rampflow.errors import ProblemError
from rampflow.problems.splitters import TimeSeries


def sizes(splitter: TimeSeries, n_samples: int) -> list[tuple[int, int]]:
    return [(len(t), len(v)) for t, v in splitter.get_cv(None, np.zeros(n_samples))]


def test_the_kit_s_folds_of_588_months() -> None:
    expected = [(300 + 36 * i, 288 - 36 * i) for i in range(8)]
    assert sizes(TimeSeries(n_cv=8, cv_block_size=0.5, period=12), 588) == expected


def test_blocks_are_rounded_down_to_whole_years() -> None:
    assert sizes(TimeSeries(), 654)[0] == (366, 288)


@given(st.integers(1, 9), st.floats(0.05, 0.95), st.integers(1, 13), st.integers(0, 800))
def test_folds_train_on_the_past_and_validate_on_all_later_rows(
    n_cv: int, share: float, period: int, n_samples: int
) -> None:
    splitter = TimeSeries(n_cv, share, period)
    if int(n_samples * share / n_cv / period) == 0:
        with pytest.raises(ProblemError, match="too few"):
            list(splitter.get_cv(None, range(n_samples)))
        return
    folds = list(splitter.get_cv(None, range(n_samples)))
    assert len(folds) == n_cv
    for train_is, valid_is in folds:
        np.testing.assert_array_equal(np.append(train_is, valid_is), np.arange(n_samples))
        assert len(train_is) > 0
    cuts = [len(train_is) for train_is, _ in folds] + [n_samples]
    steps = set(np.diff(cuts).tolist())
    assert len(steps) == 1
    assert steps.pop() % period == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"n_cv": 0}, "n_cv must be a whole number of 1 or more, found 0"),
        ({"n_cv": 2.0}, "n_cv"),
        ({"period": -1}, "period"),
        ({"period": True}, "period"),
        ({"cv_block_size": 1.0}, "strictly between 0 and 1"),
        ({"cv_block_size": 0}, "strictly between 0 and 1"),
    ],
)
def test_wrong_arguments(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ProblemError, match=message):
        TimeSeries(**arguments)


def test_too_few_rows_says_how_many_are_needed() -> None:
    splitter = TimeSeries(n_cv=8, cv_block_size=0.5, period=12)
    with pytest.raises(ProblemError, match="191 rows are too few.*\n.*give 192 rows or more"):
        list(splitter.get_cv(None, range(191)))
    assert sizes(splitter, 192)[0] == (96, 96)
