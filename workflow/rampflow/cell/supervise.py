"""Run a submission's process under limits, and say truly how it ended.

The supervisor holds no labels. It starts the runner, watches time, memory and output of the whole
process tree, and ends the tree when a limit is passed and in any case before it returns.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

from rampflow.cell import processes, wire
from rampflow.cell.fresh import Adopted, Process, Request, Split, start_fresh
from rampflow.cell.limits import StepLimits
from rampflow.cell.start import WarmStart
from rampflow.cell.watch import Failed, Watch
from rampflow.errors import Fault, ProblemError
from rampflow.paths import Work
from rampflow.sandbox.arrange import Access, arrange
from rampflow.sandbox.fault import SandboxError
from rampflow.sandbox.policy import Tier

MAX_TEXT = 20_000
END_SECONDS = 3.0
"""So long a runner that has closed its channel is given to end: its exit code says how it did."""
NODE_SCRATCH = "RAMPFLOW_SCRATCH"
"""Environment variable: a folder on a disk of the node, for what steps write."""
RUNS_A_SUBMISSION = ("train", "load", "predict")
"""Requests from which on what a runner says may be a submission's word."""


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
    access : Access
        How strongly it is confined, and the files it may read. By default it is not confined.
    """

    work: Path
    limits: StepLimits
    log: Path
    warm: WarmStart | None = None
    access: Access = field(default_factory=Access)
    wall_s: float = 0.0
    ready_s: float | None = None
    armed: bool = False
    confined: dict[str, Any] = field(default_factory=dict)
    _asked: str = ""
    _is_believed: bool = True
    channel: socket.socket = field(init=False)
    check_channel: socket.socket = field(init=False)
    _process: Process = field(init=False)
    _watch: Watch = field(init=False)

    def __enter__(self) -> Supervised:
        processes.become_reaper()
        arranged = arrange(self.access, self.limits.needs, self.scratch)
        arranged.make_scratch()
        self.channel, theirs = socket.socketpair()
        self.check_channel, their_check = socket.socketpair()
        self._started = time.monotonic()
        self._oom_kills = processes.oom_kills()
        self._watch = Watch(self.limits, arranged, self.log, self._tree)
        start = self.warm.start if self.warm else start_fresh
        sockets = (theirs.fileno(), their_check.fileno())
        with self.log.open("wb") as output:
            request = Request(arranged, self.limits.threads, sockets, output.fileno())
            self._process = start(request)
        processes.OWNED.add(self._process.pid)
        theirs.close()
        their_check.close()
        self._watch.start(lambda: self._process.poll() is not None, self._end_tree)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        if kind is not None and issubclass(kind, wire.Closed):
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(timeout=END_SECONDS)
        code = self._process.poll()
        self._watch.stop()
        self._end_tree()
        self._process.wait()
        processes.OWNED.discard(self._process.pid)
        if isinstance(self._process, Split):
            self._process.close()
        self.wall_s = time.monotonic() - self._started
        self.channel.close()
        self.check_channel.close()
        shutil.rmtree(self.scratch, ignore_errors=True)
        if kind is None or issubclass(kind, wire.Closed | wire.Malformed | Failed):
            self._judge(code, error)

    @property
    def scratch(self) -> Path:
        """What the step may write: in memory, or on a disk of the node where one is named."""
        node = os.environ.get(NODE_SCRATCH)
        if node and self.access.tier is not Tier.BWRAP:
            return Work(self.work).scratch_below(Path(node))
        return Work(self.work).scratch

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
        self._asked = str(header["request"])
        self._is_believed &= self._asked not in RUNS_A_SUBMISSION
        wire.send(channel, header, arrays or [])
        answer, values = wire.receive(channel, expect_bytes)
        if "error" in answer:
            error = answer["error"]
            if not isinstance(error, dict):
                raise wire.Malformed("an error without words")
            reason, traceback = _line(error.get("reason")), _text(error.get("traceback"))
            whose = answer.get("whose") if self._is_believed else "submission"
            if whose == "machine":
                raise Fault(reason, where=f"{header['request']} in the runner")
            if whose == "problem":
                raise ProblemError(
                    f"problem.py fails in a step: {reason}\n{traceback}",
                    do="a step has the code of the problem and the files beside it, not data/",
                )
            status = "memory" if error.get("status") == "memory" else "error"
            raise Failed(status, reason, traceback)
        return answer, values

    def wait_until_armed(self) -> None:
        """Wait for the runner's word that it is about to touch the submission."""
        answer, _ = wire.receive(self.channel, 0)
        self.armed = bool(answer.get("armed"))
        self._watch.begin()
        self.confined = dict(answer.get("confined") or {})
        tier = self.confined.get("tier")
        if tier != self.access.tier:
            raise SandboxError(f"the runner is confined by {tier}, not by {self.access.tier}")
        self._watch.folders.find(self._tree())

    def _judge(self, code: int | None, error: BaseException | None) -> None:
        """Raise what a process that ended by itself, or was ended, amounts to.

        `code` is None where it was still running when it was ended here.
        """
        if fault := self._watch.fault:
            raise Fault(f"watching the limits failed: {fault!r}") from fault
        if verdict := self._watch.verdict:
            raise verdict from None
        if isinstance(error, Failed):
            return
        if not self.armed:
            raise SandboxError(
                f"the runner did not start (exit code {code}):\n{tail(self.log, 20)}",
                where=str(self.log),
            ) from None
        if code is not None and getattr(self._process, "is_told", True) is False:
            raise SandboxError("the sandbox of a step ended from outside") from None
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
        status = "no_predictions" if (self._asked, code) == ("predict", 0) else "error"
        raise Failed(status, reason, tail(self.log, 20)) from None

    def is_ready(self) -> None:
        """Note the wall seconds until the runner had loaded what it needs."""
        self.ready_s = time.monotonic() - self._started

    @property
    def peak_memory(self) -> int:
        """The most memory that all processes held together, in bytes."""
        return self._watch.peak_memory

    @property
    def started_as(self) -> str:
        """How the process was started: ``warm`` (split off) or ``fresh`` (a new interpreter)."""
        if isinstance(self._process, Adopted | Split):
            return "warm"
        return f"fresh: {self.warm.why_not}" if self.warm else "fresh"

    @property
    def _spared(self) -> frozenset[int]:
        """What lies below this process and is no part of the step."""
        return self.warm.pids if self.warm else frozenset()

    def _end_tree(self) -> None:
        if isinstance(self._process, Split):
            self._process.end()
        processes.kill_all(os.getpid(), spare=self._spared)

    def _tree(self) -> list[int]:
        if isinstance(self._process, Split):
            return [self._process.pid, *processes.descendants(self._process.pid)]
        # what detached itself hangs below this process, its reaper
        return processes.descendants(os.getpid(), spare=self._spared)


def seconds_of(answer: dict[str, Any]) -> float:
    """Return the seconds that an answer states.

    Raises
    ------
    Malformed
        If they are not a number of seconds.
    """
    seconds = answer.get("seconds")
    if not isinstance(seconds, int | float) or seconds is True or not 0 <= seconds < 1e9:
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
