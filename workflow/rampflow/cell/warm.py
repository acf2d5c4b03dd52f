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
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from rampflow.cell import wire
from rampflow.cell.processes import end_with_parent
from rampflow.cell.runner import preload, serve_sockets
from rampflow.sandbox.confine import confine
from rampflow.sandbox.policy import Policy

CANNOT_SPLIT = ("torch", "tensorflow", "jax", "cupy", "mxnet", "paddle")
"""Libraries that start threads or hold a device, and do not work on in a process split off."""


def why_not() -> str:
    """Say why this process may not be split, or return nothing."""
    if found := [name for name in CANNOT_SPLIT if name in sys.modules]:
        return f"{found[0]} does not work on in a process that was split off"
    if threading.active_count() > 1:
        return "a library has started a thread of Python when it was imported"
    return ""


def split_off(control: socket.socket, work: str, environment: dict[str, str], policy: str) -> int:
    """Start a runner as an orphan, so that the supervisor becomes its parent.

    Returns
    -------
    int
        Its process identifier.
    """
    _, descriptors, _, _ = socket.recv_fds(control, 1, 3)
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
            _become_runner(work, environment, policy, descriptors)
        os.write(writing, runner.to_bytes(8, "little"))
        os._exit(0)
    os.waitpid(middle, 0)
    os.close(writing)
    pid = int.from_bytes(os.read(reading, 8), "little")
    for descriptor in (reading, *descriptors):
        os.close(descriptor)
    return pid


def _become_runner(
    work: str, environment: dict[str, str], policy: str, descriptors: list[int]
) -> NoReturn:
    """Be what `python -m rampflow.cell.runner` would be."""
    channel, check, output = descriptors
    try:
        os.setsid()
        os.chdir(work)
        os.environ.clear()
        os.environ.update(environment)
        tempfile.tempdir = None
        for standard in (1, 2):
            os.dup2(output, standard)
        os.close(output)
        random.seed()
        np.random.seed()
        confine(Policy.from_json(policy), (channel, check))
        end_with_parent()  # after it: whoever becomes another user forgets it
        serve_sockets(channel, check)
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
        wire.send(control, {"why_not": why_not()})
        while True:
            request, _ = wire.receive(control)
            answer: dict[str, Any] = {"pid": split_off(control, **request)}
            wire.send(control, answer)


if __name__ == "__main__":
    main(sys.argv[1:])
