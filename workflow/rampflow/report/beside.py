"""Work that a second process does while this one goes on."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
from collections.abc import Callable, Iterator

from rampflow.cell.processes import end_with_parent


@contextlib.contextmanager
def beside(work: Callable[[], None]) -> Iterator[None]:
    """Do work in a process split off this one while the block runs; with one processor, after it.

    Parameters
    ----------
    work : callable
        What leaves something on the disk and depends on nothing that the block does. This process
        has no other threads, or none that hold a lock.

    Yields
    ------
    None
        Once the block is left the work is done.

    Raises
    ------
    Exception
        What `work` raises: what failed beside is tried again here.
    """
    if len(os.sched_getaffinity(0)) < 2:
        yield
        work()
        return
    process = multiprocessing.get_context("fork").Process(target=_quietly, args=(work,))
    process.start()
    try:
        yield
    finally:
        process.join()
    if process.exitcode:
        work()


def _quietly(work: Callable[[], None]) -> None:
    end_with_parent()  # a step that was killed draws nothing over what comes after it
    try:
        work()
    except Exception:  # the process that waits does it again, and says what is wrong
        os._exit(1)
