"""Import a submission's libraries once, and split off a runner for each of its steps.

Importing takes longer than most fits. The preloaded process (`rampflow.cell.warm`) never runs code
of a submission or of a problem, and never holds data: what it splits off knows nothing that a new
interpreter would not know.
"""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from rampflow.cell import processes, wire
from rampflow.cell.environment import step_environment
from rampflow.cell.fresh import Adopted, Process, Request, Split, start_fresh
from rampflow.sandbox import bubble
from rampflow.sandbox.arrange import FLAGS
from rampflow.sandbox.policy import Tier
from rampflow.sandbox.view import View

PATIENCE_SECONDS = 300.0
"""After this a preloaded process that does not answer is given up."""
ROOM_MB = 50.0
"""What libraries may write while they are imported."""


class WarmStart:
    """A preloaded process for the steps of one submission; a context manager.

    It is inside bubblewrap where its steps are. Where it cannot be had, or is gone, steps start as
    new interpreters, which gives the same results: `why_not` says why.

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
    reads : sequence of Path
        With bubblewrap: folders that hold all that the steps may read. It finds them read-only,
        opens none of them, and each step is left only what is its own.
    """

    def __init__(
        self,
        folder: Path,
        threads: int,
        sources: Sequence[Path],
        *,
        needs_xarray: bool,
        tier: Tier = Tier.NONE,
        reads: Sequence[Path] = (),
    ) -> None:
        self.folder, self.threads, self.tier, self.reads = folder, threads, tier, reads
        self.sources, self.needs_xarray = sources, needs_xarray
        self.why_not = ""
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> WarmStart:
        if not processes.become_reaper():
            self.why_not = "only Linux lets a process adopt what another one split off"
            return self
        asked = {
            "sources": [str(path) for path in self._copied_sources()],
            "needs_xarray": self.needs_xarray,
            "encloses": self.tier is Tier.BWRAP,
        }
        self._control, theirs = socket.socketpair()
        self._control.settimeout(PATIENCE_SECONDS)
        with theirs, (self.folder / "warm.log").open("wb") as log:
            self._process = self._open(theirs.fileno(), log.fileno())
        processes.OWNED.add(self._process.pid)
        try:
            wire.send(self._control, asked)
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

    def _copied_sources(self) -> list[Path]:
        """Copy the Python files of the sources: what else is there is none of its business."""
        copies = [self.folder / "sources" / str(number) for number in range(len(self.sources))]
        for source, copy in zip(self.sources, copies, strict=True):
            copy.mkdir(parents=True)
            for file in source.glob("*.py"):
                shutil.copyfile(file, copy / file.name)
        return copies

    def _open(self, control: int, log: int) -> subprocess.Popen[bytes]:
        command = [sys.executable, *FLAGS, "-m", "rampflow.cell.warm", str(control)]
        scratch = self.folder
        if self.tier is Tier.BWRAP:
            scratch = self.folder / "tmp"
            scratch.mkdir()  # below a folder that is shown read-only
            reads = (*self.reads, self.folder / "sources")
            view = View(tuple(filter(Path.exists, reads)), scratch, ROOM_MB, ROOM_MB)
            command = bubble.command(view, command, splits=True)
        return subprocess.Popen(
            command,
            cwd=self.folder,
            env=step_environment(scratch, self.threads),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            pass_fds=(control,),
            start_new_session=True,
        )

    @property
    def pids(self) -> frozenset[int]:
        """The preloaded process, which is no part of a step."""
        return frozenset([self._process.pid] if self._process else [])

    def start(self, request: Request) -> Process:
        """Start a runner; as a new interpreter where it cannot be split off."""
        if self._process and request.threads == self.threads:
            try:
                return self._split(request)
            except (wire.Closed, wire.Malformed, OSError, KeyError, ValueError):
                self._give_up("the preloaded process is gone")
        return start_fresh(request)

    def _split(self, request: Request) -> Process:
        arranged = request.arranged
        asked = {
            "environment": step_environment(arranged.scratch, request.threads),
            "policy": arranged.policy.to_json(),
            "view": arranged.view.to_json(),
        }
        status, theirs = socket.socketpair()
        status.settimeout(PATIENCE_SECONDS)
        status.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        with status, theirs:
            wire.send(self._control, asked)
            descriptors = [*request.sockets, request.output, theirs.fileno()]
            socket.send_fds(self._control, [b"."], descriptors)
            theirs.close()
            answer, _ = wire.receive(self._control, 0)
            if arranged.tier is Tier.BWRAP:
                return Split(status)
            return Adopted(int(answer["pid"]))

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
