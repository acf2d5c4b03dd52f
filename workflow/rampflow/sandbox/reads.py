"""What every step of Python reads: the interpreter, its libraries, a little of the system.

Never the user's home folder, and nothing of a project but the package itself. `/proc` is named file
by file: as a whole it would show other processes' command lines.
"""

from __future__ import annotations

import os
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

SYSTEM_PREFIXES = ("/", "/usr", "/usr/local")
"""Where an interpreter is installed among other things: only these parts are its libraries."""
PARTS = ("bin", "sbin", "lib", "lib32", "lib64", "libexec", "share")
SYSTEM = (
    *("/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/ld.so.preload"),
    *("/etc/localtime", "/etc/timezone", "/etc/nsswitch.conf", "/etc/passwd", "/etc/group"),
    *("/etc/hosts", "/etc/mime.types", "/etc/locale.alias", "/etc/os-release", "/etc/fonts"),
    *("/dev/null", "/dev/zero", "/dev/random", "/dev/urandom"),
)
MACHINE = (
    *("/proc/meminfo", "/proc/cpuinfo", "/proc/stat", "/proc/uptime", "/proc/loadavg"),
    *("/proc/version", "/proc/filesystems", "/proc/sys/vm/overcommit_memory"),
    *("/proc/sys/kernel/osrelease", "/proc/sys/kernel/pid_max", "/proc/sys/kernel/cap_last_cap"),
    *("/sys/devices/system/cpu", "/sys/devices/system/node", "/sys/kernel/mm/transparent_hugepage"),
    # what libraries ask to learn how many cores they may use
    *("/sys/fs/cgroup/cpu.max", "/sys/fs/cgroup/cpu/cpu.cfs_quota_us"),
    *("/sys/fs/cgroup/cpu/cpu.cfs_period_us",),
)
ITSELF = (
    *("stat", "statm", "status", "maps", "smaps", "smaps_rollup", "cmdline", "cgroup", "limits"),
    *("io", "fd", "task"),
)
"""Of ``/proc/self``, where `self` is the process that is confined, not one that it starts."""
DEVICES_TO_WRITE = (Path("/dev/null"),)
"""What every step writes."""


@cache
def default_reads() -> tuple[Path, ...]:
    """Return what a step of Python reads whatever it computes, for `Policy.read`.

    Symlinks are resolved, and what does not exist or lies below another path is left out. It is
    asked in the supervisor: the paths are those of this interpreter.
    """
    kept = outermost(Path(os.path.realpath(path)) for path in named_reads() if path.exists())
    return (*kept, *_of_itself())


def named_reads() -> list[Path]:
    """Return what a step of Python reads as it is named; what is not there is named as well."""
    return [*_of_python(), *_of_the_linker(), *map(Path, SYSTEM), *map(Path, MACHINE)]


def default_writes() -> tuple[Path, ...]:
    """Return what a step of Python writes whatever it computes, for `Policy.write`."""
    return DEVICES_TO_WRITE


def _of_itself() -> Iterator[Path]:
    """Yield paths that are looked up by the process they are about."""
    yield from (path for name in ITSELF if (path := Path("/proc/self") / name).exists())


def _of_python() -> Iterator[Path]:
    yield Path(sys.executable)  # by its name: a chain of symlinks may lead to it
    yield Path(__file__).parents[2]  # the folder from which this package is imported
    prefixes = {sys.prefix, sys.exec_prefix, sys.base_prefix, sys.base_exec_prefix, "/", "/usr"}
    for prefix in sorted(prefixes):
        if prefix in SYSTEM_PREFIXES:
            yield from (Path(prefix) / part for part in PARTS)
        else:
            yield Path(prefix)
    for name in ("stdlib", "platstdlib", "purelib", "platlib"):
        yield Path(sysconfig.get_paths()[name])


def _of_the_linker() -> Iterator[Path]:
    """Yield where shared libraries are looked for beside the usual places, but for a whole home."""
    home = Path(os.path.realpath(os.path.expanduser("~")))
    yield from (Path("/usr/local/lib"), Path("/usr/local/lib64"))
    for word in os.environ.get("LD_LIBRARY_PATH", "").split(":"):
        folder = Path(os.path.realpath(word))
        if os.path.isabs(word) and folder != home and folder not in home.parents:
            yield folder


def outermost(paths: Iterable[Path]) -> list[Path]:
    """Return the paths that do not lie below another one."""
    kept: list[Path] = []
    for path in sorted(set(paths)):
        if not kept or not path.is_relative_to(kept[-1]):
            kept.append(path)
    return kept
