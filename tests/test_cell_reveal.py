"""The trusted side of a sequence: it shows steps in order and finds out who looks ahead."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from rampflow.cell import wire
from rampflow.cell.reveal import Predicted, Sequence, check_order, predict_in_order, taken
from rampflow.cell.supervise import Failed
from rampflow.data import store
from rampflow.problems.sequence import TimeSequence

Rule = Callable[[np.ndarray, int], float]
"""Predicts one row from all values that were shown."""

LEAD, BURN_IN, N_ROWS = 3, 4, 17


class Runner:
    """Stands for a runner: answers requests in this process and notes what it was shown."""

    def __init__(self, rule: Rule, extra: int = 0) -> None:
        self.rule, self.extra = rule, extra
        self.values = {False: np.empty(0), True: np.empty(0)}
        self.asked: list[tuple[int, int, int]] = []

    def ask(
        self,
        header: dict[str, Any],
        arrays: Any = None,
        *,
        expect_bytes: int = 0,
        check: bool = False,
    ) -> tuple[dict[str, Any], list[Any]]:
        """Answer."""
        if header["request"] == "begin":
            self.values[check] = np.empty(0)
        elif header["request"] == "grow":
            self.values[check] = np.concatenate([self.values[check], arrays[0]])
        elif header["request"] == "end":
            assert check, "only a sibling is let go"
        else:
            self.values[check] = np.concatenate([self.values[check], arrays[0]])
            shown = self.values[check]
            start, stop = header["start"], header["stop"]
            if not check:
                self.asked.append((start, stop, len(shown)))
            n_rows = len(shown) - BURN_IN + self.extra
            pred = np.array([self.rule(shown, row) for row in range(start, stop)])
            assert expect_bytes == pred.nbytes
            return {"n_rows": n_rows, "seconds": 0.5}, [pred]
        return {}, []


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("x") / "sequence"
    values = np.arange(float(BURN_IN + N_ROWS)) ** 2
    X = xr.Dataset({"v": ("time", values)})
    store.save_sequence(X, TimeSequence(BURN_IN, LEAD), target)
    return target


def evaluate(folder: Path, rule: Rule, known: int = 0, seed: int = 0) -> tuple[Runner, Predicted]:
    runner: Any = Runner(rule)
    predicted = predict_in_order(Sequence(folder, runner), known, 8)
    check_order(lambda: Sequence(folder, runner, check=True), predicted, known, 8, "test", seed)
    return runner, predicted


def issue(shown: np.ndarray, row: int) -> float:
    return float(shown[BURN_IN + row])


def last_shown(shown: np.ndarray, row: int) -> float:
    return float(shown[-1])


@pytest.mark.parametrize("known", [0, 1, 5, N_ROWS])
def test_predictions_come_in_order_and_their_seconds_are_summed(folder: Path, known: int) -> None:
    runner, predicted = evaluate(folder, issue, known)
    np.testing.assert_array_equal(predicted.values, np.arange(BURN_IN, BURN_IN + N_ROWS) ** 2)
    assert predicted.seconds == 0.5 * len(predicted.steps)
    for start, stop, shown in runner.asked:
        assert shown == BURN_IN + stop
        assert stop - start <= LEAD or stop == known


@settings(max_examples=25)
@given(seed=st.integers(0, 2**32 - 1), known=st.integers(0, N_ROWS - 2))
def test_a_prediction_that_depends_on_later_steps_is_found(
    folder: Path, seed: int, known: int
) -> None:
    with pytest.raises(Failed, match="looks ahead") as caught:
        evaluate(folder, last_shown, known, seed)
    assert caught.value.status == "bad_predictions"


def test_what_training_has_shown_is_not_repeated(folder: Path) -> None:
    _, predicted = evaluate(folder, last_shown, known=N_ROWS)
    assert predicted.steps == [(0, N_ROWS)]


def test_differences_of_rounding_are_not_looking_ahead(folder: Path) -> None:
    """Nor are those of single precision, which change with the number of rows."""
    evaluate(folder, lambda shown, row: issue(shown, row) * (1 + 1e-12 * len(shown)))
    evaluate(folder, lambda shown, row: issue(shown, row) * (1 + 1e-7 * (len(shown) % 5)))


def test_a_thousandth_of_what_comes_later_is(folder: Path) -> None:
    with pytest.raises(Failed, match="looks ahead"):
        evaluate(folder, lambda shown, row: issue(shown, row) + 1e-3 * last_shown(shown, row))


@pytest.mark.parametrize("unit", [1e-12, 1e12])
def test_the_unit_of_a_prediction_does_not_matter(folder: Path, unit: float) -> None:
    evaluate(folder, lambda shown, row: unit * issue(shown, row))
    with pytest.raises(Failed, match="looks ahead"):
        evaluate(folder, lambda shown, row: unit * last_shown(shown, row))


def test_not_a_number_is_never_an_equal_answer(folder: Path) -> None:
    def odd(shown: np.ndarray, row: int) -> float:
        return issue(shown, row) if len(shown) % LEAD == BURN_IN % LEAD else float("nan")

    with pytest.raises(Failed, match="looks ahead"):
        evaluate(folder, odd)


def test_every_row_that_was_shown_must_be_predicted(folder: Path) -> None:
    runner: Any = Runner(issue, extra=-1)
    with pytest.raises(Failed, match="predicted 2 rows from a sequence of 7 steps, which has 3"):
        predict_in_order(Sequence(folder, runner), 0, 8)


@pytest.mark.parametrize(
    ("answer", "arrays"),
    [
        ({"n_rows": 3}, [np.zeros(3)]),
        ({"n_rows": 3, "seconds": "1"}, [np.zeros(3)]),
        ({"n_rows": 3, "seconds": -1}, [np.zeros(3)]),
        ({"n_rows": 3, "seconds": 1e300}, [np.zeros(3)]),
        ({"n_rows": "3", "seconds": 1}, [np.zeros(3)]),
        ({"seconds": 1}, [np.zeros(3)]),
        ({"n_rows": 3, "seconds": 1}, []),
        ({"n_rows": 3, "seconds": 1}, [np.zeros(3), np.zeros(3)]),
        ({"n_rows": 3, "seconds": 1}, [np.array(["a"])]),
        ({"n_rows": 3, "seconds": 1}, [np.zeros(3, complex)]),
        ({"n_rows": 3, "seconds": 1}, [np.float64(3.0)]),
    ],
)
def test_a_hostile_answer_is_refused(answer: dict[str, Any], arrays: list[Any]) -> None:
    with pytest.raises(wire.Malformed):
        taken(answer, arrays)
