"""What attacks may leave on the machine that is no file of the scene: found by a mark, removed."""

from __future__ import annotations

import contextlib
import ctypes
import os
import platform
import tempfile
from pathlib import Path

from rampflow.sandbox.user import FIRST

_ARM = platform.machine() == "aarch64"
_UNLINK_QUEUE = 181 if _ARM else 241
_KEYCTL = 219 if _ARM else 250
_REVOKE, _SEARCH, _USER_KEYRING = 3, 10, -4
_LIBC = ctypes.CDLL(None, use_errno=True)


def number_of(mark: str) -> int:
    """Return the key that System V objects of a mark have."""
    return int(mark, 16) & 0x7FFF_FFFF


def remove(mark: str) -> list[str]:
    """Remove what has the mark in its name and return what it was."""
    return [*_files(mark), *_system_v(number_of(mark)), *_queues(mark), *_keys(mark)]


def _files(mark: str) -> list[str]:
    found = []
    for folder in {Path("/dev/shm"), Path("/tmp"), Path("/var/tmp"), Path(tempfile.gettempdir())}:
        with contextlib.suppress(OSError):
            for path in folder.glob(f"rampflow-{mark}*"):
                found.append(str(path))
                path.unlink()
    return found


def _system_v(key: int) -> list[str]:
    found = []
    for kind, remove in (("shm", _LIBC.shmctl), ("sem", _LIBC.semctl), ("msg", _LIBC.msgctl)):
        with contextlib.suppress(OSError):
            for line in Path(f"/proc/sysvipc/{kind}").read_text().splitlines()[1:]:
                words = line.split()
                if int(words[0]) == key:
                    found.append(f"System V {kind}")
                    number = ctypes.c_int(int(words[1]))
                    remove(number, 0, 0, 0) if kind == "sem" else remove(number, 0, None)
    return found


def _queues(mark: str) -> list[str]:
    name = f"rampflow-{mark}".encode()
    return ["message queue"] if _LIBC.syscall(_UNLINK_QUEUE, name) == 0 else []


def _keys(mark: str) -> list[str]:
    """Look in the keyring of the user, which outlives processes."""
    name = f"rampflow-{mark}".encode()
    found = _LIBC.syscall(
        _KEYCTL, _SEARCH, ctypes.c_long(_USER_KEYRING), b"user", name, ctypes.c_long(0)
    )
    if found <= 0:
        return []
    _LIBC.syscall(_KEYCTL, _REVOKE, ctypes.c_long(found))
    return ["key"]


def machine_state(user: int, place: Path) -> dict[str, str]:
    """Return what must be the same on this machine before and after.

    That is what belongs to an account, or to one of those that steps of root become: processes,
    files in the folders for everybody, objects of System V. And the modes of these folders and of
    devices, whoever changed them.

    Parameters
    ----------
    user : int
        The account.
    place : Path
        The folder by which processes are known, whoever owns them.
    """
    found = {}
    for pid in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            command = Path(f"/proc/{pid}/cmdline").read_bytes()
            known = command + Path(f"/proc/{pid}/environ").read_bytes()
            if os.stat(f"/proc/{pid}").st_uid == user or os.fsencode(place) in known:
                found[f"process {pid}"] = command.replace(b"\0", b" ").decode(errors="replace")
    for folder in ("/dev", "/dev/shm", "/tmp", "/var/tmp"):
        with contextlib.suppress(OSError):
            for path in (Path(folder), *Path(folder).iterdir()):
                facts = path.lstat()
                if is_ours(facts.st_uid, user) or str(path) == folder or folder == "/dev":
                    found[str(path)] = f"{facts.st_mode:o} {facts.st_uid}"
    for kind in ("shm", "sem", "msg"):
        with contextlib.suppress(OSError):
            rows = [line.split() for line in Path(f"/proc/sysvipc/{kind}").read_text().splitlines()]
            owner = rows[0].index("uid")
            for row in rows[1:]:
                if is_ours(int(row[owner]), user):
                    found[f"System V {kind} {row[1]}"] = row[owner]
    return found


def is_ours(owner: int, user: int) -> bool:
    """Return whether something belongs to an account, or to one that a step of root becomes."""
    return owner == user or FIRST <= owner < FIRST + 2**22
