"""Import a submission's libraries once, and split off a runner for each of its steps.

Importing takes longer than most fits. The preloaded process (`rampflow.cell.warm`) never runs code
of a submission or of a problem, and never holds data: what it splits off knows nothing that a new
interpreter would not know.
"""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from rampflow.cell import processes, wire
from rampflow.cell.environment import step_environment
from rampflow.cell.fresh import Adopted, Process, Request, start_fresh
from rampflow.sandbox.arrange import FLAGS
from rampflow.sandbox.policy import Tier

PATIENCE_SECONDS = 60.0
"""After this a preloaded process that does not answer is given up."""


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
    tier : Tier
        How the steps are confined.
    """

    def __init__(
        self,
        folder: Path,
        threads: int,
        sources: Sequence[Path],
        *,
        needs_xarray: bool,
        tier: Tier = Tier.NONE,
    ) -> None:
        self.folder, self.threads, self.tier = folder, threads, tier
        self.sources, self.needs_xarray = sources, needs_xarray
        self.why_not = ""
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> WarmStart:
        if self.tier is Tier.BWRAP:
            self.why_not = "not yet under bwrap"
            return self
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

    def start(self, request: Request) -> Process:
        """Start a runner; as a new interpreter where it cannot be split off."""
        if self._process and request.threads == self.threads:
            arranged = request.arranged
            asked = {
                "work": str(arranged.scratch),
                "environment": step_environment(arranged.scratch, request.threads),
                "policy": arranged.policy.to_json(),
            }
            try:
                wire.send(self._control, asked)
                socket.send_fds(self._control, [b"."], [*request.sockets, request.output])
                answer, _ = wire.receive(self._control, 0)
                return Adopted(int(answer["pid"]))
            except (wire.Closed, wire.Malformed, OSError, KeyError, ValueError):
                self._give_up("the preloaded process is gone")
        return start_fresh(request)

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
