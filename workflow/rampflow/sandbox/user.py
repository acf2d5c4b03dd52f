"""As root: the unprivileged user that a step becomes, and whether the files let it.

Root's own identity owns root's files, and the kernel does not limit how many processes it has.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from pathlib import Path

FIRST = 1_700_000_000
"""No user of a system has such a number. The process's own is added, so that steps that run side by
side are of different users."""
NOBODY = 65534
"""Where a container knows 65,536 users only."""


def unprivileged_user() -> int | None:
    """Return the number of the user that a step becomes, None where this process is not root's."""
    if os.geteuid() != 0:
        return None
    for user in (FIRST + os.getpid(), NOBODY):
        if _is_mapped(user, "uid_map") and _is_mapped(user, "gid_map"):
            return user
    return None


def _is_mapped(number: int, name: str) -> bool:
    """Return whether this process's namespace of users has such a user or group."""
    for line in (Path("/proc/self") / name).read_text().splitlines():
        first, _, count = map(int, line.split())
        if first <= number < first + count:
            return True
    return False


def others_may_read(paths: Iterable[Path], *, by_name: bool) -> bool:
    """Return whether any user may read files, and folders with all that is in them.

    Parameters
    ----------
    paths : iterable of Path
        What is to be read.
    by_name : bool
        Whether the folders above must let everybody pass, too.
    """
    for path in paths:
        above = Path(os.path.realpath(path)).parents if by_name else ()
        if not all(_has(folder, stat.S_IXOTH) for folder in above) or not _is_open(path):
            return False
    return True


def _is_open(path: Path) -> bool:
    if not path.is_dir():
        return _has(path, stat.S_IROTH)
    here = stat.S_IROTH | stat.S_IXOTH
    return _has(path, here) and all(map(_is_open, path.iterdir()))


def _has(path: Path, bits: int) -> bool:
    try:
        return path.stat().st_mode & bits == bits
    except OSError:
        return False
