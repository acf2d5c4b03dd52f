"""Watch the process tree of a step: its verdict when a limit is passed."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

from rampflow.cell import processes
from rampflow.cell.limits import StepLimits
from rampflow.sandbox.arrange import Arranged
from rampflow.sandbox.fault import SandboxError
from rampflow.sandbox.policy import Tier
from rampflow.sandbox.view import SHARED_MEMORY

POLL_SECONDS = 0.05
START_SECONDS = 300.0
"""After this a runner that does not say that it is confined is given up: the machine's fault."""
DISK_SECONDS = 0.5
"""Counting the files of a folder on disk costs more than a look at processes."""
MB = 10**6


class Failed(Exception):
    """The submission failed: a result.

    Parameters
    ----------
    status : str
        ``error``, ``signal``, ``timeout``, ``memory``, ``disk``, ``output``, ``processes``,
        ``no_predictions`` or ``bad_predictions``.
    reason : str
        One line for the board.
    traceback : str
        The team's own frames.
    """

    def __init__(self, status: str, reason: str, traceback: str = "") -> None:
        self.status, self.reason, self.traceback = status, reason, traceback
        super().__init__(reason)


class Watch:
    """Looks at a process tree until a limit is passed or it is told to stop.

    Parameters
    ----------
    limits : StepLimits
        What it may take.
    arranged : Arranged
        Where it may write.
    log : Path
        Where its output goes.
    tree : callable
        Returns its processes, parents first.
    """

    def __init__(
        self, limits: StepLimits, arranged: Arranged, log: Path, tree: Callable[[], list[int]]
    ) -> None:
        self.limits, self.log, self.tree = limits, log, tree
        self.folders = Folders(arranged)
        self._has_devices = bool(arranged.policy.devices)
        self.peak_memory = 0
        self.cpu_s = 0.0
        self.verdict: Failed | None = None
        self.fault: Exception | None = None
        self._started = time.monotonic()
        self._is_armed = False
        self._meter = processes.MemoryMeter()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self, has_ended: Callable[[], bool], end: Callable[[], None]) -> None:
        """Begin to watch.

        Parameters
        ----------
        has_ended : callable
            Whether the runner is gone.
        end : callable
            Ends the tree: called when the runner is gone (what it left behind may hold its end of
            the channel open), and when a limit is passed.
        """
        self._has_ended, self._end = has_ended, end
        self._thread.start()

    def begin(self) -> None:
        """Count the time from now on: until here it was ours, not the submission's."""
        self._started, self._is_armed = time.monotonic(), True

    def stop(self) -> None:
        """Watch no longer; the folders are looked at a last time."""
        self._over.set()
        self._thread.join()
        with contextlib.suppress(OSError):
            self.verdict = self.verdict or self._on_disk(self.folders.used())
        self.folders.close()

    def _run(self) -> None:
        while not self._over.wait(POLL_SECONDS):
            if self._has_ended():
                self._end()
                return
            try:
                self.verdict = self._look()
            except Exception as error:  # nobody would hear of it in a thread
                self.fault = error
            if self.verdict or self.fault:
                self._end()
                return

    def _look(self) -> Failed | None:
        limits, tree = self.limits, self.tree()
        self.folders.find(tree)
        used = self._meter.read(tree, limits.memory_mb * MB)
        if self._has_devices:  # only such a step may make files that have no name
            used += processes.nameless_bytes(tree)
        self.peak_memory = max(self.peak_memory, used)
        self.cpu_s, n_threads = processes.usage(tree)
        if used > limits.memory_mb * MB:
            return _too_much_memory(limits)
        spent = time.monotonic() - self._started
        if not self._is_armed and spent > START_SECONDS:
            raise SandboxError(f"a runner was not confined within {START_SECONDS:g} s")
        if self._is_armed and spent > limits.time_s:
            return Failed("timeout", f"took longer than its limit of {limits.time_s:g} s")
        if limits.cpu_s is not None and self.cpu_s > limits.cpu_s:
            return Failed("timeout", f"used more CPU time than its limit of {limits.cpu_s:g} s")
        if n_threads > limits.processes:
            allowed = f"{limits.processes} processes and threads"
            return Failed("processes", f"started more than its limit of {allowed}")
        if self.log.stat().st_size > limits.output_mb * MB:
            return Failed("output", f"printed more than the limit of {limits.output_mb:g} MB")
        return self._on_disk(self.folders.used_lately())

    def _on_disk(self, used: tuple[int, int]) -> Failed | None:
        written, shared = used
        if written > self.limits.disk_mb * MB:
            limit = f"{self.limits.disk_mb:g} MB"
            return Failed("disk", f"wrote more temporary files than its limit of {limit}")
        if shared > self.limits.memory_mb * MB:
            return _too_much_memory(self.limits)
        return None


