"""System calls that the standard library does not have, by their numbers. Linux only."""

from __future__ import annotations

import ctypes
import os
import sys
from typing import Any

from rampflow.sandbox.fault import SandboxError
from rampflow.sandbox.syscalls import MACHINES, number

_PR_SET_DUMPABLE = 4
_PR_GET_SECCOMP = 21
_PR_SET_NO_NEW_PRIVS = 38
_PR_GET_NO_NEW_PRIVS = 39
_PR_CAPBSET_DROP = 24
_PR_CAP_AMBIENT = 47
_PR_CAP_AMBIENT_CLEAR_ALL = 4
_CAPABILITY_VERSION_3 = 0x20080522


def machine() -> str:
    """Return the name of this machine's architecture.

    Raises
    ------
    SandboxError
        If this is not 64-bit Linux on an architecture whose system calls are known.
    """
    if not sys.platform.startswith("linux"):
        raise SandboxError(
            f"submissions are confined by the Linux kernel, and this is {sys.platform}",
            do="run on Linux (also in a virtual machine), or write `sandbox: none` for code you "
            "trust",
        )
    name = os.uname().machine
    if name not in MACHINES or sys.maxsize < 2**32:
        raise SandboxError(
            f"submissions cannot be confined on {name} with a {sys.maxsize.bit_length() + 1}-bit "
            f"Python; known are {' and '.join(MACHINES)} with 64 bits",
            do="run on such a machine, or write `sandbox: none` for code you trust",
        )
    return name


def system_call(name: str, *arguments: Any) -> int:
    """Make a system call.

    Parameters
    ----------
    name : str
        Its name in `rampflow.sandbox.syscalls`.
    *arguments
        Whole numbers, pointers (`ctypes.byref`) or None.

    Returns
    -------
    int
        What it returns.

    Raises
    ------
    OSError
        If it fails.
    SandboxError
        If this machine does not have it.
    """
    found = number(name, machine())
    if found is None:
        raise SandboxError(f"this machine has no system call {name}")
    words = [ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]
    return _checked("syscall", ctypes.c_long(found), *words)


def _checked(function: str, *words: Any) -> int:
    library = ctypes.CDLL(None, use_errno=True)
    entry = library[function]
    entry.restype = ctypes.c_long
    result = int(entry(*words))
    if result == -1:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))
    return result


def control(option: int, *arguments: int) -> int:
    """Call ``prctl`` with an option and up to four numbers.

    Raises
    ------
    OSError
        If it fails.
    """
    padded = [*arguments, 0, 0, 0, 0][:4]
    return _checked("prctl", ctypes.c_int(option), *map(ctypes.c_ulong, padded))


def forbid_new_privileges() -> None:
    """Let nothing that this process executes have more privileges than it (setuid files)."""
    control(_PR_SET_NO_NEW_PRIVS, 1)


def show_to_others_of_the_user(shown: bool) -> None:
    """Let processes of the same user look into this one (``/proc/PID``, ptrace), or not."""
    control(_PR_SET_DUMPABLE, int(shown))


def become(user: int) -> None:
    """Stop being root: become a user and the group of the same number, for good.

    Raises
    ------
    OSError
        If the kernel refuses.
    """
    os.setgroups([])
    os.setresgid(user, user, user)
    os.setresuid(user, user, user)
    show_to_others_of_the_user(True)  # or else its own /proc/self belongs to root


def is_locked() -> bool:
    """Return whether new privileges are forbidden and a seccomp filter is on."""
    return control(_PR_GET_NO_NEW_PRIVS) == 1 and control(_PR_GET_SECCOMP) == 2


class _CapabilityHeader(ctypes.Structure):
    _fields_ = [("version", ctypes.c_uint32), ("pid", ctypes.c_int)]


def drop_capabilities() -> None:
    """Give up every capability, for good: root is then a user who owns root's files."""
    for capability in range(64):
        try:
            control(_PR_CAPBSET_DROP, capability)
        except OSError:  # beyond the last one, or not privileged: then there is nothing to drop
            break
    control(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL)
    header = _CapabilityHeader(_CAPABILITY_VERSION_3, 0)
    nothing = (ctypes.c_uint32 * 6)()  # effective, permitted, inheritable: two words of each
    system_call("capset", ctypes.byref(header), ctypes.byref(nothing))
