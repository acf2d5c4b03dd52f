"""Run a submission's process under limits, and say truly how it ended.

The supervisor holds no labels. It starts the runner, watches time, memory and output of the whole
process tree, and ends the tree when a limit is passed and in any case before it returns.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

from rampflow.cell import processes, wire
from rampflow.cell.start import Adopted, Process, WarmStart, start_fresh
from rampflow.errors import Fault, ProblemError

POLL_SECONDS = 0.05
MAX_OUTPUT_BYTES = 20_000_000
MAX_TEXT = 20_000


class Failed(Exception):
    """The submission failed: a result.

    Parameters
    ----------
    status : str
        ``error``, ``signal``, ``timeout``, ``memory``, ``output`` or ``bad_predictions``.
    reason : str
        One line for the board.
    traceback : str
        The team's own frames.
    """

    def __init__(self, status: str, reason: str, traceback: str = "") -> None:
        self.status, self.reason, self.traceback = status, reason, traceback
        super().__init__(reason)


@dataclass(frozen=True)
class StepLimits:
    """What a step may take.

    Parameters
    ----------
    time_s : float
        Wall seconds.
    memory_mb : float
        Memory of the whole process tree, in MB (10⁶ bytes).
    threads : int
        BLAS and OpenMP threads.
    """

    time_s: float
    memory_mb: float
    threads: int


@dataclass
class Supervised:
    """A runner under supervision; a context manager that leaves no process behind.

    Parameters
    ----------
    work : Path
        The working folder of the cell, the runner's current folder.
    limits : StepLimits
        What it may take.
    log : Path
        Where its output goes.
    warm : WarmStart, optional
        Where it is split off; without one it is a new interpreter.
    """

    work: Path
    limits: StepLimits
    log: Path
    warm: WarmStart | None = None
    peak_memory: int = 0
    wall_s: float = 0.0
    ready_s: float | None = None
    verdict: Failed | None = None
    fault: Exception | None = None
    armed: bool = False
    channel: socket.socket = field(init=False)
    check_channel: socket.socket = field(init=False)
    _process: Process = field(init=False)
    _watch: threading.Thread = field(init=False)
    _over: threading.Event = field(default_factory=threading.Event)
    _meter: processes.MemoryMeter = field(default_factory=processes.MemoryMeter)

    def __enter__(self) -> Supervised:
        processes.become_reaper()
        self.channel, theirs = socket.socketpair()
        self.check_channel, their_check = socket.socketpair()
        self._started = time.monotonic()
        self._oom_kills = processes.oom_kills()
        start = self.warm.start if self.warm else start_fresh
        sockets = (theirs.fileno(), their_check.fileno())
        with self.log.open("wb") as output:
            self._process = start(self.work, self.limits.threads, sockets, output.fileno())
        processes.OWNED.add(self._process.pid)
        theirs.close()
        their_check.close()
        self._watch = threading.Thread(target=self._watch_limits, daemon=True)
        self._watch.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        if kind is not None and issubclass(kind, wire.Closed):
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(timeout=1.0)
        code = self._process.poll()
        self._over.set()
        self._watch.join()
        self._end_tree()
        self._process.wait()
        processes.OWNED.discard(self._process.pid)
        self.wall_s = time.monotonic() - self._started
        self.channel.close()
        self.check_channel.close()
        if kind is None or issubclass(kind, wire.Closed | wire.Malformed | Failed):
            self._judge(code, error)

    def ask(
        self,
        header: dict[str, Any],
        arrays: list[Any] | None = None,
        *,
        expect_bytes: int = 0,
        check: bool = False,
    ) -> tuple[dict[str, Any], list[Any]]:
        """Send one request and return the answer.

        Parameters
        ----------
        header : dict
            The request.
        arrays : list of array, optional
            What goes with it.
        expect_bytes : int
            Most bytes of arrays in the answer.
        check : bool
            Ask the sibling that was never shown what the runner was shown.

        Raises
        ------
        Failed
            If the submission raised.
        ProblemError
            If the problem's code did, before the submission's ran.
        Fault
            If neither's code was running.
        """
        channel = self.check_channel if check else self.channel
        wire.send(channel, header, arrays or [])
        answer, values = wire.receive(channel, expect_bytes)
        if "error" in answer:
            error = answer["error"]
            if not isinstance(error, dict):
                raise wire.Malformed("an error without words")
            reason, traceback = _line(error.get("reason")), _text(error.get("traceback"))
            if answer.get("whose") == "machine":
                raise Fault(reason, where=f"{header['request']} in the runner")
            if answer.get("whose") == "problem":
                raise ProblemError(
                    f"problem.py fails in a step: {reason}\n{traceback}",
                    do="a step has the code of the problem and the files beside it, not data/",
                )
            raise Failed("error", reason, traceback)
        return answer, values

    def wait_until_armed(self) -> None:
        """Wait for the runner's word that it is about to touch the submission."""
        answer, _ = wire.receive(self.channel, 0)
        self.armed = bool(answer.get("armed"))

    def _judge(self, code: int | None, error: BaseException | None) -> None:
        """Raise what a process that ended by itself, or was ended, amounts to.

        `code` is None where it was still running when it was ended here.
        """
        if self.fault:
            raise Fault(f"watching the limits failed: {self.fault!r}") from self.fault
        if self.verdict:
            raise self.verdict from None
        if isinstance(error, Failed):
            return
        if not self.armed:
            raise Fault(
                f"the runner did not start (exit code {code}):\n{tail(self.log, 20)}",
                where=str(self.log),
            ) from None
        if isinstance(error, wire.Malformed):
            raise Failed("bad_predictions", f"the answer is not readable: {error}") from None
        if error is None:
            return
        if code is None:
            raise Failed("error", "closed its channel before it answered") from None
        if code == -signal.SIGKILL and processes.oom_kills() > self._oom_kills:
            raise Fault("the machine ran out of memory and ended a process") from None
        if code < 0:
            name = signal.Signals(-code).name
            raise Failed("signal", f"ended by {name}", tail(self.log, 20)) from None
        reason = f"ended with exit code {code} before it answered"
        raise Failed("error", reason, tail(self.log, 20)) from None

    def _watch_limits(self) -> None:
        while not self._over.wait(POLL_SECONDS):
            if self._process.poll() is not None:
                # what it left behind may hold its end of the channel open
                self._end_tree()
                return
            try:
                self._look()
            except Exception as error:  # nobody would hear of it in a thread
                self.fault = error
            if self.verdict or self.fault:
                self._end_tree()
                return

    def is_ready(self) -> None:
        """Note the wall seconds until the runner had loaded what it needs."""
        self.ready_s = time.monotonic() - self._started

    @property
    def started_as(self) -> str:
        """How the process was started: ``warm`` (split off) or ``fresh`` (a new interpreter)."""
        if isinstance(self._process, Adopted):
            return "warm"
        return f"fresh: {self.warm.why_not}" if self.warm else "fresh"

    @property
    def _spared(self) -> frozenset[int]:
        """What lies below this process and is no part of the step."""
        return self.warm.pids if self.warm else frozenset()

    def _end_tree(self) -> None:
        processes.kill_all(os.getpid(), spare=self._spared)

    def _look(self) -> None:
        # what detached itself hangs below this process, its reaper
        tree = processes.descendants(os.getpid(), spare=self._spared)
        used = self._meter.read(tree, self.limits.memory_mb * 1e6)
        self.peak_memory = max(self.peak_memory, used)
        if used > self.limits.memory_mb * 1e6:
            limit = f"{self.limits.memory_mb:g} MB"
            self.verdict = Failed("memory", f"used more memory than its limit of {limit}")
        elif time.monotonic() - self._started > self.limits.time_s:
            self.verdict = Failed(
                "timeout", f"took longer than its limit of {self.limits.time_s:g} s"
            )
        elif self.log.stat().st_size > MAX_OUTPUT_BYTES:
            limit = f"{MAX_OUTPUT_BYTES / 1e6:g} MB"
            self.verdict = Failed("output", f"printed more than the limit of {limit}")


def seconds_of(answer: dict[str, Any]) -> float:
    """Return the seconds that an answer states.

    Raises
    ------
    Malformed
        If they are not a number of seconds.
    """
    seconds = answer.get("seconds")
    if not isinstance(seconds, int | float) or not 0 <= seconds < 1e9:
        raise wire.Malformed(f"an answer that took {str(seconds)[:40]} seconds")
    return float(seconds)


def tail(log: Path, n_lines: int) -> str:
    """Return the last lines of a log, whatever bytes it holds."""
    if not log.exists():
        return ""
    with log.open("rb") as stream:
        stream.seek(max(0, log.stat().st_size - MAX_TEXT))
        lines = stream.read().decode("utf-8", "replace").splitlines()
    return "\n".join(lines[-n_lines:])


def _text(value: object) -> str:
    """Return text that any file can hold: half characters (surrogates) are replaced."""
    text = value[-MAX_TEXT:] if isinstance(value, str) else ""
    return text.encode("utf-8", "replace").decode("utf-8")


def _line(value: object) -> str:
    return " ".join(_text(value).split())[:500] or "raised an exception"
