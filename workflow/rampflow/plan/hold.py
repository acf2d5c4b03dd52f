"""One evaluation of an event at a time, whether `rampflow run` or Snakemake began it."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterable, Iterator

from rampflow.errors import ResultError
from rampflow.files import held
from rampflow.paths import Project
from rampflow.plan.environment import check_environment

HELD = "RAMPFLOW_HELD"
"""Environment variable: the lock that the process which started this one holds."""


@contextlib.contextmanager
def hold_event(project: Project, event: str) -> Iterator[dict[str, str]]:
    """Hold an event, so that two evaluations do not do the same work or mix their boards.

    The lock is inherited by programs that are started with ``close_fds=False``, and gone with the
    last process that holds it, however it ends.

    Yields
    ------
    dict of str to str
        What to add to the environment of a program that is started to evaluate the event.

    Raises
    ------
    ResultError
        If another process holds it.
    ConfigError
        If the environment is not the one of the lock file.
    """
    check_environment(project)
    path = project.event(event).lock
    ours = {HELD: str(path)}
    if os.environ.get(HELD) == str(path):
        yield ours
        return
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(held(path, wait=False))
        except BlockingIOError:
            raise ResultError(
                f"the event {event} is being evaluated by another process",
                where=project.relative(path),
                do=f"wait for it; see: rampflow status {event}",
            ) from None
        yield ours


def is_dry(arguments: Iterable[str]) -> bool:
    """Tell whether Snakemake is asked to run nothing: ``-n``, also as in ``-np``, or in words.

    Its own ``workflow.dryrun`` is true only once the Snakefile has been read, which is too late.

    Parameters
    ----------
    arguments : iterable of str
        The arguments of Snakemake.
    """
    flags = re.compile("-[npqkFi]*n[npqkFi]*")
    return any(flags.fullmatch(a) or a.startswith("--dry") for a in arguments)
