"""Hashes of code that were computed before, kept beside Python's own compiled files.

Every process of an evaluation asks for the same ones, and following imports takes a second. They
are looked up under the content of every file that could have been followed, so that what is found
is what would be computed; where nothing can be written, they are computed.
"""

from __future__ import annotations

import contextlib
import functools
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from time import time_ns
from typing import Any

from rampflow.errors import RampflowError
from rampflow.files import read_json, write_text
from rampflow.hashing import file_sha256, files_of, key_of

KEPT = Path(__file__).parents[1] / "__pycache__" / "code-hashes.json"
STEP_NS = 2 * 10**9
"""No clock of a file system has coarser steps, in nanoseconds."""
MOST = 300
"""So many are kept, the newest ones: those of some states of the code."""

Parts = dict[str, str]
Folder = tuple[Path, Sequence[str]]
State = tuple[tuple[str, int, int, int], ...]
"""Of each file its name, its number on the disk, its time and its size."""


def kept_parts(folders: Sequence[Folder], asked: Any, compute: Callable[[], Parts]) -> Parts:
    """Return what was computed for the same question about the same files, or compute it.

    Parameters
    ----------
    folders : sequence of (Path, sequence of str)
        Whose Python files the answer may depend on, but for those below some names in it.
    asked : plain value
        The question. The names of the folders count only where it holds them.
    compute : callable
        Answers it.
    """
    try:
        states = [_state(*folder) for folder in folders]
        contents = [_contents(str(path), s) for (path, _), s in zip(folders, states, strict=True)]
    except OSError:  # a file that cannot be read, and perhaps nobody follows
        return compute()
    key = key_of([asked, contents, list(sys.version_info[:3])])
    known = _read()
    if key in known:
        return dict(known[key])
    parts = compute()
    with contextlib.suppress(OSError):
        if states != [_state(*folder) for folder in folders]:
            return parts  # somebody changed a file meanwhile
        newest = [*_read().items(), (key, parts)][-MOST:]
        write_text(KEPT, json.dumps(dict(newest)))  # in order of time
    return parts


def _state(folder: Path, leave_out: Sequence[str]) -> State:
    """Return what tells whether a folder's Python files are still those that were read."""
    found = []
    for name in files_of(folder, leave_out):
        if name.endswith(".py"):
            stat = (folder / name).stat()
            found.append((name, stat.st_ino, stat.st_mtime_ns, stat.st_size))
    return tuple(found)


def _contents(folder: str, state: State) -> str:
    """Return the key of a folder's Python files."""
    newest = max((time for *_, time, _ in state), default=0)
    # a file may be written twice within a step of the clock: its time would not tell
    is_settled = abs(time_ns() - newest) > STEP_NS
    return _contents_once(folder, state) if is_settled else _contents_now(folder, state)


def _contents_now(folder: str, state: State) -> str:
    return key_of([[name, file_sha256(Path(folder, name))] for name, *_ in state])


_contents_once = functools.lru_cache(maxsize=8)(_contents_now)


def _read() -> dict[str, Parts]:
    """Return what is kept; nothing where the file is absent or spoilt."""
    try:
        found = read_json(KEPT)
    except (RampflowError, OSError):
        return {}
    return found if isinstance(found, dict) else {}
