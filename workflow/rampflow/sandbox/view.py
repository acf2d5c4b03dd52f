"""What a step finds where folders are its own: few folders, read-only, and room to write.

Told here once for both who build it: bubblewrap (`rampflow.sandbox.bubble`) and a process that was
split off inside it (`rampflow.sandbox.namespace`).
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import NamedTuple

from rampflow.sandbox.reads import named_reads, outermost

TEMPORARY = Path("/tmp")
SHARED_MEMORY = Path("/dev/shm")
OWN_ROOTS = (Path("/proc"), Path("/dev"))
"""Made anew for every step, so nothing below them is taken from the machine."""
DEVICES = ("null", "zero", "full", "random", "urandom", "tty")
ROOM = 1.25
"""Folders in memory are so much larger than the limit that the supervisor judges: it is first."""
MB = 10**6
_MOST_LINKS = 40


class View(NamedTuple):
    """What a step finds.

    Parameters
    ----------
    read : tuple of Path
        Files and folders of its cell, beside what every step of Python reads.
    scratch : Path
        The folder that it may write, its current folder; it is new, and in memory.
    disk_mb : float
        Limit of what it writes there and in ``/tmp``, in MB.
    memory_mb : float
        Limit of its memory, and so of what it writes in ``/dev/shm``.
    devices : tuple of Path
        Device nodes of GPUs.
    """

    read: tuple[Path, ...]
    scratch: Path
    disk_mb: float
    memory_mb: float
    devices: tuple[Path, ...] = ()

    @property
    def in_memory(self) -> dict[Path, int]:
        """Folders that may be written, and are gone with the step: their sizes in bytes."""
        disk = int(self.disk_mb * ROOM * MB)
        shared = int(self.memory_mb * ROOM * MB)
        return {self.scratch: disk, TEMPORARY: disk, SHARED_MEMORY: shared}

    @property
    def writes(self) -> tuple[Path, ...]:
        """What Landlock lets it write as well."""
        return (*self.in_memory, Path("/dev/null"))

    def to_json(self) -> str:
        """Return the view as JSON text."""
        paths = {key: [*map(str, getattr(self, key))] for key in ("read", "devices")}
        return json.dumps({**self._asdict(), **paths, "scratch": str(self.scratch)})

    @classmethod
    def from_json(cls, text: str) -> View:
        """Return the view that `to_json` has written."""
        found = json.loads(text)
        for key in ("read", "devices"):
            found[key] = tuple(map(Path, found[key]))
        return cls(**{**found, "scratch": Path(found["scratch"])})


class System(NamedTuple):
    """What every step of Python finds: what it reads, and the links by which that is named."""

    binds: tuple[Path, ...]
    links: tuple[tuple[Path, str], ...]


@cache
def system() -> System:
    """Return what every step of Python finds on this machine."""
    links: dict[Path, str] = {}
    ends = [_follow(path, links) for path in named_reads()]
    binds = outermost(
        path for path in ends if path.exists() and not any(map(path.is_relative_to, OWN_ROOTS))
    )
    seen = {
        link: target
        for link, target in links.items()
        if not any(map(link.is_relative_to, (*binds, *OWN_ROOTS)))
    }
    return System(tuple(binds), tuple(sorted(seen.items())))


def _follow(path: Path, links: dict[Path, str]) -> Path:
    """Return where a path leads, and note the links on the way."""
    done, todo = Path("/"), list(path.parts[1:])
    for _ in range(_MOST_LINKS + len(todo)):
        if not todo:
            break
        step = todo.pop(0)
        if step == "..":
            done = done.parent
        elif (done / step).is_symlink():
            target = os.readlink(done / step)
            links[done / step] = target
            done = Path("/") if target.startswith("/") else done
            todo = [part for part in Path(target).parts if part != "/"] + todo
        else:
            done = done / step
    return done


def outside(paths: Iterable[Path]) -> list[Path]:
    """Return the paths that `system` does not show already, outermost first."""
    binds = system().binds
    return [p for p in outermost(paths) if not any(map(p.is_relative_to, binds))]


def parents(view: View) -> list[Path]:
    """Return the folders that must be made for what is shown, outermost first."""
    links = [link for link, _ in system().links]
    shown = [*system().binds, *links, *outside(view.read), view.scratch]
    return sorted({folder for path in shown for folder in path.parents if folder != Path("/")})
