"""What is said in public of a step that failed after it had seen the test set: nothing it chose.

Words, names and numbers of a submission can carry the rows that it was shown. So only words of ours
are left: how the step ended, the name of an exception that Python has, what kind of wrong
predictions they were.
"""

from __future__ import annotations

import builtins
from collections.abc import Mapping
from typing import Any

from rampflow.board.cells import EventCells

JUDGED = ("timeout", "processes", "output", "disk", "signal")
"""The supervisor's verdicts: their reasons are its own words."""
KINDS = {
    "looks ahead": "looks ahead",
    "change their shape": "predictions change their shape",
    "have shape": "predictions of another shape",
    "not finite": "predictions that are not finite",
    "not readable": "predictions that cannot be read",
}
"""Words of a reason that tell in which way predictions are wrong, and what is said of it."""
WITHHELD = """The step had been shown the test set, so what it said is not public before the event
is closed. The organisers find it in {place}."""
"""The log of such a step while the event is open."""


def has_seen_test(failure: Mapping[str, Any], n_test: int | None) -> bool:
    """Return whether a failed step had been shown the rows of the test set.

    Parameters
    ----------
    failure : mapping
        The record of a failed cell.
    n_test : int or None
        Rows of the test set; None where there is none.
    """
    return bool(n_test) and failure["step"] == "predict"


def told(cells: EventCells, key: str, *, is_open: bool) -> tuple[str, str]:
    """Return the reason and the log of a failed cell, as the board shows them.

    Parameters
    ----------
    cells : EventCells
        Finished cells.
    key : str
        Of the failed one.
    is_open : bool
        Whether the event is open: then nothing is shown that could carry the test set.
    """
    failure, cell = cells.failure(key), cells.project.cell(key)
    if is_open and has_seen_test(failure, cells.prepared["rows"].get("test")):
        place = cells.project.relative(cell.record)
        return kind_of(failure), WITHHELD.format(place=place)
    return str(failure["reason"]), str(failure["traceback"])


def kind_of(failure: Mapping[str, Any]) -> str:
    """Return in a few words how a step failed; none of them is the submission's.

    Parameters
    ----------
    failure : mapping
        The record of a failed cell: ``status`` and ``reason``.
    """
    status, reason = str(failure["status"]), str(failure["reason"])
    if status in JUDGED:
        return reason
    if status == "memory":
        return "used too much memory"
    if status == "bad_predictions":
        return next((said for kind, said in KINDS.items() if kind in reason), "wrong predictions")
    if status == "no_predictions":
        return "ended before it answered"
    name = reason.partition(":")[0]
    kind = getattr(builtins, name, None)
    is_known = isinstance(kind, type) and issubclass(kind, Exception)
    return name if is_known else "failed by an error that Python does not name"
