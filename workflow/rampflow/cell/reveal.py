"""Reveal a sequence in order: the trusted side of "time is revealed in order".

The supervisor holds X, sends steps, and takes the predictions of the newly revealed rows before it
sends more. A sibling of the runner that was shown nothing before repeats a few rows, in order, each
from exactly the steps up to its issue: if an answer differs, the submission looks ahead.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from rampflow.cell import wire
from rampflow.cell.supervise import Supervised, seconds_of
from rampflow.cell.watch import Failed
from rampflow.data import store
from rampflow.files import read_json
from rampflow.problems.sequence import TimeSequence, reveal_steps

TOLERANCE = 1e-5
"""Largest difference between a prediction and its repetition, as a part of the largest prediction.

Single precision differs by 1e-7 with the number of rows that a library computes at once. Looking
ahead by less than this improves nothing.
"""
CHECKED_ROWS = 4
"""Rows of each part that are repeated."""

Array = npt.NDArray[np.float64]


class Sequence:
    """A stored sequence, shown step by step to a runner.

    Parameters
    ----------
    folder : Path
        Where the prepared X of a part is.
    supervised : Supervised
        The runner.
    check : bool
        Show it to a new sibling of the runner instead, until `end`.
    """

    def __init__(self, folder: Path, supervised: Supervised, *, check: bool = False) -> None:
        content = read_json(folder / "sequence.json")
        self.time = TimeSequence(content["burn_in"], content["lead"], content["dim"])
        self.n_rows = content["n_steps"] - self.time.burn_in
        self.steps = store.open_steps(folder)
        self.supervised, self.check, self.shown = supervised, check, 0
        supervised.ask({"request": "begin", "template": str(folder / "template.pkl")}, check=check)

    def show(self, stop: int) -> None:
        """Show the steps up to `stop`, of which some were shown before."""
        self.supervised.ask({"request": "grow"} | self._names, self._more(stop), check=self.check)

    @property
    def _names(self) -> dict[str, list[str]]:
        return {"names": list(self.steps)}

    def _more(self, stop: int) -> list[Array]:
        """Return the steps up to `stop` that were not shown before; they are now."""
        more = [values[self.shown : stop] for values in self.steps.values()]
        self.shown = stop
        return more

    def end(self) -> None:
        """Let the sibling go that this was shown to."""
        self.supervised.ask({"request": "end"}, check=self.check)

    def predict(self, start: int, stop: int, row_bytes: int) -> tuple[Array, float]:
        """Show what the last of some rows may see, and return their predictions and the seconds.

        Raises
        ------
        Failed
            If the runner does not predict every row that it was shown.
        """
        answer, arrays = self.supervised.ask(
            {"request": "predict", "start": start, "stop": stop} | self._names,
            self._more(self.time.stop(stop - 1)),
            expect_bytes=(stop - start) * row_bytes,
            check=self.check,
        )
        values, seconds, n_rows = taken(answer, arrays)
        if n_rows != stop:
            raise Failed(
                "bad_predictions",
                f"predicted {n_rows} rows from a sequence of {self.shown} steps, which has {stop}",
            )
        return values, seconds


def taken(answer: dict[str, Any], arrays: list[Any]) -> tuple[Array, float, int]:
    """Return the predictions of an answer, the seconds they took, and the rows predicted in all.

    Raises
    ------
    Malformed
        If the answer is not one to a request for predictions.
    """
    n_rows = answer.get("n_rows")
    if len(arrays) != 1 or arrays[0].dtype != np.float64 or not arrays[0].ndim:
        raise wire.Malformed("predictions are one array of numbers, one row per sample")
    if not isinstance(n_rows, int):
        raise wire.Malformed("an answer that does not say how many rows were predicted")
    return arrays[0], seconds_of(answer), n_rows


@dataclass(frozen=True)
class Predicted:
    """Predictions of one part and what they took.

    Parameters
    ----------
    values : array
        One prediction per row.
    seconds : float
        Predict seconds alone.
    steps : list of (int, int)
        The ranges of rows that were revealed together.
    """

    values: Array
    seconds: float
    steps: list[tuple[int, int]]


def predict_in_order(sequence: Sequence, known: int, row_bytes: int) -> Predicted:
    """Predict all rows of a sequence, revealing it in order.

    Parameters
    ----------
    sequence : Sequence
        Of which nothing was shown yet.
    known : int
        Rows that training has shown anyway; they are revealed at once.
    row_bytes : int
        Size of one row of predictions.
    """
    steps = reveal_steps(0, sequence.n_rows, sequence.time.lead, known)
    pieces, seconds = [], 0.0
    for start, stop in steps:
        values, took = sequence.predict(start, stop, row_bytes)
        pieces.append(values)
        seconds += took
    if shapes := {piece.shape[1:] for piece in pieces[1:]} - {pieces[0].shape[1:]}:
        first, other = pieces[0].shape[1:], shapes.pop()
        raise Failed(
            "bad_predictions",
            f"predictions change their shape as time is revealed: {('n', *first)}, {('n', *other)}",
        )
    return Predicted(np.concatenate(pieces), seconds, steps)


def check_order(
    begin: Callable[[], Sequence],
    predicted: Predicted,
    known: int,
    row_bytes: int,
    part: str,
    seed: int,
) -> None:
    """Repeat some rows in a new sibling, each from exactly the steps up to its issue, and compare.

    The rows come in order, so that what an earlier one has shown is no later step.

    Parameters
    ----------
    begin : callable
        Returns the sequence, to be shown to a new sibling.
    predicted : Predicted
        What the runner predicted.
    known : int
        Rows that training has shown anyway; not repeated.
    row_bytes : int
        Size of one row of predictions.
    part : str
        For the message.
    seed : int
        Draws the rows.

    Raises
    ------
    Failed
        If one differs: the submission looks ahead.
    """
    inner = [row for start, stop in predicted.steps for row in range(max(start, known), stop - 1)]
    draw = np.random.default_rng(seed)
    rows = sorted(draw.choice(inner, min(CHECKED_ROWS, len(inner)), replace=False)) if inner else []
    largest = np.max(np.abs(predicted.values), axis=0)
    if not rows:
        return
    sequence = begin()
    for row in map(int, rows):
        again, _ = sequence.predict(row, row + 1, row_bytes)
        before = predicted.values[row]
        same_shape = again.shape[1:] == predicted.values.shape[1:]
        if not same_shape or not np.all(np.abs(again[0] - before) <= TOLERANCE * largest):
            raise Failed("bad_predictions", looks_ahead(row, part, again[0], before))
    sequence.end()


def looks_ahead(row: int, part: str, alone: Any, before: Any) -> str:
    """Say what is wrong with a submission whose predictions depend on what comes later."""
    return (
        f"looks ahead: the prediction of row {row} ({part}) is {_short(alone)} from the steps up "
        f"to its issue alone, but {_short(before)} where later steps or another part were shown "
        f"as well; use nothing after step burn_in + {row} and nothing that an earlier call has left"
    )


def _short(values: Any) -> str:
    return np.array2string(np.asarray(values), precision=6, threshold=4)
