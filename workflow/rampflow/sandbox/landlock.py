"""Landlock: what files this process and its descendants may use, from now on.

Reference: ``Documentation/userspace-api/landlock.rst`` and ``include/uapi/linux/landlock.h`` of
Linux.
Landlock does not restrict `stat`, `chmod`, `utime`, `flock`, extended attributes and the like:
`rampflow.sandbox.rules` does.
"""

from __future__ import annotations

import ctypes
import errno
import os
import stat
from collections.abc import Sequence
from enum import IntFlag
from pathlib import Path

from rampflow.sandbox.fault import SandboxError
from rampflow.sandbox.kernel import system_call

_VERSION = 1
_PATH_BENEATH = 1


class Access(IntFlag):
    """What can be done to a file or folder, as bits of ``LANDLOCK_ACCESS_FS_…``."""

    EXECUTE = 1 << 0
    WRITE_FILE = 1 << 1
    READ_FILE = 1 << 2
    READ_DIR = 1 << 3
    REMOVE_DIR = 1 << 4
    REMOVE_FILE = 1 << 5
    MAKE_CHAR = 1 << 6
    MAKE_DIR = 1 << 7
    MAKE_REG = 1 << 8
    MAKE_SOCK = 1 << 9
    MAKE_FIFO = 1 << 10
    MAKE_BLOCK = 1 << 11
    MAKE_SYM = 1 << 12
    REFER = 1 << 13  # from ABI 2; before, moving between folders is refused
    TRUNCATE = 1 << 14  # from ABI 3
    IOCTL_DEV = 1 << 15  # from ABI 5


READ = Access.EXECUTE | Access.READ_FILE | Access.READ_DIR
WRITE = (
    READ
    | Access.WRITE_FILE
    | Access.TRUNCATE
    | Access.MAKE_REG
    | Access.MAKE_DIR
    | Access.REMOVE_FILE
    | Access.REMOVE_DIR
    | Access.REFER
)
"""No symlink, no named pipe, no device, no socket: our own code reads these folders later."""
DEVICE = Access.READ_FILE | Access.WRITE_FILE | Access.IOCTL_DEV
THREADS = Path("/proc/self/task")
"""Where a process writes the names of its threads; it is that of the process restricted."""
ON_A_FILE = (
    Access.EXECUTE | Access.READ_FILE | Access.WRITE_FILE | Access.TRUNCATE | Access.IOCTL_DEV
)
"""What a rule on something that is no folder may name."""
_TCP = 0b11  # bind, connect: from ABI 4
_SCOPES = 0b11  # abstract unix sockets, signals: from ABI 6


class _Ruleset(ctypes.Structure):
    _fields_ = [
        ("handled_access_fs", ctypes.c_uint64),
        ("handled_access_net", ctypes.c_uint64),
        ("scoped", ctypes.c_uint64),
    ]


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = [("allowed_access", ctypes.c_uint64), ("parent_fd", ctypes.c_int32)]


def version() -> int:
    """Return the version of Landlock's interface that the kernel has.

    Raises
    ------
    SandboxError
        If there is none, with the reason and what to do.
    """
    try:
        return system_call("landlock_create_ruleset", None, 0, _VERSION)
    except OSError as error:
        what, do = _WHY_NOT.get(error.errno or 0, (f"Landlock cannot be used: {error}", ""))
        raise SandboxError(what, do=do or "ask who runs this machine") from None


_WHY_NOT = {
    errno.ENOSYS: (
        "this kernel has no Landlock (it came with Linux 5.13)",
        "run on a newer kernel built with CONFIG_SECURITY_LANDLOCK, or write `sandbox: none` for "
        "code you trust",
    ),
    errno.EOPNOTSUPP: (
        "Landlock is built into this kernel and was not switched on when it started",
        "let an administrator add `landlock` to the kernel's `lsm=` parameter and restart, or "
        "write `sandbox: none` for code you trust",
    ),
    errno.EPERM: (
        "Landlock is forbidden here, as some container engines do",
        "update the container engine or allow the calls landlock_* in its seccomp profile, or "
        "write `sandbox: none` for code you trust",
    ),
}


def handled(abi: int) -> Access:
    """Return what a version of the interface can refuse; all of it is, where no rule allows it."""
    known = Access((1 << 13) - 1)
    for since, right in ((2, Access.REFER), (3, Access.TRUNCATE), (5, Access.IOCTL_DEV)):
        if abi >= since:
            known |= right
    return known


def restrict(
    read: Sequence[Path], write: Sequence[Path], abi: int, devices: Sequence[Path] = ()
) -> None:
    """Restrict the calling thread, and what it starts, to these files. It cannot be undone.

    From ABI 4 on TCP is refused, from ABI 6 on also signals to other processes and abstract unix
    sockets.

    Parameters
    ----------
    read, write : sequence of Path
        Files and folders as in `rampflow.sandbox.policy.Policy`.
    abi : int
        The version of the interface to use, from 1 to what the kernel has.
    devices : sequence of Path
        Device nodes. With any, the calling process may also name its threads: CUDA ends with error
        304 where it may not.

    Raises
    ------
    SandboxError
        If a path is missing or a symlink.
    OSError
        If the kernel refuses.
    """
    rules = handled(abi)
    attributes = _Ruleset(rules, _TCP if abi >= 4 else 0, _SCOPES if abi >= 6 else 0)
    size = 8 if abi < 4 else 16 if abi < 6 else 24
    ruleset = system_call("landlock_create_ruleset", ctypes.byref(attributes), size, 0)
    try:
        names = (THREADS,) if devices else ()
        for paths, access in (
            (read, READ),
            (write, WRITE),
            (devices, DEVICE),
            (names, Access.WRITE_FILE | Access.TRUNCATE),
        ):
            for path in paths:
                _allow(ruleset, path, access & rules)
        system_call("landlock_restrict_self", ruleset, 0)
    finally:
        os.close(ruleset)


def _allow(ruleset: int, path: Path, access: Access) -> None:
    try:
        descriptor = os.open(path, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError as error:
        raise SandboxError(f"a step cannot be given {path}: {error.strerror}") from None
    try:
        mode = os.fstat(descriptor).st_mode
        if stat.S_ISLNK(mode):
            raise SandboxError(f"a step cannot be given {path}: it is a symlink")
        if not stat.S_ISDIR(mode):
            access &= ON_A_FILE
        rule = _PathBeneath(access, descriptor)
        system_call("landlock_add_rule", ruleset, _PATH_BENEATH, ctypes.byref(rule), 0)
    finally:
        os.close(descriptor)
