"""How the steps of an event were confined, as far as a reader of the board must know."""

from __future__ import annotations

from typing import Any

from rampflow.board.cells import EventCells


def count_stamps(cells: EventCells) -> dict[str, int]:
    """Count the steps of an event, those that were not confined, and those that ran as root.

    A cell that an earlier version has left says nothing: its steps were not confined.
    """
    found = {"steps": 0, "none": 0, "root": 0}
    for keys in cells.tasks.keys:
        for key in keys:
            for step in cells.run(key).values():
                found["steps"] += 1
                if stamp := _stamp(step):
                    found[stamp] += 1
    return found


def _stamp(step: dict[str, Any]) -> str:
    sandbox = step.get("sandbox")
    return str(sandbox.get("stamp", "")) if isinstance(sandbox, dict) else "none"
