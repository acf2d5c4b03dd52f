"""A process and all its descendants: how much memory they hold, and ending them all.

Descendants that detach (``setsid``, double fork) are still found, since the supervisor makes
itself their reaper where the system allows it (Linux).
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys
import time
from collections.abc import Collection
from pathlib import Path

PROC = Path("/proc")
MEASURE_SECONDS = 1.0
THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "BLIS_NUM_THREADS",
)
"""What tells BLAS and OpenMP how many threads to use; read when they are loaded."""
_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36


def become_reaper() -> bool:
    """Let orphaned descendants become children of this process. Linux only.

    Returns
    -------
    bool
        Whether the system did it.
    """
    if not sys.platform.startswith("linux"):
        return False
    return bool(ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0)


def end_with_parent() -> None:
    """Let this process be killed when its parent ends, however that ends. Linux only."""
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def descendants(pid: int, spare: Collection[int] = ()) -> list[int]:
    """Return the process identifiers below `pid`, parents first, without those in `spare`."""
    if not PROC.is_dir():
        return [found for found in _descendants_elsewhere(pid) if found not in spare]
    found: list[int] = []
    pending = [pid]
    while pending:
        children = [child for child in _children(pending.pop()) if child not in spare]
        found += children
        pending += children
    return found


def _children(pid: int) -> list[int]:
    found: list[int] = []
    with contextlib.suppress(OSError):
        for task in (PROC / str(pid) / "task").iterdir():
            with contextlib.suppress(OSError):
                found += map(int, (task / "children").read_text().split())
    return found


def _descendants_elsewhere(pid: int) -> list[int]:
    import psutil

    try:
        return [p.pid for p in psutil.Process(pid).children(recursive=True)]
    except psutil.Error:
        return []


def memory_bytes(pids: list[int]) -> int:
    """Return what processes hold together: private and shared memory, not mapped files.

    Shared pages are divided among those that share them, so nothing is counted twice and a file
    that many processes map (the data) costs nobody.
    """
    return sum(_memory(pid) for pid in pids)


def _memory(pid: int) -> int:
    try:
        text = (PROC / str(pid) / "smaps_rollup").read_text()
    except OSError:
        return _resident(pid)
    wanted = ("Pss_Anon:", "Pss_Shmem:")
    sizes = [int(line.split()[1]) for line in text.splitlines() if line.startswith(wanted)]
    return sum(sizes) * 1024


def nameless_bytes(pids: list[int]) -> int:
    """Return the size of files in memory (``memfd_create``) that processes hold open, in bytes.

    `memory_bytes` counts of them what is mapped, so that counts twice.
    """
    found: dict[int, int] = {}
    for pid in pids:
        with contextlib.suppress(OSError):
            for descriptor in (PROC / str(pid) / "fd").iterdir():
                with contextlib.suppress(OSError):
                    if os.readlink(descriptor).startswith("/memfd:"):
                        status = os.stat(descriptor)
                        found[status.st_ino] = status.st_blocks * 512
    return sum(found.values())


class MemoryMeter:
    """The memory of a process tree, read many times a second at little cost.

    Telling what several processes share takes the kernel milliseconds for each. So `memory_bytes`
    is asked once in `MEASURE_SECONDS`, and at once where a cheap upper bound is above the limit.
    """

    def __init__(self) -> None:
        self._last = 0
        self._next = 0.0

    def read(self, pids: list[int], limit: float) -> int:
        """Return what processes hold together, in bytes; never a stale value above the limit.

        Parameters
        ----------
        pids : list of int
            The processes.
        limit : float
            Bytes above which the exact value is wanted.
        """
        bound = sum(map(_memory_bound, pids))
        if bound <= limit:
            if len(pids) == 1:  # nobody to share with: the bound is the value
                return bound
            if time.monotonic() < self._next:
                return min(self._last, bound)
        self._last = memory_bytes(pids)
        self._next = time.monotonic() + MEASURE_SECONDS
        return self._last


def _memory_bound(pid: int) -> int:
    """Return no less than `_memory`: what a process shares counts in full."""
    try:
        text = (PROC / str(pid) / "status").read_text()
    except OSError:
        return _resident(pid)
    wanted = ("RssAnon:", "RssShmem:")
    sizes = [int(line.split()[1]) for line in text.splitlines() if line.startswith(wanted)]
    return sum(sizes) * 1024


def _resident(pid: int) -> int:
    import psutil

    try:
        return int(psutil.Process(pid).memory_info().rss)
    except psutil.Error:
        return 0


def usage(pids: list[int]) -> tuple[float, int]:
    """Return the CPU seconds and the threads of processes, with the seconds of ended children."""
    ticks = n_threads = 0
    for pid in pids:
        with contextlib.suppress(OSError):
            # what follows the name, which may hold anything: state, …, see proc(5)
            fields = (PROC / str(pid) / "stat").read_text(errors="replace").rpartition(") ")[2]
            numbers = fields.split()
            ticks += sum(map(int, numbers[11:15]))
            n_threads += int(numbers[17])
    return ticks / os.sysconf("SC_CLK_TCK"), n_threads


def oom_kills() -> int:
    """Return how many processes the kernel has ended for want of memory, or 0 if it does not say.

    The count is of the whole machine, control groups included.
    """
    try:
        text = (PROC / "vmstat").read_text()
    except OSError:
        return 0
    return next((int(s.split()[1]) for s in text.splitlines() if s.startswith("oom_kill ")), 0)


def kill_all(pid: int, patience: float = 10.0, spare: Collection[int] = ()) -> bool:
    """End every descendant of `pid`, and those they start meanwhile.

    Parameters
    ----------
    pid : int
        This process, or a parent whose children are to go; it is not ended itself.
    patience : float
        Seconds after which a process that does not go (stuck in the kernel) is given up.
    spare : collection of int
        Descendants that are left alone, with what is below them.

    Returns
    -------
    bool
        Whether all are gone.
    """
    end = time.monotonic() + patience
    before: list[int] | None = None
    # A process that ends during a look may have a child that this look has missed: it was not yet
    # ours. So nothing is left only where two looks find the same, and none of it runs.
    while (found := descendants(pid, spare)) != before:
        running = [p for p in found if not _is_zombie(p)]
        for child in running:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(child, signal.SIGKILL)
        reap()
        before = None if running else found
        if time.monotonic() > end:
            return not running
        if running:
            time.sleep(0.005)
    return True


def _is_zombie(pid: int) -> bool:
    try:
        return ") Z " in (PROC / str(pid) / "stat").read_text()
    except OSError:
        return False


def reap() -> None:
    """Collect orphans that ended; the supervised child itself is waited for by its owner."""
    for child in _children(os.getpid()):
        if _is_zombie(child) and child not in OWNED:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(child, os.WNOHANG)


OWNED: set[int] = set()
"""Children whose exit status somebody waits for."""
