"""Another process of the same account, to be looked at and disturbed."""

from __future__ import annotations

import contextlib
import ctypes
import os
import platform
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any


class Victim:
    """Another process of the same account: somebody's work, with a secret of each kind.

    Parameters
    ----------
    labels : Path
        A file that it holds open.
    secrets : sequence of str
        In its memory, on its command line, in its environment.
    """

    _CODE = """
import ctypes, os, signal, sys
secret = sys.stdin.buffer.readline().strip()
memory = ctypes.create_string_buffer(secret, 64)
ctypes.CDLL(None).prctl(0x59616D61, ctypes.c_ulong(-1), 0, 0, 0)  # Yama: may be traced
for number in (signal.SIGUSR1, signal.SIGIO, signal.SIGTERM):
    signal.signal(number, signal.SIG_DFL)
labels = os.open(sys.argv[1], os.O_RDONLY)
print(ctypes.addressof(memory), flush=True)
sys.stdin.buffer.read()
"""

    def __init__(self, labels: Path, secrets: Sequence[str]) -> None:
        in_memory, on_command_line, in_environment = secrets
        self._memory = in_memory.encode()
        self._process = subprocess.Popen(
            [sys.executable, "-S", "-c", self._CODE, str(labels), on_command_line],
            env={"API_TOKEN": in_environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(self._memory + b"\n")
        self._process.stdin.flush()
        self.pid = self._process.pid
        self.address = int(self._process.stdout.readline())
        self._before = self.state()

    def state(self) -> dict[str, Any]:
        """Return what others may not change about it, once it has done what it was told to."""
        while (code := self._process.poll()) is None and self._is_at_work():
            time.sleep(0.001)
        if code is not None:
            return {"ended": code}
        status = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        with Path(f"/proc/{self.pid}/mem").open("rb", buffering=0) as memory:
            memory.seek(self.address)
            content = memory.read(len(self._memory))
        return {
            "stopped": status[0] == "T",
            "nice": status[16],
            "policy": status[38],
            "affinity": os.sched_getaffinity(self.pid),
            "limits": Path(f"/proc/{self.pid}/limits").read_text(),
            "oom": Path(f"/proc/{self.pid}/oom_score_adj").read_text(),
            "memory": content,
            "io": io_priority(self.pid),
        }

    def _is_at_work(self) -> bool:
        """Return whether it neither waits nor is stopped: a signal that was sent wakes it."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return fields[0] not in "STt"

    def changes(self) -> set[str]:
        """Return what is no longer as it was."""
        now = self.state()
        if "ended" in now:
            return {"ended"}
        return {name for name, value in now.items() if value != self._before[name]}

    def end(self) -> None:
        """End it."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe
            with contextlib.suppress(BrokenPipeError):
                pipe.close()


def io_priority(pid: int) -> int:
    """Return the I/O priority of a process."""
    number = 31 if platform.machine() == "aarch64" else 252
    return int(ctypes.CDLL(None).syscall(number, 1, pid))
