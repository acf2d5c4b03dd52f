"""Which GPUs a step gets: on one machine no two steps are given the same one."""

from __future__ import annotations

import contextlib
import os
import platform
import time
from collections.abc import Iterator

from rampflow.files import held
from rampflow.paths import Project
from rampflow.sandbox.devices import Devices, Gpu, devices_of, gpus_here, job_of

LOOK_SECONDS = 0.2
"""So often a step that waits looks whether a GPU has become free."""


@contextlib.contextmanager
def claimed_gpus(project: Project, declared: int) -> Iterator[Devices]:
    """Give the GPUs that a submission declares, until the step is over.

    Each GPU has a lock file in the project, and a step waits until as many are free as it declares.
    Inside a job of SLURM only the steps of that job take turns: SLURM divides GPUs among jobs.
    Another project on this machine does not know, and where files cannot be locked nobody waits.

    Parameters
    ----------
    project : Project
        Where the lock files are.
    declared : int
        How many GPUs.

    Yields
    ------
    Devices
        No more than are there; none where none is.
    """
    found = gpus_here() if declared else []
    with contextlib.ExitStack() as stack:
        if found:
            found = _locked(project, found, min(declared, len(found)), stack)
        yield devices_of(declared, found[:declared])


def _locked(
    project: Project, found: list[Gpu], wanted: int, stack: contextlib.ExitStack
) -> list[Gpu]:
    """Lock so many GPUs; one step at a time chooses, so that none waits for another's second."""
    mine: list[Gpu] = []
    node = ".".join([platform.node(), *job_of(os.environ)])
    with held(project.gpu_lock(node, "turn")):
        while True:
            for gpu in (gpu for gpu in found if gpu not in mine):
                with contextlib.suppress(BlockingIOError):
                    stack.enter_context(held(project.gpu_lock(node, gpu.node.name), wait=False))
                    mine.append(gpu)
                if len(mine) == wanted:
                    return sorted(mine)
            time.sleep(LOOK_SECONDS)
