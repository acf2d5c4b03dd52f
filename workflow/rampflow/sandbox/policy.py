"""What one step of a submission may do: paths, memory, processes, files. JSON in and out."""

from __future__ import annotations

import json
import os
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple

from rampflow.sandbox.fault import SandboxError


class Tier(StrEnum):
    """How strongly a step is confined."""

    BWRAP = "bwrap"
    LANDLOCK = "landlock"
    NONE = "none"


NEWEST_ABI = 7
"""The newest version of Landlock's interface that is used; a later kernel has this one too."""
STRONGEST_FIRST = (Tier.BWRAP, Tier.LANDLOCK)
"""The tiers that ``auto`` tries, in this order. It never falls to `Tier.NONE`."""
WHOLE = ("n_processes", "n_others", "n_files", "landlock_abi", "user")
OPTIONAL = ("cpu_s", "user")
PATHS = ("read", "write", "devices")


class Policy(NamedTuple):
    """What a step may do.

    A folder that a submission could write is named itself, never a path below it: only the last
    part of a path is checked not to be a symlink.

    Parameters
    ----------
    read : tuple of Path
        Absolute paths of files and folders, with all below them, to read and execute.
    write : tuple of Path
        The same, to read, execute, change, make and remove.
    memory_mb : float
        Memory of the step in MB (10⁶ bytes); the backstop is at twice that, for each process.
    n_processes : int
        Processes and threads of the step; the backstop is at twice that.
    n_others : int
        Processes and threads that the user has beside the step: the kernel counts them together.
    n_files : int
        Open files of each process.
    file_mb : float
        Size of each file it writes, in MB.
    cpu_s : float, optional
        CPU seconds of the step; the backstop is at twice that, for each process.
    user : int, optional
        As root: become this user, and the group of the same number, first.
    tier : Tier
        How it is confined.
    landlock_abi : int
        Use no later version of Landlock's interface: to see what an older kernel gives.
    devices : tuple of Path
        Absolute paths of the device nodes of GPUs, to read, write and control.
    """

    read: tuple[Path, ...]
    write: tuple[Path, ...]
    memory_mb: float
    n_processes: int = 256
    n_others: int = 0
    n_files: int = 1024
    file_mb: float = 1000.0
    cpu_s: float | None = None
    user: int | None = None
    tier: Tier = Tier.LANDLOCK
    landlock_abi: int = NEWEST_ABI
    devices: tuple[Path, ...] = ()

    def to_json(self) -> str:
        """Return the policy as JSON text."""
        paths = {key: [*map(str, getattr(self, key))] for key in PATHS}
        return json.dumps({**self._asdict(), **paths})

    @classmethod
    def from_json(cls, text: str) -> Policy:
        """Return the policy that `to_json` has written.

        Raises
        ------
        SandboxError
            If the text is not a policy.
        """
        try:
            found = json.loads(text)
        except ValueError as error:
            raise SandboxError(f"the policy of a step is not JSON: {error}") from None
        return cls.checked(found)

    @classmethod
    def checked(cls, found: object) -> Policy:
        """Return the policy that a mapping of plain values describes.

        Raises
        ------
        SandboxError
            If a key is missing or unknown, or a value is not what the class says.
        """
        required = {"read", "write", "memory_mb"}
        if not isinstance(found, dict) or not required <= found.keys() <= set(cls._fields):
            raise SandboxError(f"the policy of a step needs {', '.join(sorted(required))}")
        values: dict[str, Any] = {}
        for key, value in found.items():
            if value is None and key in OPTIONAL:
                continue
            if key in PATHS:
                values[key] = _paths(value, key)
            elif key == "tier":
                values[key] = tier_named(value)
            else:
                values[key] = _positive(value, key, whole=key in WHOLE)
        return cls(**values)

    def to_descriptor(self) -> int:
        """Return a descriptor from which the policy can be read; the caller closes it."""
        descriptor = os.memfd_create("policy", os.MFD_CLOEXEC)
        os.write(descriptor, self.to_json().encode())
        os.lseek(descriptor, 0, os.SEEK_SET)
        return descriptor

    @classmethod
    def from_descriptor(cls, descriptor: int) -> Policy:
        """Read a policy to the end of an inherited descriptor, and close that.

        Raises
        ------
        SandboxError
            If what it holds is not a policy.
        """
        try:
            with os.fdopen(descriptor, encoding="utf-8") as stream:
                text = stream.read()
        except (OSError, ValueError) as error:
            raise SandboxError(f"the policy of a step cannot be read: {error}") from None
        return cls.from_json(text)


def tier_named(name: object) -> Tier:
    """Return the tier of this name.

    Raises
    ------
    SandboxError
        If there is none.
    """
    try:
        return Tier(str(name))
    except ValueError:
        allowed = ", ".join(Tier)
        raise SandboxError(f"no sandbox is called {name!r}; there are {allowed}") from None


def _paths(value: object, key: str) -> tuple[Path, ...]:
    if not isinstance(value, list | tuple):
        raise SandboxError(f"{key} is {value!r}, not a list of paths", where=f"policy: {key}")
    paths = tuple(Path(str(path)) for path in value)
    for path in paths:
        if not path.is_absolute() or ".." in path.parts or "\0" in str(path):
            raise SandboxError(f"{path} is not a plain absolute path", where=f"policy: {key}")
    return paths


def _positive(value: object, key: str, *, whole: bool) -> float | int:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    least = 0 if key == "n_others" else 1e-9
    if is_number and isinstance(value, int if whole else int | float) and least <= value < 1e12:
        return value
    kind = "a positive whole number" if whole else "a positive number"
    raise SandboxError(f"{key} is {value!r}, not {kind}", where=f"policy: {key}")
