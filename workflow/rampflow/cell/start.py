"""Start a runner: as a new interpreter, or split off from a process that has imported already.

Importing takes longer than most fits. A `WarmStart` imports a submission's libraries once, and
splits off a runner for each of its steps. It never runs code of a submission or of a problem, and
never holds data: what it splits off knows nothing that a new interpreter would not know.
"""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Protocol

from rampflow.cell import processes, wire
from rampflow.cell.environment import step_environment

PATIENCE_SECONDS = 60.0
"""After this a preloaded process that does not answer is given up."""
FLAGS = ("-P", "-s")
"""Neither the current folder nor the user's own packages are on the path of a runner."""


class Process(Protocol):
    """A runner's process, as `subprocess.Popen` shows one."""

    @property
    def pid(self) -> int:
        """Its identifier."""

    def poll(self) -> int | None:
        """Return the exit code, negative for a signal; None while it runs."""

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end and return the exit code."""


def start_fresh(work: Path, threads: int, sockets: Sequence[int], output: int) -> Process:
    """Start a runner as a new interpreter.

    Parameters
    ----------
    work : Path
        Its current folder.
    threads : int
        BLAS and OpenMP threads.
    sockets : sequence of int
        The descriptors that it answers on: channel and check channel.
    output : int
        The descriptor that it prints to.
    """
    return subprocess.Popen(
        [sys.executable, *FLAGS, "-m", "rampflow.cell.runner", *map(str, sockets)],
        cwd=work,
        env=step_environment(work, threads),
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        pass_fds=tuple(sockets),
        start_new_session=True,
    )


class Adopted:
    """A process that was orphaned on purpose, so that this one, its reaper, became its parent.

    Parameters
    ----------
    pid : int
        Its identifier.
    """

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._code: int | None = None
        self._asking = threading.Lock()

    def poll(self) -> int | None:
        """Return the exit code, negative for a signal; None while it runs."""
        with self._asking:  # the watch asks as well, and only one of two is told
            if self._code is None:
                pid, status = os.waitpid(self.pid, os.WNOHANG)
                if pid:
                    self._code = os.waitstatus_to_exitcode(status)
            return self._code

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end and return the exit code."""
        end = None if timeout is None else time.monotonic() + timeout
        while (code := self.poll()) is None:
            if end is not None and time.monotonic() > end:
                raise subprocess.TimeoutExpired(f"process {self.pid}", timeout or 0.0)
            time.sleep(0.002)
        return code


class WarmStart:
    """A preloaded process for the steps of one submission; a context manager.

    Where it cannot be had, or is gone, steps start as new interpreters, which gives the same
    results: `why_not` says why.

    Parameters
    ----------
    folder : Path
        A folder of its own, removed by the caller.
    threads : int
        BLAS and OpenMP threads: fixed when the libraries are loaded.
    sources : sequence of Path
        Folders of Python files whose import statements say what to import.
    needs_xarray : bool
        Whether X is an ``xarray.Dataset``.
    """

    def __init__(
        self, folder: Path, threads: int, sources: Sequence[Path], *, needs_xarray: bool
    ) -> None:
        self.folder, self.threads = folder, threads
        self.sources, self.needs_xarray = sources, needs_xarray
        self.why_not = ""
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> WarmStart:
        if not processes.become_reaper():
            self.why_not = "only Linux lets a process adopt what another one split off"
            return self
        self._control, theirs = socket.socketpair()
        self._control.settimeout(PATIENCE_SECONDS)
        with (self.folder / "warm.log").open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, *FLAGS, "-m", "rampflow.cell.warm", str(theirs.fileno())],
                cwd=self.folder,
                env=step_environment(self.folder, self.threads),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                pass_fds=(theirs.fileno(),),
                start_new_session=True,
            )
        theirs.close()
        processes.OWNED.add(self._process.pid)
        sources = [str(folder) for folder in self.sources]
        try:
            wire.send(self._control, {"sources": sources, "needs_xarray": self.needs_xarray})
            answer, _ = wire.receive(self._control, 0)
        except (wire.Closed, wire.Malformed):
            answer = {"why_not": "the preloaded process ended while it imported"}
        if why_not := answer.get("why_not"):
            self._give_up(str(why_not))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        self._give_up("it was closed")

    @property
    def pids(self) -> frozenset[int]:
        """The preloaded process, which is no part of a step."""
        return frozenset([self._process.pid] if self._process else [])

    def start(self, work: Path, threads: int, sockets: Sequence[int], output: int) -> Process:
        """Start a runner; the parameters are those of `start_fresh`."""
        if self._process and threads == self.threads:
            request = {"work": str(work), "environment": step_environment(work, threads)}
            try:
                wire.send(self._control, request)
                socket.send_fds(self._control, [b"."], [*sockets, output])
                answer, _ = wire.receive(self._control, 0)
                return Adopted(int(answer["pid"]))
            except (wire.Closed, wire.Malformed, OSError, KeyError, ValueError):
                self._give_up("the preloaded process is gone")
        return start_fresh(work, threads, sockets, output)

    def _give_up(self, why_not: str) -> None:
        if self._process is None:
            return
        self.why_not = why_not
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        self._process.wait()
        processes.OWNED.discard(self._process.pid)
        self._control.close()
        self._process = None
