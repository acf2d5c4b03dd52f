"""Try to get out, from inside: what `rampflow.sandbox.probe` runs, confined.

``python -m rampflow.sandbox.breakout FOLDER SECRET PORT PARENT``: FOLDER may be written, SECRET may
not be read, PORT is listened on, PARENT is a process that must be left alone. It prints what it
found as JSON. The whole suite is in ``tests/attacks``; these few tell whether the machine keeps its
word.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import sys
from collections.abc import Callable
from pathlib import Path


def attempts(secret: Path, port: int, parent: int) -> dict[str, Callable[[], object]]:
    """Return what must fail, by what it would mean if it did not."""
    return {
        "read a file outside": secret.read_bytes,
        "list a folder outside": lambda: os.listdir(secret.parent),
        "write a file outside": lambda: secret.write_bytes(b"changed"),
        "make a file outside": lambda: (secret.parent / "made").write_bytes(b""),
        "remove a file outside": secret.unlink,
        "cut a file outside": lambda: os.truncate(secret, 0),
        "reach the network": lambda: socket.create_connection(("127.0.0.1", port), 1.0).close(),
        "open a socket": lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).close(),
        "signal another process": lambda: os.kill(parent, 0),
        "read another process's environment": Path(f"/proc/{parent}/environ").read_bytes,
        "read another process's command line": Path(f"/proc/{parent}/cmdline").read_bytes,
        "make memory that is not counted": lambda: os.close(os.memfd_create("probe")),
        "lower another process's priority": lambda: os.setpriority(os.PRIO_PROCESS, parent, 1),
        "set an attribute of a file outside": lambda: os.setxattr(secret, "user.probe", b"1"),
        "change the root folder": lambda: os.chroot(secret.parent),
    }


def needs(folder: Path) -> dict[str, Callable[[], object]]:
    """Return what must work, by its name."""
    return {
        "write in its own folder": lambda: (folder / "made").write_text("made"),
        "import a module": lambda: __import__("bisect"),
        "run a program": lambda: os.spawnv(os.P_WAIT, sys.executable, [sys.executable, "-V"]),
    }


def main(arguments: list[str]) -> None:
    """Try everything and print what worked and what did not."""
    folder, secret, port, parent = arguments
    broken, missing = [], []
    for name, attempt in attempts(Path(secret), int(port), int(parent)).items():
        with contextlib.suppress(OSError):
            attempt()
            broken.append(name)
    for name, need in needs(Path(folder)).items():
        try:
            need()
        except OSError as error:
            missing.append(f"{name} ({error.strerror})")
    print(json.dumps({"broken": broken, "missing": missing}))


if __name__ == "__main__":
    main(sys.argv[1:])
