"""Try failed cells again: a failed cell is moved away, never changed or overwritten."""

from __future__ import annotations

from rampflow.cell.record import read_cell, retire
from rampflow.plan.plan import Plan, forget_aggregates


def retire_failed(plan: Plan) -> list[str]:
    """Move the failed cells of an event out of the way of the next run.

    Returns
    -------
    list of str
        Their keys. The cells are kept in ``results/retired/``.
    """
    keys = []
    for key in dict.fromkeys(cell.key for cell in plan.cells):
        cell = plan.project.cell(key)
        if cell.record.exists() and read_cell(cell)["status"] != "ok":
            retire(plan.project, key)
            keys.append(key)
    if keys:
        forget_aggregates(plan.project)
    return keys
