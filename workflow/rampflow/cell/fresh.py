"""Start a runner as a new interpreter, confined before anything of a submission is read.

`rampflow.cell.start` splits it off from a process that has imported already, where that is as
safe.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import struct
import subprocess
import threading
import time
from collections.abc import Sequence
from typing import NamedTuple, Protocol

from rampflow.cell.environment import step_environment
from rampflow.sandbox.arrange import Arranged
from rampflow.sandbox.first import read_status
from rampflow.sandbox.policy import Tier

PATIENCE_SECONDS = 10.0
"""After this a process that does not go (stuck in the kernel) is given up."""
_CREDENTIALS = struct.Struct("3i")


class Process(Protocol):
    """A runner's process, as `subprocess.Popen` shows one."""

    @property
    def pid(self) -> int:
        """Its identifier: the outermost one that belongs to the step alone."""

    def poll(self) -> int | None:
        """Return the exit code, negative for a signal; None while it runs."""

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end and return the exit code."""


class Request(NamedTuple):
    """What a runner is started with.

    Parameters
    ----------
    arranged : Arranged
        How it is confined.
    threads : int
        BLAS and OpenMP threads.
    sockets : sequence of int
        The descriptors that it answers on: channel and check channel.
    output : int
        The descriptor that it prints to.
    """

    arranged: Arranged
    threads: int
    sockets: Sequence[int]
    output: int


def start_fresh(request: Request) -> Process:
    """Start a runner as a new interpreter."""
    arranged, sockets = request.arranged, request.sockets
    reading, writing = os.pipe()
    words = [str(number) for number in sockets]
    command, inherited = arranged.command("rampflow.cell.runner", words, sockets, writing)
    try:
        process = subprocess.Popen(
            command,
            cwd=arranged.starts_in,
            env=step_environment(arranged.scratch, request.threads, arranged.variables),
            stdin=subprocess.DEVNULL,
            stdout=request.output,
            stderr=subprocess.STDOUT,
            pass_fds=inherited,
            start_new_session=True,
        )
    except BaseException:
        os.close(reading)
        raise
    finally:
        os.close(writing)
        for descriptor in set(inherited) - {*sockets, writing}:
            os.close(descriptor)
    if arranged.tier is Tier.BWRAP:
        return Enclosed(process, reading)
    os.close(reading)
    return process


class Enclosed:
    """A runner whose end is told by the first process of its own namespace of processes.

    Parameters
    ----------
    process : Popen
        What was started: it ends when all inside have.
    status : int
        Where the exit code of the runner is read.
    """

    def __init__(self, process: subprocess.Popen[bytes], status: int) -> None:
        self._process, self._told = process, Told(status)

    @property
    def pid(self) -> int:
        """The identifier of bubblewrap, whose descendants all processes inside are."""
        return self._process.pid

    @property
    def is_told(self) -> bool:
        """Whether the runner's end is known; where it is not, its sandbox broke down."""
        return self._told.code is not None

    def poll(self) -> int | None:
        """Return the exit code of the runner once all inside have ended."""
        code = self._process.poll()
        return code if code is None else self._told.or_else(code)

    def wait(self, timeout: float | None = None) -> int:
        """Wait until all inside have ended and return the exit code of the runner."""
        return self._told.or_else(self._process.wait(timeout))


class Told:
    """The exit code that a first process told; read once, after its end.

    Parameters
    ----------
    status : int
        Where it is read; closed then.
    """

    def __init__(self, status: int) -> None:
        self.code: int | None = None
        self._status = status
        self._asking = threading.Lock()

    def or_else(self, otherwise: int = -signal.SIGKILL) -> int:
        """Return the exit code, or another one where none was told."""
        with self._asking:  # the watch asks as well
            if self._status >= 0:
                os.set_blocking(self._status, False)
                try:
                    self.code = read_status(self._status)
                except BlockingIOError:  # somebody else still holds the other end
                    self.code = None
                os.close(self._status)
                self._status = -1
            return otherwise if self.code is None else self.code


class Split:
    """A runner that was split off inside bubblewrap, in namespaces of its own.

    Parameters
    ----------
    status : socket
        At its other end the first process of the step speaks: a word, by which the kernel tells
        its identifier, and at the end the exit code of the runner.

    Raises
    ------
    OSError
        If it does not speak, or is gone.
    """

    def __init__(self, status: socket.socket) -> None:
        _, more, _, _ = status.recvmsg(1, socket.CMSG_SPACE(_CREDENTIALS.size))
        found = [_CREDENTIALS.unpack(c)[0] for _, kind, c in more if kind == socket.SCM_CREDENTIALS]
        if not found or not found[0]:
            raise ProcessLookupError("the first process of a step said nothing")
        self.pid: int = found[0]
        self._handle = os.pidfd_open(self.pid)
        self._told = Told(status.detach())

    @property
    def is_told(self) -> bool:
        """Whether the runner's end is known; where it is not, its sandbox broke down."""
        return self._told.code is not None

    def poll(self) -> int | None:
        """Return the exit code of the runner once all of its processes have ended."""
        return self._told.or_else() if self._has_ended(0.0) else None

    def wait(self, timeout: float | None = None) -> int:
        """Wait until all of its processes have ended and return the exit code of the runner."""
        if not self._has_ended(timeout):
            raise subprocess.TimeoutExpired(f"process {self.pid}", timeout or 0.0)
        return self._told.or_else()

    def end(self) -> None:
        """End all of its processes: with the first one the kernel ends the others."""
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._handle, signal.SIGKILL)
        self._has_ended(PATIENCE_SECONDS)

    def close(self) -> None:
        """Let go of it."""
        os.close(self._handle)

    def _has_ended(self, timeout: float | None) -> bool:
        return bool(select.select([self._handle], [], [], timeout)[0])


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
