"""The command that gives a step folders, processes and a network of its own: bubblewrap."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from rampflow.sandbox.devices import DEV
from rampflow.sandbox.fault import SandboxError
from rampflow.sandbox.view import SHARED_MEMORY, View, outside, parents, system

USUAL = "/usr/bin/bwrap"
"""Preferred: where a system lets only some programs have namespaces, it is this one."""
INSTALL = (
    "install bubblewrap (apt install bubblewrap, dnf install bubblewrap, or conda install "
    "-c conda-forge bubblewrap), or write `sandbox: landlock`"
)


@cache
def executable() -> str:
    """Return the path of bubblewrap.

    Raises
    ------
    SandboxError
        If there is none.
    """
    found = USUAL if os.access(USUAL, os.X_OK) else shutil.which("bwrap")
    if not found:
        raise SandboxError("bubblewrap is not installed", do=INSTALL)
    return found


@cache
def version() -> str:
    """Return the version of bubblewrap, or nothing if it does not say."""
    try:
        answer = subprocess.run(
            [executable(), "--version"], capture_output=True, text=True, timeout=10, check=False
        )
    except (OSError, subprocess.TimeoutExpired, SandboxError):
        return ""
    return answer.stdout.strip().removeprefix("bubblewrap ")


def command(view: View, words: Sequence[str], *, splits: bool = False) -> list[str]:
    """Return the words that start a process inside.

    As root it keeps the rights to become another user, and real root's identity until then: a
    namespace of users would turn every user into root's. Everybody else gets one.

    Parameters
    ----------
    view : View
        What it finds.
    words : sequence of str
        The process: the first one inside, unless it `splits`.
    splits : bool
        Whether it is trusted to make further namespaces, one for each process it splits off.
    """
    found = [executable(), "--die-with-parent", "--new-session", *_namespaces(splits)]
    if not splits:
        found.append("--as-pid-1")
    return [*found, *mounts(view), "--chdir", str(view.scratch), "--", *words]


def _namespaces(splits: bool) -> list[str]:
    own = ["--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts"]
    own.append("--unshare-cgroup-try")
    if os.geteuid() != 0:
        return [*own, "--unshare-user", *([] if splits else ["--disable-userns"])]
    if splits:
        return own
    rights = ("CAP_SETUID", "CAP_SETGID", "CAP_SETPCAP")
    return [*own, "--cap-drop", "ALL", *(w for right in rights for w in ("--cap-add", right))]


def mounts(view: View) -> list[str]:
    """Return the words for what is found inside."""
    shared = SHARED_MEMORY
    found: list[str] = []
    sizes = view.in_memory
    for folder in [path for path in sizes if path not in (shared, view.scratch)]:
        found += _in_memory(folder, sizes[folder])
    for folder in parents(view):
        found += ["--perms", "0755", "--dir", str(folder)]  # or else only root could pass them
    for path in system().binds:
        found += ["--ro-bind", str(path), str(path)]
    for link, target in system().links:
        found += ["--symlink", target, str(link)]
    found += ["--proc", "/proc", "--dev", "/dev"]
    found += _in_memory(shared, sizes[shared])
    found += [*_devices(view.devices), "--remount-ro", "/dev"]
    for path in outside(view.read):
        found += ["--ro-bind", str(path), str(path)]
    return [*found, *_in_memory(view.scratch, sizes[view.scratch]), "--remount-ro", "/"]


def _devices(nodes: Sequence[Path]) -> list[str]:
    found: list[str] = []
    for folder in sorted({above for node in nodes for above in node.parents[:-1]} - {DEV}):
        found += ["--perms", "0755", "--dir", str(folder)]
    for node in nodes:
        found += ["--dev-bind", str(node), str(node)]
    return found


def _in_memory(folder: Path, size: int) -> list[str]:
    return ["--perms", "1777", "--size", str(size), "--tmpfs", str(folder)]
