"""The preloaded process: it imports libraries once, and splits off a runner per step.

Started by `rampflow.cell.start.WarmStart` as ``python -m rampflow.cell.warm CONTROL``, an inherited
socket. It imports what the sources' import statements name, answers whether it may be split, and
then splits off a `rampflow.cell.runner` for every request, until the socket is closed.

It computes nothing: a parallel region of OpenMP before a split hangs the next one after it. And it
opens no file but the sources: a request brings the sockets and the log of the step as descriptors.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import random
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

import numpy as np

from rampflow.cell import wire
from rampflow.cell.processes import end_with_parent
from rampflow.cell.runner import preload, serve_sockets
from rampflow.sandbox.confine import confine
from rampflow.sandbox.first import split_from_first
from rampflow.sandbox.namespace import enter, isolate
from rampflow.sandbox.policy import Policy, Tier
from rampflow.sandbox.view import View

STAGE = Path.cwd()
"""The folder where views are built: the one that this process may write."""
CANNOT_SPLIT = ("torch", "tensorflow", "jax", "cupy", "mxnet", "paddle")
"""Libraries that start threads or hold a device, and do not work on in a process split off."""


def why_not(encloses: bool) -> str:
    """Say why this process may not be split, or return nothing.

    Parameters
    ----------
    encloses : bool
        Whether what is split off must get namespaces of its own.
    """
    if found := [name for name in CANNOT_SPLIT if name in sys.modules]:
        return f"{found[0]} does not work on in a process that was split off"
    if threading.active_count() > 1:
        return "a library has started a thread of Python when it was imported"
    if encloses and not _can_enclose():
        return "this machine does not let a process inside bubblewrap make further namespaces"
    return ""


def _can_enclose() -> bool:
    """Return whether a view can be entered here, by one who tries."""
    child = os.fork()
    if child == 0:
        code = 1
        with contextlib.suppress(OSError):
            isolate()
            if (inner := os.fork()) == 0:
                enter(View((), STAGE, 1.0, 1.0), STAGE)
                os._exit(0)
            code = os.waitstatus_to_exitcode(os.waitpid(inner, 0)[1])
        os._exit(code)
    return os.waitpid(child, 0)[1] == 0


class Asked(NamedTuple):
    """A request: what the runner that is split off gets."""

    environment: dict[str, str]
    policy: Policy
    view: View
    sockets: tuple[int, int]
    output: int
    status: int

    @classmethod
    def receive(cls, control: socket.socket) -> Asked:
        """Receive one.

        Raises
        ------
        Closed
            If there will be none.
        """
        header, _ = wire.receive(control)
        _, descriptors, _, _ = socket.recv_fds(control, 1, 4)
        channel, check, output, status = descriptors
        policy, view = Policy.from_json(header["policy"]), View.from_json(header["view"])
        return cls(header["environment"], policy, view, (channel, check), output, status)

    def close(self) -> None:
        """Close the descriptors."""
        for descriptor in (*self.sockets, self.output, self.status):
            os.close(descriptor)


def split_off(control: socket.socket, asked: Asked) -> int:
    """Start a runner as an orphan, so that the supervisor becomes its parent.

    Returns
    -------
    int
        Its process identifier.
    """
    reading, writing = os.pipe()
    middle = os.fork()
    if middle == 0:
        middle = os.getpid()
        runner = os.fork()
        if runner == 0:
            control.close()
            os.close(reading)
            os.close(writing)
            while os.getppid() == middle:  # until then, to end with the parent is to end at once
                time.sleep(0.0005)
            os.setsid()
            _become_runner(asked)
        os.write(writing, runner.to_bytes(8, "little"))
        os._exit(0)
    os.waitpid(middle, 0)
    os.close(writing)
    pid = int.from_bytes(os.read(reading, 8), "little")
    os.close(reading)
    return pid


def split_off_enclosed(control: socket.socket, asked: Asked) -> None:
    """Start a runner behind the first process of namespaces of its own."""
    middle = os.fork()
    if middle == 0:
        control.close()
        with _words_and_exit(asked.output):
            isolate()
            if os.fork() == 0:
                os.setsid()
                os.write(asked.status, b".")  # tells the supervisor who this is
                enter(asked.view, STAGE)
                split_from_first(asked.status)
                _become_runner(asked)
        os._exit(0)
    os.waitpid(middle, 0)


@contextlib.contextmanager
def _words_and_exit(output: int) -> Iterator[None]:
    """Print an error to a descriptor and end this process."""
    try:
        yield
    except BaseException as error:
        os.write(output, f"a step could not be enclosed: {error!r}\n".encode())
        os._exit(1)


def _become_runner(asked: Asked) -> NoReturn:
    """Be what `python -m rampflow.cell.runner` would be."""
    try:
        os.chdir(asked.view.scratch)
        os.environ.clear()
        os.environ.update(asked.environment)
        tempfile.tempdir = None
        for standard in (1, 2):
            os.dup2(asked.output, standard)
        os.close(asked.output)
        random.seed()
        np.random.seed()
        confine(asked.policy, asked.sockets)
        end_with_parent()  # after it: whoever becomes another user forgets it
        serve_sockets(*asked.sockets)
        sys.stdout.flush()
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    except BaseException:
        sys.excepthook(*sys.exc_info())
        code = 1
    with contextlib.suppress(Exception):
        sys.stderr.flush()
    os._exit(code)


def main(arguments: list[str]) -> None:
    """Serve the supervisor that passed the socket named in `arguments`."""
    end_with_parent()
    control = socket.socket(fileno=int(arguments[0]))
    with contextlib.suppress(wire.Closed):
        header, _ = wire.receive(control)
        for folder in header["sources"]:
            preload(Path(folder))
        if header["needs_xarray"]:
            importlib.import_module("xarray")
        gc.collect()
        gc.freeze()  # what is shared with those split off is not touched by their collections
        wire.send(control, {"why_not": why_not(header["encloses"])})
        while True:
            asked = Asked.receive(control)
            answer: dict[str, Any] = {}
            if asked.policy.tier is Tier.BWRAP:
                split_off_enclosed(control, asked)
            else:
                answer["pid"] = split_off(control, asked)
            asked.close()
            wire.send(control, answer)


if __name__ == "__main__":
    main(sys.argv[1:])
