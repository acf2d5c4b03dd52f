"""How fast an evaluation is, told from files: so from any node, whoever started it."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from dataclasses import dataclass
from pathlib import Path

from rampflow.plan.plan import Plan

WINDOW_SECONDS = 1800.0
"""The pace is that of the cells of the last half hour."""


@dataclass(frozen=True)
class Pace:
    """How an evaluation goes on.

    Parameters
    ----------
    is_under_way : bool
        Whether somebody evaluates the event.
    running : int
        Cells that somebody computes now.
    waiting : int
        Cells that nobody has begun, or whose job was ended.
    per_hour : float or None
        Cells that were finished an hour, lately; None if there were too few.
    seconds_left : float or None
        What the others take at this pace.
    """

    is_under_way: bool
    running: int
    waiting: int
    per_hour: float | None
    seconds_left: float | None


def pace_of(plan: Plan) -> Pace:
    """Look at the locks and the times of the files of an event."""
    if not plan.is_prepared:
        return Pace(is_held(plan.results.lock), 0, 0, None, None)
    project, now = plan.project, time.time()
    lately, running, n_open = [], 0, 0
    for key in {cell.key for cell in plan.cells}:
        try:
            finished = project.cell(key).record.stat().st_mtime
        except FileNotFoundError:
            n_open += 1
            running += is_held(project.work(key).lock)
            continue
        if now - finished < WINDOW_SECONDS:
            lately.append(finished)
    per_hour = None
    if len(lately) > 1 and (span := now - min(lately)) > 0:
        per_hour = 3600 * (len(lately) - 1) / span
    left = 3600 * n_open / per_hour if per_hour and n_open else None
    return Pace(is_held(plan.results.lock), running, n_open - running, per_hour, left)


def is_held(lock: Path) -> bool:
    """Return whether a process holds a lock file, on this node or another one.

    Where the file system has no locks, a lock that is there is taken for held.
    """
    try:
        descriptor = os.open(lock, os.O_RDWR)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        with contextlib.suppress(OSError):
            os.close(descriptor)
    return False