def _too_much_memory(limits: StepLimits) -> Failed:
    return Failed("memory", f"used more memory than its limit of {limits.memory_mb:g} MB")


class Folders:
    """How full the folders are that a step may write.

    Where they are in memory they are gone with the step. So they are held open from the first look
    on, and can be asked when it has ended.

    Parameters
    ----------
    arranged : Arranged
        Which they are.
    """

    def __init__(self, arranged: Arranged) -> None:
        self._arranged = arranged
        self._open: dict[Path, int] = {}
        self._next = 0.0
        self._last = (0, 0)
        self._finding = threading.Lock()

    def find(self, tree: list[int]) -> None:
        """Look for the folders of a step that has its own, in one of its processes."""
        with self._finding:  # the supervisor looks once when the runner is armed, the watch always
            if self._arranged.tier is Tier.BWRAP and not self._open:
                self._find(tree)

    def _find(self, tree: list[int]) -> None:
        wanted = self._arranged.view.in_memory
        for pid in reversed(tree):
            for folder in wanted:
                with contextlib.suppress(OSError):
                    inside = os.open(f"/proc/{pid}/root{folder}", os.O_PATH | os.O_DIRECTORY)
                    self._open[folder] = inside
            if len(self._open) == len(wanted) and self._are_new():
                return
            self.close()

    def _are_new(self) -> bool:
        """Return whether they have the sizes that were asked for: the machine's own have others."""
        return all(
            abs(_size(self._open[folder]) - size) <= 2**16
            for folder, size in self._arranged.view.in_memory.items()
        )

    def used_lately(self) -> tuple[int, int]:
        """Return what `used` returns, which may be a little old."""
        if time.monotonic() >= self._next:
            self._last = self.used()
            self._next = time.monotonic() + (0.0 if self._open else DISK_SECONDS)
        return self._last

    def used(self) -> tuple[int, int]:
        """Return the bytes that were written: temporary files, and shared memory."""
        if self._open:
            sizes = {folder: _used(descriptor) for folder, descriptor in self._open.items()}
            shared = sizes.pop(SHARED_MEMORY)
            return sum(sizes.values()), shared
        if self._arranged.tier is Tier.BWRAP:
            return 0, 0
        return _used_below(self._arranged.scratch), 0

    def close(self) -> None:
        """Let go of the folders."""
        for descriptor in self._open.values():
            os.close(descriptor)
        self._open.clear()


def _size(descriptor: int) -> int:
    found = os.fstatvfs(descriptor)
    return found.f_blocks * found.f_frsize


def _used(descriptor: int) -> int:
    found = os.fstatvfs(descriptor)
    return (found.f_blocks - found.f_bfree) * found.f_frsize


def _used_below(folder: Path) -> int:
    """Return the bytes of all files below a folder, on disk: a file with holes is smaller."""
    total = 0
    for parent, _, files in os.walk(folder):
        for name in files:
            with contextlib.suppress(OSError):
                total += os.lstat(os.path.join(parent, name)).st_blocks * 512
    return total
