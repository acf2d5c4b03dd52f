"""What can be seen of a running attack from outside, many times a second."""

from __future__ import annotations

import array
import contextlib
import fcntl
import os
import stat
import termios
from pathlib import Path

from rampflow.cell.processes import descendants, memory_bytes

PROC = Path("/proc")


def shared_mb() -> float:
    """Return the shared memory in use on the whole machine, files in memory included."""
    for line in (PROC / "meminfo").read_text().splitlines():
        if line.startswith("Shmem:"):
            return int(line.split()[1]) * 1024 / 1e6
    return 0.0


def resident_mb(pid: int) -> float:
    """Return the most memory that a process has ever used at a time."""
    with contextlib.suppress(OSError):
        for line in (PROC / str(pid) / "status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024 / 1e6
    return 0.0


class Watch:
    """The most that was seen of a job's processes.

    Parameters
    ----------
    work : Path
        The folder in which cells are computed.
    counts_jobs : bool
        Whether a job runs the submission itself, and is no supervisor.
    """

    def __init__(self, work: Path, *, counts_jobs: bool) -> None:
        self.work, self.counts_jobs = work, counts_jobs
        self.peak: dict[str, float] = {}
        self._shared_before = shared_mb()

    def look(self, jobs: list[int]) -> None:
        """Look once."""
        found = [pid for job in jobs for pid in descendants(job)]
        found += jobs if self.counts_jobs else []
        self._note("processes", len(found))
        self._note("shared_mb", shared_mb() - self._shared_before)
        self._note("private_mb", memory_bytes(found) / 1e6)
        self._note("piped_mb", sum(map(_piped, found)) / 1e6)
        on_disk = _look_at_files(self.work, self.peak) / 1e6
        self._note("written_mb", on_disk + shared_mb() - self._shared_before)
        for pid in found:
            with contextlib.suppress(OSError):
                self._look_at(pid)
        for job in jobs:
            self._note("job_mb", resident_mb(job))

    def _note(self, name: str, value: float) -> None:
        self.peak[name] = max(self.peak.get(name, 0.0), value)

    def _look_at(self, pid: int) -> None:
        status = dict(
            line.split(":\t", 1)
            for line in (PROC / str(pid) / "status").read_text().splitlines()
            if ":\t" in line
        )
        if os.getuid() != 0 and status["Uid"].split()[1] == "0":
            self._note("privileged", 1)
        if status["Name"] == "attack" and int(status["CapEff"], 16):
            self._note("capable", 1)
        command = (PROC / str(pid) / "cmdline").read_bytes()
        if b"rampflow.cell.warm" in command and status["State"].startswith("T"):
            self._note("preloader_stopped", 1)
            os.kill(pid, 18)  # or the job waits for it
        if b"rampflow.cell.warm" in command and os.getpriority(os.PRIO_PROCESS, pid) > 0:
            self._note("preloader_slowed", 1)


def _piped(pid: int) -> int:
    """Return the bytes that wait in the pipes and sockets of a process."""
    found = 0
    with contextlib.suppress(OSError):
        for name in os.listdir(f"/proc/{pid}/fd")[:1500]:
            path = f"/proc/{pid}/fd/{name}"
            with contextlib.suppress(OSError):
                if stat.S_ISFIFO(os.stat(path).st_mode):
                    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
                    waiting = array.array("i", [0])
                    fcntl.ioctl(descriptor, termios.FIONREAD, waiting)
                    os.close(descriptor)
                    found += waiting[0] // 2  # seen at both of its ends
    return found


def _look_at_files(folder: Path, peak: dict[str, float]) -> int:
    """Return the bytes that files below a folder take; note files that run as their owner."""
    found, pending = 0, [str(folder)]
    while pending:
        with contextlib.suppress(OSError), os.scandir(pending.pop()) as entries:
            for entry in entries:
                facts = entry.stat(follow_symlinks=False)
                found += facts.st_blocks * 512
                if stat.S_ISDIR(facts.st_mode):
                    pending.append(entry.path)
                elif stat.S_ISREG(facts.st_mode) and facts.st_mode & stat.S_ISUID:
                    peak["setuid"] = 1
    return found
