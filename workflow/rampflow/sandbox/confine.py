"""Confine this process, for good, before any code of a submission runs in it."""

from __future__ import annotations

import os
import threading
from collections.abc import Collection
from pathlib import Path
from typing import Any, NamedTuple

from rampflow.sandbox import bpf, landlock
from rampflow.sandbox.fault import SandboxError
from rampflow.sandbox.kernel import (
    become,
    drop_capabilities,
    forbid_new_privileges,
    is_locked,
    machine,
)
from rampflow.sandbox.limits import set_limits
from rampflow.sandbox.policy import NEWEST_ABI, Policy, Tier
from rampflow.sandbox.rules import rules

STANDARD = (0, 1, 2)


class Confined(NamedTuple):
    """How a process is confined, for the run record.

    Parameters
    ----------
    tier : Tier
        How strongly.
    landlock_abi : int
        The version of Landlock's interface in use, 0 for none.
    seccomp : bool
        Whether system calls are filtered.
    user : int
        The user it runs as. Where that is root, nothing but the supervisor counts its processes.
    limits : dict
        The kernel's limits by their names in the module `resource`.
    """

    tier: Tier
    landlock_abi: int
    seccomp: bool
    user: int
    limits: dict[str, int]

    def as_dict(self) -> dict[str, Any]:
        """Return the record as plain values."""
        return {**self._asdict(), "tier": str(self.tier)}


def confine(policy: Policy, keep: Collection[int] = ()) -> Confined:
    """Confine this process and all that it will start. It cannot be undone.

    After an error the process may be confined in part: it must end, and run nothing else.

    Parameters
    ----------
    policy : Policy
        What it may do. With `Tier.NONE` nothing is changed.
    keep : collection of int
        Descriptors that stay open beside the standard ones.

    Returns
    -------
    Confined
        What now holds.

    Raises
    ------
    SandboxError
        If any part of it fails, or this process has more than one thread.
    """
    global _held
    if policy.tier is Tier.NONE:
        return _held
    name = machine()
    used = _landlock_version(policy)
    _need_one_thread()
    try:
        _close_all_but({*STANDARD, *keep})
        forbid_new_privileges()
        if policy.user is not None and os.geteuid() == 0:
            become(policy.user)
        drop_capabilities()
        limits = set_limits(policy)
        if used:
            landlock.restrict(policy.read, policy.write, used, policy.devices)
        # a process that sees no other one needs no rule about the others
        guarded = NEWEST_ABI if policy.tier is Tier.BWRAP else used
        found = rules(os.getpid(), guarded, has_devices=bool(policy.devices))
        bpf.install(bpf.assemble(found, name))
    except (OSError, ValueError) as error:
        raise SandboxError(f"a step could not be confined: {error}") from error
    _check(policy, used)
    _held = Confined(policy.tier, used, True, os.getuid(), limits)
    return _held


_held = Confined(Tier.NONE, 0, False, os.getuid(), {})


def confined() -> Confined:
    """Return how this process is confined."""
    return _held


def _landlock_version(policy: Policy) -> int:
    """Return the version of Landlock's interface to use; 0 where it is not there nor needed."""
    try:
        return min(landlock.version(), policy.landlock_abi)
    except SandboxError:
        if policy.tier is Tier.LANDLOCK:
            raise
        return 0


def _need_one_thread() -> None:
    """Landlock binds the calling thread only: another one would go free."""
    count = len(os.listdir("/proc/self/task"))
    if count != 1:
        names = ", ".join(sorted(thread.name for thread in threading.enumerate()))
        raise SandboxError(
            f"a process with {count} threads cannot be confined (Python's: {names})",
            do="confine it before it imports a library that starts threads",
        )


def _close_all_but(keep: Collection[int]) -> None:
    for descriptor in map(int, os.listdir("/proc/self/fd")):
        if descriptor not in keep:
            try:
                os.close(descriptor)
            except OSError:  # the one that listed the folder
                continue


def _check(policy: Policy, used: int) -> None:
    """Try what must now fail: a kernel that only pretends must not go unnoticed."""
    if not is_locked():
        raise SandboxError("the kernel did not put the filter of system calls on")
    if not used or Path("/") in (*policy.read, *policy.write):
        return
    try:
        os.close(os.open("/", os.O_RDONLY | os.O_DIRECTORY))
    except PermissionError:
        return
    raise SandboxError("the kernel did not put Landlock's rules on")
