"""Runs a program that ends with the process which asked for it, however that ends.

A script of its own, started by `rampflow.data.calling` as leader of a process group. Its standard
input is a pipe of which only that process holds the other end. When it closes, the whole group is
killed: DVC, and the stage that DVC runs, which would go on writing data that nobody waits for.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading


def main(command: list[str]) -> int:
    """Run a command and return its exit code."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    code = subprocess.call(command, stdin=subprocess.DEVNULL)
    return code if code >= 0 else 128 - code


def _end_with_parent() -> None:
    os.read(0, 1)  # nothing is ever written: this is the end
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
