"""Limits of the kernel for each process of a step: a backstop behind the supervisor's verdict."""

from __future__ import annotations

import math
import os
import resource

from rampflow.sandbox.policy import Policy

BACKSTOP = 2
"""Limits that the supervisor judges are set to so many times what it allows: it comes first."""
MB = 10**6


def limits_of(policy: Policy) -> dict[str, int]:
    """Return what each limit is set to, by its name in the module `resource`.

    ``RLIMIT_AS`` is not used: libraries reserve far more addresses than they use. ``RLIMIT_NPROC``
    counts everything that the user runs, so it is set above what runs now; it does not bind root.
    To be asked once the process is of the user that it stays.
    """
    found = {
        "RLIMIT_DATA": int(BACKSTOP * policy.memory_mb * MB),
        "RLIMIT_CORE": 0,
        "RLIMIT_FSIZE": int(policy.file_mb * MB),
        "RLIMIT_NOFILE": policy.n_files,
        "RLIMIT_MSGQUEUE": 0,
    }
    if os.getuid() != 0:
        found["RLIMIT_NPROC"] = policy.n_others + BACKSTOP * policy.n_processes
    if policy.cpu_s is not None:
        found["RLIMIT_CPU"] = math.ceil(BACKSTOP * policy.cpu_s)
    return found


def set_limits(policy: Policy) -> dict[str, int]:
    """Set the limits of this process and of what it starts; return those that now hold.

    One that is already stricter is kept.

    Raises
    ------
    OSError
        If the kernel refuses.
    """
    held = {}
    for name, wanted in limits_of(policy).items():
        which = getattr(resource, name)
        _, hard = resource.getrlimit(which)
        value = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(which, (value, value))
        held[name] = value
    return held


def tasks_of_user(user: int | None = None) -> int:
    """Return how many threads the processes of a user (this one) have, on the whole machine."""
    me, count = os.getuid() if user is None else user, 0
    with os.scandir("/proc") as entries:
        for entry in entries:
            if entry.name.isdigit():
                try:
                    if entry.stat().st_uid == me:
                        # a folder has a link for itself, for its parent, and for each folder in it
                        count += os.stat(f"{entry.path}/task").st_nlink - 2
                except OSError:  # it has ended
                    continue
    return count
