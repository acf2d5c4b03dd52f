"""Folders and processes of its own for what is split off inside bubblewrap: bubblewrap's own work.

A preloaded process inside bubblewrap finds what all steps of a submission may read, read-only. What
it splits off leaves that behind for the view of its own step, before it is confined further.
"""

from __future__ import annotations

import os
from pathlib import Path

from rampflow.sandbox.kernel import system_call
from rampflow.sandbox.view import DEVICES, SHARED_MEMORY, View, outside, parents, system

_RDONLY, _NOSUID, _NODEV, _NOEXEC, _REMOUNT, _BIND, _REC = 1, 2, 4, 8, 32, 4096, 16384
_PRIVATE = 1 << 18
_DETACH = 2
_SAFE = _NOSUID | _NODEV
_NEW_USER = 0x1000_0000
_NEW_MOUNT, _NEW_CGROUP, _NEW_UTS, _NEW_IPC, _NEW_PID = (
    0x0002_0000,
    0x0200_0000,
    0x0400_0000,
    0x0800_0000,
    0x2000_0000,
)
LINKS_OF_DEVICES = {"fd": "", "stdin": "/0", "stdout": "/1", "stderr": "/2"}


def isolate() -> None:
    """Get namespaces of one's own; what is forked next is the first process of its own.

    The network is that of the preloaded process, which has none; only one step uses it at a time.

    Raises
    ------
    OSError
        If the kernel refuses.
    """
    user, group = os.geteuid(), os.getegid()
    flags = _NEW_MOUNT | _NEW_CGROUP | _NEW_UTS | _NEW_IPC | _NEW_PID
    system_call("unshare", flags | (_NEW_USER if user else 0))
    if user:
        for name, text in (
            ("setgroups", "deny"),
            ("uid_map", f"{user} {user} 1"),
            ("gid_map", f"{group} {group} 1"),
        ):
            with open(f"/proc/self/{name}", "w") as stream:
                stream.write(text)


def enter(view: View, stage: Path) -> None:
    """Leave the folders that are seen now for those of a view. It cannot be undone.

    To be called by the first process of new namespaces.

    Parameters
    ----------
    view : View
        What is found from now on.
    stage : Path
        A folder to build it on; nothing below it is shown.

    Raises
    ------
    OSError
        If the kernel refuses.
    """
    _mount(None, Path("/"), None, _REC | _PRIVATE)
    _in_memory(stage, 2**20, "755")
    sizes = view.in_memory
    for folder in (path for path in sizes if path not in (SHARED_MEMORY, view.scratch)):
        _in_memory(_on(stage, folder), sizes[folder])
    for folder in parents(view):
        _on(stage, folder).mkdir(parents=True, exist_ok=True)
    for path in (*system().binds, *outside(view.read)):
        _show(path, _on(stage, path))
    for link, target in system().links:
        _on(stage, link).symlink_to(target)
    _devices(stage, sizes[SHARED_MEMORY])
    _in_memory(_on(stage, view.scratch), sizes[view.scratch])
    processes = _on(stage, Path("/proc"))
    processes.mkdir()
    _mount("proc", processes, "proc", _SAFE | _NOEXEC)
    os.chdir(stage)
    system_call("pivot_root", b".", b".")
    system_call("umount2", b".", _DETACH)
    os.chdir("/")
    _mount(None, Path("/"), None, _REMOUNT | _BIND | _RDONLY | _SAFE)


def _devices(stage: Path, size: int) -> None:
    devices = _on(stage, Path("/dev"))
    _in_memory(devices, 2**16, "755")
    for name in DEVICES:
        _show(Path("/dev") / name, devices / name)
    for name, number in LINKS_OF_DEVICES.items():
        (devices / name).symlink_to(f"/proc/self/fd{number}")
    _in_memory(devices / "shm", size)
    _mount(None, devices, None, _REMOUNT | _BIND | _RDONLY | _SAFE)


def _on(stage: Path, path: Path) -> Path:
    return stage / path.relative_to("/")


def _show(path: Path, target: Path) -> None:
    """Show a file or folder at another place, with all restrictions that it has here."""
    if path.is_dir():
        target.mkdir(parents=True, exist_ok=True)
    else:
        target.touch()
    _mount(str(path), target, None, _BIND | _REC)


def _in_memory(folder: Path, size: int, mode: str = "1777") -> None:
    folder.mkdir(parents=True, exist_ok=True)
    _mount("tmpfs", folder, "tmpfs", _SAFE, f"size={size},mode={mode}")


def _mount(
    source: str | None, target: Path, kind: str | None, flags: int, options: str | None = None
) -> None:
    words = (None if word is None else word.encode() for word in (source, str(target), kind))
    system_call("mount", *words, flags, None if options is None else options.encode())
